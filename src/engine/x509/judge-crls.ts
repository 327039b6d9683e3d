/**
 * What CRLs say of one certificate (RFC 5280 §6.3.3): complete ones, each for the distribution points, kinds
 * of certificates and reasons that it covers, with the delta that brings it up to date. "Good" needs every
 * reason covered by lists that are current and signed by who may; one good proof of revocation is enough.
 */
import { MalformedError } from "../base/errors.js";
import { compareUnsigned, equal } from "../base/bytes.js";
import type { Fault } from "../fault/faults.js";
import type { CertificateList, CrlEntry } from "./crl.js";
import { type DistributionPoint, allReasons, namesIssuer, namesOf, share } from "./distribution-points.js";
import { sameName } from "./distinguished-name.js";
import { distributionPoints } from "./evidence-urls.js";
import { basicConstraints } from "./extensions.js";
import {
  type Judgement,
  type Question,
  type Revoked,
  type Span,
  clockSkew,
  isCurrent,
} from "./judge-question.js";
import { entriesOf } from "./known-lists.js";
import { checkCrlSigner } from "./revocation-signer.js";

/**
 * @param ask for deltas that may add to a complete list that was found to be genuine, besides those among the lists
 * @throws BudgetExceededError
 */
export async function judgeCrls(
  question: Question,
  lists: readonly CertificateList[],
  ask: (list: CertificateList) => Promise<readonly CertificateList[]>,
): Promise<Judgement> {
  const deltas: Deltas = { given: lists.filter(({ baseNumber }) => baseNumber !== null), ask };
  // The newest first: of two places of one authority, one may still serve the list from before the revocation.
  const complete = lists
    .filter(({ baseNumber }) => baseNumber === null)
    .sort((a, b) => b.thisUpdate - a.thisUpdate);
  const judged = new Map<CertificateList, Judgement>();
  const faults: Fault[] = [];
  let covered = 0;
  let span: Span | null = null;
  for (const point of pointsOf(question)) {
    for (const list of complete) {
      const reasons = scopeOf(list, point, question);
      if ((reasons & ~covered) === 0) continue;
      if (!judged.has(list)) judged.set(list, await judgeList(list, question, deltas));
      const judgement = judged.get(list)!;
      if (judgement.status === "revoked") return judgement;
      if (judgement.status === "unknown") faults.push(...judgement.faults);
      else {
        covered |= reasons;
        span = narrower(span, judgement);
      }
      if (covered === allReasons) return { status: "good", ...span! };
    }
  }
  if (faults.length === 0 && lists.length > 0) faults.push({ code: "crl-unsuitable", detail: "scope" });
  return { status: "unknown", faults };
}

/** Of several lists that it takes, the one that ends first. */
function narrower(a: Span | null, { thisUpdate, nextUpdate }: Span): Span {
  return a !== null && a.nextUpdate! < nextUpdate! ? a : { thisUpdate, nextUpdate };
}

// ------------------------------------------------------------------ for whom a list speaks

/** Those of the certificate, then its issuer's own list (RFC 5280 §6.3.3, the last paragraph). */
function pointsOf({ certificate }: Question): readonly DistributionPoint[] {
  const own: DistributionPoint = {
    point: { kind: "full", names: [{ kind: "directoryName", name: certificate.issuer }] },
    reasons: allReasons,
    crlIssuers: [],
  };
  return [...distributionPoints(certificate), own];
}

/** RFC 5280 §6.3.3 (b), (d). @returns the reasons that the list covers for this certificate; 0: none */
function scopeOf(list: CertificateList, point: DistributionPoint, { certificate }: Question): number {
  const { scope } = list;
  const isIssuer =
    point.crlIssuers.length === 0
      ? sameName(list.issuer, certificate.issuer)
      : scope?.indirect === true && namesIssuer(point.crlIssuers, list.issuer);
  if (!isIssuer) return 0;
  if (scope === null) return point.reasons;
  if (scope.onlyAttributes) return 0;
  const isAuthority = basicConstraints(certificate)?.certificateAuthority === true;
  if (isAuthority ? scope.onlyUsers : scope.onlyAuthorities) return 0;
  if (scope.point !== null) {
    const named = point.point === null ? point.crlIssuers : namesOf(point.point, aboveOf(point, certificate));
    if (!share(namesOf(scope.point, list.issuer), named)) return 0;
  }
  return point.reasons & scope.reasons;
}

/** RFC 5280 §4.2.1.13: a relative name lies below the CRL issuer's, else the certificate issuer's. */
function aboveOf({ crlIssuers }: DistributionPoint, { issuer }: Question["certificate"]) {
  const named = crlIssuers.find((name) => name.kind === "directoryName");
  return named?.name ?? issuer;
}

// ------------------------------------------------------------------ what it says

interface Deltas {
  /** they stood where complete lists do */
  readonly given: readonly CertificateList[];
  readonly ask: (list: CertificateList) => Promise<readonly CertificateList[]>;
}

async function judgeList(list: CertificateList, question: Question, deltas: Deltas): Promise<Judgement> {
  try {
    const unusable = await checkList(list, question);
    if (unusable !== undefined) return { status: "unknown", faults: [unusable] };
    const judgement = await statusBy(list, question, deltas);
    // One that its authority wrote wrongly does not take the place of the one before.
    tellBelieved(list, question);
    return judgement;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const code = error.code === "certificate-malformed" ? error.code : "crl-malformed";
    return { status: "unknown", faults: [{ code, detail: error.detail }] };
  }
}

/** So that whoever keeps it does not give it up for another that nobody has judged. */
function tellBelieved({ der, thisUpdate }: CertificateList, { conditions }: Question): void {
  conditions.evidence?.believed?.(der, thisUpdate);
}

async function checkList(list: CertificateList, question: Question): Promise<Fault | undefined> {
  if (list.unknownCritical !== null) return { code: "crl-unsuitable", detail: list.unknownCritical };
  const { conditions } = question;
  if (list.thisUpdate > (conditions.now ?? conditions.time) + clockSkew) {
    return { code: "crl-outdated", detail: new Date(list.thisUpdate).toISOString() };
  }
  return checkCrlSigner(list, question);
}

async function statusBy(list: CertificateList, question: Question, deltas: Deltas): Promise<Judgement> {
  const { conditions } = question;
  const listed = revocationIn(list, question);
  const delta = await newestDelta(list, question, deltas);
  const added = delta === null ? null : revocationIn(delta, question);
  if (listed === "unusable" || added === "unusable") {
    return { status: "unknown", faults: [{ code: "crl-unsuitable", detail: "entry extension" }] };
  }
  // RFC 5280 §6.3.3 (i)–(k): what the delta says goes first.
  const revoked = added === null ? listed : added;
  const span = delta ?? list;
  if (revoked !== null && revoked !== "removed") {
    if (isCurrent(span, conditions) || isFinal(revoked)) {
      return { status: "revoked", ...spanOf(span), ...revoked };
    }
  }
  if (!isCurrent(span, conditions)) return { status: "unknown", faults: [outdated(span)] };
  if (isForgotten(question, list)) {
    return { status: "unknown", faults: [{ code: "crl-unsuitable", detail: "certificate expired before" }] };
  }
  return { status: "good", ...spanOf(span) };
}

function spanOf({ thisUpdate, nextUpdate }: Span): Span {
  return { thisUpdate, nextUpdate };
}

function outdated({ nextUpdate }: Span): Fault {
  return nextUpdate === null
    ? { code: "crl-outdated" }
    : { code: "crl-outdated", detail: new Date(nextUpdate).toISOString() };
}

/** RFC 5280 §3.3: a list may leave out certificates that expired before it was made. */
function isForgotten({ certificate }: Question, { thisUpdate, expiredSince }: CertificateList): boolean {
  if (thisUpdate <= certificate.notAfter) return false;
  return expiredSince === null || expiredSince > certificate.notAfter;
}

type Listed = Revoked | "removed" | "unusable" | null;

/** Nobody takes a revocation back, so an old list or delta proves one too; a hold may have been lifted since. */
function isFinal(listed: Listed): boolean {
  return listed !== null && typeof listed === "object" && listed.reason !== "certificateHold";
}

/** @returns null where the certificate is not on the list. @throws MalformedError */
function revocationIn(list: CertificateList, { certificate }: Question): Listed {
  const { entries, unknownCritical } = entriesOf(list, certificate.serialNumber);
  if (unknownCritical) return "unusable";
  const own = entries.filter((entry) => isOf(entry, list, certificate.issuer));
  // Two entries for one certificate: the earlier revocation counts, wherever it stands.
  const [first] = own.filter(({ reason }) => reason !== "removeFromCRL").sort(byDate);
  if (first === undefined) return own.length > 0 ? "removed" : null;
  const { revocationDate: revokedAt, reason, invalidityDate } = first;
  return { revokedAt, reason, invalidityDate };
}

function byDate(a: CrlEntry, b: CrlEntry): number {
  return a.revocationDate - b.revocationDate;
}

/** RFC 5280 §5.3.3: without a name, it is the CRL's issuer's. */
function isOf(
  { certificateIssuer }: CrlEntry,
  list: CertificateList,
  issuer: CertificateList["issuer"],
): boolean {
  return certificateIssuer === null ? sameName(list.issuer, issuer) : namesIssuer(certificateIssuer, issuer);
}

// ------------------------------------------------------------------ deltas

/** The newest that adds to this list (RFC 5280 §5.2.4, §6.3.3 (c)) and is as genuine; null where none does. */
async function newestDelta(
  list: CertificateList,
  question: Question,
  deltas: Deltas,
): Promise<CertificateList | null> {
  const asked = await deltas.ask(list);
  const fitting = [...deltas.given, ...asked].filter((delta) => addsTo(delta, list));
  for (const delta of fitting.sort((a, b) => compareUnsigned(b.number!, a.number!))) {
    if ((await checkList(delta, question)) !== undefined) continue;
    if (!isCurrent(delta, question.conditions) && !isFinal(revocationIn(delta, question))) continue;
    // One that came in the place of a complete list must not pass there for a newer one.
    if (asked.includes(delta)) tellBelieved(delta, question);
    return delta;
  }
  return null;
}

function addsTo(delta: CertificateList, list: CertificateList): boolean {
  if (delta.baseNumber === null || delta.number === null || list.number === null) return false;
  if (!sameName(delta.issuer, list.issuer)) return false;
  if (!sameOctets(delta.scope?.der ?? null, list.scope?.der ?? null)) return false;
  if (!sameOctets(delta.authorityKey, list.authorityKey)) return false;
  return (
    compareUnsigned(delta.baseNumber, list.number) <= 0 && compareUnsigned(delta.number, list.number) > 0
  );
}

function sameOctets(a: CertificateList["number"], b: CertificateList["number"]): boolean {
  return a === null || b === null ? a === b : equal(a, b);
}
