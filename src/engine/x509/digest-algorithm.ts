/** Digest algorithms by OID, and what we think of them (RFC 8551 §2.1). */
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";

export type DigestName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

const names: Readonly<Record<string, DigestName>> = {
  [oid.sha1]: "SHA-1",
  [oid.sha256]: "SHA-256",
  [oid.sha384]: "SHA-384",
  [oid.sha512]: "SHA-512",
};

/** @throws UnsupportedError for what the platform cannot compute */
export function digestName(algorithm: string): DigestName {
  const name = names[algorithm];
  if (name === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm);
  return name;
}

/** Collisions can be made: such a digest explains a message, it proves nothing. */
export function isWeakDigest(algorithm: string): boolean {
  return algorithm === oid.sha1 || algorithm === oid.md5;
}
