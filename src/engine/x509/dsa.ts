/**
 * DSA keys and signatures in certificates and CRLs (RFC 3279 §2.2.2, §2.3.2), and the parameters that a key
 * takes over from the authority above (RFC 5280 §6.1.4 (d)–(f)). Loaded only where the policy verifies DSA.
 */
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { type DigestName, digest } from "../primitives/digest.js";
import { verifyDsa } from "../primitives/dsa.js";
import type { Certificate, SubjectPublicKeyInfo } from "./certificate.js";
import type { SignedBytes } from "./verify-signed-bytes.js";

const digests: Readonly<Record<string, DigestName>> = {
  [oid.dsaWithSha1]: "SHA-1",
  [oid.dsaWithSha256]: "SHA-256",
};

/** @throws UnsupportedError */
export function dsaDigest({ algorithm }: AlgorithmIdentifier): DigestName {
  const found = digests[algorithm];
  if (found === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm);
  return found;
}

/** @throws MalformedError; UnsupportedError for a key without parameters */
export async function verifyDsaSignature(
  { algorithm, publicKey }: SubjectPublicKeyInfo,
  signatureAlgorithm: AlgorithmIdentifier,
  { data, signature }: SignedBytes,
): Promise<boolean> {
  if (algorithm.algorithm !== oid.dsa || algorithm.parameters === null) {
    throw new UnsupportedError("key-unsupported", algorithm.algorithm);
  }
  const numbers = new SequenceReader(readWhole(algorithm.parameters, "der"));
  const [p, q, g] = [numbers.next(tags.integer), numbers.next(tags.integer), numbers.next(tags.integer)];
  numbers.finish();
  const pair = signaturePair(signature);
  if (pair === null) return false;
  const [prime, order, base] = [p, q, g].map(readUnsignedInteger) as [Bytes, Bytes, Bytes];
  const y = readUnsignedInteger(readWhole(publicKey, "der"));
  const hash = await digest(dsaDigest(signatureAlgorithm), data);
  return verifyDsa({ p: prime, q: order, g: base, y }, hash, pair);
}

/** Dss-Sig-Value (RFC 3279 §2.2.2); null where it is none. */
function signaturePair(signature: Bytes): { readonly r: Bytes; readonly s: Bytes } | null {
  try {
    const reader = new SequenceReader(readWhole(signature, "der"));
    const pair = {
      r: readUnsignedInteger(reader.next(tags.integer)),
      s: readUnsignedInteger(reader.next(tags.integer)),
    };
    reader.finish();
    return pair;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** RFC 5280 §6.1.4 (d)–(f): a DSA key without parameters has those of the DSA key above it. */
export function withInheritedParameters(path: readonly Certificate[]): readonly Certificate[] {
  let working: AlgorithmIdentifier["parameters"] = null;
  const downwards = [...path].reverse().map((certificate) => {
    const { algorithm } = certificate.subjectPublicKeyInfo;
    if (algorithm.algorithm !== oid.dsa) {
      working = null;
      return certificate;
    }
    if (algorithm.parameters !== null) {
      working = algorithm.parameters;
      return certificate;
    }
    const completed = { ...algorithm, parameters: working };
    return {
      ...certificate,
      subjectPublicKeyInfo: { ...certificate.subjectPublicKeyInfo, algorithm: completed },
    };
  });
  return downwards.reverse();
}
