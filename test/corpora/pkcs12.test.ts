/**
 * Other people's PKCS #12 files, whole. `expected` in INDEX.tsv says what the source demands; where we
 * differ, exceptions.json says why, and an entry that starts to pass fails the test.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
} from "../../src/engine/base/errors.js";
import { readPkcs12 } from "../../src/engine/keys/pkcs12.js";
import { type CorpusCase, corpusCases, noCorpora, readCorpus } from "../helpers/corpora.js";

const exceptions = JSON.parse(
  readFileSync(new URL("pkcs12.exceptions.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;
const named = [DecryptionError, MalformedError, UnsupportedError, BudgetExceededError];

/** @returns undefined where it went as demanded, else what happened */
async function run(one: CorpusCase): Promise<string | undefined> {
  const password = /pw='([^']*)'/.exec(one.expected)?.[1];
  try {
    const entries = await readPkcs12(readCorpus(one.path), password ?? "");
    if (one.expected.startsWith("MUST reject")) return "opened";
    return entries.length > 0 ? undefined : "nothing found";
  } catch (error) {
    assert.ok(
      named.some((kind) => error instanceof kind),
      `${one.id}: ${String((error as Error).stack)}`,
    );
    return one.expected.startsWith("MUST reject") ? undefined : String(error);
  }
}

test(
  "PKCS #12 files of .NET, the IETF, MimeKit and OpenSSL open, or are refused, as their sources demand",
  { skip: noCorpora },
  async () => {
    const surprises: Record<string, string | undefined> = {};
    for (const one of corpusCases("p12")) {
      const outcome = await run(one);
      if ((outcome === undefined) === one.id in exceptions)
        surprises[one.id] = outcome ?? "passes now: remove the exception";
    }
    assert.deepEqual(surprises, {});
  },
);
