/**
 * What an authority says that it checked before it issued a certificate for mail (CA/B Forum S/MIME Baseline
 * Requirements §7.1.6.1): a policy OID names the level and the generation. Believed only of a path that holds and
 * for which that policy is valid (RFC 5280 §6.1), and only as far as its anchor is: a private authority can write
 * these numbers too. Loaded only for certificates that carry one of them.
 */
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { claimedPolicy } from "./baseline-policy.js";
import { brokenRules } from "./baseline-rules.js";
import type { Certificate } from "./certificate.js";
import type { CertificateValidation } from "./certificate-validation.js";
import { attributeText } from "./distinguished-name.js";
import type { PathConditions, ValidatedPath } from "./path-conditions.js";
import { validatePolicies } from "./policy-graph.js";

/** @returns null where the authority says nothing that we know, or nothing that its own authorities allow it to say */
export function validationOf(path: ValidatedPath, conditions: PathConditions): CertificateValidation | null {
  const certificate = path[0]!;
  try {
    const claimed = claimedPolicy(certificate);
    if (claimed === null || !isValidPolicy(claimed.policy, path, conditions)) return null;
    const { level, generation } = claimed;
    return { level, generation, ...checkedNames(certificate, level), findings: brokenRules(certificate) };
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

function isValidPolicy(policy: string, path: ValidatedPath, conditions: PathConditions): boolean {
  const result = validatePolicies(path, conditions);
  if (result.kind === "failed") return false;
  const { authorityConstrained } = result.policies;
  return authorityConstrained.includes(policy);
}

type Names = Pick<CertificateValidation, "organization" | "country" | "organizationIdentifier" | "person">;

/** Only those that this level has checked: of a mailbox nothing but the mailbox (§3.2.2–3.2.4). */
function checkedNames({ subject }: Certificate, level: CertificateValidation["level"]): Names {
  const text = (type: string): string | null =>
    attributeText(subject, type)?.replace(/\p{C}/gu, "\ufffd") ?? null;
  const none = { organization: null, country: null, organizationIdentifier: null, person: null };
  if (level === "mailbox") return none;
  const country = text(oid.country);
  const person = level === "organization" ? null : personOf(text);
  if (level === "individual") return { ...none, country, person };
  const organizationIdentifier = text(oid.organizationIdentifier);
  return { organization: text(oid.organization), country, organizationIdentifier, person };
}

/** §7.1.4.2.2: a name in two parts, or a pseudonym; a common name says the same, or is a mailbox. */
function personOf(text: (type: string) => string | null): string | null {
  const parts = [text(oid.givenName), text(oid.surname)].filter((part) => part !== null);
  if (parts.length > 0) return parts.join(" ");
  const pseudonym = text(oid.pseudonym);
  if (pseudonym !== null) return pseudonym;
  const commonName = text(oid.commonName);
  return commonName?.includes("@") === false ? commonName : null;
}
