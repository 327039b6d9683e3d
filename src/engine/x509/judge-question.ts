/**
 * One certificate of a path, about which evidence is judged, and what all the judges share: the clock and
 * what a piece of evidence can prove about a time.
 */
import type { Certificate } from "./certificate.js";
import type {
  CertificateRevocation,
  RevocationConditions,
  RevocationReason,
  RevocationStatus,
} from "./evidence-source.js";
import { type Fault, byRank } from "../fault/faults.js";

export interface Question {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** the whole path that it stands in */
  readonly path: readonly Certificate[];
  readonly conditions: RevocationConditions;
  /** those whose own status is being asked for, so that nobody is asked for ever */
  readonly checking: ReadonlySet<string>;
  /** is this signer of CRLs or answers, with its path, good itself? @returns what speaks against it */
  readonly checkSigner: (
    path: readonly Certificate[],
    checking: ReadonlySet<string>,
  ) => Promise<readonly Fault[]>;
}

/** How far the clocks of an authority and of this device may differ. */
export const clockSkew = 5 * 60 * 1000;

export interface Span {
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
}

/**
 * Evidence speaks for `time` when it was made after it, or was still current then. What was made before
 * says nothing of what came later, and what lies in the future is no evidence.
 */
export function isCurrent({ thisUpdate, nextUpdate }: Span, conditions: RevocationConditions): boolean {
  const now = conditions.now ?? conditions.time;
  if (thisUpdate > now + clockSkew || nextUpdate === null || nextUpdate < thisUpdate) return false;
  return nextUpdate + clockSkew > conditions.time;
}

/** When a revocation took effect: an earlier date of compromise counts (RFC 5280 §5.3.2). */
export interface Revoked {
  readonly revokedAt: number;
  readonly reason: RevocationReason | null;
  readonly invalidityDate: number | null;
}

export type Judgement =
  | ({ readonly status: "good" } & Span)
  | ({ readonly status: "revoked" } & Span & Revoked)
  | { readonly status: "unknown"; readonly faults: readonly Fault[] };

export const unproven: Judgement = { status: "unknown", faults: [] };

/** RFC 5280 §5.3.1: a hold, and what an authority calls the end of one. Nobody takes any other reason back. */
export function mayEnd(reason: RevocationReason | null): boolean {
  return reason === "certificateHold" || reason === "removeFromCRL";
}

/** Only before a proven time can a revocation have come too late. */
export function bearsOn({ revokedAt, invalidityDate }: Revoked, conditions: RevocationConditions): boolean {
  if (conditions.timeIsProven !== true) return true;
  return Math.min(revokedAt, invalidityDate ?? revokedAt) <= conditions.time;
}

/** As the verdict tells it. */
export function describe(
  judgement: Judgement,
  source: "crl" | "ocsp" | "embedded",
  { certificate, conditions }: Question,
): CertificateRevocation {
  const { fingerprint } = certificate;
  if (judgement.status === "unknown") {
    return unknownStatus(fingerprint, "unknown", judgement.faults);
  }
  const { status, thisUpdate, nextUpdate } = judgement;
  const span = {
    thisUpdate: isoTime(thisUpdate),
    nextUpdate: nextUpdate === null ? null : isoTime(nextUpdate),
  };
  if (status === "good") return { fingerprint, status, source, ...span, faults: [] };
  const revokedAt = isoTime(Math.min(judgement.revokedAt, judgement.invalidityDate ?? judgement.revokedAt));
  return {
    fingerprint,
    status: bearsOn(judgement, conditions) ? "revoked" : "good",
    source,
    ...span,
    revokedAt,
    ...(judgement.reason === null ? {} : { reason: judgement.reason }),
    faults: [],
  };
}

export function unknownStatus(
  fingerprint: string,
  status: Extract<RevocationStatus, "unknown" | "not-checked">,
  faults: readonly Fault[],
): CertificateRevocation {
  const distinct = new Map(faults.map((fault) => [`${fault.code} ${fault.detail ?? ""}`, fault]));
  const told = byRank([...distinct.values()]);
  return { fingerprint, status, source: null, thisUpdate: null, nextUpdate: null, faults: told };
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
