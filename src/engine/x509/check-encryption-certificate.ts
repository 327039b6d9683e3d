/** May this certificate be encrypted to, for this address, now (RFC 8550 §2.3, §4.4)? */
import { Budget } from "../base/budget.js";
import type { EmailAddress } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { type Fault, byRank } from "../fault/faults.js";
import { type ReadPolicy, defaultReadPolicy } from "../policy/policy.js";
import { type PathSources, findPath } from "./build-path.js";
import type { Certificate } from "./certificate.js";
import type { EvidenceSource, RevocationPolicy } from "./evidence-source.js";
import { emailAddresses } from "./names.js";
import type { PathConditions } from "./path-conditions.js";
import { canReceive, publicKeyKind } from "./public-key.js";
import type { PathResult, Purpose, ValidatedPath } from "./validate-path.js";

export interface CertificateUse extends PathSources {
  /** whom it is for; null: do not compare */
  readonly address: EmailAddress | null;
  readonly time: Date;
  readonly policy?: ReadPolicy;
  /** whom to ask whether certificates were revoked; absent: nobody */
  readonly evidence?: EvidenceSource;
  /** absent: `when-available` */
  readonly revocation?: RevocationPolicy;
}

/**
 * Key usage, e-mail purpose, validity, address, and a path to an anchor.
 * @returns the path, or the faults, the most telling first
 */
export async function checkEncryptionCertificate(
  certificate: Certificate,
  use: CertificateUse,
): Promise<PathResult> {
  const result = await checkCertificate(certificate, use, "encrypt");
  const fault = checkCanEncrypt(certificate);
  if (fault === undefined) return result;
  return { kind: "failed", faults: byRank([...(result.kind === "failed" ? result.faults : []), fault]) };
}

/** A key for signatures alone, or one we do not know, opens nothing. */
function checkCanEncrypt(certificate: Certificate): Fault | undefined {
  try {
    const key = publicKeyKind(certificate.subjectPublicKeyInfo);
    if (canReceive(key)) return undefined;
    return { code: "key-unsupported", detail: key.kind === "other" ? key.algorithm : key.kind };
  } catch (error) {
    if (error instanceof MalformedError) return { code: "certificate-malformed", detail: error.detail };
    throw error;
  }
}

/** The same for a certificate that is to sign. */
export function checkSigningCertificate(certificate: Certificate, use: CertificateUse): Promise<PathResult> {
  return checkCertificate(certificate, use, "sign");
}

async function checkCertificate(
  certificate: Certificate,
  use: CertificateUse,
  purpose: Purpose,
): Promise<PathResult> {
  const policy = use.policy ?? defaultReadPolicy;
  const found = { purpose, time: use.time.getTime(), policy, budget: new Budget(policy.limits) };
  const conditions = { ...found, ...(await revocationJudge(use, found)) };
  const faults: Fault[] = [];
  let path: ValidatedPath | null = null;
  try {
    const result = await findPath(certificate, use, conditions);
    if (result.kind === "valid") path = result.path;
    else faults.push(...result.faults);
  } catch (error) {
    if (!(error instanceof BudgetExceededError)) throw error;
    faults.push({ code: error.code, detail: error.detail });
  }
  const fault = checkAddress(certificate, use.address);
  if (fault !== undefined) faults.push(fault);
  return path !== null && faults.length === 0
    ? { kind: "valid", path }
    : { kind: "failed", faults: byRank(faults) };
}

/** Loaded only where there is somebody to ask, or an answer is required. */
async function revocationJudge(
  { evidence, revocation: policy = "when-available", candidates }: CertificateUse,
  { time, budget, policy: readPolicy }: PathConditions,
): Promise<Pick<PathConditions, "judge">> {
  if (policy === "off" || (evidence === undefined && policy !== "required")) return {};
  const { checkRevocation } = await import("./revocation.js");
  const asked = { time, budget, policy, readPolicy, candidates, ...(evidence && { evidence }) };
  return { judge: async (path) => (await checkRevocation(path, asked)).faults };
}

function checkAddress(certificate: Certificate, address: EmailAddress | null): Fault | undefined {
  const addresses = emailAddresses(certificate);
  if (addresses.length === 0) return { code: "certificate-without-address" };
  return address === null || addresses.includes(address)
    ? undefined
    : { code: "signer-not-author", detail: addresses.join(" ") };
}
