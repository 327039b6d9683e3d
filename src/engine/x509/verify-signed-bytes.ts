/** The mathematics of one signature, by WebCrypto. Says nothing of whose key it is. */
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import { bitString, nullValue, objectIdentifier, sequence } from "../base/der-writer.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { SubjectPublicKeyInfo } from "./certificate.js";
import { digestName } from "./digest-algorithm.js";
import type { SignatureScheme } from "./signature-scheme.js";

export interface SignedBytes {
  readonly data: Bytes;
  readonly signature: Bytes;
}

/**
 * @returns false also where the signature is not even of the right shape
 * @throws UnsupportedError where the platform cannot do it
 */
export async function verifySignedBytes(
  keyInfo: SubjectPublicKeyInfo,
  scheme: SignatureScheme,
  { data, signature }: SignedBytes,
): Promise<boolean> {
  const key = await importVerifyKey(keyInfo, scheme);
  const raw = scheme.name === "ECDSA" ? rawEcdsaSignature(signature, scheme.curve) : signature;
  if (raw === null) return false;
  try {
    return await crypto.subtle.verify(verifyParameters(scheme), key, raw, data);
  } catch (cause) {
    // Parameters that no key of this size can have, such as a PSS salt longer than the modulus.
    if (cause instanceof DOMException) return false;
    throw cause;
  }
}

function verifyParameters(scheme: SignatureScheme): Algorithm | RsaPssParams | EcdsaParams {
  switch (scheme.name) {
    case "RSASSA-PSS":
      return { name: "RSA-PSS", saltLength: scheme.saltLength };
    case "ECDSA":
      return { name: scheme.name, hash: digestName(scheme.digest) };
    default:
      return { name: scheme.name };
  }
}

async function importVerifyKey(keyInfo: SubjectPublicKeyInfo, scheme: SignatureScheme): Promise<CryptoKey> {
  const parameters = importParameters(scheme);
  const spki = scheme.name.startsWith("RSA") ? plainRsaKey(keyInfo) : keyInfo.der;
  try {
    return await crypto.subtle.importKey("spki", spki, parameters, false, ["verify"]);
  } catch (cause) {
    // A key that does not import is broken or beyond the platform; either way nothing was proven.
    if (!(cause instanceof DOMException)) throw cause;
    throw new UnsupportedError("key-unsupported", `${scheme.name}: ${cause.name}`, { cause });
  }
}

function importParameters(scheme: SignatureScheme): RsaHashedImportParams | EcKeyImportParams | Algorithm {
  switch (scheme.name) {
    case "ECDSA":
      return { name: scheme.name, namedCurve: scheme.curve };
    case "Ed25519":
      return { name: scheme.name };
    case "RSASSA-PSS":
      return { name: "RSA-PSS", hash: digestName(scheme.digest) };
    default:
      return { name: scheme.name, hash: digestName(scheme.digest) };
  }
}

/** Browsers import only rsaEncryption, also for keys that are marked for PSS. */
function plainRsaKey({ publicKey }: SubjectPublicKeyInfo): Bytes {
  return sequence(sequence(objectIdentifier(oid.rsaEncryption), nullValue), bitString(publicKey));
}

const fieldLengths = { "P-256": 32, "P-384": 48, "P-521": 66 } as const;

/** ECDSA-Sig-Value (RFC 3279 §2.2.3), strict DER, to the fixed halves that WebCrypto wants; null where it is none. */
function rawEcdsaSignature(signature: Bytes, curve: keyof typeof fieldLengths): Bytes | null {
  const length = fieldLengths[curve];
  try {
    const reader = new SequenceReader(readWhole(signature, "der"));
    const halves = [reader.next(tags.integer), reader.next(tags.integer)].map(readUnsignedInteger);
    reader.finish();
    if (halves.some((half) => half.length > length)) return null;
    const raw = new Uint8Array(2 * length);
    halves.forEach((half, i) => raw.set(half, (i + 1) * length - half.length));
    return raw;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
