/** CRLs that lie at hand, whatever certificate is asked for: which of them speak of it is for the engine to find. */
import type { Bytes } from "../../src/engine/index.js";
import type { EvidenceAnswer, EvidenceSource } from "../../src/engine/x509/evidence-source.js";

export function crlsAsEvidence(crls: readonly Bytes[], fetchedAt = 0): EvidenceSource {
  const found: EvidenceAnswer =
    crls.length === 0
      ? { kind: "unavailable" }
      : { kind: "found", evidence: crls.map((bytes) => ({ bytes, fetchedAt })) };
  return {
    crls: () => Promise.resolve(found),
    ocspResponse: () => Promise.resolve({ kind: "not-asked" }),
    issuers: () => Promise.resolve({ kind: "not-asked" }),
  };
}
