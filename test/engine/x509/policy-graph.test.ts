/**
 * Certificate policies along a path (RFC 5280 §6.1.2–6.1.5, RFC 9618): inputs, mappings, inhibitions. PKITS
 * tries the combinations; here each rule accepts and rejects, and what would grow without end does not.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget } from "../../../src/engine/base/budget.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  sequence,
  smallInteger,
  utf8String,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { type Bytes, defaultReadPolicy } from "../../../src/engine/index.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import type { PathConditions } from "../../../src/engine/x509/path-conditions.js";
import { validatePath } from "../../../src/engine/x509/validate-path.js";
import {
  type Forged,
  addressed,
  authority,
  extension,
  forgeCertificate,
  name,
} from "../../helpers/forge-certificate.js";

const [a, b, c] = ["1.2.3.1", "1.2.3.2", "1.2.3.3"];
const any = oid.anyPolicy;

const policies = (...list: readonly string[]): Bytes =>
  extension(oid.certificatePolicies, sequence(...list.map((one) => sequence(objectIdentifier(one)))), false);
const mappings = (...pairs: readonly (readonly [string, string])[]): Bytes =>
  extension(
    oid.policyMappings,
    sequence(...pairs.map(([from, to]) => sequence(objectIdentifier(from), objectIdentifier(to)))),
  );
const demand = (explicit: number | null, mapping: number | null): Bytes => {
  const field = (tag: number, value: number | null): Bytes[] =>
    value === null ? [] : [encode(context(tag, "primitive"), Uint8Array.of(value))];
  return extension(oid.policyConstraints, sequence(...field(0, explicit), ...field(1, mapping)));
};
const inhibitAny = (skip: number): Bytes => extension(oid.inhibitAnyPolicy, smallInteger(skip));

type Inputs = Pick<
  PathConditions,
  "userInitialPolicySet" | "requireExplicitPolicy" | "inhibitPolicyMapping" | "inhibitAnyPolicy"
>;
const explicit: Inputs = { requireExplicitPolicy: true };
const wants = (...list: readonly string[]): Inputs => ({ userInitialPolicySet: new Set(list) });

/** @param below extensions of each certificate below the anchor, downwards; `"again"`: self-issued */
async function path(below: readonly (readonly Bytes[])[], root: readonly Bytes[] = []): Promise<Forged[]> {
  const all = [await forgeCertificate({ subject: name("0"), extensions: [authority, ...root] })];
  for (const [i, extensions] of below.entries()) {
    const isLast = i === below.length - 1;
    const own = isLast ? addressed("carol@example.test") : authority;
    const above = all.at(-1)!;
    const subject = extensions.includes(again) ? above.name : name(String(i + 1));
    const kept = extensions.filter((one) => one !== again);
    all.push(await forgeCertificate({ subject, by: above, extensions: [own, ...kept] }));
  }
  return all;
}
const again: Bytes = new Uint8Array(0);

/** @returns valid policies, or the codes of what is wrong */
async function tried(below: readonly (readonly Bytes[])[], inputs: Inputs = {}, root: readonly Bytes[] = []) {
  const all = (await path(below, root)).map(({ certificate }) => certificate);
  const sources = { anchors: all.slice(0, 1), candidates: all.slice(1, -1) };
  const time = Date.parse("2026-06-01");
  const conditions = { purpose: "sign" as const, time, policy: defaultReadPolicy, budget: new Budget() };
  const result = await findPath(all.at(-1)!, sources, { ...conditions, ...inputs });
  if (result.kind === "failed") return result.faults.map(({ code }) => code).join(" ");
  return result.policies === undefined ? "not asked" : result.policies.userConstrained.join(" ");
}

const unsatisfied = "certificate-policy-unsatisfied";

test("nobody pays for policies that nobody asked for", async () => {
  assert.equal(await tried([[policies(a)], [policies(b)]]), "not asked");
  assert.equal(await tried([[policies(a)], [policies(b)]], wants(any)), "");
  assert.equal(await tried([[policies(a)], [policies(a)]], wants(any)), a);
  assert.equal(await tried([[policies(a)], [policies(b)]], explicit), unsatisfied);
});

test("a policy is valid where every certificate has it, or anyPolicy (RFC 5280 §6.1.3 (d))", async () => {
  assert.equal(await tried([[policies(a, b)], [policies(b, c)]], explicit), b);
  assert.equal(await tried([[policies(any)], [policies(b)]], explicit), b);
  assert.equal(await tried([[policies(a)], [policies(any)]], explicit), a);
  assert.equal(await tried([[policies(any)], [policies(any)]], explicit), any);
  assert.equal(await tried([[], [policies(a)]], explicit), unsatisfied);
  assert.equal(await tried([[policies(a)], []], explicit), unsatisfied);
});

test("of those the person wants some (RFC 5280 §6.1.5 (g))", async () => {
  const both = [[policies(a, b)], [policies(a, b)]];
  assert.equal(await tried(both, { ...explicit, ...wants(b, c) }), b);
  assert.equal(await tried(both, { ...explicit, ...wants(c) }), unsatisfied);
  assert.equal(await tried(both, wants(c)), "");
  assert.equal(await tried([[policies(any)], [policies(any)]], { ...explicit, ...wants(c) }), c);
});

test("mappings translate from the issuer's domain to the subject's (RFC 5280 §6.1.4 (b))", async () => {
  const mapped = [[policies(a), mappings([a, b])], [policies(b)]];
  assert.equal(await tried(mapped, explicit), a);
  assert.equal(await tried([[policies(a), mappings([a, b])], [policies(a)]], explicit), unsatisfied);
  assert.equal(await tried([[policies(any), mappings([a, b])], [policies(b)]], explicit), a);
  assert.equal(await tried([[policies(c), mappings([a, b])], [policies(b)]], explicit), unsatisfied);
  assert.equal(await tried(mapped, { ...explicit, inhibitPolicyMapping: true }), unsatisfied);
  assert.equal(await tried([[policies(c), mappings([c, a])], [policies(a, c)]], explicit), c);
});

test("policies that hold excuse nothing else", async () => {
  const all = (await path([[policies(a)], [policies(a)]])).map(({ certificate }) => certificate);
  const conditions = { purpose: "sign" as const, policy: defaultReadPolicy, budget: new Budget() };
  const sources = { anchors: all.slice(0, 1), candidates: all.slice(1, -1) };
  const late = { ...conditions, ...explicit, time: all[2]!.notAfter + 1000 };
  assert.deepEqual(Object.keys(await findPath(all[2]!, sources, late)), ["kind", "faults"]);
  assert.deepEqual(Object.keys(await validatePath(all.toReversed(), late)), ["kind", "faults"]);
});

test("a mapping alone may be inhibited (RFC 5280 §4.2.1.11)", async () => {
  const below = [[policies(a), demand(null, 0)], [policies(a), mappings([a, b])], [policies(b)]];
  assert.equal(await tried(below, explicit), unsatisfied);
  assert.equal(await tried([[policies(a), demand(null, 0)], [policies(a)]], explicit), a);
});

test("anyPolicy is never mapped, either way (RFC 5280 §6.1.4 (a))", async () => {
  for (const pair of [[any, a] as const, [a, any] as const]) {
    assert.equal(await tried([[policies(any), mappings(pair)], [policies(any)]], wants(any)), unsatisfied);
  }
});

test("an authority demands policies, mappings and anyPolicy away, after some certificates (RFC 5280 §6.1.4 (h)–(j))", async () => {
  const none: readonly Bytes[] = [];
  assert.equal(await tried([[demand(0, null)], none]), unsatisfied);
  assert.equal(await tried([[demand(1, null)], none]), unsatisfied);
  assert.equal(await tried([[demand(2, null)], none]), "");
  assert.equal(await tried([[demand(1, null)], [again], none]), unsatisfied);
  assert.equal(await tried([[demand(2, null)], [again], none]), "");
  const map = (inhibit: number): Promise<string> =>
    tried([[policies(a), demand(0, inhibit)], [policies(a), mappings([a, b])], [policies(b)]]);
  assert.equal(await map(0), unsatisfied);
  assert.equal(await map(1), a);
  const skip = (count: number): Promise<string> =>
    tried([[policies(any), inhibitAny(count)], [policies(any)], [policies(a)]], explicit);
  assert.equal(await skip(0), unsatisfied);
  assert.equal(await skip(1), a);
  assert.equal(
    await tried([[policies(any)], [policies(a)]], { ...explicit, inhibitAnyPolicy: true }),
    unsatisfied,
  );
});

test("anyPolicy of a self-issued authority passes an inhibition, an end entity's does not (RFC 5280 §6.1.3 (d)(2))", async () => {
  const below = [policies(a), inhibitAny(0)];
  assert.equal(await tried([below, [policies(any), again], [policies(a)]], explicit), a);
  assert.equal(await tried([below, [policies(any), again]], explicit), unsatisfied);
});

test("the end entity may demand for itself (RFC 5280 §6.1.5 (b)), the anchor for all (RFC 5937 §3.2)", async () => {
  assert.equal(await tried([[], [demand(0, null)]]), unsatisfied);
  assert.equal(await tried([[], [demand(1, null)]]), "");
  assert.equal(await tried([[policies(a)], [policies(a)]], {}, [demand(0, null)]), a);
  assert.equal(await tried([[policies(a)], []], {}, [demand(0, null)]), unsatisfied);
  assert.equal(await tried([[policies(any)], [policies(a)]], explicit, [inhibitAny(0)]), unsatisfied);
});

test("what is critical is understood, or ends the path (RFC 5280 §4.2.1.4)", async () => {
  const qualified = (type: string, critical: boolean): Bytes => {
    const qualifier = sequence(objectIdentifier(type), utf8String("x"));
    const value = sequence(sequence(objectIdentifier(a), sequence(qualifier)));
    return extension(oid.certificatePolicies, value, critical);
  };
  assert.equal(await tried([[policies(a)], [qualified(oid.cpsQualifier, true)]]), a);
  assert.equal(await tried([[policies(a)], [qualified(oid.userNoticeQualifier, true)]]), a);
  assert.equal(await tried([[policies(a)], [qualified("1.2.3.9", false)]], explicit), a);
  const bare = extension(oid.certificatePolicies, sequence(sequence(objectIdentifier(a))), true);
  assert.equal(await tried([[policies(a)], [bare]]), a);
  assert.equal(await tried([[policies(a)], [qualified("1.2.3.9", true)]]), "critical-extension-unknown");
});

test("policies that do not parse, or stand twice, end a path that asks for them", async () => {
  const broken = [
    [policies(a, a)],
    [policies()],
    [policies(a), extension(oid.policyMappings, sequence())],
    [policies(a), extension(oid.policyMappings, sequence(sequence(objectIdentifier(a))))],
    [policies(a), extension(oid.policyConstraints, sequence())],
    [
      policies(a),
      extension(oid.policyConstraints, sequence(encode(context(2, "primitive"), Uint8Array.of(0)))),
    ],
    [policies(a), extension(oid.inhibitAnyPolicy, utf8String("0"))],
  ];
  for (const one of broken) {
    assert.equal(await tried([one, [policies(a)]], explicit), "certificate-malformed");
  }
});

test("ten authorities that map everything to everything stay small (CVE-2023-0464, RFC 9618 §3)", async () => {
  const many = Array.from({ length: 40 }, (_, i) => `1.2.3.${i}`);
  const all = many.flatMap((from) => many.map((to) => [from, to] as const));
  const layer = [policies(...many), mappings(...all)];
  const found = await tried([...Array.from({ length: 10 }, () => layer), [policies(...many)]], explicit);
  assert.equal(found.split(" ").length, 40);
});
