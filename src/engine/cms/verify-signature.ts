/**
 * One signerInfo, judged (RFC 5652 §5.6): the content against its digest, the attributes against the
 * rules, the signature against the certificate's key, and the certificate against the anchors. In this
 * order, so that mail that was changed is called changed, whoever signed it. "valid" needs all of them.
 */
import type { Budget } from "../base/budget.js";
import type { Element } from "../base/der-reader.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { signedForms, singleValue } from "../cms-syntax/attributes.js";
import { SignedAttributesError, type SignerInfo, parseSignerInfo } from "../cms-syntax/signed-data.js";
import { type Fault, byRank, faults as faultTable } from "../fault/faults.js";
import type { ReadPolicy } from "../policy/policy.js";
import { type PathSources, findPath } from "../x509/build-path.js";
import type { Certificate } from "../x509/certificate.js";
import { isIdentifiedBy } from "../x509/certificate-lookup.js";
import { isWeakDigest, messageDigestName } from "../x509/digest-algorithm.js";
import { emailAddresses } from "../x509/names.js";
import { type SignatureScheme, signatureScheme } from "../x509/signature-scheme.js";
import type { ValidatedPath } from "../x509/validate-path.js";
import { verificationCost, verifySignedBytes } from "../x509/verify-signed-bytes.js";
import { describeCertificate } from "../verdict/describe-certificate.js";
import type { SignatureVerdict } from "../verdict/verdict.js";
import { describeAlgorithms } from "./describe-algorithms.js";
import {
  checkAlgorithmProtection,
  checkContentType,
  checkSigningCertificate,
  looksLikeSignedAttributes,
  messageDigest,
  signingTime,
} from "./signed-attributes.js";
import type { SignedContent } from "./signed-content.js";

export interface SignatureContext extends PathSources {
  readonly time: Date;
  readonly policy: ReadPolicy;
  readonly budget: Budget;
}

export interface SignatureOutcome {
  readonly verdict: SignatureVerdict;
  readonly signerInfo: SignerInfo | null;
  readonly signer: Certificate | null;
}

export interface TypedContent {
  readonly eContentType: string;
  readonly content: SignedContent;
}

/** How many certificates with the wanted name are tried: anybody may add some to a message. */
const maximumSignerCandidates = 8;

/** @throws BudgetExceededError */
export async function verifySignature(
  element: Element,
  { eContentType, content }: TypedContent,
  context: SignatureContext,
): Promise<SignatureOutcome> {
  let signerInfo: SignerInfo;
  try {
    signerInfo = parseSignerInfo(element);
  } catch (error) {
    const fault = error instanceof SignedAttributesError ? signedAttributesFault(error) : asFault(error);
    return { verdict: unproven([fault], {}), signerInfo: null, signer: null };
  }
  const contentFaults = await checkContent(signerInfo, eContentType, content);
  const named = context.candidates.filter((candidate) => isIdentifiedBy(candidate, signerInfo.sid));
  if (named.length === 0) {
    const verdict = unproven([...contentFaults, { code: "signer-certificate-missing" }], { signerInfo });
    return { verdict, signerInfo, signer: null };
  }
  let best: SignatureOutcome | null = null;
  for (const signer of named.slice(0, maximumSignerCandidates)) {
    const verdict = await verifyAsSigner({ signerInfo, signer, content, contentFaults }, context);
    if (best === null || standing(verdict) < standing(best.verdict)) best = { verdict, signerInfo, signer };
  }
  return best!;
}

/** Two certificates may bear the name in `sid`; only the right one can hold, so the best answer is its. */
function standing({ status }: SignatureVerdict): number {
  return ["valid", "indeterminate", "invalid"].indexOf(status);
}

// ------------------------------------------------------------------ the content

async function checkContent(
  signerInfo: SignerInfo,
  eContentType: string,
  content: SignedContent,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  if (eContentType !== oid.data) faults.push({ code: "content-type-unsupported", detail: eContentType });
  try {
    const digestAlgorithm = messageDigestName(signerInfo.digestAlgorithm);
    if (isWeakDigest(digestAlgorithm)) faults.push({ code: "algorithm-weak", detail: digestAlgorithm });
    if (signerInfo.signedAttrs === null) {
      if (content.forms().some(looksLikeSignedAttributes)) {
        faults.push({ code: "signed-attributes-malformed", detail: "content is attributes" });
      }
      return faults;
    }
    const stated = checkContentType(signerInfo.signedAttrs, eContentType);
    if (stated !== undefined) faults.push(stated);
    const digest = messageDigest(signerInfo.signedAttrs);
    if (digest === null) faults.push({ code: "message-digest-missing" });
    else if (!(await content.hasDigest(digestAlgorithm, digest))) {
      faults.push({ code: "message-digest-mismatch" });
    }
    // RFC 5652 §11.3: at most once. Whether its time can be read is another matter.
    singleValue(signerInfo.signedAttrs, oid.signingTime);
    const protection = checkAlgorithmProtection(signerInfo);
    if (protection !== undefined) faults.push(protection);
  } catch (error) {
    faults.push(error instanceof MalformedError ? signedAttributesFault(error) : asFault(error));
  }
  return faults;
}

// ------------------------------------------------------------------ the signature

interface Claim {
  readonly signerInfo: SignerInfo;
  readonly signer: Certificate;
  readonly content: SignedContent;
  readonly contentFaults: readonly Fault[];
}

async function verifyAsSigner(claim: Claim, context: SignatureContext): Promise<SignatureVerdict> {
  const { signerInfo, signer, contentFaults } = claim;
  const faults: Fault[] = [...contentFaults];
  let scheme: SignatureScheme | null = null;
  try {
    const { signatureAlgorithm, digestAlgorithm, signedAttrs } = signerInfo;
    scheme = signatureScheme(signatureAlgorithm, signer.subjectPublicKeyInfo, digestAlgorithm);
    if (!(await signatureHolds(claim, scheme, context.budget))) faults.push({ code: "signature-mismatch" });
    const mismatch = signedAttrs === null ? undefined : await checkSigningCertificate(signedAttrs, signer);
    if (mismatch !== undefined) faults.push(mismatch);
  } catch (error) {
    faults.push(asFault(error));
  }
  if (emailAddresses(signer).length === 0) faults.push({ code: "certificate-without-address" });
  const conditions = {
    purpose: "sign" as const,
    time: context.time.getTime(),
    policy: context.policy,
    budget: context.budget,
  };
  const result = await findPath(signer, context, conditions);
  if (result.kind === "failed") faults.push(...result.faults);
  const [first] = faults;
  if (result.kind === "valid" && first === undefined) return proven(claim, scheme, result.path);
  return unproven(faults, { signer, signerInfo, scheme });
}

async function signatureHolds(
  { signerInfo, signer, content }: Claim,
  scheme: SignatureScheme,
  budget: Budget,
): Promise<boolean> {
  const { signature, signedAttrs } = signerInfo;
  const forms = signedAttrs === null ? content.forms() : signedForms(signedAttrs);
  for (const data of forms) {
    budget.spend("signatures", verificationCost(scheme));
    if (await verifySignedBytes(signer.subjectPublicKeyInfo, scheme, { data, signature })) return true;
  }
  return false;
}

// ------------------------------------------------------------------ the answer

function proven(
  { signerInfo, signer }: Claim,
  scheme: SignatureScheme | null,
  path: ValidatedPath,
): SignatureVerdict {
  return {
    status: "valid",
    signer: describeCertificate(signer),
    path: path.map(describeCertificate),
    algorithms: describeAlgorithms(signerInfo.digestAlgorithm, scheme),
    claimedTime: signingTime(signerInfo.signedAttrs),
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

function signedAttributesFault(error: MalformedError): Fault {
  return { code: "signed-attributes-malformed", detail: error.detail };
}

/** @throws whatever is not about the message */
function asFault(error: unknown): Fault {
  if (error instanceof MalformedError || error instanceof UnsupportedError) {
    return { code: error.code, detail: error.detail };
  }
  throw error;
}
