/** The certificate policies of the CA/B Forum S/MIME Baseline Requirements (§7.1.6.1), as one certificate claims them. */
import type { Certificate } from "./certificate.js";
import type { CertificateValidation } from "./certificate-validation.js";
import { certificatePolicies } from "./certificate-policies.js";

type ValidationLevel = CertificateValidation["level"];
type Generation = CertificateValidation["generation"];

export interface BaselinePolicy {
  readonly policy: string;
  readonly level: ValidationLevel;
  readonly generation: Generation;
}

const levels: readonly ValidationLevel[] = ["mailbox", "organization", "sponsor", "individual"];
const generations: readonly Generation[] = ["legacy", "multipurpose", "strict"];

/** 2.23.140.1.5.LEVEL.GENERATION. */
const baselinePolicies: ReadonlyMap<string, BaselinePolicy> = new Map(
  levels.flatMap((level, i) =>
    generations.map((generation, j) => {
      const policy = `2.23.140.1.5.${i + 1}.${j + 1}`;
      return [policy, { policy, level, generation }] as const;
    }),
  ),
);

/**
 * @returns what the certificate itself claims; null where it claims nothing, or two things (§7.1.6.1: exactly one).
 * @throws MalformedError
 */
export function claimedPolicy(certificate: Certificate): BaselinePolicy | null {
  const claimed = [...(certificatePolicies(certificate) ?? [])].filter((policy) =>
    baselinePolicies.has(policy),
  );
  return claimed.length === 1 ? baselinePolicies.get(claimed[0]!)! : null;
}
