/** What an organisation's policy decides, as our own pages show it. */
import type { CertificateSummary } from "../engine/verdict/verdict.js";

/** One value of the policy that does not count, and why. */
export interface PolicyProblem {
  /** as the administrator wrote it; "*": the policy as a whole */
  readonly name: string;
  readonly code:
    | "name-unknown"
    | "value-unreadable"
    | "certificate-unreadable"
    | "not-an-authority"
    | "certificate-without-address"
    | "certificate-unsuitable";
}

export interface PolicyView {
  /** names of settings that a person cannot change */
  readonly settings: readonly string[];
  /** everything that counts */
  readonly names: readonly string[];
  readonly acmeDirectory: string | null;
  readonly alwaysSign: boolean;
  readonly encryptInside: readonly string[];
  readonly escrow: CertificateSummary | null;
  readonly problems: readonly PolicyProblem[];
}

/** What the organisation asks of the message in the window; absent where it asks nothing. */
export interface ComposeOrganisation {
  readonly alwaysSign: boolean;
  /** the recipients are inside: this message must be encrypted */
  readonly mustEncrypt: boolean;
  /** who can read it besides the recipients, where it is encrypted */
  readonly escrow: CertificateSummary | null;
}
