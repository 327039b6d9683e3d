/**
 * Paths at random: policies by our graph as by RFC 5280's own tree; extensions of any octets never make
 * validation throw, and what is broken and binds never holds.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Budget } from "../../src/engine/base/budget.js";
import { BudgetExceededError } from "../../src/engine/base/errors.js";
import { context } from "../../src/engine/base/der-reader.js";
import { encode, objectIdentifier, sequence, smallInteger } from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { type Bytes, type Certificate, defaultReadPolicy } from "../../src/engine/index.js";
import { validatePolicies } from "../../src/engine/x509/policy-graph.js";
import { validatePath } from "../../src/engine/x509/validate-path.js";
import { authority, extension, forgeCertificate, name } from "../helpers/forge-certificate.js";
import { type PolicyInputs, type PolicyStatements, any, byTree } from "../helpers/policy-tree.js";

const runs = Number(process.env["SIGNET_FUZZ_RUNS"] ?? 200);
const time = Date.parse("2026-06-01");
const { certificate: template } = await forgeCertificate();

const policy = fc.constantFrom("1.2.3.1", "1.2.3.2", "1.2.3.3", any);
const count = fc.option(fc.nat({ max: 2 }), { freq: 3 });
const statements: fc.Arbitrary<PolicyStatements> = fc.record({
  policies: fc.option(fc.uniqueArray(policy, { minLength: 1 }), { freq: 6 }),
  mappings: fc.array(fc.tuple(policy, policy), { maxLength: 3 }),
  explicit: count,
  inhibitMapping: count,
  inhibitAny: count,
  selfIssued: fc.boolean(),
});
const inputs: fc.Arbitrary<PolicyInputs> = fc.record({
  wanted: fc.option(fc.uniqueArray(fc.constantFrom("1.2.3.1", "1.2.3.2", "1.2.3.3"), { minLength: 1 })),
  explicit: fc.boolean(),
  inhibitMapping: fc.boolean(),
  inhibitAny: fc.boolean(),
});

function extensionsOf(one: PolicyStatements): Certificate["extensions"] {
  const found = new Map<string, { critical: boolean; value: Bytes }>();
  const add = (type: string, value: Bytes): unknown => found.set(type, { critical: false, value });
  const field = (tag: number, value: number | null): Bytes[] =>
    value === null ? [] : [encode(context(tag, "primitive"), Uint8Array.of(value))];
  if (one.policies !== null) {
    add(oid.certificatePolicies, sequence(...one.policies.map((each) => sequence(objectIdentifier(each)))));
  }
  if (one.mappings.length > 0) {
    add(oid.policyMappings, sequence(...one.mappings.map((pair) => sequence(...pair.map(objectIdentifier)))));
  }
  const fields = [...field(0, one.explicit), ...field(1, one.inhibitMapping)];
  if (fields.length > 0) add(oid.policyConstraints, sequence(...fields));
  if (one.inhibitAny !== null) add(oid.inhibitAnyPolicy, smallInteger(one.inhibitAny));
  return found;
}

function asPath(list: readonly PolicyStatements[]): readonly Certificate[] {
  const below = list.map((one, i): Certificate => {
    const [issuer, subject] = [name(String(i)), name(one.selfIssued ? String(i) : String(i + 1))];
    return { ...template, issuer, subject, extensions: extensionsOf(one) } as Certificate;
  });
  return [...below.reverse(), { ...template, extensions: new Map() }];
}

test("policies are those of RFC 5280's tree, for any statements and inputs (RFC 9618)", () => {
  const property = fc.property(
    fc.array(statements, { minLength: 1, maxLength: 4 }),
    inputs,
    (list, { wanted, explicit, inhibitMapping, inhibitAny }) => {
      const expected = byTree(list, { wanted, explicit, inhibitMapping, inhibitAny });
      const result = validatePolicies(asPath(list), {
        purpose: "sign",
        time,
        policy: defaultReadPolicy,
        budget: new Budget(),
        requireExplicitPolicy: explicit,
        inhibitPolicyMapping: inhibitMapping,
        inhibitAnyPolicy: inhibitAny,
        ...(wanted === null ? {} : { userInitialPolicySet: new Set(wanted) }),
      });
      assert.deepEqual(result.kind === "valid" ? result.policies.userConstrained : null, expected);
    },
  );
  fc.assert(property, { numRuns: 20 * runs });
});

const binding = fc.constantFrom(
  oid.basicConstraints,
  oid.keyUsage,
  oid.extendedKeyUsage,
  oid.nameConstraints,
  oid.certificatePolicies,
  oid.policyMappings,
  oid.policyConstraints,
  oid.inhibitAnyPolicy,
  oid.subjectAltName,
);

test("extensions of any octets never make validation throw, and do not pass where they bind", async () => {
  const root = await forgeCertificate({ subject: name("R"), extensions: [authority] });
  const property = fc.asyncProperty(
    fc.tuple(binding, binding),
    fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 })),
    async ([above, below], [first, second]) => {
      const own = above === oid.basicConstraints ? [] : [authority];
      const odd = (type: string, octets: Uint8Array): Bytes => extension(type, new Uint8Array(octets));
      const middle = await forgeCertificate({ by: root, extensions: [...own, odd(above, first)] });
      const end = await forgeCertificate({ by: middle, extensions: [odd(below, second)] });
      const path = [end.certificate, middle.certificate, root.certificate];
      try {
        const conditions = {
          purpose: "sign" as const,
          time,
          policy: defaultReadPolicy,
          budget: new Budget(),
        };
        const { kind } = await validatePath(path, { ...conditions, requireExplicitPolicy: true });
        assert.equal(kind, "failed");
      } catch (error) {
        if (!(error instanceof BudgetExceededError)) throw error;
      }
    },
  );
  await fc.assert(property, { numRuns: runs });
});
