/** Why a message cannot leave yet. A blocker stops the send before anything leaves; nothing is ever sent in clear instead. */
export type BlockerCode =
  | "identity-missing"
  | "identity-address-mismatch"
  | "identity-expired"
  | "identity-not-yet-valid"
  | "identity-unsuitable"
  | "identity-locked"
  /** its owner said so; the detail: when */
  | "identity-stolen"
  | "author-ambiguous"
  | "recipients-missing"
  | "recipient-certificate-missing"
  | "recipient-certificate-expired"
  | "recipient-certificate-unsuitable"
  /** there is one, but no path from it to an anchor holds */
  | "recipient-certificate-unconfirmed"
  | "recipient-certificate-revoked"
  | "recipient-list-unresolved"
  | "bcc-with-encryption"
  | "draft-malformed"
  | "message-too-large"
  | "algorithm-unsupported"
  /** a policy asks for a signature, and there is nothing to sign with */
  | "organisation-signs"
  /** a rule of the policy cannot be read; the detail: its name */
  | "organisation-rule-unreadable"
  /** the detail: until when its certificate was good */
  | "organisation-escrow-expired"
  | "hook-unavailable"
  | "protection-failed";

export interface Blocker {
  readonly code: BlockerCode;
  /** the recipient or author it speaks of */
  readonly address?: string;
  /** a date, a name: for the sentence's placeholder */
  readonly detail?: string;
}
