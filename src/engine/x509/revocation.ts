/**
 * Is any certificate of a path revoked (RFC 5280 §6.3, RFC 6960)? Asks for the evidence, and has it judged:
 * CRLs first, because they tell an authority less about who reads what, then OCSP. What came in the message
 * itself can prove a revocation, and "good" only where nobody else could be asked.
 */
import type { Bytes } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Fault } from "../fault/faults.js";
import type { Certificate } from "./certificate.js";
import type { CertificateList } from "./crl.js";
import type {
  CertificateRevocation,
  EvidenceAnswer,
  EvidenceSource,
  OcspAsk,
  RevocationConditions,
  RevocationResult,
} from "./evidence-source.js";
import { crlUrls, deltaUrls, ocspUrls } from "./evidence-urls.js";
import { basicConstraints } from "./extensions.js";
import { judgeCrls } from "./judge-crls.js";
import { judgeOcsp } from "./judge-ocsp.js";
import {
  type Judgement,
  type Question,
  describe,
  mayEnd,
  unknownStatus,
  unproven,
} from "./judge-question.js";
import { readCrl } from "./known-lists.js";
import { buildOcspRequest } from "./ocsp.js";

/** Of one answer, and of what a message brings; more are there to cost time. */
const maximumPieces = 20;

/**
 * Each certificate of a path but the anchor. Never rejects for the sake of evidence: what is broken, stale
 * or signed by strangers is a fault beside "unknown".
 *
 * @param path end entity first, trust anchor last; a path that `validatePath` found to hold
 * @throws BudgetExceededError
 */
export async function checkRevocation(
  path: readonly Certificate[],
  conditions: RevocationConditions,
): Promise<RevocationResult> {
  const certificates = await checkPath(path, { conditions, checking: new Set(), judged: new Set() });
  return { certificates, faults: faultsOf(certificates, conditions) };
}

interface Circumstances {
  readonly conditions: RevocationConditions;
  /** signers whose own status is being asked for */
  readonly checking: ReadonlySet<string>;
  /** those that are judged already, in a path around this one */
  readonly judged: ReadonlySet<string>;
}

async function checkPath(
  path: readonly Certificate[],
  circumstances: Circumstances,
): Promise<readonly CertificateRevocation[]> {
  const { conditions, checking, judged } = circumstances;
  const fingerprints = new Set([...judged, ...path.map(({ fingerprint }) => fingerprint)]);
  const checkSigner: Question["checkSigner"] = async (signerPath, alsoChecking) => {
    const found = await checkPath(signerPath, { conditions, checking: alsoChecking, judged: fingerprints });
    return faultsOf(found, conditions);
  };
  const found = path.slice(0, -1).map((certificate, index) => {
    if (judged.has(certificate.fingerprint)) return null;
    const issuer = path[index + 1]!;
    return checkCertificate({ certificate, issuer, path, conditions, checking, checkSigner });
  });
  return Promise.all(found.filter((one) => one !== null));
}

function faultsOf(
  certificates: readonly CertificateRevocation[],
  { policy }: RevocationConditions,
): readonly Fault[] {
  const revoked = certificates.filter(({ status }) => status === "revoked");
  if (revoked.length > 0) {
    return revoked.map(({ revokedAt }) => ({ code: "certificate-revoked", detail: revokedAt! }));
  }
  const isUnknown = certificates.some(({ status }) => status === "unknown");
  return isUnknown && policy === "required" ? [{ code: "revocation-unknown" }] : [];
}

// ------------------------------------------------------------------ one certificate

async function checkCertificate(question: Question): Promise<CertificateRevocation> {
  const { certificate, conditions } = question;
  if (conditions.policy === "off" || hasNoRevocation(certificate)) {
    return unknownStatus(certificate.fingerprint, "not-checked", []);
  }
  const embedded = describe(await judgeEmbedded(question), "embedded", question);
  if (embedded.status === "revoked" || conditions.evidence === undefined) return embedded;
  const listed = await judgeByCrls(question, conditions.evidence);
  const byCrl = describe(listed, "crl", question);
  if (listed.status === "revoked") return byCrl;
  // The list may be from before a revocation that its authority has told since, or be kept back for that.
  const held = await judgeHeldOcsp(question, conditions.evidence);
  if (listed.status === "good") return overrules(held, listed) ? describe(held, "ocsp", question) : byCrl;
  // Others may have ended meanwhile: who may be asked is asked.
  if (isFinal(held)) return describe(held, "ocsp", question);
  const answered = await judgeByOcsp(question, conditions.evidence);
  const byOcsp = describe(overrules(held, answered) ? held : answered, "ocsp", question);
  if (byOcsp.status !== "unknown") return byOcsp;
  // Whoever wrote the message chose what it brings, and could leave out what is newer: it goes last.
  if (embedded.status === "good") return embedded;
  const faults = [...byCrl.faults, ...byOcsp.faults, ...embedded.faults];
  return unknownStatus(certificate.fingerprint, "unknown", faults);
}

/** RFC 9608 §4: so short-lived that its authority will never revoke it. Never an authority's. */
function hasNoRevocation(certificate: Certificate): boolean {
  return certificate.extensions.has(oid.noRevAvail) && !isAuthority(certificate);
}

function isAuthority(certificate: Certificate): boolean {
  try {
    return basicConstraints(certificate)?.certificateAuthority === true;
  } catch (error) {
    // What cannot be read is not let off.
    if (error instanceof MalformedError) return true;
    throw error;
  }
}

/** The first proof of revocation, else the first "good", else all that was wrong. */
async function firstProof(judge: readonly (() => Promise<Judgement>)[]): Promise<Judgement> {
  let good: Judgement | null = null;
  const faults: Fault[] = [];
  for (const one of judge) {
    const judgement = await one();
    if (judgement.status === "revoked") return judgement;
    if (judgement.status === "good") good ??= judgement;
    else faults.push(...judgement.faults);
  }
  return good ?? { status: "unknown", faults };
}

// ------------------------------------------------------------------ what the message brings

async function judgeEmbedded(question: Question): Promise<Judgement> {
  const { embedded } = question.conditions;
  if (embedded === undefined) return unproven;
  const { lists, faults } = parseLists(embedded.crls.slice(0, maximumPieces));
  // Others' lists are no news: a message brings those of everybody in it.
  const own = lists.length === 0 ? unproven : withoutScope(await judgeLists(question, lists, unasked));
  const responses = embedded.ocspResponses.slice(0, maximumPieces);
  return firstProof([
    () => Promise.resolve(own),
    ...responses.map((der) => async () => withoutScope(await judgeOcsp(question, der, null))),
    () => Promise.resolve({ status: "unknown", faults }),
  ]);
}

function withoutScope(judgement: Judgement): Judgement {
  if (judgement.status !== "unknown") return judgement;
  const faults = judgement.faults.filter(
    ({ code }) => code !== "crl-unsuitable" && code !== "ocsp-unsuitable",
  );
  return { status: "unknown", faults };
}

const unasked = (): Promise<readonly CertificateList[]> => Promise.resolve([]);

// ------------------------------------------------------------------ CRLs

async function judgeByCrls(question: Question, evidence: EvidenceSource): Promise<Judgement> {
  const ask = askOf(question);
  const urls = crlUrls(question.certificate);
  const answer = await evidence.crls({ ...ask, kind: "complete", urls });
  const { pieces, faults } = piecesOf(answer);
  const { lists, faults: broken } = parseLists(pieces);
  const deltas = async (list: CertificateList): Promise<readonly CertificateList[]> => {
    const deltaPlaces = [...new Set([...deltaUrls(question.certificate), ...deltaUrls(list)])];
    if (deltaPlaces.length === 0) return [];
    const found = await evidence.crls({ ...ask, kind: "delta", urls: deltaPlaces });
    return parseLists(piecesOf(found).pieces).lists;
  };
  const judgement = await judgeLists(question, lists, deltas);
  if (judgement.status !== "unknown") return judgement;
  return { status: "unknown", faults: [...faults, ...broken, ...judgement.faults] };
}

async function judgeLists(
  question: Question,
  lists: readonly CertificateList[],
  ask: (list: CertificateList) => Promise<readonly CertificateList[]>,
): Promise<Judgement> {
  try {
    return await judgeCrls(question, lists, ask);
  } catch (error) {
    // What the certificate itself says of where its lists are.
    if (!(error instanceof MalformedError)) throw error;
    return { status: "unknown", faults: [{ code: "certificate-malformed", detail: error.detail }] };
  }
}

function parseLists(ders: readonly Bytes[]) {
  const lists: CertificateList[] = [];
  const faults: Fault[] = [];
  for (const der of ders) {
    try {
      lists.push(readCrl(der));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      faults.push({ code: "crl-malformed", detail: error.detail });
    }
  }
  return { lists, faults };
}

// ------------------------------------------------------------------ OCSP

async function judgeByOcsp(question: Question, evidence: EvidenceSource): Promise<Judgement> {
  const nonce = question.conditions.ocspNonce === "send" ? crypto.getRandomValues(new Uint8Array(32)) : null;
  const answer = await evidence.ocspResponse(await ocspAsk(question, nonce));
  return judgeAnswers(question, evidence, { answer, nonce });
}

async function judgeHeldOcsp(question: Question, evidence: EvidenceSource): Promise<Judgement> {
  const answer = await evidence.heldOcspResponse?.(await ocspAsk(question, null));
  return answer === undefined ? unproven : judgeAnswers(question, evidence, { answer, nonce: null });
}

async function ocspAsk(question: Question, nonce: Bytes | null): Promise<OcspAsk> {
  const request = await buildOcspRequest(question, nonce);
  return { ...askOf(question), urls: ocspUrls(question.certificate), request, nonce: nonce !== null };
}

async function judgeAnswers(
  question: Question,
  evidence: EvidenceSource,
  { answer, nonce }: { readonly answer: EvidenceAnswer; readonly nonce: Bytes | null },
): Promise<Judgement> {
  const { pieces, faults } = piecesOf(answer);
  let last: (Told & { readonly der: Bytes }) | null = null;
  for (const der of pieces) {
    const told = await judgeOcsp(question, der, nonce);
    if (told.status === "unknown") faults.push(...told.faults);
    else if (last === null || outweighs(told, last)) last = { ...told, der };
  }
  if (last === null) return { status: "unknown", faults };
  const { der, ...judgement } = last;
  evidence.believed?.(der, judgement.thisUpdate);
  return judgement;
}

type Told = Exclude<Judgement, { readonly status: "unknown" }>;

/**
 * Of several answers about one certificate (the one before may have been kept with the one after it) the newest
 * (RFC 6960 §2.4). But nobody takes a revocation back unless it was a hold, or may have been one.
 */
function outweighs(a: Told, b: Told): boolean {
  if (isFinal(a) !== isFinal(b)) return isFinal(a);
  if (a.thisUpdate !== b.thisUpdate) return a.thisUpdate > b.thisUpdate;
  return a.status === "revoked";
}

/** To block must not be better than to answer: silence takes nothing back. */
function overrules(held: Judgement, other: Judgement): boolean {
  return held.status === "revoked" && (other.status === "unknown" || outweighs(held, other));
}

function isFinal(told: Judgement): boolean {
  return told.status === "revoked" && told.reason !== null && !mayEnd(told.reason);
}

// ------------------------------------------------------------------ asking

function askOf({ certificate, issuer, path }: Question) {
  return { certificate: certificate.der, issuer: issuer.der, anchor: path.at(-1)!.fingerprint };
}

function piecesOf(answer: EvidenceAnswer): { pieces: readonly Bytes[]; faults: Fault[] } {
  switch (answer.kind) {
    case "found":
      return { pieces: answer.evidence.slice(0, maximumPieces).map(({ bytes }) => bytes), faults: [] };
    case "unavailable":
      return { pieces: [], faults: [{ code: "revocation-unavailable" }] };
    case "not-asked":
      return { pieces: [], faults: [] };
  }
}
