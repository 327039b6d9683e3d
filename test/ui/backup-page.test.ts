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
  "backup:make": answer({
    file: crypto.randomUUID(),
    fingerprints: ["ab".repeat(32)],
    left: [],
    waiting: [],
  }),
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

const removed = async (page: Page): Promise<boolean> =>
  (await askedOf(page)).some(({ ask }) => ask === "identity:remove");

test("a key goes only after a second step, by keyboard alone: what is lost, whether a backup has it, and a tick", async () => {
  const status = answer<BackupStatus>({ state: "missing", since: null, remind: false, missing: [] });
  const page = await stage.play("options", { ...scene, "backup:status": status }, { width: 900 });
  await page.waitForSelector("#identities .danger");
  await page.focus("#identities .danger");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  const words = await page.$eval("dialog", (dialog) => dialog.innerText);
  assert.match(words, /no longer be read here, old mail|can then no longer be read here/);
  assert.match(words, /How many messages that is, Signet cannot say/);
  assert.match(words, /The key is in no backup that Signet made/);
  assert.deepEqual(await violations(page), []);
  const focus = async (selector: string): Promise<void> => {
    for (let presses = 0; presses < 6; presses++) {
      if (await page.evaluate((which: string) => document.activeElement?.matches(which), selector)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`${selector} is not reached`);
  };
  assert.ok(await page.$("dialog button.danger:disabled"), "one click is too little");
  await focus("dialog input[type=checkbox]");
  await page.keyboard.press("Space");
  await focus("dialog button.danger");
  assert.equal(await removed(page), false);
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "identity:remove");
  await page.close();
});

test("whoever turns away at the tick keeps the key; a key that is in a backup says so", async () => {
  const since = "2026-11-22T12:00:00Z";
  const made = answer<BackupStatus>({ state: "made", since, remind: false });
  const page = await stage.play("options", { ...scene, "backup:status": made }, { width: 900 });
  await page.waitForSelector("#identities .danger");
  await page.click("#identities .danger");
  await page.waitForSelector("dialog[open]");
  assert.match(await page.$eval("dialog", (dialog) => dialog.innerText), /The key is in the backup of/);
  await page.click("dialog input[type=checkbox]");
  await page.click("dialog input[type=checkbox]");
  assert.ok(await page.$("dialog button.danger:disabled"));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog") === null);
  assert.equal(await removed(page), false);
  await page.close();
});

test("PBMAC1 is for who asks for it (RFC 9579)", async () => {
  const page = await stage.play("options", scene, { width: 900 });
  await page.waitForSelector("#backup-pbmac1");
  await page.click("#backup-pbmac1");
  await page.click("#backup-make");
  await page.waitForSelector("#backup input[type=password]");
  await page.type("#backup input[type=password]", "correct horse battery");
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "backup:make");
  const wish = (await askedOf(page)).find(({ ask }) => ask === "backup:make")?.params;
  assert.equal((wish as { mac?: string }).mac, "pbmac1");
  await page.close();
});
