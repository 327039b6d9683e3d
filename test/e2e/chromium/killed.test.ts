/** A real Chromium killed in the middle of writing, seven times over one profile; `npm run torture` does a hundred. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { killRoundsInChromium } from "../../helpers/killing/in-chromium.js";

test("killed in the middle of imports, removals, restores and new passphrases: nothing that was done is lost", async (context) => {
  const { rounds, done, undone, inside } = await killRoundsInChromium(7);
  assert.equal(done + undone, rounds);
  context.diagnostic(`killed ${rounds} times, ${inside} of them inside a write; none lost`);
});
