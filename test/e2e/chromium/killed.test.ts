/** A real Chromium killed in the middle of writing, ten times over one profile; `npm run torture` does a hundred. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { killRounds } from "../../helpers/browsers/kill-rounds.js";

test("killed in the middle of imports, removals, restores and new passphrases: nothing that was done is lost", async () => {
  const { rounds, done, undone } = await killRounds(10);
  assert.equal(done + undone, rounds);
});
