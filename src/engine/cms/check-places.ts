/**
 * Things that must stand where they stand: the signer's digest among those of the SignedData, and the
 * attributes that say what was signed among those that are signed. Every honest program keeps to it, and
 * OpenSSL refuses what does not.
 */
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { parseUnsignedAttributes } from "../cms-syntax/attributes.js";
import type { SignerInfo } from "../cms-syntax/signed-data.js";
import type { Fault } from "../fault/faults.js";
import { messageDigestName } from "../x509/digest-algorithm.js";

/** RFC 5652 §11.1–§11.3: these must not be unsigned. */
const signedOnly: readonly string[] = [oid.contentType, oid.messageDigest, oid.signingTime];

/** @param digestAlgorithms of the SignedData */
export function checkPlaces(
  signerInfo: SignerInfo,
  digestAlgorithms: readonly AlgorithmIdentifier[],
): readonly Fault[] {
  const faults: Fault[] = [];
  const misplaced = unsignedTypes(signerInfo).find((type) => signedOnly.includes(type));
  if (misplaced !== undefined)
    faults.push({ code: "cms-malformed", detail: `unsigned attribute ${misplaced}` });
  // RFC 5652 §5.1: a verifier may refuse a digest that is not announced; one-pass readers cannot but.
  if (!isAnnounced(signerInfo.digestAlgorithm, digestAlgorithms)) {
    faults.push({ code: "cms-malformed", detail: "digest not among digestAlgorithms" });
  }
  return faults;
}

function unsignedTypes({ unsignedAttrs }: SignerInfo): readonly string[] {
  try {
    return unsignedAttrs === null ? [] : parseUnsignedAttributes(unsignedAttrs).map(({ type }) => type);
  } catch (error) {
    // Broken ones say nothing at all.
    if (error instanceof MalformedError) return [];
    throw error;
  }
}

/** By what they mean: some write the signature's identifier for the digest's. */
function isAnnounced(wanted: AlgorithmIdentifier, announced: readonly AlgorithmIdentifier[]): boolean {
  const name = nameOf(wanted);
  return announced.some(
    (algorithm) => algorithm.algorithm === wanted.algorithm || nameOf(algorithm) === name,
  );
}

function nameOf(algorithm: AlgorithmIdentifier): string {
  try {
    return messageDigestName(algorithm);
  } catch (error) {
    if (error instanceof UnsupportedError || error instanceof MalformedError) return algorithm.algorithm;
    throw error;
  }
}
