/**
 * What a well signed letter teaches for answering it: the certificate to encrypt to, the links above it, what its
 * signer can read and which certificate she prefers, and when she said so (RFC 8551 §2.5.2, §2.5.3).
 */
import type { Inspection } from "../../engine/index.js";
import type { Keeping } from "./certificate-store.js";

/** The signer's certificate, and the links above it: without them no path is found when answering. */
export function keepings({ certificates }: Pick<Inspection, "certificates">, now: Date): readonly Keeping[] {
  return certificates.flatMap(({ certificate, chain, capabilities, preferred, claimedTime }): Keeping[] => {
    const time = saidAt(claimedTime, now);
    return [
      {
        ...{ certificate, role: "person", capabilities: capabilities && { der: capabilities, time } },
        // Without a time it has chosen among the certificates of this letter, and takes no other's place.
        ...(preferred && time !== null ? { preferredAt: time } : {}),
      },
      ...chain.map((link): Keeping => ({ certificate: link, role: "authority", capabilities: null })),
    ];
  });
}

/** How far the clocks of a signer and of this device may differ. */
const clockSkew = 5 * 60_000;

/**
 * By it a later word is told from an earlier one (RFC 8551 §2.7.1). So it is never our own time: the letter would
 * be news each time that it is read. A claim far in the future is none, for the same reason, and lest it be the
 * last word until then; within the skew it is now.
 * @param claimedTime of the signature that says it (RFC 5652 §11.3)
 */
function saidAt(claimedTime: string | null, now: Date): string | null {
  if (claimedTime === null) return null;
  const claimed = Date.parse(claimedTime);
  if (claimed > now.getTime() + clockSkew) return null;
  return new Date(Math.min(claimed, now.getTime())).toISOString();
}
