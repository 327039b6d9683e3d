/**
 * What stands beside a signature without being covered by it: counter-signatures (RFC 5652 §11.4) and
 * time stamps (RFC 3161 §A) over its value. Their mathematics is checked and their makers are named, as
 * claims. Nobody judges whether to believe a counter-signer; a time stamp proves its time where the authority
 * has a path to one of the person's anchors, and what that is worth is for `proven-time.ts`.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, equal, toHex } from "../base/bytes.js";
import { type Element, encoded } from "../base/der-reader.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type Attribute, parseUnsignedAttributes } from "../cms-syntax/attributes.js";
import { parseContentInfo } from "../cms-syntax/content-info.js";
import { type SignerInfo, parseSignedData, parseSignerInfo } from "../cms-syntax/signed-data.js";
import { type TimeStampInfo, parseTimeStampInfo } from "../cms-syntax/time-stamp.js";
import { type Fault, byRank, faults as faultTable } from "../fault/faults.js";
import { digest } from "../primitives/digest.js";
import type { ReadPolicy } from "../policy/policy.js";
import { describeCertificate } from "../verdict/describe-certificate.js";
import type { CounterSignature, TimeStamp } from "../verdict/verdict.js";
import { type PathSources, findPath } from "../x509/build-path.js";
import type { Certificate } from "../x509/certificate.js";
import type { EvidenceSource, RevocationPolicy } from "../x509/evidence-source.js";
import type { PathConditions } from "../x509/path-conditions.js";
import { isWeakDigest, messageDigestName } from "../x509/digest-algorithm.js";
import { describeAlgorithms } from "./describe-algorithms.js";
import { findSigners, maximumCandidates } from "./find-signers.js";
import { readCertificateSet } from "./read-certificate-set.js";
import { type TypedContent, asFault, checkContent, checkSignature } from "./signature-mathematics.js";
import { signingTime } from "./signed-attributes.js";
import { SignedContent } from "./signed-content.js";

export interface UnsignedFacts {
  readonly counterSignatures?: readonly CounterSignature[];
  readonly timeStamps?: readonly TimeStamp[];
  readonly attachedBeyond?: number;
}

interface Sources extends PathSources {
  readonly budget: Budget;
  readonly policy: ReadPolicy;
  readonly time: Date;
  /** whom to ask whether a time stamp's authority was withdrawn; absent: nobody */
  readonly evidence?: EvidenceSource;
  readonly revocation?: RevocationPolicy;
}

/** of each kind, of one signature; more are not looked at */
const maximumAttached = 4;

/** Never throws for the message's sake: what cannot be read is a fault of its own entry. */
export async function unsignedFacts(signerInfo: SignerInfo, sources: Sources): Promise<UnsignedFacts> {
  const attributes = readAttributes(signerInfo);
  const values = (type: string): readonly Element[] =>
    attributes.filter((attribute) => attribute.type === type).flatMap((attribute) => attribute.values);
  const counterSignatures: CounterSignature[] = [];
  const over = values(oid.countersignature);
  for (const value of over.slice(0, maximumAttached)) {
    counterSignatures.push(await counterSignature(value, signerInfo.signature, sources));
  }
  const timeStamps: TimeStamp[] = [];
  const tokens = values(oid.timeStampToken);
  for (const value of tokens.slice(0, maximumAttached)) {
    timeStamps.push(await timeStamp(value, signerInfo.signature, sources));
  }
  const left = over.length - counterSignatures.length + tokens.length - timeStamps.length;
  return {
    ...(counterSignatures.length === 0 ? {} : { counterSignatures }),
    ...(timeStamps.length === 0 ? {} : { timeStamps }),
    ...(left === 0 ? {} : { attachedBeyond: left }),
  };
}

function readAttributes({ unsignedAttrs }: SignerInfo): readonly Attribute[] {
  try {
    return unsignedAttrs === null ? [] : parseUnsignedAttributes(unsignedAttrs);
  } catch (error) {
    // Nothing covers them: who breaks them breaks nothing that was said.
    if (error instanceof MalformedError) return [];
    throw error;
  }
}

// ------------------------------------------------------------------ counter-signatures

async function counterSignature(
  value: Element,
  signature: Bytes,
  sources: Sources,
): Promise<CounterSignature> {
  const { judged, extra } = await guarded(async () => {
    const signerInfo = parseSignerInfo(value);
    const content = {
      eContentType: null,
      content: new SignedContent(signature, { detached: false, budget: sources.budget }),
    };
    return {
      judged: await judge(signerInfo, content, sources),
      extra: signingTime(signerInfo.signedAttrs),
    };
  });
  return { ...outcome(judged), claimedTime: extra };
}

// ------------------------------------------------------------------ time stamps

async function timeStamp(value: Element, signature: Bytes, sources: Sources): Promise<TimeStamp> {
  const { judged, extra } = await guarded(() => readToken(value, signature, sources));
  const info = extra?.info ?? null;
  const told = outcome(judged);
  return {
    ...told,
    time: info === null ? null : new Date(info.time).toISOString(),
    policy: info?.policy ?? null,
    serialNumber: info === null ? null : toHex(info.serialNumber),
    proves: told.mathematics === "holds" && extra?.isVouchedFor === true,
  };
}

interface Token {
  readonly info: TimeStampInfo;
  readonly isVouchedFor: boolean;
}

async function readToken(value: Element, signature: Bytes, sources: Sources): Promise<Read<Token>> {
  const { contentType, content } = parseContentInfo(encoded(value));
  if (contentType !== oid.signedData || content === null) throw malformed(`token of type ${contentType}`);
  const { eContentType, eContent, certificates, signerInfos, revocationInfo } = parseSignedData(content);
  const [only] = signerInfos;
  // RFC 3161 §2.4.2: the authority's signature and no other.
  if (eContentType !== oid.tstInfo || eContent === null || only === undefined || signerInfos.length > 1) {
    throw malformed(`token with ${signerInfos.length} signatures over ${eContentType}`);
  }
  const info = parseTimeStampInfo(eContent);
  const candidates = [...(await readCertificateSet(certificates)), ...sources.candidates];
  const typed = {
    eContentType,
    content: new SignedContent(eContent, { detached: false, budget: sources.budget }),
  };
  const authority = parseSignerInfo(only);
  const judged = await judge(authority, typed, { ...sources, candidates });
  const faults = [...judged.faults, ...(await checkImprint(info, signature))];
  const isVouchedFor =
    faults.length === 0 &&
    namesItsCertificate(authority) &&
    (await isVouchedAuthority(judged.signer!, { info, revocationInfo }, { ...sources, candidates }));
  return { judged: { ...judged, faults }, extra: { info, isVouchedFor } };
}

/** RFC 3161 §2.4.2, RFC 5816: which certificate is meant stands under the authority's signature. That it is this one, `judge` checked. */
function namesItsCertificate({ signedAttrs }: SignerInfo): boolean {
  const names: readonly string[] = [oid.signingCertificate, oid.signingCertificateV2];
  return signedAttrs?.list.some(({ type }) => names.includes(type)) === true;
}

interface Stamped {
  readonly info: TimeStampInfo;
  /** of the token */
  readonly revocationInfo: Element | null;
}

/**
 * A path to the same anchors as for mail, with a certificate for time stamps alone. It has to hold now, and
 * nobody may have withdrawn it: the key of an authority that was valid once may be anybody's today, and could
 * date back as it likes.
 */
async function isVouchedAuthority(
  authority: Certificate,
  { info: { time }, revocationInfo }: Stamped,
  sources: Sources,
): Promise<boolean> {
  const { policy, budget } = sources;
  const now = sources.time.getTime();
  if (time > now || time < authority.notBefore) return false;
  const revocation = await revocationJudge(authority, revocationInfo, sources);
  const conditions = { purpose: "timestamp", time: now, policy, budget, ...revocation } as const;
  const result = await findPath(authority, sources, conditions);
  return result.kind === "valid";
}

/** The same way as for signers, and as rarely: with somebody to ask, with what the token brings, or where an answer is required. */
async function revocationJudge(
  authority: Certificate,
  revocationInfo: Element | null,
  sources: Sources,
): Promise<Pick<PathConditions, "judge">> {
  const { evidence, revocation = "when-available" } = sources;
  if (evidence === undefined && revocationInfo === null && revocation !== "required") return {};
  const { weighEvidence } = await import("./weigh-evidence.js");
  const weighed = await weighEvidence({ signer: authority, path: [authority] }, revocationInfo, sources);
  return weighed === null
    ? {}
    : { judge: weighed.judgeAt({ time: sources.time.toISOString(), source: "now" }) };
}

/** RFC 3161 §A: what is stamped is the value of the signature. */
async function checkImprint({ imprint }: TimeStampInfo, signature: Bytes): Promise<readonly Fault[]> {
  const name = messageDigestName(imprint.algorithm);
  if (!equal(await digest(name, signature), imprint.digest)) return [{ code: "message-digest-mismatch" }];
  return isWeakDigest(name) ? [{ code: "algorithm-weak", detail: name }] : [];
}

function malformed(detail: string): MalformedError {
  return new MalformedError("cms-malformed", detail);
}

// ------------------------------------------------------------------ both

interface Judged {
  readonly signer: Certificate | null;
  readonly algorithms: CounterSignature["algorithms"];
  readonly faults: readonly Fault[];
}

async function judge(signerInfo: SignerInfo, typed: TypedContent, sources: Sources): Promise<Judged> {
  const contentFaults = await checkContent(signerInfo, typed);
  let best: Judged | null = null;
  const named = await findSigners(sources.candidates, signerInfo.sid);
  for (const signer of named.slice(0, maximumCandidates)) {
    const { content } = typed;
    const { scheme, faults } = await checkSignature(signerInfo, signer, { content, budget: sources.budget });
    const algorithms = describeAlgorithms(signerInfo.digestAlgorithm, scheme);
    if (best === null || faults.length === 0)
      best = { signer, algorithms, faults: [...contentFaults, ...faults] };
    if (faults.length === 0) break;
  }
  if (named.length > maximumCandidates && best?.faults.length !== 0) {
    throw new BudgetExceededError("signerCandidates");
  }
  const missing: Fault = { code: "signer-certificate-missing" };
  return best ?? { signer: null, algorithms: null, faults: [...contentFaults, missing] };
}

interface Read<T> {
  readonly judged: Judged;
  /** null where it broke */
  readonly extra: T | null;
}

/** What goes wrong here is told here: a budget that runs out among these leaves the message's verdict alone. */
async function guarded<T>(read: () => Promise<Read<T>>): Promise<Read<T>> {
  const broken = (fault: Fault): Read<T> => ({
    judged: { signer: null, algorithms: null, faults: [fault] },
    extra: null,
  });
  try {
    return await read();
  } catch (error) {
    if (error instanceof BudgetExceededError) return broken({ code: error.code, detail: error.detail });
    return broken(asFault(error));
  }
}

function outcome({ signer, algorithms, faults }: Judged): Omit<CounterSignature, "claimedTime"> {
  const broken = faults.some(({ code }) => faultTable[code].bearing === "invalid");
  return {
    mathematics: faults.length === 0 ? "holds" : broken ? "broken" : "unchecked",
    signer: signer === null ? null : describeCertificate(signer),
    algorithms,
    faults: byRank(faults),
  };
}
