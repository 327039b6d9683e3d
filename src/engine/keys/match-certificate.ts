/** Does a private key belong to a certificate? Decided by the numbers, never by a label in a file. */
import { type Bytes, equal } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Certificate } from "../x509/certificate.js";
import { publicKeyKind } from "../x509/public-key.js";
import { type Pkcs8Key, ecPkcs8, parsePkcs8 } from "./pkcs8.js";

/**
 * @param pkcs8 unencrypted DER
 * @throws MalformedError, UnsupportedError where the key is none that we use
 */
export async function keyBelongsTo(pkcs8: Bytes, certificate: Certificate): Promise<boolean> {
  const key = parsePkcs8(pkcs8);
  const kind = publicKeyKind(certificate.subjectPublicKeyInfo);
  switch (key.kind) {
    case "rsa":
      return kind.kind === "rsa" && sameRsaKey(key, certificate.subjectPublicKeyInfo.publicKey);
    case "ec":
      return kind.kind === "ec" && kind.curve === key.curve && (await sameEcKey(key, certificate));
    case "ed25519":
      if (certificate.subjectPublicKeyInfo.algorithm.algorithm !== oid.ed25519) return false;
      return signsFor(key.pkcs8, certificate, { name: "Ed25519" });
  }
}

function sameRsaKey({ numbers }: Pkcs8Key & { kind: "rsa" }, publicKey: Bytes): boolean {
  const reader = new SequenceReader(readWhole(publicKey, "der"));
  const modulus = readUnsignedInteger(reader.next(tags.integer));
  const exponent = readUnsignedInteger(reader.next(tags.integer));
  return equal(modulus, numbers.modulus) && equal(exponent, numbers.publicExponent);
}

async function sameEcKey(key: Pkcs8Key & { kind: "ec" }, certificate: Certificate): Promise<boolean> {
  const { publicKey } = certificate.subjectPublicKeyInfo;
  if (key.point !== null && !equal(key.point, publicKey)) return false;
  // The point in the file is a claim too: only a signature shows whose private key it is.
  const pkcs8 = ecPkcs8(key.curve, key.privateKey, publicKey);
  return signsFor(pkcs8, certificate, { name: "ECDSA", namedCurve: key.curve, hash: "SHA-256" });
}

async function signsFor(
  pkcs8: Bytes,
  certificate: Certificate,
  algorithm: { readonly name: string; readonly namedCurve?: string; readonly hash?: string },
): Promise<boolean> {
  const probe = new Uint8Array(32);
  const spki = certificate.subjectPublicKeyInfo.der;
  try {
    const signer = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
    const verifier = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
    const signature = await crypto.subtle.sign(algorithm, signer, probe);
    return await crypto.subtle.verify(algorithm, verifier, signature, probe);
  } catch (error) {
    // Some platforms compare the point with the private key at import.
    if (error instanceof DOMException && error.name === "DataError") return false;
    throw error;
  } finally {
    pkcs8.fill(0);
  }
}

/** `null` where the key's kind is one that we cannot compare. */
export async function belongsOrUnknown(pkcs8: Bytes, certificate: Certificate): Promise<boolean | null> {
  try {
    return await keyBelongsTo(pkcs8, certificate);
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    throw error;
  }
}
