/** One rule of the S/MIME Baseline Requirements, and what several of them ask. */
import type { Certificate } from "./certificate.js";
import type { BaselineFinding, CertificateValidation } from "./certificate-validation.js";

export type Claim = Pick<CertificateValidation, "level" | "generation">;

export interface Rule {
  readonly finding: BaselineFinding;
  /** absent: to every certificate of these Requirements */
  readonly applies?: (certificate: Certificate, claim: Claim) => boolean;
  readonly holds: (certificate: Certificate, claim: Claim) => boolean;
}

export const has =
  (...names: readonly string[]) =>
  ({ extensions }: Certificate): boolean =>
    names.some((name) => extensions.has(name));
export const isCritical = ({ extensions }: Certificate, name: string): boolean =>
  extensions.get(name)?.critical === true;
export const isStrict = (_: Certificate, { generation }: Claim): boolean => generation === "strict";
export const isNotStrict = (_: Certificate, { generation }: Claim): boolean => generation !== "strict";
export const isMailbox = (_: Certificate, { level }: Claim): boolean => level === "mailbox";
