/**
 * Certification path validation (RFC 5280 §6.1) for mail (RFC 8550 §4): from a trust anchor down to an
 * end entity, at a given time and for a given use. Fails closed: what we do not understand and is
 * critical ends the path. This file is the order of the steps; the rules of single certificates are
 * `path-checks.ts`. Building is `build-path.ts`; revocation (§6.3) is `revocation.ts`.
 */
import type { Budget } from "../base/budget.js";
import { oid } from "../base/oid.js";
import type { Fault } from "../fault/faults.js";
import { checkCertificateSignature } from "./certificate-signature.js";
import type { Certificate } from "./certificate.js";
import { asPathFault, checkCertificateAt } from "./path-checks.js";
import type { PathConditions, PathResult, ValidatedPath } from "./path-conditions.js";

export type { PathConditions, PathResult, Purpose, ValidPolicies, ValidatedPath } from "./path-conditions.js";

/**
 * @param given end entity first; the last is an anchor that the caller has been given as trusted
 * @returns every fault that was found, not only the first; of a path that nobody signed, only the cheap ones
 * @throws BudgetExceededError
 */
export async function validatePath(
  given: readonly Certificate[],
  conditions: PathConditions,
): Promise<PathResult> {
  conditions.budget.require("pathLength", given.length);
  if (given.length === 0) return { kind: "failed", faults: [{ code: "path-not-found" }] };
  // §6.1.4 (d)–(f)
  const path =
    conditions.policy.dsa === "verify" ? (await import("./dsa.js")).withInheritedParameters(given) : given;
  // §6.1.3 (a)(1), side by side: the platform verifies on several threads.
  const signatures = await Promise.all(
    path.slice(1).map((issuer, index) => checkCertificateSignature(path[index]!, issuer, conditions)),
  );
  // §6.1.3 (a)(2), (4), §6.1.4 (k)–(o), §6.1.5 (f)
  const faults = path.flatMap((certificate, index) => [
    ...checkCertificateAt(certificate, { path, index, conditions }),
    ...(signatures[index] === undefined ? [] : [signatures[index]]),
  ]);
  // What follows may cost much: only authorities whose signatures lead to the anchor may make us pay it.
  if (signatures.some((fault) => fault !== undefined)) return { kind: "failed", faults };
  // §6.1.3 (b), (c), §6.1.4 (g)
  faults.push(...(await checkNames(path, conditions.budget)));
  if (!needsPolicies(path, conditions)) return asResult(path, faults);
  // §6.1.3 (d)–(f), §6.1.4 (a), (b), (h)–(j), §6.1.5 (a), (b), (g)
  const result = await policiesOf(path, conditions);
  if (result.kind === "failed") faults.push(...result.faults);
  const judged = asResult(path, faults);
  return judged.kind === "valid" && result.kind === "valid"
    ? { ...judged, policies: result.policies }
    : judged;
}

function asResult(path: readonly Certificate[], faults: readonly Fault[]): PathResult {
  return faults.length > 0 ? { kind: "failed", faults } : { kind: "valid", path: path as ValidatedPath };
}

// ------------------------------------------------------------------ names

/** Few authorities have constraints; the code that compares is loaded for those. @throws BudgetExceededError */
async function checkNames(path: readonly Certificate[], budget: Budget): Promise<readonly Fault[]> {
  if (!path.some(({ extensions }) => extensions.has(oid.nameConstraints))) return [];
  const { checkNameConstraints } = await import("./name-constraints.js");
  return checkNameConstraints(path, budget);
}

// ------------------------------------------------------------------ policies

const policyExtensions: readonly string[] = [
  oid.certificatePolicies,
  oid.policyMappings,
  oid.inhibitAnyPolicy,
];

/**
 * Without a demand for an explicit policy, the caller's or an authority's, policies cannot fail a path
 * (§6.1.5 (g)). What is critical has to be read all the same.
 */
function needsPolicies(path: readonly Certificate[], conditions: PathConditions): boolean {
  const { userInitialPolicySet, requireExplicitPolicy } = conditions;
  const asked = [requireExplicitPolicy, conditions.inhibitPolicyMapping, conditions.inhibitAnyPolicy];
  if (userInitialPolicySet !== undefined || asked.includes(true)) return true;
  return path.some(
    ({ extensions }) =>
      extensions.has(oid.policyConstraints) ||
      policyExtensions.some((name) => extensions.get(name)?.critical === true),
  );
}

async function policiesOf(path: readonly Certificate[], conditions: PathConditions) {
  const { validatePolicies } = await import("./policy-graph.js");
  try {
    return validatePolicies(path, conditions);
  } catch (error) {
    return { kind: "failed" as const, faults: [asPathFault(error)] };
  }
}
