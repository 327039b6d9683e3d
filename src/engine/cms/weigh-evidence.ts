/**
 * What is learnt about a signer beyond the message's own certificates: issuers that it left out, and whether
 * any certificate of its path was revoked. Loaded only where there is somebody to ask, or where the message
 * brings CRLs or OCSP responses.
 */
import { type Element } from "../base/der-reader.js";
import { MalformedError } from "../base/errors.js";
import { parseRevocationInfo } from "../cms-syntax/revocation-info.js";
import type { JudgedAt } from "../verdict/verdict.js";
import type { Certificate } from "../x509/certificate.js";
import type { CertificateRevocation, EmbeddedRevocation } from "../x509/evidence-source.js";
import { withMissingIssuers } from "../x509/missing-issuers.js";
import type { PathConditions } from "../x509/path-conditions.js";
import { checkRevocation } from "../x509/revocation.js";
import type { SignatureContext } from "./signature-context.js";

export interface Weighed {
  /** with the issuers that were found */
  readonly candidates: readonly Certificate[];
  /** looks at a path that holds at this time */
  readonly judgeAt: (judgedAt: JudgedAt) => NonNullable<PathConditions["judge"]>;
  /** what was found about the path that was looked at last; null where none was */
  readonly found: () => readonly CertificateRevocation[] | null;
}

/** @returns null where there is nothing to learn */
export async function weighEvidence(
  { signer, path }: { readonly signer: Certificate; readonly path: readonly Certificate[] | null },
  revocationInfo: Element | null,
  context: SignatureContext,
): Promise<Weighed | null> {
  const { evidence, revocation: policy = "when-available", budget, policy: readPolicy, time } = context;
  const candidates = path === null ? await withMissingIssuers(signer, context, evidence) : context.candidates;
  if (path === null && candidates === context.candidates) return null;
  const embedded = revocationInfo === null ? {} : { embedded: embeddedIn(revocationInfo) };
  const asked = evidence === undefined ? {} : { evidence };
  let found: readonly CertificateRevocation[] | null = null;
  return {
    candidates,
    found: () => found,
    judgeAt: (judgedAt) => async (validated) => {
      const result = await checkRevocation(validated, {
        time: Date.parse(judgedAt.time),
        timeIsProven: judgedAt.source !== "now",
        now: time.getTime(),
        ...{ policy, budget, readPolicy, candidates },
        ...asked,
        ...embedded,
      });
      found = policy === "off" ? null : result.certificates;
      return result.faults;
    },
  };
}

/** What cannot be read proves nothing, for or against. */
function embeddedIn(choices: Element): EmbeddedRevocation {
  try {
    return parseRevocationInfo(choices);
  } catch (error) {
    if (error instanceof MalformedError) return { crls: [], ocspResponses: [] };
    throw error;
  }
}
