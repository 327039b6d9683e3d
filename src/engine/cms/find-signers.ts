/**
 * The certificates that may be the signer's (RFC 5652 §5.3). A name finds them, it proves nothing: which
 * of them signed, if any, only the signature tells.
 */
import { type Bytes, equal } from "../base/bytes.js";
import { oid } from "../base/oid.js";
import type { CertificateIdentifier } from "../cms-syntax/certificate-identifier.js";
import { digest } from "../primitives/digest.js";
import type { Certificate } from "../x509/certificate.js";
import { isIdentifiedBy } from "../x509/certificate-lookup.js";

/** How many with the wanted name are to be tried: anybody may add some to a message. */
export const maximumCandidates = 8;

/** @returns all of them, those of the message first where they come first among the candidates */
export async function findSigners(
  candidates: readonly Certificate[],
  identifier: CertificateIdentifier,
): Promise<readonly Certificate[]> {
  const named = candidates.filter((candidate) => isIdentifiedBy(candidate, identifier));
  if (named.length > 0 || identifier.kind === "issuerAndSerialNumber") return named;
  return byComputedIdentifier(candidates, identifier.keyIdentifier);
}

/**
 * Windows names certificates that have no key identifier inside by one that it computes: SHA-1 of the
 * whole SubjectPublicKeyInfo; others take the key alone, as RFC 5280 §4.2.1.2 (1) proposes.
 */
async function byComputedIdentifier(
  candidates: readonly Certificate[],
  keyIdentifier: Bytes,
): Promise<readonly Certificate[]> {
  if (keyIdentifier.length !== 20) return [];
  const found: Certificate[] = [];
  for (const candidate of candidates) {
    if (candidate.extensions.has(oid.subjectKeyIdentifier)) continue;
    const { der, publicKey } = candidate.subjectPublicKeyInfo;
    const computed = [await digest("SHA-1", der), await digest("SHA-1", publicKey)];
    if (computed.some((identifier) => equal(identifier, keyIdentifier))) found.push(candidate);
  }
  return found;
}
