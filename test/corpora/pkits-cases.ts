/**
 * NIST's PKITS, every path of it with the inputs that it names (RFC 5280 §6.1.1): its policies and its CRLs,
 * which must tell of each certificate that it is good. The suite is from 2011: RSA-1024 and DSA with SHA-1
 * are let pass here. Its certificates state no purpose, so that they suit mail.
 */
import { Budget } from "../../src/engine/base/budget.js";
import { BudgetExceededError, MalformedError } from "../../src/engine/base/errors.js";
import { type Certificate, defaultReadPolicy, parseCertificate } from "../../src/engine/index.js";
import { checkRevocation } from "../../src/engine/x509/revocation.js";
import { findPath } from "../../src/engine/x509/build-path.js";
import type { PathConditions } from "../../src/engine/x509/path-conditions.js";
import { type CorpusCase, readCorpus } from "../helpers/corpora.js";
import { crlsAsEvidence } from "../helpers/crl-evidence.js";
import { type CaseFunctions, asDemanded, otherwise } from "./case.js";

const policy = { ...defaultReadPolicy, minimumRsaBits: 1024, weakDigests: [], dsa: "verify" as const };
const time = Date.parse("2015-01-01");

function inputs({ keyOrCertificate }: CorpusCase): ReadonlyMap<string, string> {
  return new Map(keyOrCertificate.split(" ").map((word) => word.split("=") as [string, string]));
}

function policySet(names: string): ReadonlySet<string> | undefined {
  if (names === "any") return undefined;
  // NIST's CSOR: test policies 1 to 10.
  return new Set(names.split(",").map((one) => `2.16.840.1.101.3.2.1.48.${one.split("-").at(-1)!}`));
}

function conditionsOf(
  given: ReadonlyMap<string, string>,
  candidates: readonly Certificate[],
): PathConditions {
  const userInitialPolicySet = policySet(given.get("policy")!);
  const budget = new Budget({ ...policy.limits, signatures: 1_000 });
  const crls = given.get("crls")!.split(",");
  const evidence = crlsAsEvidence(crls.map((name) => readCorpus(`pkits/boringssl/crls/${name}.crl`)));
  return {
    purpose: "sign",
    time,
    policy,
    budget,
    judge: async (path) =>
      (
        await checkRevocation(path, {
          time,
          policy: "required",
          budget,
          evidence,
          candidates,
          readPolicy: policy,
        })
      ).faults,
    requireExplicitPolicy: given.get("explicit") === "1",
    inhibitPolicyMapping: given.get("inhibit_map") === "1",
    inhibitAnyPolicy: given.get("inhibit_any") === "1",
    ...(userInitialPolicySet === undefined ? {} : { userInitialPolicySet }),
  };
}

/** @returns "valid", or the codes of what is wrong */
async function judge(row: CorpusCase): Promise<string> {
  const given = inputs(row);
  try {
    const path: Certificate[] = [];
    for (const name of given.get("certs")!.split(","))
      path.push(await parseCertificate(readCorpus(`pkits/boringssl/certs/${name}.crt`)));
    const sources = { candidates: path.slice(1, -1), anchors: path.slice(0, 1) };
    const result = await findPath(path.at(-1)!, sources, conditionsOf(given, path));
    return result.kind === "valid" ? "valid" : result.faults.map(({ code }) => code).join(" ");
  } catch (error) {
    if (error instanceof MalformedError || error instanceof BudgetExceededError) return error.code;
    throw error;
  }
}

export const pkitsCases: CaseFunctions = {
  matches: ({ kind, path }) => kind === "path" && path.startsWith("pkits/"),
  async run(row) {
    const found = await judge(row);
    return (found === "valid") === row.expected.startsWith("valid") ? asDemanded : otherwise(found);
  },
};
