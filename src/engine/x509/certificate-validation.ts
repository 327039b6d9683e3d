/** What an authority says that it checked, as JSON; `validation-level.ts` reads it. */

/** Rules of the S/MIME Baseline Requirements that a certificate can break; the keys of words in `_locales`. */
export type BaselineFinding =
  | "adobe-extension-critical"
  | "adobe-extension-in-strict"
  | "information-access-internal-name"
  | "information-access-without-http"
  | "information-access-not-http"
  | "authority-key-identifier-wrong"
  | "common-name-not-mailbox"
  | "subject-field-not-allowed"
  | "subject-country-invalid"
  | "subject-directory-attributes"
  | "subject-email-several"
  | "organization-country-differs"
  | "key-usage-missing"
  | "key-usage-not-critical"
  | "key-usage-without-purpose"
  | "key-usage-mixed"
  | "extended-key-usage-wrong"
  | "extended-key-usage-not-strict"
  | "legal-entity-identifier-wrong"
  | "qc-statements-critical"
  | "alternative-name-missing"
  | "alternative-name-critical"
  | "alternative-name-not-one-mailbox"
  | "mailbox-not-in-alternative-name"
  | "crl-address-missing"
  | "crl-address-not-http";

/**
 * What the authority says that it checked (CA/B Forum S/MIME Baseline Requirements §7.1.6.1), and the names
 * in the subject that this covers. As true as the authority is honest.
 */
export interface CertificateValidation {
  /** `sponsor`: a person, by the word of an organisation that was checked */
  readonly level: "mailbox" | "organization" | "sponsor" | "individual";
  readonly generation: "legacy" | "multipurpose" | "strict";
  readonly organization: string | null;
  /** two letters, ISO 3166-1 */
  readonly country: string | null;
  /** register and number, e.g. "NTRUS-12345678" */
  readonly organizationIdentifier: string | null;
  /** given name and surname, or a pseudonym */
  readonly person: string | null;
  /** rules of these Requirements that the certificate breaks, by code; they take nothing from the verdict */
  readonly findings: readonly BaselineFinding[];
}
