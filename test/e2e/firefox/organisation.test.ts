/** An organisation's policy in a real Firefox: policies.json beside the program. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { root } from "../../../src/build/sources.js";
import { openFirefox } from "../../helpers/browsers/driven.js";
import { type Prepared, geckoWithFile, geckoWithPolicy } from "../../helpers/browsers/managed.js";
import { policyStory } from "../../helpers/browsers/policy-story.js";

const installed = "/usr/lib/firefox-esr/firefox-esr";

async function storyWith(program: Prepared): Promise<object> {
  const browser = await openFirefox(program.path).catch((error: unknown) => {
    program.remove();
    throw error;
  });
  try {
    return await policyStory(await browser.open("/pages/options/options.html"));
  } finally {
    await browser.close();
    program.remove();
  }
}

test("what policies.json says arrives in Firefox", { timeout: 120_000 }, async () => {
  const values = { revocation: "never", unlockMinutes: 30, minimumRsaBits: 3072, encryptInside: ["nodot"] };
  assert.deepEqual(await storyWith(geckoWithPolicy(installed, values)), {
    settings: ["revocation", "unlockMinutes"],
    problems: ["encryptInside"],
    revocation: "never",
    unlockMinutes: 30,
    change: "set-by-organisation",
  });
});

test("the ready file counts in Firefox as it stands in docs/policies", { timeout: 120_000 }, async () => {
  const file = readFileSync(`${root}docs/policies/firefox-policies.json`, "utf8");
  assert.deepEqual(await storyWith(geckoWithFile(installed, file)), {
    settings: ["idleMinutes", "revocation"],
    problems: [],
    revocation: "crl",
    unlockMinutes: 60,
    change: "set-by-organisation",
  });
});
