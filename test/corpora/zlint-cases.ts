/**
 * zlint's files for the CA/B Forum S/MIME Baseline Requirements: what each rule that a file tests must answer
 * (`expected`: lint=result; …), by our own rules. NA: the rule does not speak of this certificate. NE: it was
 * issued before the Requirements were in force.
 */
import { readCertificates } from "../../src/engine/index.js";
import type { Certificate } from "../../src/engine/index.js";
import { type BaselineRule, type RuleAnswer, answerOf } from "../../src/engine/x509/baseline-rules.js";
import { readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, asDemanded, otherwise } from "./case.js";

/** zlint's name of a rule → ours. */
const ruleOf: Readonly<Record<string, BaselineRule>> = {
  e_adobe_extensions_legacy_multipurpose_criticality: "adobe-criticality",
  e_adobe_extensions_strict_presence: "adobe-in-strict",
  e_authority_key_identifier_correct: "authority-key-identifier",
  e_commonname_mailbox_validated: "common-name-of-mailbox",
  e_ec_other_key_usages: "ec-purpose",
  e_ecpublickey_key_usages: "ec-key-usage",
  e_edwardspublickey_key_usages: "edwards-key-usage",
  e_key_usage_presence: "key-usage-presence",
  e_legal_entity_identifier: "legal-entity",
  e_mailbox_address_shall_contain_an_rfc822_name: "subject-mailboxes",
  e_mailbox_validated_allowed_subjectdn_attributes: "subject-of-mailbox",
  e_mailbox_validated_enforce_subject_field_restrictions: "subject-of-mailbox",
  e_registration_scheme_id_matches_subject_country: "register-country",
  e_rsa_key_usage_legacy_multipurpose: "rsa-key-usage",
  e_rsa_key_usage_strict: "rsa-key-usage-strict",
  e_rsa_other_key_usages: "rsa-purpose",
  e_san_shall_be_present: "alternative-name",
  e_single_email_if_present: "alternative-name-mailboxes",
  e_single_email_subject_if_present: "subject-email",
  e_smime_legacy_aia_shall_have_one_http: "access-one-http",
  e_smime_legacy_multipurpose_eku_check: "extended-key-usage",
  e_smime_qc_statements_must_not_be_critical: "qc-statements",
  e_smime_strict_aia_shall_have_http_only: "access-only-http",
  e_smime_strict_eku_check: "extended-key-usage-strict",
  e_strict_multipurpose_smime_ext_subject_directory_attr: "subject-directory-attributes",
  e_subject_country_name: "subject-country",
  e_subscribers_crl_distribution_points_are_http: "crl-address-http",
  e_subscribers_shall_have_crl_distribution_points: "crl-address",
  w_key_usage_criticality: "key-usage-criticality",
  w_san_should_not_be_critical: "alternative-name-criticality",
  w_smime_aia_contains_internal_names: "access-internal-names",
};

const answers: Readonly<Record<string, RuleAnswer>> = {
  Pass: "kept",
  Error: "broken",
  Warn: "broken",
  NA: "not-applicable",
  NE: "not-in-force",
};

export const zlintCases: CaseFunctions = {
  matches: ({ kind, path }) => kind === "path" && path.startsWith("x509/zlint-smime/"),
  async run({ path, expected }) {
    const [certificate] = await readCertificates(readCorpus(path));
    const differing = expected
      .split("; ")
      .map((demand) => demand.split("=") as [string, string])
      .map(([lint, result]) => ({ lint, result, answer: answer(lint, certificate!) }))
      .filter(({ result, answer }) => answer !== answers[result]);
    if (differing.length === 0) return asDemanded;
    return otherwise(
      differing.map(({ lint, result, answer }) => `${lint}: ${answer}, not ${result}`).join("; "),
    );
  },
};

function answer(lint: string, certificate: Certificate): RuleAnswer | "unknown rule" {
  const rule = ruleOf[lint];
  return rule === undefined ? "unknown rule" : answerOf(rule, certificate);
}
