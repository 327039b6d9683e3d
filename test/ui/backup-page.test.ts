/** The backup on the stage: the word that reminds, the code, two groups of it typed back. And the list of old keys. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { BackupStatus } from "../../src/protocol/messages.js";
import { askedOf, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { alice, answer, oldAlice, optionsScenes } from "./scenes.js";
import { Stage, type Scene } from "./stage.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

const scene: Scene = {
  ...optionsScenes["home"]!,
  "backup:make": answer({ file: crypto.randomUUID(), fingerprints: ["ab".repeat(32)], left: [] }),
  "backup:made": answer({ state: "made", since: "2026-11-22T12:00:00Z", remind: false }),
  "backup:later": answer({ state: "missing", since: null, remind: false }),
};

const said = (page: Page, words: string): Promise<unknown> =>
  page.waitForFunction((wanted: string) => document.body.innerText.includes(wanted), {}, words);

/** To the code, by keyboard. */
async function begun(): Promise<{ readonly page: Page; readonly groups: readonly string[] }> {
  const page = await stage.play("options", scene, { width: 900 });
  await said(page, "There is no backup of your keys.");
  await page.focus("#backup-reminder button.primary");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#backup input[type=password]");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await said(page, "Your recovery code");
  const code = await page.$eval(".recovery-code", (node) => node.textContent ?? "");
  return { page, groups: code.split("-") };
}

async function typeBack(page: Page, groups: readonly string[]): Promise<void> {
  const labels = await page.$$eval("#backup form label", (nodes) =>
    nodes.map((node) => node.textContent ?? ""),
  );
  const inputs = await page.$$("#backup form input");
  for (const [index, label] of labels.entries()) {
    await inputs[index]!.evaluate((input) => ((input as HTMLInputElement).value = ""));
    await inputs[index]!.type(groups[Number(/\d/.exec(label)![0]) - 1]!);
  }
  await page.keyboard.press("Enter");
}

test("the reminder leads to the code, and the backup counts when two groups were typed back", async () => {
  const { page, groups } = await begun();
  assert.equal(groups.length, 7);
  assert.deepEqual(await violations(page), []);
  const made = (await askedOf(page)).find(({ ask }) => ask === "backup:make")?.params;
  assert.deepEqual(made, { passphrase: "correct horse battery", code: groups.join("-") });
  const written = await page.waitForSelector("#backup-written");
  const isOff = (): Promise<boolean> => written!.evaluate((button) => (button as HTMLButtonElement).disabled);
  assert.ok(await isOff(), "a code without its file is no backup");
  await page.click("#backup-save");
  await page.waitForSelector("#backup-written:enabled");
  await page.click("#backup-written");
  assert.ok(
    !(await wordsOf(page)).includes(groups.join("-")),
    "whoever types it back reads it from the paper",
  );
  await typeBack(
    page,
    groups.map(() => "0000"),
  );
  await said(page, "That is not what the code says");
  assert.deepEqual(await violations(page), []);
  await typeBack(
    page,
    groups.map((group) => group.toLowerCase()),
  );
  await waitUntilAsked(page, "backup:made");
  await said(page, "The backup is complete.");
  assert.ok(!(await page.content()).includes(groups.join("-")), "the code is gone");
  await page.close();
});

test("whoever gives up has no backup, and the next code is another", async () => {
  const { page, groups } = await begun();
  await page.click("#backup .row button.quiet");
  assert.ok(!(await page.content()).includes(groups.join("-")));
  assert.ok(!(await askedOf(page)).some(({ ask }) => ask === "backup:made"));
  const next = await begun();
  assert.notDeepEqual(next.groups, groups);
  await Promise.all([page.close(), next.page.close()]);
});

test("the reminder can be put off", async () => {
  const page = await stage.play("options", scene, { width: 900 });
  await said(page, "Remind me in two weeks");
  await page.click("#backup-reminder button.quiet");
  await waitUntilAsked(page, "backup:later");
  await page.close();
});

test("where a backup is complete there is no reminder", async () => {
  const made = answer<BackupStatus>({ state: "made", since: "2026-11-22T12:00:00Z", remind: false });
  const page = await stage.play("options", { ...scene, "backup:status": made }, { width: 900 });
  await said(page, "All your keys are in the backup of");
  assert.equal(await page.$("#backup-reminder button"), null);
  await page.close();
});

test("an expired key and one that was replaced stand among the old keys; the one in use does not", async () => {
  const replaced = {
    ...alice,
    certificate: {
      ...alice.certificate,
      fingerprint: "b1".repeat(32),
      notBefore: "2019-01-01T00:00:00Z",
      notAfter: "2999-01-01T00:00:00Z",
    },
  };
  const current = { ...alice, certificate: { ...alice.certificate, notAfter: "2999-01-01T00:00:00Z" } };
  const list = answer([current, oldAlice, replaced]);
  const page = await stage.play("options", { ...scene, "identity:list": list }, { width: 900 });
  await said(page, "Old keys");
  const counts = await page.evaluate(() => [
    document.querySelectorAll("#old-keys .entry").length,
    document.querySelectorAll("#identities .entry").length,
  ]);
  assert.deepEqual(counts, [2, 3]);
  await page.click("#old-keys .entry button.danger");
  await page.waitForSelector("dialog[open]");
  assert.match(await wordsOf(page), /valid from .* to .*, issued by .*There is no way back without a backup/);
  await page.close();
});
