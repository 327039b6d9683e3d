/** Content encryption (RFC 3565, RFC 5084): which cipher, and the octets out of it. */
import type { EncryptedEnvelope } from "../cms-syntax/enveloped-data.js";
import { type Bytes, concat } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readOctetString, readSmallInteger } from "../base/der-values.js";
import { DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";

export interface ContentCipher {
  /** e.g. "AES-256-GCM" */
  readonly label: string;
  readonly mode: "AES-CBC" | "AES-GCM";
  /** octets */
  readonly keyLength: number;
  readonly iv: Bytes;
  /** octets; GCM only */
  readonly tagLength: number;
}

const ciphers: Readonly<Record<string, readonly [bits: number, mode: "AES-CBC" | "AES-GCM"]>> = {
  [oid.aes128Cbc]: [128, "AES-CBC"],
  [oid.aes192Cbc]: [192, "AES-CBC"],
  [oid.aes256Cbc]: [256, "AES-CBC"],
  [oid.aes128Gcm]: [128, "AES-GCM"],
  [oid.aes192Gcm]: [192, "AES-GCM"],
  [oid.aes256Gcm]: [256, "AES-GCM"],
};

/**
 * The cipher must fit its shell: GCM without a place for its tag, or CBC with one, is a trick.
 * @throws UnsupportedError | MalformedError
 */
export function contentCipher(envelope: EncryptedEnvelope): ContentCipher {
  const { algorithm, parameters } = envelope.contentEncryptionAlgorithm;
  const known = ciphers[algorithm];
  if (known === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm);
  const [bits, mode] = known;
  if ((mode === "AES-GCM") !== (envelope.authentication !== null)) {
    throw new MalformedError("cms-malformed", `${mode} in the wrong kind of envelope`);
  }
  const settings = mode === "AES-GCM" ? gcmParameters(parameters) : { iv: cbcIv(parameters), tagLength: 0 };
  return { label: `AES-${bits}-${mode.slice(4)}`, mode, keyLength: bits / 8, ...settings };
}

function cbcIv(parameters: AlgorithmIdentifier["parameters"]): Bytes {
  const iv = readOctetString(readWhole(parameters ?? new Uint8Array(0), "ber"));
  if (iv.length !== 16) throw new MalformedError("cms-malformed", "IV");
  return iv;
}

/** RFC 5084 §3.2: aes-ICVlen is 12 unless said otherwise. */
function gcmParameters(parameters: AlgorithmIdentifier["parameters"]): { iv: Bytes; tagLength: number } {
  const reader = new SequenceReader(readWhole(parameters ?? new Uint8Array(0), "ber"));
  const iv = readOctetString(reader.any());
  const length = reader.optional(tags.integer);
  reader.finish();
  const tagLength = length === null ? 12 : readSmallInteger(length);
  if (tagLength < 12 || tagLength > 16 || iv.length < 8 || iv.length > 64) {
    throw new MalformedError("cms-malformed", "GCMParameters");
  }
  return { iv, tagLength };
}

/**
 * @param key of the cipher's length; perhaps a wrong one (implicit rejection), which must look like wrong content
 * @throws DecryptionError
 */
export async function decryptContent(
  cipher: ContentCipher,
  key: Bytes,
  envelope: EncryptedEnvelope,
): Promise<Bytes> {
  const ciphertext = envelope.encryptedContent;
  if (ciphertext === null) throw new MalformedError("cms-malformed", "no encryptedContent");
  const { authentication } = envelope;
  const input = authentication === null ? ciphertext : concat([ciphertext, authentication.mac]);
  if (authentication !== null && authentication.mac.length !== cipher.tagLength) throw new DecryptionError();
  const imported = await importContentKey(cipher, key);
  if (imported === null) return decryptAes192(cipher, key, { input, envelope });
  const { iv, mode: name } = cipher;
  const tagLength = cipher.tagLength * 8;
  const parameters =
    authentication === null
      ? { name, iv }
      : { name, iv, tagLength, additionalData: authentication.additionalData };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, imported, input));
  } catch (error) {
    if (error instanceof DOMException) throw new DecryptionError();
    throw error;
  }
}

/** @returns null where the platform has no AES-192 (Chromium): it refuses the key, whatever its value. */
async function importContentKey(cipher: ContentCipher, key: Bytes): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey("raw", key, cipher.mode, false, ["decrypt"]);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (cipher.keyLength === 24) return null;
    throw new DecryptionError();
  }
}

/** For platforms without AES-192. Exported for its test: Node has it. @throws DecryptionError */
export async function decryptAes192(
  cipher: ContentCipher,
  key: Bytes,
  { input, envelope }: { input: Bytes; envelope: EncryptedEnvelope },
): Promise<Bytes> {
  // noble's GCM knows full tags only.
  if (cipher.mode === "AES-GCM" && cipher.tagLength !== 16) {
    throw new UnsupportedError("algorithm-unsupported", `${cipher.label} with a short tag`);
  }
  const { cbc, gcm } = await import("@noble/ciphers/aes.js");
  try {
    const engine =
      cipher.mode === "AES-CBC"
        ? cbc(key, cipher.iv)
        : gcm(key, cipher.iv, envelope.authentication?.additionalData);
    return engine.decrypt(input) as Bytes;
  } catch {
    // Whatever the library found wrong: from outside all failures look alike.
    throw new DecryptionError();
  }
}
