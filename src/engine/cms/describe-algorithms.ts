/** Algorithms by the names that the details pane shows. */
import { MalformedError, UnsupportedError } from "../base/errors.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import type { SignatureAlgorithms } from "../verdict/verdict.js";
import { messageDigestName } from "../x509/digest-algorithm.js";
import type { SignatureScheme } from "../x509/signature-scheme.js";

/** @param scheme null where the signature's algorithm is not known to us */
export function describeAlgorithms(
  digest: AlgorithmIdentifier,
  scheme: SignatureScheme | null,
): SignatureAlgorithms | null {
  if (scheme === null) return null;
  return { digest: describeDigest(digest), signature: describeScheme(scheme) };
}

function describeDigest(digest: AlgorithmIdentifier): string {
  try {
    return messageDigestName(digest);
  } catch (error) {
    if (error instanceof UnsupportedError || error instanceof MalformedError) return digest.algorithm;
    throw error;
  }
}

function describeScheme(scheme: SignatureScheme): string {
  switch (scheme.name) {
    case "ECDSA":
      return `ECDSA ${scheme.curve}`;
    case "ML-DSA":
    case "SLH-DSA":
      return scheme.parameterSet;
    default:
      return scheme.name;
  }
}
