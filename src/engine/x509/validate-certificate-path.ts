/**
 * A certificate, everything that may stand above it and the evidence at hand, to one answer: the use case of
 * `signet validate-path`. Messages go through `verify-signature.ts`, which asks the same questions.
 */
import { Budget } from "../base/budget.js";
import type { EmailAddress } from "../base/bytes.js";
import { BudgetExceededError } from "../base/errors.js";
import { type Fault, byRank } from "../fault/faults.js";
import { type ReadPolicy, defaultReadPolicy } from "../policy/policy.js";
import { sameAddress } from "../mime/address.js";
import { findPath } from "./build-path.js";
import type { Certificate } from "./certificate.js";
import type { CertificateRevocation, EvidenceSource, RevocationPolicy } from "./evidence-source.js";
import { emailAddresses } from "./names.js";
import type { PathConditions } from "./path-conditions.js";
import type { PublicRoots } from "./public-roots.js";

/** RFC 5280 §6.1.1 (c), (e)–(g). */
export type PathPolicies = Pick<
  PathConditions,
  "userInitialPolicySet" | "requireExplicitPolicy" | "inhibitPolicyMapping" | "inhibitAnyPolicy"
>;

export interface PathQuestion {
  readonly anchors: readonly Certificate[];
  readonly publicRoots?: PublicRoots;
  readonly candidates: readonly Certificate[];
  readonly time: Date;
  readonly purpose: "sign" | "encrypt";
  /** whom it is to speak for; null: do not compare */
  readonly address: EmailAddress | null;
  readonly policies: PathPolicies;
  readonly revocation: RevocationPolicy;
  readonly evidence: EvidenceSource;
  readonly policy?: ReadPolicy;
}

export interface PathAnswer {
  readonly result: "valid" | "failed";
  /** end entity first, anchor last; empty where none holds */
  readonly path: readonly Certificate[];
  /** the most telling first; empty where a path holds */
  readonly faults: readonly Fault[];
  /** user-constrained (RFC 5280 §6.1.6) */
  readonly policies: readonly string[];
  readonly revocation: readonly CertificateRevocation[];
}

/** Never throws for the sake of a certificate: what is wrong is a fault. */
export async function validateCertificatePath(
  certificate: Certificate,
  question: PathQuestion,
): Promise<PathAnswer> {
  let revocation: readonly CertificateRevocation[] = [];
  const conditions = conditionsOf(question, (found) => (revocation = found));
  const faults: Fault[] = [];
  const wrong = checkAddress(certificate, question);
  if (wrong !== undefined) faults.push(wrong);
  try {
    const result = await findPath(certificate, question, conditions);
    if (result.kind === "valid" && faults.length === 0) {
      const policies = result.policies?.userConstrained ?? [];
      return { result: "valid", path: result.path, faults, policies, revocation };
    }
    if (result.kind === "failed") faults.push(...result.faults);
  } catch (error) {
    if (!(error instanceof BudgetExceededError)) throw error;
    faults.push({ code: error.code, detail: error.detail });
  }
  return { result: "failed", path: [], faults: byRank(faults), policies: [], revocation };
}

function conditionsOf(
  question: PathQuestion,
  tell: (revocation: readonly CertificateRevocation[]) => void,
): PathConditions {
  const { candidates, evidence, revocation } = question;
  const policy = question.policy ?? defaultReadPolicy;
  const budget = new Budget(policy.limits);
  const time = question.time.getTime();
  const base = { purpose: question.purpose, time, policy, budget, ...question.policies };
  if (revocation === "off") return base;
  return {
    ...base,
    judge: async (path) => {
      const { checkRevocation } = await import("./revocation.js");
      const asked = { time, policy: revocation, budget, evidence, candidates };
      const { certificates, faults } = await checkRevocation(path, asked);
      tell(certificates);
      return faults;
    },
  };
}

function checkAddress(certificate: Certificate, question: PathQuestion): Fault | undefined {
  const { address, policy = defaultReadPolicy } = question;
  if (address === null) return undefined;
  const addresses = emailAddresses(certificate);
  if (addresses.length === 0) return { code: "certificate-without-address" };
  return addresses.some((one) => sameAddress(one, address, policy.localPart))
    ? undefined
    : { code: "signer-not-author", detail: addresses.join(" ").slice(0, maximumDetail) };
}

const maximumDetail = 1000;
