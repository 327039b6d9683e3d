/**
 * Content encryption: which cipher, and the octets out of it. AES (RFC 3565, RFC 5084) by WebCrypto;
 * ChaCha20-Poly1305 (RFC 8103), and 3DES and RC2 of old mail (RFC 3370 §5), by libraries loaded when needed.
 */
import type { EncryptedEnvelope } from "../cms-syntax/enveloped-data.js";
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readOctetString, readSmallInteger } from "../base/der-values.js";
import { DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { append } from "../base/own-bytes.js";
import { oid } from "../base/oid.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";

type Mode = "AES-CBC" | "AES-GCM" | "ChaCha20-Poly1305" | "3DES-CBC" | "RC2-CBC";

interface CipherSettings {
  readonly iv: Bytes;
  /** octets; 0 without authentication */
  readonly tagLength: number;
  /** RC2 only */
  readonly effectiveBits: number;
}

export interface ContentCipher extends CipherSettings {
  /** e.g. "AES-256-GCM" */
  readonly label: string;
  readonly mode: Mode;
  /** octets */
  readonly keyLength: number;
  /** changed content is noticed */
  readonly authenticated: boolean;
  /** so old that it hides little (RFC 8551 §2.7.1.2) */
  readonly legacy: boolean;
}

const aes: Readonly<Record<string, readonly [bits: number, mode: "AES-CBC" | "AES-GCM"]>> = {
  [oid.aes128Cbc]: [128, "AES-CBC"],
  [oid.aes192Cbc]: [192, "AES-CBC"],
  [oid.aes256Cbc]: [256, "AES-CBC"],
  [oid.aes128Gcm]: [128, "AES-GCM"],
  [oid.aes192Gcm]: [192, "AES-GCM"],
  [oid.aes256Gcm]: [256, "AES-GCM"],
};

/**
 * The cipher must fit its shell: an AEAD without a place for its tag, or CBC with one, is a trick.
 * @throws UnsupportedError | MalformedError
 */
export function contentCipher({
  contentEncryptionAlgorithm,
  authentication,
}: EncryptedEnvelope): ContentCipher {
  const cipher = cipherOf(contentEncryptionAlgorithm);
  if (cipher.authenticated !== (authentication !== null)) {
    throw malformed(`${cipher.mode} in the wrong kind of envelope`);
  }
  return cipher;
}

function cipherOf({ algorithm, parameters }: AlgorithmIdentifier): ContentCipher {
  const known = aes[algorithm];
  if (known !== undefined) {
    const [bits, mode] = known;
    const authenticated = mode === "AES-GCM";
    const settings = authenticated ? gcmParameters(parameters) : ivOnly(parameters, 16);
    const label = `AES-${bits}-${mode.slice(4)}`;
    return { label, mode, keyLength: bits / 8, authenticated, legacy: false, ...settings };
  }
  switch (algorithm) {
    case oid.chacha20Poly1305: {
      const mode = "ChaCha20-Poly1305";
      const settings = { ...ivOnly(parameters, 12), tagLength: 16 };
      return { label: mode, mode, keyLength: 32, authenticated: true, legacy: false, ...settings };
    }
    case oid.desEde3Cbc: {
      const old = { authenticated: false, legacy: true };
      return { label: "3DES-CBC", mode: "3DES-CBC", keyLength: 24, ...old, ...ivOnly(parameters, 8) };
    }
    case oid.rc2Cbc:
      return rc2Cipher(parameters);
    default:
      throw new UnsupportedError("algorithm-unsupported", algorithm);
  }
}

function malformed(detail: string): MalformedError {
  return new MalformedError("cms-malformed", detail);
}

function ivOnly(parameters: AlgorithmIdentifier["parameters"], length: number): CipherSettings {
  const iv = readOctetString(readWhole(parameters ?? new Uint8Array(0), "ber"));
  if (iv.length !== length) throw malformed("IV");
  return { iv, tagLength: 0, effectiveBits: 0 };
}

/** A longer nonce is legal in GCM, but nobody writes one, and OpenSSL once had its stack overrun by it. */
const longestNonce = 16;

/** RFC 5084 §3.2: aes-ICVlen is 12 unless said otherwise. */
function gcmParameters(parameters: AlgorithmIdentifier["parameters"]): CipherSettings {
  const reader = new SequenceReader(readWhole(parameters ?? new Uint8Array(0), "ber"));
  const iv = readOctetString(reader.any());
  const length = reader.optional(tags.integer);
  reader.finish();
  const tagLength = length === null ? 12 : readSmallInteger(length);
  if (tagLength < 12 || tagLength > 16 || iv.length < 1 || iv.length > longestNonce) {
    throw malformed("GCMParameters");
  }
  return { iv, tagLength, effectiveBits: 0 };
}

/** RFC 2268 §6: the version is the effective length of the key, in disguise. */
const rc2Versions: Readonly<Record<number, number>> = { 160: 40, 120: 64, 58: 128 };

function rc2Cipher(parameters: AlgorithmIdentifier["parameters"]): ContentCipher {
  const reader = new SequenceReader(readWhole(parameters ?? new Uint8Array(0), "ber"));
  const version = readSmallInteger(reader.next(tags.integer));
  const iv = readOctetString(reader.any());
  reader.finish();
  const effectiveBits = rc2Versions[version];
  if (effectiveBits === undefined) throw new UnsupportedError("algorithm-unsupported", `RC2 ${version}`);
  if (iv.length !== 8) throw malformed("IV");
  const old = { authenticated: false, legacy: true, iv, tagLength: 0, effectiveBits };
  // RFC 3370 §5.2: the key is as long as its effective length, with everybody who ever wrote one.
  return { label: `RC2-${effectiveBits}-CBC`, mode: "RC2-CBC", keyLength: effectiveBits / 8, ...old };
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
  if (ciphertext === null) throw malformed("no encryptedContent");
  const { authentication } = envelope;
  if (authentication !== null && authentication.mac.length !== cipher.tagLength) throw new DecryptionError();
  const input = authentication === null ? ciphertext : append(ciphertext, authentication.mac);
  const additionalData = authentication?.additionalData ?? new Uint8Array(0);
  switch (cipher.mode) {
    case "AES-CBC":
    case "AES-GCM":
      return decryptAes(cipher, key, { input, additionalData });
    case "ChaCha20-Poly1305":
      return decryptChaCha(cipher, key, { input, additionalData });
    case "3DES-CBC":
    case "RC2-CBC":
      return decryptLegacy(cipher, key, input);
  }
}

interface Sealed {
  /** with the tag at its end */
  readonly input: Bytes;
  readonly additionalData: Bytes;
}

async function decryptAes(cipher: ContentCipher, key: Bytes, sealed: Sealed): Promise<Bytes> {
  // Node refuses nonces below the usual twelve octets, which are legal.
  const isShort = cipher.authenticated && cipher.iv.length < 12;
  const imported = isShort ? null : await importContentKey(cipher, key);
  if (imported === null) return decryptAesByLibrary(cipher, key, sealed);
  const { iv, mode: name, authenticated } = cipher;
  const { input, additionalData } = sealed;
  const tagLength = cipher.tagLength * 8;
  const parameters = authenticated ? { name, iv, tagLength, additionalData } : { name, iv };
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

/** For platforms without AES-192, or without short nonces. Exported for its test. @throws DecryptionError */
export async function decryptAesByLibrary(
  cipher: ContentCipher,
  key: Bytes,
  { input, additionalData }: Sealed,
): Promise<Bytes> {
  const { cbc, gcm } = await import("@noble/ciphers/aes.js");
  if (cipher.mode === "AES-CBC") return orDecryptionError(() => cbc(key, cipher.iv).decrypt(input));
  if (cipher.tagLength === 16) {
    return orDecryptionError(() => gcm(key, cipher.iv, additionalData).decrypt(input));
  }
  // The library knows full tags only. Encrypting again turns ciphertext into plain text (it is an XOR), and
  // encrypting that gives the full tag, of which ours is the beginning (SP 800-38D §7.2).
  const end = input.length - cipher.tagLength;
  const plain = gcm(key, cipher.iv, additionalData).encrypt(input.subarray(0, end)).slice(0, end) as Bytes;
  const full = gcm(key, cipher.iv, additionalData).encrypt(plain).subarray(end);
  let wrong = 0;
  for (let i = 0; i < cipher.tagLength; i++) wrong |= full[i]! ^ input[end + i]!;
  if (wrong !== 0) throw new DecryptionError();
  return plain;
}

async function decryptChaCha(
  { iv }: ContentCipher,
  key: Bytes,
  { input, additionalData }: Sealed,
): Promise<Bytes> {
  const { chacha20poly1305 } = await import("@noble/ciphers/chacha.js");
  return orDecryptionError(() => chacha20poly1305(key, iv, additionalData).decrypt(input));
}

/** Whatever the library found wrong: from outside all failures look alike. */
function orDecryptionError(decrypt: () => Uint8Array): Bytes {
  try {
    return decrypt() as Bytes;
  } catch {
    throw new DecryptionError();
  }
}

async function decryptLegacy(cipher: ContentCipher, key: Bytes, ciphertext: Bytes): Promise<Bytes> {
  const { decryptLegacyCbc } = await import("../keys/legacy-ciphers.js");
  const { iv, effectiveBits } = cipher;
  const name =
    cipher.mode === "RC2-CBC" ? ({ name: "rc2", effectiveBits } as const) : ({ name: "3des" } as const);
  return decryptLegacyCbc(name, { key, iv, ciphertext });
}
