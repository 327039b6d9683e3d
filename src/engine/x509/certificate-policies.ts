/**
 * The extensions that speak of certificate policies (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14) as
 * values. What they mean along a path is `policy-graph.ts`. Qualifiers are looked at only to know whether
 * we know them: what they say is for people, and changes no answer.
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
import { readObjectIdentifier, readSmallInteger } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Certificate } from "./certificate.js";

export interface PolicyMapping {
  readonly issuerDomain: string;
  readonly subjectDomain: string;
}

/** Numbers of certificates that may follow; null: not said. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | null;
  readonly inhibitPolicyMapping: number | null;
}

function read<T>(certificate: Certificate, name: string, parse: (value: Element) => T): T | null {
  const extension = certificate.extensions.get(name);
  return extension === undefined ? null : parse(readWhole(extension.value, "der"));
}

function malformed(detail: string): MalformedError {
  return new MalformedError("certificate-malformed", detail);
}

/** @returns the policies, each once; null where the extension is absent. @throws MalformedError */
export function certificatePolicies(certificate: Certificate): ReadonlySet<string> | null {
  return read(certificate, oid.certificatePolicies, (element) => {
    const policies = new Set<string>();
    for (const item of children(expectTag(element, tags.sequence))) {
      const policy = readObjectIdentifier(new SequenceReader(item).next(tags.objectIdentifier));
      // RFC 5280 §4.2.1.4: not more than once, or two readers find different qualifiers.
      if (policies.has(policy)) throw malformed(`policy ${policy} twice`);
      policies.add(policy);
    }
    if (policies.size === 0) throw malformed("no certificate policy");
    return policies;
  });
}

const knownQualifiers: ReadonlySet<string> = new Set([oid.cpsQualifier, oid.userNoticeQualifier]);

/**
 * RFC 5280 §4.2.1.4: where the extension is critical, its qualifiers must be understood too.
 * @returns a qualifier that is not, or null. @throws MalformedError
 */
export function unknownQualifier(certificate: Certificate): string | null {
  const qualifiers = read(certificate, oid.certificatePolicies, (element) =>
    children(expectTag(element, tags.sequence)).flatMap(qualifiersOf),
  );
  return qualifiers?.find((qualifier) => !knownQualifiers.has(qualifier)) ?? null;
}

function qualifiersOf(policyInformation: Element): readonly string[] {
  const reader = new SequenceReader(policyInformation);
  reader.next(tags.objectIdentifier);
  const list = reader.optional(tags.sequence);
  reader.finish();
  if (list === null) return [];
  return children(list).map((one) =>
    readObjectIdentifier(new SequenceReader(one).next(tags.objectIdentifier)),
  );
}

/** @throws MalformedError */
export function policyMappings(certificate: Certificate): readonly PolicyMapping[] {
  const mappings = read(certificate, oid.policyMappings, (element) =>
    children(expectTag(element, tags.sequence)).map(parseMapping),
  );
  if (mappings?.length === 0) throw malformed("no policy mapping");
  return mappings ?? [];
}

function parseMapping(element: Element): PolicyMapping {
  const reader = new SequenceReader(element);
  const issuerDomain = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const subjectDomain = readObjectIdentifier(reader.next(tags.objectIdentifier));
  reader.finish();
  return { issuerDomain, subjectDomain };
}

/** @throws MalformedError */
export function policyConstraints(certificate: Certificate): PolicyConstraints | null {
  return read(certificate, oid.policyConstraints, (element) => {
    const reader = new SequenceReader(element);
    const explicit = reader.optional(context(0, "primitive"));
    const mapping = reader.optional(context(1, "primitive"));
    reader.finish();
    // RFC 5280 §4.2.1.11: an empty one is not to be issued.
    if (explicit === null && mapping === null) throw malformed("empty policyConstraints");
    return {
      requireExplicitPolicy: explicit === null ? null : readSmallInteger(explicit, explicit.tag),
      inhibitPolicyMapping: mapping === null ? null : readSmallInteger(mapping, mapping.tag),
    };
  });
}

/** How many certificates may follow until anyPolicy counts no more. @throws MalformedError */
export function inhibitAnyPolicy(certificate: Certificate): number | null {
  return read(certificate, oid.inhibitAnyPolicy, (element) => readSmallInteger(element));
}
