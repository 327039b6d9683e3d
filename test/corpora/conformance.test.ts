/** `npm run conformance` as tests, one a corpus. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { noCorpora } from "../helpers/corpora.js";
import { corpora, runCorpus, staleExceptions } from "./conformance.js";

test("every exception names a case that exists", { skip: noCorpora }, () => {
  assert.deepEqual(staleExceptions(), []);
});

for (const [name, rows] of corpora()) {
  test(`${name}: every case as its source demands, but for the exceptions`, async () => {
    const { surprises, cases, asExpected, exceptions } = await runCorpus(name, rows);
    assert.deepEqual(surprises, {});
    assert.equal(asExpected + exceptions, cases);
  });
}
