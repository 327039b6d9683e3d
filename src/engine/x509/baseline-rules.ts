/**
 * Rules of the CA/B Forum S/MIME Baseline Requirements for certificates of people (§7.1.2.3, §7.1.4), as far as a
 * certificate shows whether it keeps them. They bind authorities, not readers: what breaks one is told in the
 * details, and takes nothing from a verdict that RFC 5280 grants.
 */
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { normalizeAddress } from "../mime/address.js";
import {
  accessLocations,
  alternativeMailboxes,
  alternativeNames,
  authorityKeyFields,
  crlLocations,
  isCountry,
  isInternalHost,
  type Location,
  subjectMailboxes,
} from "./baseline-facts.js";
import { keyUsageRules } from "./baseline-key-usage.js";
import { type Claim, type Rule, has, isCritical, isMailbox, isNotStrict, isStrict } from "./baseline-rule.js";
import { claimedPolicy } from "./baseline-policy.js";
import type { Certificate } from "./certificate.js";
import type { BaselineFinding } from "./certificate-validation.js";
import { attributeTexts, parseName } from "./distinguished-name.js";
import { basicConstraints, extendedKeyUsage } from "./extensions.js";

const hasHttp = (list: readonly Location[]): boolean => list.some(({ scheme }) => scheme === "http");
const onlyHttp = (list: readonly Location[]): boolean => list.every(({ scheme }) => scheme === "http");

// ------------------------------------------------------------------ other extensions (§7.1.2.3)

/** §7.1.2.3 f. */
const otherPurposes: readonly string[] = [
  oid.serverAuth,
  oid.codeSigning,
  oid.timeStamping,
  oid.anyExtendedKeyUsage,
];

const hasAdobe = has(oid.adobeTimeStamp, oid.adobeArchiveRevocation);

/** §7.1.2.3 l: who may bear a legal entity's number, and in which extension. */
function keepsEntityRules(certificate: Certificate, { level }: Claim): boolean {
  const { legalEntityIdentifier: entity, legalEntityRole: role } = oid;
  if (level === "mailbox" || level === "individual") return !has(entity, role)(certificate);
  if (level === "organization" && has(role)(certificate)) return false;
  return !isCritical(certificate, entity) && !isCritical(certificate, role);
}

const extensionRules = {
  "extended-key-usage": {
    finding: "extended-key-usage-wrong",
    applies: isNotStrict,
    holds: (certificate) => {
      const purposes = extendedKeyUsage(certificate) ?? [];
      return purposes.includes(oid.emailProtection) && !purposes.some((one) => otherPurposes.includes(one));
    },
  },
  "extended-key-usage-strict": {
    finding: "extended-key-usage-not-strict",
    applies: isStrict,
    holds: (certificate) => extendedKeyUsage(certificate)?.join(" ") === oid.emailProtection,
  },
  "authority-key-identifier": {
    finding: "authority-key-identifier-wrong",
    holds: (certificate) =>
      authorityKeyFields(certificate)?.join(" ") === String(0x80) &&
      !isCritical(certificate, oid.authorityKeyIdentifier),
  },
  "adobe-criticality": {
    finding: "adobe-extension-critical",
    applies: (certificate, claim) => isNotStrict(certificate, claim) && hasAdobe(certificate),
    holds: (certificate) =>
      !isCritical(certificate, oid.adobeTimeStamp) && !isCritical(certificate, oid.adobeArchiveRevocation),
  },
  "adobe-in-strict": {
    finding: "adobe-extension-in-strict",
    applies: isStrict,
    holds: (certificate) => !hasAdobe(certificate),
  },
  "subject-directory-attributes": {
    finding: "subject-directory-attributes",
    applies: (_, { generation }) => generation !== "legacy",
    holds: (certificate) => !has(oid.subjectDirectoryAttributes)(certificate),
  },
  "qc-statements": {
    finding: "qc-statements-critical",
    applies: has(oid.qcStatements),
    holds: (certificate) => !isCritical(certificate, oid.qcStatements),
  },
  "legal-entity": { finding: "legal-entity-identifier-wrong", holds: keepsEntityRules },
} as const satisfies Record<string, Rule>;

// ------------------------------------------------------------------ where to ask (§7.1.2.3 b, c)

const accessList = (certificate: Certificate): readonly (readonly Location[])[] => [
  ...(accessLocations(certificate)?.values() ?? []),
];

const locationRules = {
  "access-internal-names": {
    finding: "information-access-internal-name",
    applies: has(oid.authorityInfoAccess),
    holds: (certificate) =>
      !accessList(certificate)
        .flat()
        .some(({ host }) => isInternalHost(host)),
  },
  "access-one-http": {
    finding: "information-access-without-http",
    applies: (certificate, { generation }) =>
      generation === "legacy" && has(oid.authorityInfoAccess)(certificate),
    holds: (certificate) => accessList(certificate).every(hasHttp),
  },
  "access-only-http": {
    finding: "information-access-not-http",
    applies: (certificate, { generation }) =>
      generation !== "legacy" && has(oid.authorityInfoAccess)(certificate),
    holds: (certificate) => accessList(certificate).every(onlyHttp),
  },
  "crl-address": { finding: "crl-address-missing", holds: has(oid.crlDistributionPoints) },
  "crl-address-http": {
    finding: "crl-address-not-http",
    applies: has(oid.crlDistributionPoints),
    holds: (certificate, { generation }) => {
      const locations = (crlLocations(certificate) ?? []).flat();
      return hasHttp(locations) && (generation === "legacy" || onlyHttp(locations));
    },
  },
} as const satisfies Record<string, Rule>;

// ------------------------------------------------------------------ names (§7.1.4.2)

/** §7.1.4.2.3: of a mailbox. */
const mailboxAttributes: readonly string[] = [oid.commonName, oid.serialNumber, oid.emailAddress];

const isOneMailbox = (text: string): boolean => !/\s/.test(text) && normalizeAddress(text) !== null;

/** §7.1.4.2.2 d: a register's country is the subject's; LEI and INT belong to no country. */
function registeredCountries({ subject }: Certificate): readonly string[] {
  return attributeTexts(subject, oid.organizationIdentifier)
    .map((text) => /^(?!LEI|INT)[A-Z]{3}([A-Z]{2})[-+:]/.exec(text)?.[1])
    .filter((country) => country !== undefined);
}

const nameRules = {
  "common-name-of-mailbox": {
    finding: "common-name-not-mailbox",
    applies: isMailbox,
    holds: ({ subject }) => attributeTexts(subject, oid.commonName).every(isOneMailbox),
  },
  "subject-of-mailbox": {
    finding: "subject-field-not-allowed",
    applies: isMailbox,
    holds: ({ subject }) =>
      parseName(subject)
        .flat()
        .every(({ type }) => mailboxAttributes.includes(type)),
  },
  "subject-email": {
    finding: "subject-email-several",
    applies: ({ subject }) => attributeTexts(subject, oid.emailAddress).length > 0,
    holds: ({ subject }) => {
      const texts = attributeTexts(subject, oid.emailAddress);
      return texts.length === 1 && texts.every(isOneMailbox);
    },
  },
  "subject-country": {
    finding: "subject-country-invalid",
    applies: (certificate, claim) =>
      !isMailbox(certificate, claim) && attributeTexts(certificate.subject, oid.country).length > 0,
    holds: ({ subject }) => attributeTexts(subject, oid.country).every(isCountry),
  },
  "register-country": {
    finding: "organization-country-differs",
    applies: (certificate, { level }) =>
      (level === "organization" || level === "sponsor") &&
      attributeTexts(certificate.subject, oid.country).length > 0 &&
      registeredCountries(certificate).length > 0,
    holds: (certificate) => {
      const own = attributeTexts(certificate.subject, oid.country);
      return registeredCountries(certificate).every((country) => own.includes(country));
    },
  },
  "alternative-name": { finding: "alternative-name-missing", holds: has(oid.subjectAltName) },
  "alternative-name-criticality": {
    finding: "alternative-name-critical",
    applies: (certificate) =>
      has(oid.subjectAltName)(certificate) && parseName(certificate.subject).length > 0,
    holds: (certificate) => !isCritical(certificate, oid.subjectAltName),
  },
  "alternative-name-mailboxes": {
    finding: "alternative-name-not-one-mailbox",
    applies: (certificate) => alternativeMailboxes(certificate).size > 0,
    holds: (certificate) =>
      (alternativeNames(certificate) ?? []).every(
        (name) => name.kind !== "rfc822Name" || isOneMailbox(name.text),
      ),
  },
  "subject-mailboxes": {
    finding: "mailbox-not-in-alternative-name",
    applies: (certificate) => subjectMailboxes(certificate).length > 0,
    holds: (certificate) => {
      const named = alternativeMailboxes(certificate);
      return subjectMailboxes(certificate).every((mailbox) => named.has(mailbox));
    },
  },
} as const satisfies Record<string, Rule>;

// ------------------------------------------------------------------ judging

const rules = { ...keyUsageRules, ...extensionRules, ...locationRules, ...nameRules } as const;

export type BaselineRule = keyof typeof rules;
export type RuleAnswer = "kept" | "broken" | "not-applicable" | "not-in-force";

/** The Requirements bind what was issued from this day on. */
const inForce = Date.UTC(2023, 8, 1);

/** @returns `broken` too where what the rule looks at does not parse */
export function answerOf(name: BaselineRule, certificate: Certificate): RuleAnswer {
  const rule: Rule = rules[name];
  try {
    const claim = basicConstraints(certificate)?.certificateAuthority ? null : claimedPolicy(certificate);
    if (claim === null || rule.applies?.(certificate, claim) === false) return "not-applicable";
    if (certificate.notBefore < inForce) return "not-in-force";
    return rule.holds(certificate, claim) ? "kept" : "broken";
  } catch (error) {
    if (error instanceof MalformedError) return "broken";
    throw error;
  }
}

const judged = new WeakMap<Certificate, readonly BaselineFinding[]>();

/** Each code once. */
export function brokenRules(certificate: Certificate): readonly BaselineFinding[] {
  const known = judged.get(certificate) ?? judge(certificate);
  judged.set(certificate, known);
  return known;
}

function judge(certificate: Certificate): readonly BaselineFinding[] {
  const names = Object.keys(rules) as readonly BaselineRule[];
  const broken = names.filter((name) => answerOf(name, certificate) === "broken");
  return [...new Set(broken.map((name) => rules[name].finding))];
}
