/** An organisation's policy in a real Chromium: a managed policy file, checked by Chromium against our schema. */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import puppeteer from "puppeteer-core";
import { root } from "../../../src/build/sources.js";
import { chromiumPolicy } from "../../helpers/browsers/managed.js";
import { policyStory } from "../../helpers/browsers/policy-story.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

test("a managed policy file arrives in Chromium", { timeout: 120_000 }, async (t) => {
  const folder = await temporaryFolder();
  // A copy: its id comes from its path, so that no other Chromium with Signet is managed meanwhile.
  const addon = join(folder.path, "signet");
  cpSync(`${root}dist/chrome`, addon, { recursive: true });
  const values = { revocation: "never", unlockMinutes: "30", minimumRsaBits: 3072, encryptInside: ["nodot"] };
  const policy = chromiumPolicy(addon, values);
  if (policy === null) return t.skip("the machine's policies may not be written here");
  const browser = await puppeteer.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
    enableExtensions: [addon],
    pipe: true,
  });
  try {
    const worker = await browser.waitForTarget((target) => target.type() === "service_worker");
    const page = await browser.newPage();
    await page.goto(`chrome-extension://${new URL(worker.url()).host}/pages/options/options.html`);
    assert.deepEqual(await policyStory(page), {
      settings: ["revocation", "unlockMinutes"],
      problems: ["encryptInside"],
      revocation: "never",
      unlockMinutes: 30,
      change: "set-by-organisation",
    });
  } finally {
    policy.remove();
    await browser.close();
    await folder.remove();
  }
});
