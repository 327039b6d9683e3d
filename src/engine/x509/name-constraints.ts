/**
 * Name constraints (RFC 5280 §4.2.1.10, RFC 9598 §6): what an authority may speak for. Every name of a
 * certificate must be allowed, not only the one that we are interested in. Of the kinds that we do not
 * read, a constraint is violated by any name of that kind.
 */
import {
  type Element,
  SequenceReader,
  children,
  context,
  expectTag,
  readWhole,
  tags,
} from "../base/der-reader.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { domainOf, normalizeAddress, normalizeDomain } from "../mime/address.js";
import type { Certificate } from "./certificate.js";
import { attributeTexts, isWithin, parseName } from "./distinguished-name.js";
import { type GeneralName, parseGeneralName, parseGeneralNames } from "./general-name.js";

export interface NameConstraints {
  /** null: everything is permitted */
  readonly permitted: readonly GeneralName[] | null;
  readonly excluded: readonly GeneralName[];
}

/** @throws MalformedError */
export function nameConstraints(certificate: Certificate): NameConstraints | null {
  const extension = certificate.extensions.get(oid.nameConstraints);
  if (extension === undefined) return null;
  const reader = new SequenceReader(readWhole(extension.value, "der"));
  const permitted = reader.optional(context(0));
  const excluded = reader.optional(context(1));
  reader.finish();
  return {
    permitted: permitted === null ? null : subtrees(permitted),
    excluded: excluded === null ? [] : subtrees(excluded),
  };
}

/** minimum and maximum are not used with any name form (RFC 5280 §4.2.1.10), so they are refused. */
function subtrees(element: Element): readonly GeneralName[] {
  return children(element).map((subtree) => {
    const parts = children(expectTag(subtree, tags.sequence));
    if (parts.length !== 1)
      throw new MalformedError("certificate-malformed", "subtree with minimum or maximum");
    return parseGeneralName(parts[0]!);
  });
}

/** Names times constraints: an attacker may choose both. */
const maximumComparisons = 20_000;

/** @throws MalformedError where the certificate's names do not parse; BudgetExceededError */
export function satisfiesNameConstraints(certificate: Certificate, constraints: NameConstraints): boolean {
  const names = namesOf(certificate);
  const bases = (constraints.permitted?.length ?? 0) + constraints.excluded.length;
  if (names.length * bases > maximumComparisons) throw new BudgetExceededError("nameConstraints");
  return names.every((name) => isAllowed(name, constraints));
}

function namesOf(certificate: Certificate): readonly GeneralName[] {
  const alternative = certificate.extensions.get(oid.subjectAltName);
  const names = alternative === undefined ? [] : [...parseGeneralNames(alternative.value)];
  if (parseName(certificate.subject).length > 0)
    names.push({ kind: "directoryName", name: certificate.subject });
  // RFC 5280 §4.2.1.10: addresses in the subject count where there is no subjectAltName; we count them always,
  // because other readers may show them.
  for (const text of attributeTexts(certificate.subject, oid.emailAddress)) {
    names.push({ kind: "rfc822Name", text });
  }
  return names;
}

function isAllowed(name: GeneralName, { permitted, excluded }: NameConstraints): boolean {
  const sameForm = permitted?.filter((base) => isSameForm(name, base)) ?? [];
  const isPermitted = sameForm.length === 0 || sameForm.some((base) => matches(name, base) === "within");
  return (
    isPermitted && excluded.every((base) => !isSameForm(name, base) || matches(name, base) === "outside")
  );
}

/** RFC 9598 §6: constraints on rfc822Name bind SmtpUTF8Mailbox too. */
function isSameForm(name: GeneralName, base: GeneralName): boolean {
  if (name.kind === "other" && base.kind === "other") {
    return name.tag === base.tag && name.typeId === base.typeId;
  }
  return isMailbox(name) ? isMailbox(base) : name.kind === base.kind;
}

function isMailbox(name: GeneralName): boolean {
  return name.kind === "rfc822Name" || name.kind === "smtpUtf8Mailbox";
}

/** "unknown" is neither: it satisfies no permission and escapes no exclusion. */
function matches(name: GeneralName, base: GeneralName): "within" | "outside" | "unknown" {
  if (name.kind === "directoryName" && base.kind === "directoryName") {
    return isWithin(name.name, base.name) ? "within" : "outside";
  }
  if ((name.kind === "rfc822Name" || name.kind === "smtpUtf8Mailbox") && isMailbox(base)) {
    return matchMailbox(name.text, (base as { text: string }).text);
  }
  return "unknown";
}

/** A mailbox, a host, or a domain with a leading dot. */
function matchMailbox(text: string, base: string): "within" | "outside" | "unknown" {
  const address = normalizeAddress(text);
  if (address === null) return "unknown";
  if (base.includes("@")) {
    const particular = normalizeAddress(base);
    return particular === null ? "unknown" : address === particular ? "within" : "outside";
  }
  // An empty base is all mailboxes; some CAs exclude every address so.
  if (base === "") return "within";
  const isDomain = base.startsWith(".");
  const domain = normalizeDomain(isDomain ? base.slice(1) : base);
  if (domain === null) return "unknown";
  const host = domainOf(address);
  return (isDomain ? host.endsWith(`.${domain}`) : host === domain) ? "within" : "outside";
}
