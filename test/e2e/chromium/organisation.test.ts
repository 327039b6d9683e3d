/** An organisation's policy in a real Chromium: a managed policy file, checked by Chromium against our schema. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import puppeteer from "puppeteer-core";
import { root } from "../../../src/build/sources.js";
import { type Prepared, chromiumFile, chromiumPolicy } from "../../helpers/browsers/managed.js";
import { policyStory } from "../../helpers/browsers/policy-story.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

/** @param prepare for the add-on of that folder. @returns null where the machine's policies may not be written */
async function storyWith(prepare: (addon: string) => Prepared | null): Promise<object | null> {
  const folder = await temporaryFolder();
  // A copy: its id comes from its path, so that no other Chromium with Signet is managed meanwhile.
  const addon = join(folder.path, "signet");
  cpSync(`${root}dist/chrome`, addon, { recursive: true });
  const policy = prepare(addon);
  if (policy === null) return null;
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
    return await policyStory(page);
  } finally {
    policy.remove();
    await browser.close();
    await folder.remove();
  }
}

test("a managed policy file arrives in Chromium", { timeout: 120_000 }, async (t) => {
  const values = { revocation: "never", unlockMinutes: "30", minimumRsaBits: 3072, encryptInside: ["nodot"] };
  const story = await storyWith((addon) => chromiumPolicy(addon, values));
  if (story === null) return t.skip("the machine's policies may not be written here");
  assert.deepEqual(story, {
    settings: ["revocation", "unlockMinutes"],
    problems: ["encryptInside"],
    revocation: "never",
    unlockMinutes: 30,
    change: "set-by-organisation",
  });
});

test(
  "the ready file counts in Chromium as it stands in docs/policies, with the add-on's id put in",
  { timeout: 120_000 },
  async (t) => {
    const file = readFileSync(`${root}docs/policies/chrome-managed.json`, "utf8");
    const story = await storyWith((addon) => chromiumFile(addon, file));
    if (story === null) return t.skip("the machine's policies may not be written here");
    assert.deepEqual(story, {
      settings: ["idleMinutes", "revocation"],
      problems: [],
      revocation: "crl",
      unlockMinutes: 60,
      change: "set-by-organisation",
    });
  },
);
