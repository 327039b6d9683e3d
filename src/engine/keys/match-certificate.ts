/** Does a private key belong to a certificate? Decided by the numbers, never by a label in a file. */
import { type Bytes, equal } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import { DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { publicKeyOf, uncompressedPoint } from "../primitives/key-agreement.js";
import { isNistCurve } from "../primitives/names.js";
import { publicKeyByLibrary } from "../primitives/signatures.js";
import type { Certificate } from "../x509/certificate.js";
import { type PublicKeyKind, publicKeyKind } from "../x509/public-key.js";
import { type EcKey, ecPkcs8 } from "./pkcs8-ec.js";
import type { CurveOctetKey } from "./pkcs8-octets.js";
import type { RsaKey } from "./pkcs8-rsa.js";
import { type Pkcs8Key, parsePkcs8 } from "./pkcs8.js";
import { resolveLatticeKey } from "./resolve-lattice-key.js";

/** Public halves by their PKCS #8: with some kinds one takes a hundredth of a second to make. */
export type PublicHalves = Map<Bytes, Bytes>;

/**
 * @param pkcs8 unencrypted DER
 * @param halves those that were made before; for whoever compares the same keys again
 * @throws MalformedError, UnsupportedError where the key is none that we use
 */
export async function keyBelongsTo(
  pkcs8: Bytes,
  certificate: Certificate,
  halves: PublicHalves = new Map(),
): Promise<boolean> {
  const once = async (make: () => Promise<Bytes>): Promise<Bytes> => {
    const half = halves.get(pkcs8) ?? (await make());
    halves.set(pkcs8, half);
    return half;
  };
  const key = parsePkcs8(pkcs8);
  const kind = publicKeyKind(certificate.subjectPublicKeyInfo);
  try {
    return sameKind(key, kind) && (await sameKey(key, certificate, once));
  } finally {
    wipeParsed(key);
  }
}

function sameKind(key: Pkcs8Key, kind: PublicKeyKind): boolean {
  if (key.kind === "ec") return kind.kind === "ec" && kind.curve === key.curve;
  if (!("parameterSet" in key)) return kind.kind === key.kind;
  return "parameterSet" in kind && kind.kind === key.kind && kind.parameterSet === key.parameterSet;
}

function wipeParsed(key: Pkcs8Key): void {
  switch (key.kind) {
    case "rsa":
      key.pkcs8.fill(0);
      for (const number of Object.values(key.numbers) as readonly Bytes[]) number.fill(0);
      break;
    case "ec":
      key.privateKey.fill(0);
      break;
    case "ml-dsa":
    case "ml-kem":
      key.seed?.fill(0);
      key.expanded?.fill(0);
      break;
    default:
      key.secret.fill(0);
  }
}

type Once = (make: () => Promise<Bytes>) => Promise<Bytes>;

async function sameKey(key: Pkcs8Key, certificate: Certificate, once: Once): Promise<boolean> {
  const { publicKey } = certificate.subjectPublicKeyInfo;
  switch (key.kind) {
    case "rsa":
      return sameRsaKey(key, publicKey);
    case "ec":
      return sameEcKey(key, certificate, once);
    case "ed25519":
    case "ed448":
    case "x25519":
    case "x448":
      return equal(await once(() => curvePublicKey(key)), publicKey);
    case "slh-dsa":
      // PK.seed and PK.root stand in the private key (FIPS 205 §9.1).
      return equal(key.secret.subarray(key.secret.length / 2), publicKey);
    case "ml-dsa":
    case "ml-kem":
      return equal(await once(() => latticePublicKey(key)), publicKey);
  }
}

async function latticePublicKey(key: Parameters<typeof resolveLatticeKey>[0]): Promise<Bytes> {
  const { publicKey, secretKey } = await resolveLatticeKey(key);
  secretKey.fill(0);
  return publicKey;
}

function curvePublicKey({ kind, secret }: CurveOctetKey): Promise<Bytes> {
  if (kind === "x25519") return publicKeyOf("X25519", secret);
  if (kind === "x448") return publicKeyOf("X448", secret);
  return publicKeyByLibrary({ name: kind === "ed25519" ? "Ed25519" : "Ed448" }, secret);
}

function sameRsaKey({ numbers }: RsaKey, publicKey: Bytes): boolean {
  const reader = new SequenceReader(readWhole(publicKey, "der"));
  const modulus = readUnsignedInteger(reader.next(tags.integer));
  const exponent = readUnsignedInteger(reader.next(tags.integer));
  return equal(modulus, numbers.modulus) && equal(exponent, numbers.publicExponent);
}

async function sameEcKey(key: EcKey, certificate: Certificate, once: Once): Promise<boolean> {
  const { publicKey } = certificate.subjectPublicKeyInfo;
  if (!isNistCurve(key.curve) || publicKey[0] !== 4) {
    const point = publicKey[0] === 4 ? publicKey : await uncompressed(key.curve, publicKey);
    return point !== null && equal(await once(() => publicKeyOf(key.curve, key.privateKey)), point);
  }
  if (key.point !== null && !equal(key.point, publicKey)) return false;
  // The point in the file is a claim too: only a signature shows whose private key it is.
  const pkcs8 = ecPkcs8(key.curve, key.privateKey, publicKey);
  return signsFor(pkcs8, certificate, key.curve);
}

/** @returns null where the certificate's octets are no point of the curve */
async function uncompressed(curve: EcKey["curve"], point: Bytes): Promise<Bytes | null> {
  try {
    return await uncompressedPoint(curve, point);
  } catch (error) {
    if (error instanceof DecryptionError) return null;
    throw error;
  }
}

async function signsFor(pkcs8: Bytes, certificate: Certificate, namedCurve: string): Promise<boolean> {
  const probe = new Uint8Array(32);
  const spki = certificate.subjectPublicKeyInfo.der;
  const ecdsa = { name: "ECDSA", namedCurve, hash: "SHA-256" };
  try {
    const signer = await crypto.subtle.importKey("pkcs8", pkcs8, ecdsa, false, ["sign"]);
    const verifier = await crypto.subtle.importKey("spki", spki, ecdsa, false, ["verify"]);
    const signature = await crypto.subtle.sign(ecdsa, signer, probe);
    return await crypto.subtle.verify(ecdsa, verifier, signature, probe);
  } catch (error) {
    // Some platforms compare the point with the private key at import.
    if (error instanceof DOMException && error.name === "DataError") return false;
    throw error;
  } finally {
    pkcs8.fill(0);
  }
}

/** `null` where the key's kind is one that we cannot compare, or the key is none. */
export async function belongsOrUnknown(
  pkcs8: Bytes,
  certificate: Certificate,
  halves: PublicHalves,
): Promise<boolean | null> {
  try {
    return await keyBelongsTo(pkcs8, certificate, halves);
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    if (error instanceof MalformedError && error.code === "certificate-malformed") return false;
    throw error;
  }
}
