/**
 * x509-limbo: paths of the web's PKI, of which S/MIME shares RFC 5280. Judged with the purpose that each case
 * names (TLS server or client) in place of e-mail; whom a certificate speaks for is not compared, because
 * that is TLS's rule. What binds the web alone stands in exceptions.json, by group, with the reason.
 */
import { Budget, defaultLimits } from "../../src/engine/base/budget.js";
import { BudgetExceededError, MalformedError } from "../../src/engine/base/errors.js";
import { type Bytes, type Certificate, defaultReadPolicy, readCertificates } from "../../src/engine/index.js";
import { findPath } from "../../src/engine/x509/build-path.js";
import type { PathConditions } from "../../src/engine/x509/path-conditions.js";
import { checkRevocation } from "../../src/engine/x509/revocation.js";
import { noCorpora, readCorpus } from "../helpers/corpora.js";
import { crlsAsEvidence } from "../helpers/crl-evidence.js";
import { type CaseFunctions, asDemanded, otherwise } from "./case.js";

interface LimboCase {
  readonly id: string;
  readonly validation_kind: "SERVER" | "CLIENT";
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly extended_key_usage: readonly string[];
  readonly expected_result: "SUCCESS" | "FAILURE";
  readonly max_chain_depth: number | null;
  readonly crls: readonly string[];
}

let known: ReadonlyMap<string, LimboCase> | null = null;

function limboCase(id: string): LimboCase {
  if (noCorpora !== false) throw new Error("no corpora");
  if (known === null) {
    const file = new TextDecoder().decode(readCorpus("path/limbo.json"));
    const { testcases } = JSON.parse(file) as { readonly testcases: readonly LimboCase[] };
    known = new Map(testcases.map((one) => [`limbo/${one.id}`, one]));
  }
  return known.get(id)!;
}

async function certificates(list: readonly string[]): Promise<readonly Certificate[]> {
  const found: Certificate[] = [];
  for (const pem of list) {
    try {
      found.push(...(await readCertificates(new Uint8Array(Buffer.from(pem)))));
    } catch (error) {
      // Of a message's certificates, those that do not parse are left out.
      if (!(error instanceof MalformedError)) throw error;
    }
  }
  return found;
}

/** Without a time of its own a case is judged now; this is when the file was made. */
const made = "2025-06-01T00:00:00Z";

function conditionsOf(one: LimboCase): PathConditions {
  const time = Date.parse(one.validation_time ?? made);
  // Their depth counts intermediates.
  const pathLength = one.max_chain_depth === null ? defaultLimits.pathLength : one.max_chain_depth + 2;
  const budget = new Budget({ ...defaultLimits, pathLength });
  return {
    purpose: "sign",
    time,
    policy: defaultReadPolicy,
    extendedKeyUsage: one.validation_kind === "SERVER" ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2",
    budget,
    ...(one.crls.length === 0 ? {} : { judge: judgeByCrls(one, time, budget) }),
  };
}

function derOf(pem: string): Bytes {
  return new Uint8Array(Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64"));
}

function judgeByCrls(one: LimboCase, time: number, budget: Budget): NonNullable<PathConditions["judge"]> {
  const evidence = crlsAsEvidence(one.crls.map(derOf));
  return async (path) => (await checkRevocation(path, { time, policy: "required", budget, evidence })).faults;
}

/** @returns "" where a path holds, else the codes of what is wrong */
async function judge(one: LimboCase): Promise<string> {
  const [endEntity] = await certificates([one.peer_certificate]);
  if (endEntity === undefined) return "certificate-malformed";
  const sources = {
    anchors: await certificates(one.trusted_certs),
    candidates: await certificates(one.untrusted_intermediates),
  };
  try {
    const result = await findPath(endEntity, sources, conditionsOf(one));
    return result.kind === "valid" ? "" : result.faults.map(({ code }) => code).join(" ");
  } catch (error) {
    if (error instanceof BudgetExceededError) return error.code;
    throw error;
  }
}

export const limboCases: CaseFunctions = {
  matches: ({ path }) => path === "path/limbo.json",
  async run({ id }) {
    const one = limboCase(id);
    const found = await judge(one);
    return (found === "") === (one.expected_result === "SUCCESS") ? asDemanded : otherwise(found || "valid");
  },
};
