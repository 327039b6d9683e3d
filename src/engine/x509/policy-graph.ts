/**
 * The valid policies of a path (RFC 5280 §6.1.2–6.1.5), by the graph of RFC 9618 instead of the tree, which
 * a few certificates can make grow without end (CVE-2023-0464): here a policy is one node in its level, so
 * the work is linear in the octets of the extensions. Loaded only where somebody asks for policies.
 */
import { oid } from "../base/oid.js";
import type { Fault } from "../fault/faults.js";
import type { Certificate } from "./certificate.js";
import {
  type PolicyMapping,
  certificatePolicies,
  inhibitAnyPolicy,
  policyConstraints,
  policyMappings,
  unknownQualifier,
} from "./certificate-policies.js";
import { isSelfIssued } from "./distinguished-name.js";
import type { PathConditions, ValidPolicies } from "./path-conditions.js";

/** RFC 9618 §4.1; the qualifiers are left out. */
interface PolicyNode {
  readonly policy: string;
  readonly parents: readonly PolicyNode[];
  expected: ReadonlySet<string>;
}

type Level = ReadonlyMap<string, PolicyNode>;

/** RFC 5280 §6.1.2 (d)–(f): how many certificates until each of them binds. */
interface Counters {
  explicitPolicy: number;
  policyMapping: number;
  inhibitAny: number;
}

export type PolicyResult =
  | { readonly kind: "valid"; readonly policies: ValidPolicies }
  | { readonly kind: "failed"; readonly faults: readonly Fault[] };

/**
 * @param path end entity first, anchor last; its names and signatures hold
 * @throws MalformedError where one of the extensions does not parse
 */
export function validatePolicies(path: readonly Certificate[], conditions: PathConditions): PolicyResult {
  const below = path.slice(0, -1).reverse();
  const counters = initialCounters(path, conditions);
  let levels: readonly Level[] = [new Map([[oid.anyPolicy, node(oid.anyPolicy, [])]])];
  for (const [index, certificate] of below.entries()) {
    const isLast = index === below.length - 1;
    const unknown = checkQualifiers(certificate);
    if (unknown !== undefined) return { kind: "failed", faults: [unknown] };
    // §6.1.3 (d)(2): anyPolicy of an authority that renews itself passes through.
    const passesAny = counters.inhibitAny > 0 || (!isLast && isSelfIssued(certificate));
    levels = [...levels, nextLevel(levels.at(-1)!, certificatePolicies(certificate), passesAny)];
    // §6.1.3 (f)
    if (counters.explicitPolicy === 0 && levels.at(-1)!.size === 0) return unsatisfied("no policy is left");
    if (isLast) continue;
    const mapped = withMappings(levels, policyMappings(certificate), counters.policyMapping);
    if (mapped === null) return unsatisfied("mapping of anyPolicy");
    levels = mapped;
    prepareCounters(counters, certificate);
  }
  return wrapUp(levels, below.at(-1), { counters, conditions });
}

function unsatisfied(detail: string): PolicyResult {
  return { kind: "failed", faults: [{ code: "certificate-policy-unsatisfied", detail }] };
}

function node(
  policy: string,
  parents: readonly PolicyNode[],
  expected: ReadonlySet<string> = new Set([policy]),
): PolicyNode {
  return { policy, parents, expected };
}

/** §6.1.1 (e)–(g), §6.1.2 (d)–(f). A demand in the anchor itself counts as the person's own (RFC 5937 §3.2). */
function initialCounters(path: readonly Certificate[], conditions: PathConditions): Counters {
  const never = path.length;
  const anchor = path.at(-1);
  const demand = anchor === undefined ? null : policyConstraints(anchor);
  const inhibited = anchor === undefined ? null : inhibitAnyPolicy(anchor);
  const least = (asked: boolean | undefined, limit: number | null | undefined): number =>
    asked === true ? 0 : Math.min(never, limit ?? never);
  return {
    explicitPolicy: least(conditions.requireExplicitPolicy, demand?.requireExplicitPolicy),
    policyMapping: least(conditions.inhibitPolicyMapping, demand?.inhibitPolicyMapping),
    inhibitAny: least(conditions.inhibitAnyPolicy, inhibited),
  };
}

function checkQualifiers(certificate: Certificate): Fault | undefined {
  if (certificate.extensions.get(oid.certificatePolicies)?.critical !== true) return undefined;
  const unknown = unknownQualifier(certificate);
  return unknown === null ? undefined : { code: "critical-extension-unknown", detail: unknown };
}

// ------------------------------------------------------------------ §6.1.3 (d), (e)

function nextLevel(above: Level, policies: ReadonlySet<string> | null, passesAny: boolean): Level {
  const level = new Map<string, PolicyNode>();
  if (policies === null) return level;
  const expecting = byExpectation(above);
  const any = above.get(oid.anyPolicy);
  for (const policy of policies) {
    if (policy === oid.anyPolicy) continue;
    const parents = expecting.get(policy) ?? (any === undefined ? [] : [any]);
    if (parents.length > 0) level.set(policy, node(policy, parents));
  }
  if (policies.has(oid.anyPolicy) && passesAny) {
    for (const [policy, parents] of expecting) {
      if (!level.has(policy)) level.set(policy, node(policy, parents));
    }
  }
  return level;
}

/** For each policy the nodes that wait for it. */
function byExpectation(level: Level): ReadonlyMap<string, readonly PolicyNode[]> {
  const found = new Map<string, PolicyNode[]>();
  for (const one of level.values()) {
    for (const policy of one.expected) {
      const list = found.get(policy);
      if (list === undefined) found.set(policy, [one]);
      else list.push(one);
    }
  }
  return found;
}

// ------------------------------------------------------------------ §6.1.4 (a), (b)

/** @returns the levels with the last one mapped; null where anyPolicy is mapped, which is forbidden */
function withMappings(
  levels: readonly Level[],
  mappings: readonly PolicyMapping[],
  policyMapping: number,
): readonly Level[] | null {
  if (mappings.length === 0) return levels;
  if (
    mappings.some(({ issuerDomain, subjectDomain }) => [issuerDomain, subjectDomain].includes(oid.anyPolicy))
  )
    return null;
  const targets = new Map<string, Set<string>>();
  for (const { issuerDomain, subjectDomain } of mappings) {
    targets.set(issuerDomain, (targets.get(issuerDomain) ?? new Set()).add(subjectDomain));
  }
  const level = new Map(levels.at(-1)!);
  const any = level.get(oid.anyPolicy);
  for (const [policy, expected] of targets) {
    const known = level.get(policy);
    if (policyMapping === 0) level.delete(policy);
    else if (known !== undefined) known.expected = expected;
    else if (any !== undefined) level.set(policy, node(policy, any.parents, expected));
  }
  return [...levels.slice(0, -1), level];
}

/** §6.1.4 (h)–(j). */
function prepareCounters(counters: Counters, certificate: Certificate): void {
  if (!isSelfIssued(certificate)) {
    counters.explicitPolicy = Math.max(0, counters.explicitPolicy - 1);
    counters.policyMapping = Math.max(0, counters.policyMapping - 1);
    counters.inhibitAny = Math.max(0, counters.inhibitAny - 1);
  }
  const demand = policyConstraints(certificate);
  const lower = (counter: number, limit: number | null | undefined): number =>
    Math.min(counter, limit ?? counter);
  counters.explicitPolicy = lower(counters.explicitPolicy, demand?.requireExplicitPolicy);
  counters.policyMapping = lower(counters.policyMapping, demand?.inhibitPolicyMapping);
  counters.inhibitAny = lower(counters.inhibitAny, inhibitAnyPolicy(certificate));
}

// ------------------------------------------------------------------ §6.1.5

function wrapUp(
  levels: readonly Level[],
  endEntity: Certificate | undefined,
  { counters, conditions }: { readonly counters: Counters; readonly conditions: PathConditions },
): PolicyResult {
  // (a), (b)
  const demanded = endEntity === undefined ? null : policyConstraints(endEntity);
  const explicit = counters.explicitPolicy <= 1 || demanded?.requireExplicitPolicy === 0;
  const authorityConstrained = authoritySet(levels);
  const userConstrained = userSet(authorityConstrained, conditions.userInitialPolicySet);
  if (explicit && userConstrained.size === 0) return unsatisfied("no policy is valid");
  return {
    kind: "valid",
    policies: {
      authorityConstrained: [...authorityConstrained].sort(),
      userConstrained: [...userConstrained].sort(),
    },
  };
}

/** (g) (1)–(4): in the names that the anchor's domain uses, of those nodes that lead to the end entity. */
function authoritySet(levels: readonly Level[]): ReadonlySet<string> {
  const found = new Set<string>();
  const last = levels.at(-1)!;
  if (last.has(oid.anyPolicy)) found.add(oid.anyPolicy);
  let alive = new Set(last.values());
  while (alive.size > 0) {
    const parents = new Set<PolicyNode>();
    for (const one of alive) {
      const [parent] = one.parents;
      const isTop = one.parents.length === 1 && parent!.policy === oid.anyPolicy;
      if (one.policy !== oid.anyPolicy && isTop) found.add(one.policy);
      for (const each of one.parents) parents.add(each);
    }
    alive = parents;
  }
  return found;
}

/** (g) (5), (6). */
function userSet(
  authority: ReadonlySet<string>,
  wanted: ReadonlySet<string> | undefined,
): ReadonlySet<string> {
  if (wanted === undefined || wanted.has(oid.anyPolicy)) return authority;
  return new Set(authority.has(oid.anyPolicy) ? wanted : [...wanted].filter((one) => authority.has(one)));
}
