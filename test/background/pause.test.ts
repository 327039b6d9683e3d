/** Long work in pieces: who waits is heard between two of them. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { pauses } from "../../src/background/pause.js";

test("after a long piece timers fire, and after a short one nobody waits", async () => {
  let fired = 0;
  const timer = setInterval(() => fired++, 1);
  try {
    const pause = pauses();
    await pause();
    assert.equal(fired, 0);
    for (let piece = 1; piece <= 3; piece++) {
      for (const begun = performance.now(); performance.now() - begun < 60;);
      await Promise.resolve();
      const before = fired;
      await pause();
      assert.ok(fired > before, `after piece ${piece}`);
    }
  } finally {
    clearInterval(timer);
  }
});
