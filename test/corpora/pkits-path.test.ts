/**
 * NIST's PKITS, every path of it, against our validator. What is missing yet (revocation, certificate
 * policies, DSA, names of hosts) stands in pkits-path.exceptions.json with its reason; an entry that
 * starts to pass fails the test. RSA-1024 is let pass here: the suite is from 2011.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Budget } from "../../src/engine/base/budget.js";
import { MalformedError } from "../../src/engine/base/errors.js";
import { type Certificate, defaultReadPolicy, parseCertificate } from "../../src/engine/index.js";
import { findPath } from "../../src/engine/x509/build-path.js";
import { type CorpusCase, corpusCases, noCorpora, readCorpus } from "../helpers/corpora.js";

const exceptions = JSON.parse(
  readFileSync(new URL("pkits-path.exceptions.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;
const policy = { ...defaultReadPolicy, minimumRsaBits: 1024 };
const time = Date.parse("2015-01-01");

/** @returns "valid", or the codes of what is wrong */
async function judge({ keyOrCertificate }: CorpusCase): Promise<string> {
  const names = /certs=(\S+)/.exec(keyOrCertificate)![1]!.split(",");
  try {
    const path: Certificate[] = [];
    for (const name of names)
      path.push(await parseCertificate(readCorpus(`pkits/boringssl/certs/${name}.crt`)));
    const [anchor, endEntity] = [path[0]!, path.at(-1)!];
    const sources = { candidates: path.slice(1, -1), anchors: [anchor] };
    const conditions = { purpose: "sign" as const, time, policy, budget: new Budget() };
    const result = await findPath(endEntity, sources, conditions);
    return result.kind === "valid" ? "valid" : result.faults.map(({ code }) => code).join(" ");
  } catch (error) {
    if (error instanceof MalformedError) return error.code;
    throw error;
  }
}

test("PKITS: every path is judged as NIST says, but for the exceptions", { skip: noCorpora }, async () => {
  const surprises: Record<string, string> = {};
  for (const one of corpusCases("path").filter(({ path }) => path.startsWith("pkits/"))) {
    const found = await judge(one);
    const agrees = (found === "valid") === one.expected.startsWith("valid");
    if (agrees === one.id in exceptions)
      surprises[one.id] = agrees ? "passes now: remove the exception" : found;
  }
  assert.deepEqual(surprises, {});
});
