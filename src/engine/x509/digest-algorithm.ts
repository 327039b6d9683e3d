/** Digest algorithms by identifier, and what we think of them (RFC 8551 §2.1). */
import { readWhole } from "../base/der-reader.js";
import { readSmallInteger } from "../base/der-values.js";
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, hasNoParameters } from "../cms-syntax/algorithm-identifier.js";
import { type ReadPolicy, defaultReadPolicy } from "../policy/policy.js";
import { type DigestName, digestLengths } from "../primitives/digest.js";

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

/** RSASSA-PKCS1-v1_5 (RFC 8017 §A.2.4, NIST CSOR). */
export const pkcs1Digests: Readonly<Record<string, DigestName>> = {
  [oid.md5WithRsaEncryption]: "MD5",
  [oid.sha1WithRsaEncryption]: "SHA-1",
  [oid.sha1WithRsaSignature]: "SHA-1",
  [oid.sha224WithRsaEncryption]: "SHA-224",
  [oid.sha256WithRsaEncryption]: "SHA-256",
  [oid.sha384WithRsaEncryption]: "SHA-384",
  [oid.sha512WithRsaEncryption]: "SHA-512",
  [oid.rsaWithSha3_224]: "SHA3-224",
  [oid.rsaWithSha3_256]: "SHA3-256",
  [oid.rsaWithSha3_384]: "SHA3-384",
  [oid.rsaWithSha3_512]: "SHA3-512",
};

/** RFC 5758 §3.2, RFC 8692 §3 and NIST CSOR. */
export const ecdsaDigests: Readonly<Record<string, DigestName>> = {
  [oid.ecdsaWithSha1]: "SHA-1",
  [oid.ecdsaWithSha224]: "SHA-224",
  [oid.ecdsaWithSha256]: "SHA-256",
  [oid.ecdsaWithSha384]: "SHA-384",
  [oid.ecdsaWithSha512]: "SHA-512",
  [oid.ecdsaWithSha3_224]: "SHA3-224",
  [oid.ecdsaWithSha3_256]: "SHA3-256",
  [oid.ecdsaWithSha3_384]: "SHA3-384",
  [oid.ecdsaWithSha3_512]: "SHA3-512",
  [oid.ecdsaWithShake128]: "SHAKE128",
  [oid.ecdsaWithShake256]: "SHAKE256",
};

/** @throws UnsupportedError for what we cannot compute */
export function digestName(algorithm: string): DigestName {
  const name = names[algorithm];
  if (name === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm);
  return name;
}

/**
 * The digest of a SignerInfo (RFC 5652 §5.3). Windows and others write the signature algorithm there,
 * sha256WithRSAEncryption for SHA-256, sometimes beside another signature: it names one digest all the same.
 * @throws UnsupportedError | MalformedError
 */
export function messageDigestName(identifier: AlgorithmIdentifier): DigestName {
  const { algorithm, parameters } = identifier;
  if (algorithm === oid.shake128Len || algorithm === oid.shake256Len) {
    const name = algorithm === oid.shake128Len ? "SHAKE128" : "SHAKE256";
    const bits = parameters === null ? -1 : readSmallInteger(readWhole(parameters, "der"));
    if (bits === 8 * digestLengths[name]) return name;
    throw new UnsupportedError("algorithm-unsupported", `${algorithm} of ${bits} bits`);
  }
  const name = names[algorithm] ?? pkcs1Digests[algorithm] ?? ecdsaDigests[algorithm];
  if (name === undefined || !hasNoParameters(identifier)) {
    throw new UnsupportedError("algorithm-unsupported", algorithm);
  }
  return name;
}

/** Collisions can be made: such a digest explains a message, it proves nothing. */
export function isWeakDigest(name: DigestName, policy: ReadPolicy = defaultReadPolicy): boolean {
  return policy.weakDigests.includes(name);
}
