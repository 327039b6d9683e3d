/**
 * Name constraints (RFC 5280 §4.2.1.10, RFC 9598 §6): what an authority may speak for. Every name of a
 * certificate must be allowed, not only the one that we are interested in. Of the kinds that we do not
 * read, a constraint is violated by any name of that kind. Loaded only where an authority has some.
 */
import type { Budget } from "../base/budget.js";
import {
  type Element,
  SequenceReader,
  children,
  context,
  expectTag,
  readWhole,
  tags,
} from "../base/der-reader.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Fault } from "../fault/faults.js";
import type { Certificate } from "./certificate.js";
import { attributeTexts, isSelfIssued, parseName } from "./distinguished-name.js";
import { type GeneralName, parseGeneralName, parseGeneralNames } from "./general-name.js";
import { isSameForm, matchName } from "./name-matching.js";
import { asPathFault } from "./path-checks.js";

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
  // RFC 5280 §4.2.1.10: an empty one is not to be issued, and would say nothing.
  if (permitted === null && excluded === null) {
    throw new MalformedError("certificate-malformed", "empty nameConstraints");
  }
  return {
    permitted: permitted === null ? null : subtrees(permitted),
    excluded: excluded === null ? [] : subtrees(excluded),
  };
}

/** minimum and maximum are not used with any name form (RFC 5280 §4.2.1.10), so they are refused. */
function subtrees(element: Element): readonly GeneralName[] {
  const list = children(element);
  if (list.length === 0) throw new MalformedError("certificate-malformed", "no subtree");
  return list.map((subtree) => {
    const parts = children(expectTag(subtree, tags.sequence));
    if (parts.length !== 1)
      throw new MalformedError("certificate-malformed", "subtree with minimum or maximum");
    return parseGeneralName(parts[0]!);
  });
}

/**
 * RFC 5280 §6.1.3 (b), (c): the constraints of every authority bind each certificate below it.
 *
 * @param path end entity first, anchor last; its signatures hold
 * @returns at most one fault for each certificate
 * @throws BudgetExceededError
 */
export function checkNameConstraints(path: readonly Certificate[], budget: Budget): readonly Fault[] {
  try {
    const constraints = path.map(nameConstraints);
    const violated = path.filter((certificate, index) => {
      // Self-issued intermediates are exempt, end entities never.
      if (index > 0 && isSelfIssued(certificate)) return false;
      return constraints
        .slice(index + 1)
        .some((above) => above !== null && !satisfiesNameConstraints(certificate, above, budget));
    });
    return violated.map(() => ({ code: "name-constraints-violated" }));
  } catch (error) {
    return [asPathFault(error)];
  }
}

/**
 * Names times constraints are spent from the budget: an attacker may choose both.
 * @throws MalformedError where the certificate's names do not parse; BudgetExceededError
 */
export function satisfiesNameConstraints(
  certificate: Certificate,
  constraints: NameConstraints,
  budget: Budget,
): boolean {
  const names = namesOf(certificate);
  const bases = (constraints.permitted?.length ?? 0) + constraints.excluded.length;
  budget.spend("nameComparisons", names.length * bases);
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
  const isPermitted = sameForm.length === 0 || sameForm.some((base) => matchName(name, base) === "within");
  return (
    isPermitted && excluded.every((base) => !isSameForm(name, base) || matchName(name, base) === "outside")
  );
}
