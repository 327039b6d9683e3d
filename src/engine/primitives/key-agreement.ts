/**
 * Diffie-Hellman over elliptic curves: X25519 by WebCrypto where the platform has it, everything else that
 * WebCrypto lacks by a library, loaded when the first such curve turns up. EC secrets are numbers, big
 * endian, as long as a coordinate (RFC 5915 §3); X25519 and X448 secrets the octets of RFC 7748 §5.
 */
import type { Bytes } from "../base/bytes.js";
import { DecryptionError, MalformedError } from "../base/errors.js";
import { type BrainpoolCurve, type CurveName, type NistCurve, isNistCurve } from "./names.js";

export type MontgomeryCurve = "X25519" | "X448";
export type AgreementCurve = CurveName | MontgomeryCurve;

export interface AgreementKeyPair {
  readonly secret: Bytes;
  /** EC: an uncompressed point. X25519, X448: the u coordinate. */
  readonly publicKey: Bytes;
}

/** octets of secret and public key alike (RFC 7748 §5) */
const montgomeryLengths: Readonly<Record<MontgomeryCurve, number>> = { X25519: 32, X448: 56 };

function isMontgomeryCurve(curve: AgreementCurve): curve is MontgomeryCurve {
  return curve === "X25519" || curve === "X448";
}

/**
 * @param publicKey of the other side; EC points compressed or not
 * @returns EC: the x coordinate (SEC 1 §3.3.1). X25519, X448: the u coordinate (RFC 7748 §6).
 * @throws DecryptionError for whatever cannot be right: a wrong length, a point off the curve or at
 *   infinity, one of small order (the result would be zero, or the same for everybody).
 */
export async function agree(curve: AgreementCurve, secret: Bytes, publicKey: Bytes): Promise<Bytes> {
  if (isMontgomeryCurve(curve)) return agreeMontgomery(curve, secret, publicKey);
  const library = await ecLibrary(curve);
  // X.690 has no say here: the library reads SEC 1 §2.3.4 and checks the curve's equation; all six have cofactor 1.
  return orDecryptionError(() => library.getSharedSecret(secret, publicKey).slice(1) as Bytes);
}

export async function generateKeyPair(curve: AgreementCurve): Promise<AgreementKeyPair> {
  if (isMontgomeryCurve(curve)) {
    const secret = crypto.getRandomValues(new Uint8Array(montgomeryLengths[curve]));
    return { secret, publicKey: await publicKeyOf(curve, secret) };
  }
  const library = await ecLibrary(curve);
  const secret = library.utils.randomSecretKey() as Bytes;
  return { secret, publicKey: library.getPublicKey(secret, false) as Bytes };
}

/** @throws MalformedError("key-malformed") where the secret is none: a wrong length, zero, beyond the order */
export async function publicKeyOf(curve: AgreementCurve, secret: Bytes): Promise<Bytes> {
  const library = isMontgomeryCurve(curve) ? await montgomeryLibrary(curve) : await ecLibrary(curve);
  try {
    return library.getPublicKey(secret, false) as Bytes;
  } catch (cause) {
    throw new MalformedError("key-malformed", `${curve} private key`, { cause });
  }
}

/** @returns the same point uncompressed (SEC 1 §2.3.3). @throws DecryptionError where it is no point of the curve */
export async function uncompressedPoint(curve: CurveName, point: Bytes): Promise<Bytes> {
  const { Point } = await ecLibrary(curve);
  return orDecryptionError(() => {
    const read = Point.fromBytes(point);
    read.assertValidity();
    return read.toBytes(false) as Bytes;
  });
}

// ------------------------------------------------------------------ X25519, X448

async function agreeMontgomery(curve: MontgomeryCurve, secret: Bytes, publicKey: Bytes): Promise<Bytes> {
  const length = montgomeryLengths[curve];
  if (secret.length !== length || publicKey.length !== length) throw new DecryptionError();
  const native = curve === "X25519" ? await agreeNatively(secret, publicKey) : null;
  if (native !== null) return nonZero(native);
  const library = await montgomeryLibrary(curve);
  return nonZero(orDecryptionError(() => library.getSharedSecret(secret, publicKey) as Bytes));
}

/** OneAsymmetricKey (RFC 8410 §7) up to the octets of the key */
const x25519Pkcs8Head = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32);

/** @returns null where the platform has no X25519 */
async function agreeNatively(secret: Bytes, publicKey: Bytes): Promise<Bytes | null> {
  const pkcs8 = new Uint8Array(48);
  pkcs8.set(x25519Pkcs8Head);
  pkcs8.set(secret, 16);
  let keys: readonly [CryptoKey, CryptoKey];
  try {
    keys = await Promise.all([
      crypto.subtle.importKey("pkcs8", pkcs8, "X25519", false, ["deriveBits"]),
      crypto.subtle.importKey("raw", publicKey, "X25519", false, []),
    ]);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    // Both are 32 octets, of which any are a key: the platform lacks the algorithm.
    return null;
  } finally {
    pkcs8.fill(0);
  }
  try {
    const bits = await crypto.subtle.deriveBits({ name: "X25519", public: keys[1] }, keys[0], 256);
    return new Uint8Array(bits);
  } catch (error) {
    if (error instanceof DOMException) throw new DecryptionError();
    throw error;
  }
}

/** RFC 7748 §6: small order gives zero; every octet is looked at. */
function nonZero(shared: Bytes): Bytes {
  let seen = 0;
  for (const octet of shared) seen |= octet;
  if (seen === 0) throw new DecryptionError();
  return shared;
}

// ------------------------------------------------------------------ the library

async function montgomeryLibrary(curve: MontgomeryCurve) {
  return curve === "X25519"
    ? (await import("@noble/curves/ed25519.js")).x25519
    : (await import("@noble/curves/ed448.js")).x448;
}

async function ecLibrary(curve: CurveName) {
  return isNistCurve(curve) ? nistLibrary(curve) : brainpoolLibrary(curve);
}

async function nistLibrary(curve: NistCurve) {
  const { p256, p384, p521 } = await import("@noble/curves/nist.js");
  return { "P-256": p256, "P-384": p384, "P-521": p521 }[curve];
}

async function brainpoolLibrary(curve: BrainpoolCurve) {
  const { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } = await import("@noble/curves/misc.js");
  return { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 }[curve];
}

/** The library throws a plain Error for every input it refuses, and for nothing else. */
function orDecryptionError(compute: () => Bytes): Bytes {
  try {
    return compute();
  } catch {
    throw new DecryptionError();
  }
}
