/** Digest algorithms by OID, and what we think of them (RFC 8551 §2.1). */
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { DigestName } from "../primitives/digest.js";

export type { DigestName };

const names: Readonly<Record<string, DigestName>> = {
  [oid.md5]: "MD5",
  [oid.sha1]: "SHA-1",
  [oid.sha224]: "SHA-224",
  [oid.sha256]: "SHA-256",
  [oid.sha384]: "SHA-384",
  [oid.sha512]: "SHA-512",
  [oid.sha3_224]: "SHA3-224",
  [oid.sha3_256]: "SHA3-256",
  [oid.sha3_384]: "SHA3-384",
  [oid.sha3_512]: "SHA3-512",
  [oid.shake128]: "SHAKE128",
  [oid.shake256]: "SHAKE256",
};

/** @throws UnsupportedError for what we cannot compute */
export function digestName(algorithm: string): DigestName {
  const name = names[algorithm];
  if (name === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm);
  return name;
}

/** Collisions can be made: such a digest explains a message, it proves nothing. */
export function isWeakDigest(algorithm: string): boolean {
  return algorithm === oid.sha1 || algorithm === oid.md5;
}
