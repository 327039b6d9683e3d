/**
 * The mathematics of one signature, by WebCrypto where it can, else by a library that is loaded for it.
 * Says nothing of whose key it is.
 */
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { isWebCryptoDigest } from "../primitives/digest.js";
import { type CurveName, coordinateLengths, isNistCurve } from "../primitives/names.js";
import type { SubjectPublicKeyInfo } from "./certificate.js";
import { importVerifyKey } from "./import-verify-key.js";
import type { PlatformScheme, SignatureScheme } from "./signature-scheme.js";

export interface SignedBytes {
  readonly data: Bytes;
  readonly signature: Bytes;
}

/**
 * @returns false also where the signature is not even of the right shape
 * @throws UnsupportedError where neither the platform nor a library can do it
 */
export async function verifySignedBytes(
  keyInfo: SubjectPublicKeyInfo,
  scheme: SignatureScheme,
  signed: SignedBytes,
): Promise<boolean> {
  const signature =
    scheme.name === "ECDSA" ? rawEcdsaSignature(signed.signature, scheme.curve) : signed.signature;
  if (signature === null) return false;
  const { data } = signed;
  const byPlatform = isForPlatform(scheme, keyInfo)
    ? await verifyByPlatform(keyInfo, scheme as PlatformScheme, { data, signature })
    : null;
  return byPlatform ?? verifyByLibraries(keyInfo, scheme, { data, signature });
}

/** How much of a budget one verification takes: hash trees are a hundred times slower than RSA. */
export function verificationCost({ name }: SignatureScheme): number {
  return name === "SLH-DSA" ? 20 : name === "ML-DSA" || name === "Ed448" ? 3 : 1;
}

/** What hosts have in WebCrypto. */
function isForPlatform(scheme: SignatureScheme, { publicKey }: SubjectPublicKeyInfo): boolean {
  switch (scheme.name) {
    case "RSASSA-PKCS1-v1_5":
      return isWebCryptoDigest(scheme.digest);
    case "RSASSA-PSS":
      // It has one digest for both.
      return isWebCryptoDigest(scheme.digest) && scheme.maskDigest === scheme.digest;
    case "ECDSA":
      // Firefox takes no compressed points.
      return isNistCurve(scheme.curve) && isWebCryptoDigest(scheme.digest) && publicKey[0] === 4;
    case "Ed25519":
      return true;
    default:
      return false;
  }
}

// ------------------------------------------------------------------ the platform

/** @returns null where it does not take the key: a library may, and says whether it is broken */
async function verifyByPlatform(
  keyInfo: SubjectPublicKeyInfo,
  scheme: PlatformScheme,
  { data, signature }: SignedBytes,
): Promise<boolean | null> {
  const key = await importVerifyKey(keyInfo, scheme);
  if (key === null) return null;
  try {
    return await crypto.subtle.verify(verifyParameters(scheme), key, signature, data);
  } catch (cause) {
    // Parameters that no key of this size can have, such as a PSS salt longer than the modulus.
    if (cause instanceof DOMException) return false;
    throw cause;
  }
}

function verifyParameters(scheme: PlatformScheme): Algorithm | RsaPssParams | EcdsaParams {
  switch (scheme.name) {
    case "RSASSA-PSS":
      return { name: "RSA-PSS", saltLength: scheme.saltLength };
    case "ECDSA":
      return { name: scheme.name, hash: scheme.digest };
    default:
      return { name: scheme.name };
  }
}

// ------------------------------------------------------------------ the libraries

async function verifyByLibraries(
  keyInfo: SubjectPublicKeyInfo,
  scheme: SignatureScheme,
  signed: SignedBytes,
): Promise<boolean> {
  if (scheme.name === "RSASSA-PKCS1-v1_5" || scheme.name === "RSASSA-PSS") {
    return verifyRsa(keyInfo, scheme, signed);
  }
  const { verifyByLibrary } = await import("../primitives/signatures.js");
  return verifyByLibrary(scheme, keyInfo.publicKey, signed);
}

type RsaScheme = Extract<SignatureScheme, { name: `RSA${string}` }>;

async function verifyRsa(
  { publicKey }: SubjectPublicKeyInfo,
  scheme: RsaScheme,
  signed: SignedBytes,
): Promise<boolean> {
  const { maximumExponentOctets, verifyPkcs1, verifyPss } = await import("../primitives/rsa-signatures.js");
  const reader = new SequenceReader(readWhole(publicKey, "der"));
  const modulus = readUnsignedInteger(reader.next(tags.integer));
  const exponent = readUnsignedInteger(reader.next(tags.integer));
  if (exponent.length > maximumExponentOctets) {
    throw new UnsupportedError("key-unsupported", `RSA exponent of ${8 * exponent.length} bits`);
  }
  return scheme.name === "RSASSA-PSS"
    ? verifyPss({ modulus, exponent }, scheme, signed)
    : verifyPkcs1({ modulus, exponent }, scheme.digest, signed);
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3), strict DER, to fixed halves; null where it is none. */
export function rawEcdsaSignature(signature: Bytes, curve: CurveName): Bytes | null {
  const length = coordinateLengths[curve];
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
