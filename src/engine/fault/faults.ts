/**
 * Everything that can be wrong with a message, in one table. The order is the rank: of several faults
 * the first in this table is the one to tell. The keys are `_locales` keys (`fault_<code with _>`).
 */
import type { MalformedCode, UnsupportedCode } from "../base/errors.js";

/**
 * What the fault does to the layer it is found in: the signature does not hold, it cannot be judged,
 * or the content cannot be shown. `caution` faults leave the mathematics alone and speak of the sender.
 */
export type Bearing = "invalid" | "indeterminate" | "unreadable" | "caution";

interface FaultEntry {
  readonly bearing: Bearing;
  /** the paragraph that says so */
  readonly source: string;
}

export const faults = {
  // the signed content is not what was signed
  "message-digest-mismatch": { bearing: "invalid", source: "RFC 5652 §5.6" },
  "signature-mismatch": { bearing: "invalid", source: "RFC 5652 §5.6" },
  "content-type-mismatch": { bearing: "invalid", source: "RFC 5652 §11.1" },
  "message-digest-missing": { bearing: "invalid", source: "RFC 5652 §11.2" },
  "signed-attributes-malformed": { bearing: "invalid", source: "RFC 5652 §5.3" },
  "detached-content-conflict": { bearing: "invalid", source: "RFC 8551 §3.5.3.2" },
  "signing-certificate-mismatch": { bearing: "invalid", source: "RFC 5035 §4" },
  "algorithm-protection-mismatch": { bearing: "invalid", source: "RFC 6211 §2" },
  // the path does not hold
  "certificate-revoked": { bearing: "invalid", source: "RFC 5280 §6.3" },
  "certificate-signature-mismatch": { bearing: "indeterminate", source: "RFC 5280 §6.1.3 (a)(1)" },
  "certificate-not-yet-valid": { bearing: "indeterminate", source: "RFC 5280 §6.1.3 (a)(2)" },
  "certificate-expired": { bearing: "indeterminate", source: "RFC 5280 §6.1.3 (a)(2)" },
  "extended-key-usage-unsuitable": { bearing: "indeterminate", source: "RFC 8550 §4.4.4" },
  "key-usage-unsuitable": { bearing: "indeterminate", source: "RFC 8550 §4.4.2" },
  "basic-constraints-violated": { bearing: "indeterminate", source: "RFC 5280 §6.1.4 (k)" },
  "path-length-exceeded": { bearing: "indeterminate", source: "RFC 5280 §6.1.4 (m)" },
  "name-constraints-violated": { bearing: "indeterminate", source: "RFC 5280 §6.1.3 (b)" },
  "certificate-policy-unsatisfied": { bearing: "indeterminate", source: "RFC 5280 §6.1.5 (g)" },
  "critical-extension-unknown": { bearing: "indeterminate", source: "RFC 5280 §6.1.4 (o)" },
  "certificate-without-address": { bearing: "indeterminate", source: "RFC 8550 §3" },
  "algorithm-weak": { bearing: "indeterminate", source: "RFC 8551 §2.1, §2.2" },
  "key-weak": { bearing: "indeterminate", source: "RFC 8551 §4.1" },
  "authority-distrusted": { bearing: "indeterminate", source: "docs/decisions/built-in-roots.md" },
  "path-not-found": { bearing: "indeterminate", source: "RFC 5280 §6.1" },
  // nobody says whether a certificate is still good; the first alone weighs, where an answer is required
  "revocation-unknown": { bearing: "indeterminate", source: "RFC 5280 §6.3.3" },
  "crl-malformed": { bearing: "indeterminate", source: "RFC 5280 §5.1" },
  "crl-untrusted": { bearing: "indeterminate", source: "RFC 5280 §6.3.3 (f), (g)" },
  "crl-unsuitable": { bearing: "indeterminate", source: "RFC 5280 §5.2.5, §6.3.3 (b)" },
  "crl-outdated": { bearing: "indeterminate", source: "RFC 5280 §6.3.3 (a)" },
  "ocsp-malformed": { bearing: "indeterminate", source: "RFC 6960 §4.2.1" },
  "ocsp-untrusted": { bearing: "indeterminate", source: "RFC 6960 §4.2.2.2" },
  "ocsp-unsuitable": { bearing: "indeterminate", source: "RFC 6960 §3.2, §4.4.1" },
  "ocsp-outdated": { bearing: "indeterminate", source: "RFC 6960 §4.2.2.1" },
  "ocsp-refused": { bearing: "indeterminate", source: "RFC 6960 §2.2, §2.3" },
  "revocation-unavailable": { bearing: "indeterminate", source: "RFC 5280 §6.3.3" },
  "signer-certificate-missing": { bearing: "indeterminate", source: "RFC 5652 §5.1" },
  "signer-info-missing": { bearing: "indeterminate", source: "RFC 8551 §3.5" },
  // the sender
  "author-ambiguous": { bearing: "caution", source: "RFC 5322 §3.6.2" },
  "author-missing": { bearing: "caution", source: "RFC 5322 §3.6.2" },
  "signer-not-author": { bearing: "caution", source: "RFC 8550 §3" },
  "display-name-misleading": { bearing: "caution", source: "RFC 8550 §3" },
  "sender-differs": { bearing: "caution", source: "RFC 5322 §3.6.2" },
  "signature-outside-encryption": { bearing: "indeterminate", source: "RFC 8551 §3.7" },
  "protected-header-differs": { bearing: "caution", source: "RFC 9788 §4" },
  "recipient-not-named": { bearing: "caution", source: "docs/threat-model.md" },
  "signer-changed": { bearing: "caution", source: "docs/decisions/memory-of-signers.md" },
  "signature-expected": { bearing: "caution", source: "docs/decisions/memory-of-signers.md" },
  "partly-signed": { bearing: "caution", source: "RFC 9787 §4" },
  // decryption
  "decryption-failed": { bearing: "unreadable", source: "RFC 5652 §6.3" },
  "key-missing": { bearing: "unreadable", source: "RFC 5652 §6.2" },
  "key-locked": { bearing: "unreadable", source: "RFC 5652 §6.2" },
  "password-needed": { bearing: "unreadable", source: "RFC 5652 §6.2.4" },
  "content-missing": { bearing: "unreadable", source: "RFC 5652 §6.1" },
  "encryption-unauthenticated": { bearing: "caution", source: "RFC 8551 §6" },
  "encryption-weak": { bearing: "caution", source: "RFC 8551 §2.7, §B" },
  // what we cannot read
  "algorithm-unsupported": { bearing: "indeterminate", source: "RFC 8551 §2" },
  "content-type-unsupported": { bearing: "indeterminate", source: "RFC 5652 §4" },
  "version-unsupported": { bearing: "indeterminate", source: "RFC 5652 §5.1" },
  "key-unsupported": { bearing: "indeterminate", source: "RFC 5280 §4.1.2.7" },
  "asn1-malformed": { bearing: "indeterminate", source: "X.690 §8" },
  "asn1-not-der": { bearing: "indeterminate", source: "X.690 §10" },
  "cms-malformed": { bearing: "indeterminate", source: "RFC 5652 §3" },
  "certificate-malformed": { bearing: "indeterminate", source: "RFC 5280 §4.1" },
  "key-malformed": { bearing: "indeterminate", source: "RFC 5958 §2" },
  "pkcs12-malformed": { bearing: "indeterminate", source: "RFC 7292 §4" },
  "dns-malformed": { bearing: "indeterminate", source: "RFC 1035 §4" },
  "mime-malformed": { bearing: "indeterminate", source: "RFC 2046 §5.1" },
  "budget-exceeded": { bearing: "indeterminate", source: "docs/threat-model.md" },
} as const satisfies Record<string, FaultEntry> &
  Record<MalformedCode | UnsupportedCode | "budget-exceeded" | "decryption-failed", FaultEntry>;

export type FaultCode = keyof typeof faults;

export interface Fault {
  readonly code: FaultCode;
  /** technical detail for the details pane: an OID, an address, a date. Never translated, never a secret. */
  readonly detail?: string;
}

/** The most telling first, by the table's order. */
export function byRank(list: readonly Fault[]): readonly Fault[] {
  if (list.length < 2) return list;
  const codes = Object.keys(faults);
  return [...list].sort((a, b) => codes.indexOf(a.code) - codes.indexOf(b.code));
}
