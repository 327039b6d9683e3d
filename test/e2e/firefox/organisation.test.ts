/** An organisation's policy in a real Firefox: policies.json beside the program. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openFirefox } from "../../helpers/browsers/driven.js";
import { geckoWithPolicy } from "../../helpers/browsers/managed.js";
import { policyStory } from "../../helpers/browsers/policy-story.js";

test("what policies.json says arrives in Firefox", { timeout: 120_000 }, async () => {
  const values = { revocation: "never", unlockMinutes: 30, minimumRsaBits: 3072, encryptInside: ["nodot"] };
  const program = geckoWithPolicy("/usr/lib/firefox-esr/firefox-esr", values);
  const browser = await openFirefox(program.path).catch((error: unknown) => {
    program.remove();
    throw error;
  });
  try {
    const page = await browser.open("/pages/options/options.html");
    assert.deepEqual(await policyStory(page), {
      settings: ["revocation", "unlockMinutes"],
      problems: ["encryptInside"],
      revocation: "never",
      unlockMinutes: 30,
      change: "set-by-organisation",
    });
  } finally {
    await browser.close();
    program.remove();
  }
});
