/**
 * What an OCSP response says of one certificate (RFC 6960 §3.2): it must be signed by the certificate's own
 * issuer, or by whom that issuer itself has made a responder; be about this certificate; be current; and
 * answer this request, where the request had a nonce. Signed by anybody else it says nothing, whatever its
 * words are: PKI.js believed a "good" of 2001 that the attacker had signed.
 */
import { type Bytes, equal } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Fault } from "../fault/faults.js";
import type { Certificate } from "./certificate.js";
import { extendedKeyUsage, keyUsage } from "./extensions.js";
import { readExtension, unknownCritical } from "./extension-list.js";
import { readTime } from "../base/der-values.js";
import { type Judgement, type Question, clockSkew, isCurrent, mayEnd } from "./judge-question.js";
import {
  type BasicResponse,
  type SingleResponse,
  identifierOf,
  isResponder,
  parseOcspResponse,
} from "./ocsp.js";
import { sameName } from "./distinguished-name.js";
import { parseCertificate } from "./parse-certificate.js";
import { type SignedPart, checkSignature, checkSignerPath } from "./revocation-signer.js";

/** RFC 6960 §4.2.2.1: without nextUpdate there is always something newer; we let such an answer stand for a day. */
const unlimitedAnswer = 24 * 60 * 60 * 1000;

/**
 * @param der OCSPResponse
 * @param nonce of the request; null where it had none
 * @throws BudgetExceededError
 */
export async function judgeOcsp(question: Question, der: Bytes, nonce: Bytes | null): Promise<Judgement> {
  // A thousand entries are read before anybody's signature is: a message may bring twenty of these, for each signer.
  question.conditions.budget.spend("signatures");
  try {
    const response = parseOcspResponse(der);
    if (response.kind === "refused") return unknown({ code: "ocsp-refused", detail: response.status });
    const { basic } = response;
    const single = await answerTo(question, basic);
    if (single === null) return unknown({ code: "ocsp-unsuitable", detail: "another certificate" });
    if (nonce !== null && (basic.nonce === null || !equal(nonce, basic.nonce))) {
      return unknown({ code: "ocsp-unsuitable", detail: "nonce" });
    }
    const fault = checkExtensions(basic, single) ?? (await checkResponder(basic, question));
    return fault === undefined ? statusBy(single, basic, question) : unknown(fault);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return unknown({ code: "ocsp-malformed", detail: error.detail });
  }
}

function unknown(fault: Fault): Judgement {
  return { status: "unknown", faults: [fault] };
}

/** Of several answers about one certificate the newest counts. */
async function answerTo(question: Question, { responses }: BasicResponse): Promise<SingleResponse | null> {
  let found: SingleResponse | null = null;
  const isMeant = identifierOf(question);
  for (const single of responses) {
    if (!(await isMeant(single.certificateId))) continue;
    if (found === null || single.thisUpdate > found.thisUpdate) found = single;
  }
  return found;
}

const understood: ReadonlySet<string> = new Set([
  oid.ocspNonce,
  oid.ocspArchiveCutoff,
  oid.reasonCode,
  oid.invalidityDate,
  oid.holdInstructionCode,
]);

function checkExtensions(basic: BasicResponse, single: SingleResponse): Fault | undefined {
  const name =
    unknownCritical(basic.extensions, understood) ?? unknownCritical(single.extensions, understood);
  return name === null ? undefined : { code: "ocsp-unsuitable", detail: name };
}

// ------------------------------------------------------------------ what it says

function statusBy(single: SingleResponse, basic: BasicResponse, question: Question): Judgement {
  const { thisUpdate, status } = single;
  const { conditions, certificate } = question;
  const nextUpdate = single.nextUpdate ?? thisUpdate + unlimitedAnswer;
  const span = { thisUpdate, nextUpdate };
  const told = { thisUpdate, nextUpdate: single.nextUpdate };
  const isFuture = Math.max(thisUpdate, basic.producedAt) > (conditions.now ?? conditions.time) + clockSkew;
  if (isFuture) return outdated(thisUpdate);
  if (status.kind === "revoked") {
    // Nobody takes a revocation back, so an old answer proves one too; a hold may have been lifted since.
    if (!isCurrent(span, conditions) && mayEnd(status.reason)) return outdated(nextUpdate);
    const invalidityDate = readExtension(single.extensions, oid.invalidityDate, readTime);
    return { ...told, status: "revoked", revokedAt: status.revokedAt, reason: status.reason, invalidityDate };
  }
  if (!isCurrent(span, conditions)) return outdated(nextUpdate);
  if (status.kind === "unknown") return unknown({ code: "ocsp-refused", detail: "unknown" });
  // RFC 6960 §4.4.4: of certificates that expired long ago a responder may know nothing any more.
  const cutoff = readExtension(single.extensions, oid.ocspArchiveCutoff, readTime);
  if (thisUpdate > certificate.notAfter && (cutoff === null || cutoff > certificate.notAfter)) {
    return unknown({ code: "ocsp-unsuitable", detail: "certificate expired before" });
  }
  return { ...told, status: "good" };
}

function outdated(at: number): Judgement {
  return unknown({ code: "ocsp-outdated", detail: new Date(at).toISOString() });
}

// ------------------------------------------------------------------ who says it

/** RFC 6960 §4.2.2.2: the issuer, or whom it made a responder. */
async function checkResponder(basic: BasicResponse, question: Question): Promise<Fault | undefined> {
  const { signatureAlgorithm: algorithm, tbsResponseData: data, signature } = basic;
  const part = { algorithm, data, signature };
  let detail = "no responder";
  if (await isResponder(basic.responderId, question.issuer)) {
    const wrong = await checkSignature(question.issuer, part, question);
    if (wrong === undefined) return undefined;
    detail = wrong;
  }
  for (const certificate of await delegates(basic, question)) {
    const wrong = await checkDelegate(certificate, { basic, part, question });
    if (wrong === undefined) return undefined;
    detail = wrong;
  }
  return { code: "ocsp-untrusted", detail };
}

/** Those that bear the responder's name or key, in the response or among what we were given. */
async function delegates(basic: BasicResponse, question: Question): Promise<readonly Certificate[]> {
  const { conditions, issuer } = question;
  const found: Certificate[] = [];
  for (const der of basic.certificates) {
    const certificate = await parseCertificate(der).catch(ignoreMalformed);
    if (certificate !== null) found.push(certificate);
  }
  found.push(...(conditions.candidates ?? []));
  const named: Certificate[] = [];
  for (const certificate of found) {
    if (certificate.fingerprint === issuer.fingerprint || named.length === maximumDelegates) continue;
    if (await isResponder(basic.responderId, certificate)) named.push(certificate);
  }
  return named;
}

/** of one name; more are there to cost time */
const maximumDelegates = 8;

function ignoreMalformed(error: unknown): null {
  if (error instanceof MalformedError) return null;
  throw error;
}

interface Delegation {
  readonly basic: BasicResponse;
  readonly part: SignedPart;
  readonly question: Question;
}

/** @returns a word for what is wrong, or undefined */
async function checkDelegate(certificate: Certificate, delegation: Delegation): Promise<string | undefined> {
  const { basic, part, question } = delegation;
  if (certificate.fingerprint === question.certificate.fingerprint) return "answers for itself";
  // Directly issued by the very key that issued the certificate in question; anybody below it could else answer.
  if (!sameName(certificate.issuer, question.issuer.subject)) return "not a delegate of the issuer";
  if (extendedKeyUsage(certificate)?.includes(oid.ocspSigning) !== true) return "not made a responder";
  if (keyUsage(certificate)?.has("digitalSignature") === false) return "key usage";
  const issued = {
    algorithm: certificate.signatureAlgorithm,
    data: certificate.tbsCertificate,
    signature: certificate.signatureValue,
  };
  const wrong =
    (await checkSignature(question.issuer, issued, question)) ??
    (await checkSignature(certificate, part, question));
  if (wrong !== undefined) return wrong;
  // RFC 6960 §4.2.2.2.1: with nocheck, its issuer asks us not to ask for as long as it lives.
  const checking = certificate.extensions.has(oid.ocspNoCheck)
    ? new Set([...question.checking, certificate.fingerprint])
    : question.checking;
  return checkSignerPath(certificate, { ...question, checking }, basic.producedAt);
}
