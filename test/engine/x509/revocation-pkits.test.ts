/**
 * NIST's PKITS where it is about CRLs (§4.4 revocation, §4.5 key rollover, §4.14 distribution points and
 * indirect CRLs, §4.15 deltas): every certificate of a path must be proven good, as the suite demands.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget } from "../../../src/engine/base/budget.js";
import { MalformedError } from "../../../src/engine/base/errors.js";
import { type Certificate, defaultReadPolicy, parseCertificate } from "../../../src/engine/index.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import type { EvidenceSource } from "../../../src/engine/x509/evidence-source.js";
import { checkRevocation } from "../../../src/engine/x509/revocation.js";
import { type CorpusCase, corpusCases, noCorpora, readCorpus } from "../../helpers/corpora.js";

const readPolicy = { ...defaultReadPolicy, minimumRsaBits: 1024 };
const time = Date.parse("2015-01-01");

function listed(row: CorpusCase, name: string): readonly string[] {
  return (new RegExp(`${name}=(\\S+)`).exec(row.keyOrCertificate)?.[1] ?? "").split(",").filter(Boolean);
}

/** @returns "valid", or the codes of what is wrong */
async function judge(row: CorpusCase): Promise<string> {
  const path: Certificate[] = [];
  for (const name of listed(row, "certs")) {
    path.push(await parseCertificate(readCorpus(`pkits/boringssl/certs/${name}.crt`)));
  }
  const crls = listed(row, "crls").map((name) => readCorpus(`pkits/boringssl/crls/${name}.crl`));
  const [anchor, endEntity] = [path[0]!, path.at(-1)!];
  const candidates = path.slice(1, -1);
  const budget = new Budget();
  const result = await findPath(
    endEntity,
    { candidates, anchors: [anchor] },
    {
      ...{ purpose: "sign", time, policy: readPolicy, budget },
      judge: async (found) => {
        const conditions = {
          time,
          policy: "required" as const,
          budget,
          evidence: from(crls),
          candidates,
          readPolicy,
        };
        return (await checkRevocation(found, conditions)).faults;
      },
    },
  );
  return result.kind === "valid" ? "valid" : result.faults.map(({ code }) => code).join(" ");
}

/** Whatever is asked, all of them are the answer: the engine must find the right ones. */
function from(crls: readonly Uint8Array<ArrayBuffer>[]): EvidenceSource {
  const evidence = crls.map((bytes) => ({ bytes, fetchedAt: time }));
  const refuse = (): never => assert.fail("nobody asks for this");
  return {
    crls: ({ kind }) =>
      Promise.resolve(kind === "complete" ? { kind: "found", evidence } : { kind: "not-asked" }),
    ocspResponse: () => Promise.resolve({ kind: "not-asked" }),
    issuers: refuse,
  };
}

const about = /^pkits\/4\.(4|5|14|15)\./;

test(
  "PKITS §4.4, §4.5, §4.14, §4.15: every path is judged by its CRLs as NIST says",
  { skip: noCorpora },
  async () => {
    const surprises: Record<string, string> = {};
    const rows = corpusCases("path").filter(({ id }) => about.test(id));
    assert.ok(rows.length > 70);
    for (const row of rows) {
      const found = await judge(row).catch((error: unknown) => {
        if (error instanceof MalformedError) return error.code;
        throw error;
      });
      if ((found === "valid") !== row.expected.startsWith("valid")) surprises[row.id] = found;
    }
    assert.deepEqual(surprises, {});
  },
);
