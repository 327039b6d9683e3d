/**
 * One signerInfo, judged (RFC 5652 §5.6): the content against its digest, the attributes against the
 * rules, the signature against the certificate's key, and the certificate against the anchors. All begin
 * together, because a small message's time is mostly that of waiting for WebCrypto; faults are told in this
 * order, so that mail that was changed is called changed, whoever signed it. "valid" needs all of them.
 */
import type { Element } from "../base/der-reader.js";
import { BudgetExceededError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { SignedAttributesError, type SignerInfo, parseSignerInfo } from "../cms-syntax/signed-data.js";
import { type Fault, byRank, faults as faultTable } from "../fault/faults.js";
import { findPath } from "../x509/build-path.js";
import type { Certificate } from "../x509/certificate.js";
import type { CertificateValidation } from "../x509/certificate-validation.js";
import { mayClaimBaseline } from "../x509/claims-baseline.js";
import type { CertificateRevocation } from "../x509/evidence-source.js";
import { emailAddresses } from "../x509/names.js";
import type { SignatureScheme } from "../x509/signature-scheme.js";
import { type PathResult, type ValidatedPath, validatePath } from "../x509/validate-path.js";
import { describeCertificate } from "../verdict/describe-certificate.js";
import type { JudgedAt, SignatureVerdict, SignedStatements } from "../verdict/verdict.js";
import { checkPlaces } from "./check-places.js";
import { describeAlgorithms } from "./describe-algorithms.js";
import { findSigners, maximumCandidates } from "./find-signers.js";
import { isReadableContent } from "./nested-content.js";
import {
  type TypedContent,
  asFault,
  checkContent,
  checkSignature,
  signedAttributesFault,
} from "./signature-mathematics.js";
import { signingTime } from "./signed-attributes.js";
import type { JudgingContext, SignatureContext } from "./signature-context.js";
import type * as ByTime from "./proven-time.js";
import type { SignedContent } from "./signed-content.js";
import type { UnsignedFacts } from "./unsigned-facts.js";

export interface SignatureOutcome {
  readonly verdict: SignatureVerdict;
  readonly signerInfo: SignerInfo | null;
  readonly signer: Certificate | null;
  /** null where none could be judged */
  readonly content: SignedContent | null;
}

export interface MessageContent extends TypedContent {
  readonly eContentType: string;
  readonly detached: boolean;
  /** of the SignedData */
  readonly digestAlgorithms: readonly AlgorithmIdentifier[];
  /** who may have signed, or stand in a path; those of the message are still being read */
  readonly candidates: Promise<readonly Certificate[]>;
  /** RevocationInfoChoices of the SignedData */
  readonly revocationInfo: Element | null;
}

/** @throws BudgetExceededError */
export async function verifySignature(
  element: Element,
  typed: MessageContent,
  context: Omit<SignatureContext, "candidates">,
): Promise<SignatureOutcome> {
  let signerInfo: SignerInfo;
  try {
    signerInfo = parseSignerInfo(element);
  } catch (error) {
    const fault = error instanceof SignedAttributesError ? signedAttributesFault(error) : asFault(error);
    return { verdict: unproven([fault], {}), signerInfo: null, signer: null, content: typed.content };
  }
  const { content } = typed;
  const [ofContent, judged] = await Promise.all([
    checkContent(signerInfo, typed),
    judgeSigners(signerInfo, typed, context),
  ]);
  const places = checkPlaces(signerInfo, typed.digestAlgorithms);
  const contentFaults = [...checkType(typed), ...places, ...ofContent];
  const candidates = await typed.candidates;
  const whole = { ...context, candidates };
  if (judged.length === 0) {
    const verdict = unproven([...contentFaults, { code: "signer-certificate-missing" }], { signerInfo });
    return withFacts({ verdict, signerInfo, signer: null, content }, unasking(whole));
  }
  let best: SignatureOutcome | null = null;
  let mayAsk = false;
  for (const first of judged) {
    const one = contentFaults.length > 0 ? first : await withEvidence(first, { signerInfo, typed }, whole);
    const verdict = verdictOf(signerInfo, one, contentFaults);
    if (best === null || standing(verdict) < standing(best.verdict)) {
      best = { verdict, signerInfo, signer: one.signer, content };
      mayAsk = verdict.status === "valid" || one.askedForStamps;
    }
  }
  return withFacts(best!, mayAsk ? whole : unasking(whole));
}

/** What else the signerInfo tells. It is added when the verdict stands, so that it cannot better it. */
async function withFacts(outcome: SignatureOutcome, context: SignatureContext): Promise<SignatureOutcome> {
  const { signerInfo, verdict } = outcome;
  if (signerInfo === null) return outcome;
  const statements = await statementsOf(signerInfo);
  const facts = await unsignedFactsOf(signerInfo, context);
  return { ...outcome, verdict: { ...verdict, ...(statements === null ? {} : { statements }), ...facts } };
}

/** Nobody is asked about a time stamp for the sake of a signature that does not hold. */
function unasking({ evidence: _evidence, ...context }: SignatureContext): SignatureContext {
  return context;
}

/** What `signed-statements.ts` reads. */
const statementAttributes: ReadonlySet<string> = new Set([
  oid.receiptRequest,
  oid.securityLabel,
  oid.equivalentLabels,
  oid.contentHint,
  oid.contentIdentifier,
  oid.contentReference,
  oid.mlExpansionHistory,
  oid.sigPolicyId,
  oid.commitmentType,
  oid.signerLocation,
]);

/** Rare, and therefore loaded only when there is something to read. */
async function statementsOf({ signedAttrs }: SignerInfo): Promise<SignedStatements | null> {
  if (signedAttrs?.list.some(({ type }) => statementAttributes.has(type)) !== true) return null;
  return (await import("./signed-statements.js")).signedStatements(signedAttrs);
}

async function unsignedFactsOf(signerInfo: SignerInfo, context: SignatureContext): Promise<UnsignedFacts> {
  if (signerInfo.unsignedAttrs === null) return {};
  return (await import("./unsigned-facts.js")).unsignedFacts(signerInfo, context);
}

/**
 * Two certificates may bear the name in `sid`; only the right one can hold, so the best answer is its. One
 * whose key is of another kind than the signature says least.
 */
function standing({ status, algorithms }: SignatureVerdict): number {
  return 2 * ["valid", "indeterminate", "invalid"].indexOf(status) + (algorithms === null ? 1 : 0);
}

/**
 * A signature over a time stamp or a receipt says nothing of a letter, whatever it holds. Beside the
 * signature there is MIME (RFC 8551 §3.5.3.2).
 */
function checkType({ eContentType, detached }: MessageContent): readonly Fault[] {
  const readable = detached ? eContentType === oid.data : isReadableContent(eContentType);
  return readable ? [] : [{ code: "content-type-unsupported", detail: eContentType }];
}

// ------------------------------------------------------------------ the signature

/** What one certificate makes of the signature. */
interface JudgedSigner {
  readonly signer: Certificate;
  readonly scheme: SignatureScheme | null;
  /** of the signature, of the certificate, of its path, in this order */
  readonly faults: readonly Fault[];
  /** null where none holds */
  readonly path: ValidatedPath | null;
  /** when the path was judged */
  readonly judgedAt: JudgedAt;
  /** a time stamp would have decided, so that somebody was asked about its authority */
  readonly askedForStamps: boolean;
  /** what the authority says that it checked */
  readonly validation: CertificateValidation | null;
  /** what was found about the certificates of the path; null where nobody was asked */
  readonly revocation: readonly CertificateRevocation[] | null;
}

async function judgeSigners(
  signerInfo: SignerInfo,
  typed: MessageContent,
  context: Omit<SignatureContext, "candidates">,
): Promise<readonly JudgedSigner[]> {
  const candidates = await typed.candidates;
  const judged: JudgedSigner[] = [];
  const named = await findSigners(candidates, signerInfo.sid);
  for (const signer of named.slice(0, maximumCandidates)) {
    judged.push(
      await judgeSigner({ signerInfo, signer, content: typed.content }, { ...context, candidates }),
    );
  }
  // Who signed may stand behind the bound: nobody may call the mail changed then.
  if (named.length > judged.length && judged.every(isMismatch)) {
    throw new BudgetExceededError("signerCandidates");
  }
  return judged;
}

function isMismatch({ faults }: JudgedSigner): boolean {
  return faults.some(({ code }) => faultTable[code].bearing === "invalid");
}

interface Claim {
  readonly signerInfo: SignerInfo;
  readonly signer: Certificate;
  readonly content: SignedContent;
}

async function judgeSigner(claim: Claim, context: SignatureContext): Promise<JudgedSigner> {
  const { signerInfo, signer, content } = claim;
  const [signature, atNow] = await Promise.all([
    checkSignature(signerInfo, signer, { content, budget: context.budget }),
    pathAt(nowOf(context), signer, context),
  ]);
  return conclude(claim, { ...signature, atNow }, context);
}

function nowOf({ time }: SignatureContext): JudgedAt {
  return { time: time.toISOString(), source: "now" };
}

interface Found {
  readonly scheme: SignatureScheme | null;
  /** of the signature */
  readonly faults: readonly Fault[];
  readonly atNow: PathResult;
}

async function conclude(
  claim: Claim,
  { scheme, faults: found, atNow }: Found,
  context: JudgingContext,
): Promise<JudgedSigner> {
  const { signer } = claim;
  // A signature that does not match is not helped by any time.
  const elsewhen = found.length > 0 ? null : await judgeElsewhen(claim, atNow, context);
  const { result, judgedAt } = elsewhen?.found ?? { result: atNow, judgedAt: nowOf(context) };
  const askedForStamps = elsewhen?.asked === true && context.judgeAt !== undefined;
  const faults: Fault[] = [...found];
  if (emailAddresses(signer).length === 0) faults.push({ code: "certificate-without-address" });
  if (result.kind === "failed") {
    faults.push(...result.faults, ...(await faultsOfConfirmed(signer, context)));
  }
  const path = result.kind === "valid" ? result.path : null;
  const validation = path === null ? null : await validationFor(path, context);
  return { signer, scheme, faults, path, judgedAt, askedForStamps, validation, revocation: null };
}

/**
 * What the message itself does not tell: missing issuers, and whether certificates were revoked. Asked only
 * for a signature that holds over content that is whole, because a question may be a read receipt; and
 * loaded only where there is somebody to ask, or the message brings something.
 */
async function withEvidence(
  one: JudgedSigner,
  { signerInfo, typed }: { readonly signerInfo: SignerInfo; readonly typed: MessageContent },
  context: SignatureContext,
): Promise<JudgedSigner> {
  const { evidence, revocation = "when-available" } = context;
  const isSomethingThere = evidence !== undefined || typed.revocationInfo !== null;
  if (!isSomethingThere && revocation !== "required") return one;
  // Whatever else is wrong, no evidence mends it.
  if (one.faults.some(({ code }) => code !== "path-not-found")) return one;
  const { weighEvidence } = await import("./weigh-evidence.js");
  const weighed = await weighEvidence(one, typed.revocationInfo, context);
  if (weighed === null) return one;
  const { scheme, signer } = one;
  const { candidates, judgeAt } = weighed;
  const judging = { ...context, candidates, judgeAt };
  const atNow = await pathAt(nowOf(context), signer, judging);
  const { content } = typed;
  const judged = await conclude({ signerInfo, signer, content }, { scheme, faults: [], atNow }, judging);
  return { ...judged, revocation: weighed.found() };
}

/** Loaded for the certificates that claim something. */
async function validationFor(
  path: ValidatedPath,
  { time, policy, budget }: SignatureContext,
): Promise<CertificateValidation | null> {
  if (!mayClaimBaseline(path[0]!)) return null;
  const { validationOf } = await import("../x509/validation-level.js");
  return validationOf(path, { purpose: "sign", time: time.getTime(), policy, budget });
}

function pathAt(judgedAt: JudgedAt, signer: Certificate, context: JudgingContext): Promise<PathResult> {
  const { policy, budget, judgeAt } = context;
  const time = Date.parse(judgedAt.time);
  const judge = judgeAt === undefined ? {} : { judge: judgeAt(judgedAt) };
  return findPath(signer, context, { purpose: "sign", time, policy, budget, ...judge });
}

/** Rare, and therefore loaded only where time is all that is wrong with the path. */
async function judgeElsewhen(
  { signerInfo, signer, content }: Claim,
  atNow: PathResult,
  context: JudgingContext,
): Promise<Awaited<ReturnType<typeof ByTime.judgeByStampsOrRecords>> | null> {
  if (atNow.kind === "valid") return null;
  const { records = [], time: now } = context;
  if (records.length === 0 && signerInfo.unsignedAttrs === null) return null;
  const { isAboutTime, judgeByStampsOrRecords } = await import("./proven-time.js");
  if (!isAboutTime(atNow.faults)) return null;
  return judgeByStampsOrRecords(
    { signerInfo, content, signer, records, now },
    async (manner) => {
      // Before the content is known to be whole, nobody is asked.
      const mayAsk = manner === "ask" && context.judgeAt !== undefined;
      const sources = mayAsk ? context : { ...unasking(context), revocation: "off" as const };
      return (await unsignedFactsOf(signerInfo, sources)).timeStamps ?? [];
    },
    (judgedAt) => pathAt(judgedAt, signer, context),
  );
}

/**
 * Where a person confirmed the certificate, and no path was there to look at it: its own rules (validity, key
 * strength, key usage, critical extensions) are kept all the same.
 */
async function faultsOfConfirmed(signer: Certificate, context: SignatureContext): Promise<readonly Fault[]> {
  const isConfirmed = context.memory?.confirmed.some(({ fingerprint }) => fingerprint === signer.fingerprint);
  if (isConfirmed !== true) return [];
  const { policy, budget } = context;
  const result = await validatePath([signer], {
    purpose: "sign",
    time: context.time.getTime(),
    policy,
    budget,
  });
  return result.kind === "failed" ? result.faults : [];
}

// ------------------------------------------------------------------ the answer

function verdictOf(
  signerInfo: SignerInfo,
  { signer, scheme, faults, path, judgedAt, validation, ...judged }: JudgedSigner,
  contentFaults: readonly Fault[],
): SignatureVerdict {
  const all = [...contentFaults, ...faults];
  const revocation = judged.revocation === null ? {} : { revocation: judged.revocation };
  if (path === null || all.length > 0) {
    return { ...unproven(all, { signer, signerInfo, scheme }), ...revocation };
  }
  return {
    status: "valid",
    signer: { ...describeCertificate(signer), ...(validation && { validation }) },
    path: path.map(describeCertificate),
    judgedAt,
    algorithms: describeAlgorithms(signerInfo.digestAlgorithm, scheme),
    claimedTime: signingTime(signerInfo.signedAttrs),
    ...revocation,
  };
}

interface Known {
  readonly signer: Certificate | null;
  readonly signerInfo: SignerInfo | null;
  readonly scheme: SignatureScheme | null;
}

/** "invalid" where one fault says so: the others may explain, they cannot excuse. */
function unproven(
  faults: readonly Fault[],
  { signer = null, signerInfo = null, scheme = null }: Partial<Known>,
): SignatureVerdict {
  const invalid = faults.some(({ code }) => faultTable[code].bearing === "invalid");
  return {
    status: invalid ? "invalid" : "indeterminate",
    signer: signer === null ? null : describeCertificate(signer),
    faults: byRank(faults),
    algorithms: signerInfo === null ? null : describeAlgorithms(signerInfo.digestAlgorithm, scheme),
    claimedTime: signingTime(signerInfo?.signedAttrs ?? null),
  };
}
