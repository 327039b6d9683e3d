/** A real Thunderbird killed in the middle of writing keys, three times over one profile; `npm run torture` does more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { killRoundsInThunderbird } from "../../helpers/killing/thunderbird.js";

test("killed in the middle of imports, removals, restores and new passphrases: nothing that was done is lost", async (context) => {
  const { rounds, done, undone, inside } = await killRoundsInThunderbird(3);
  assert.equal(done + undone, rounds);
  context.diagnostic(`killed ${rounds} times, ${inside} of them inside a write; none lost`);
});
