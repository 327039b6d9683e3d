/** Algorithms by the names that the details pane shows. */
import { oid } from "../base/oid.js";
import type { SignatureAlgorithms } from "../verdict/verdict.js";
import type { SignatureScheme } from "../x509/signature-scheme.js";

const digests: Readonly<Record<string, string>> = {
  [oid.md5]: "MD5",
  [oid.sha1]: "SHA-1",
  [oid.sha224]: "SHA-224",
  [oid.sha256]: "SHA-256",
  [oid.sha384]: "SHA-384",
  [oid.sha512]: "SHA-512",
};

/** @param scheme null where the signature's algorithm is not known to us */
export function describeAlgorithms(
  digest: string,
  scheme: SignatureScheme | null,
): SignatureAlgorithms | null {
  if (scheme === null) return null;
  return {
    digest: digests[digest] ?? digest,
    signature: scheme.name === "ECDSA" ? `ECDSA ${scheme.curve}` : scheme.name,
  };
}
