/** The settings, on the stage: every state, and what a person does with keyboard and mouse. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { askedOf, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { testEveryState } from "./every-state.js";
import { optionsScenes } from "./scenes.js";
import { Stage } from "./stage.js";

let stage: Stage;
let folder: string;
before(async () => {
  stage = await Stage.open();
  folder = await mkdtemp(join(tmpdir(), "signet-ui-"));
  await writeFile(join(folder, "alice.p12"), "not opened by the stage");
});
after(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

testEveryState(() => stage, { name: "options", scenes: optionsScenes, width: 900 });

test("options: the first certificate asks for password and protection in one form; mistakes are named where they are", async () => {
  const page = await stage.play("options", optionsScenes["first"]!, { width: 900 });
  await choose(page, "#identities", "alice.p12");
  await page.waitForSelector("#identities form");
  assert.deepEqual(await violations(page), []);
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("type")), "password");
  await page.keyboard.type("signet");
  await page.type("#identities .indented .field:nth-child(1) input", "four unrelated words here");
  await page.type("#identities .indented .field:nth-child(2) input", "four unrelated words");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.body.innerText.includes("The two passphrases differ"));
  await page.keyboard.type("four unrelated words here");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.body.innerText.includes("The password does not open this file"));
  assert.deepEqual(await violations(page), []);
  // The vault is made: a second try must not look as if its passphrase could still be chosen here.
  assert.match(await wordsOf(page), /protected by the passphrase you chose/);
  assert.equal(await page.$("#protection-device"), null);
  const asked = (await askedOf(page)).map(({ ask }) => ask);
  assert.ok(asked.indexOf("vault:create") < asked.indexOf("identity:import"));
  await page.close();
});

test("options: whatever was not removed stays in sight, with the reason; a no asks nothing", async () => {
  const refusal = { ok: false, code: "storage-failed" } as const;
  const scene = {
    ...optionsScenes["home"]!,
    ...{ "certificate:remove": refusal, "anchor:remove": refusal, "request:remove": refusal },
  };
  for (const [place, question] of [
    ["#people", "certificate:remove"],
    ["#anchors", "anchor:remove"],
    ["#requests", "request:remove"],
  ] as const) {
    const page = await stage.play("options", scene, { width: 900 });
    await page.click(`${place} .entries button.danger`);
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("dialog") === null);
    assert.ok(!(await askedOf(page)).some(({ ask }) => ask === question), question);
    await page.click(`${place} .entries button.danger`);
    await (await page.waitForSelector("dialog[open] button.danger"))!.click();
    await waitUntilAsked(page, question);
    await page.waitForFunction(
      (list: string) => document.querySelector(`${list} .entries .problem:not(:empty)`) !== null,
      {},
      place,
    );
    assert.deepEqual(await violations(page), []);
    await page.close();
  }
});

test("options: without a passphrase the words are honest, and null is what is sent", async () => {
  const page = await stage.play("options", optionsScenes["first"]!, { width: 900 });
  await choose(page, "#identities", "alice.p12");
  await page.click("#protection-device");
  assert.match(await wordsOf(page), /whoever can copy or use this profile has your keys/);
  await page.click("#identities button.primary");
  await waitUntilAsked(page, "vault:create");
  assert.deepEqual((await askedOf(page)).find(({ ask }) => ask === "vault:create")?.params, {
    passphrase: null,
  });
  await page.close();
});

test("options: removing an identity says what becomes unreadable, and asks", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  await page.click("#identities .danger");
  await page.waitForSelector("dialog[open]");
  assert.match(await page.$eval("dialog", (dialog) => dialog.innerText), /no longer be read here/);
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog") === null);
  assert.equal(
    (await askedOf(page)).some(({ ask }) => ask === "identity:remove"),
    false,
  );
  await page.close();
});

test("options: where a passphrase is set or changed stands what a copy made before still opens", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  await page.click("#change-passphrase summary");
  assert.match(
    await page.$eval("#change-passphrase", (details) => details.textContent),
    /whoever copied this profile before, and could open that copy, has the keys that were in it, but none that come later/,
  );
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("options: asking the network is a choice that says what it tells whom, and that the browser did not allow it yet", async () => {
  const page = await stage.play("options", optionsScenes["network-missing"]!, { width: 900 });
  const words = await page.$eval("#network", (node) => node.textContent);
  assert.match(words!, /can learn whose signed mail is read here/);
  assert.match(words!, /Signet may not use the network yet/);
  await page.select("#revocation", "crl-and-ocsp");
  await waitUntilAsked(page, "settings:set");
  const change = (await askedOf(page)).find(({ ask }) => ask === "settings:set")?.params;
  assert.deepEqual(change, { change: { revocation: "crl-and-ocsp" } });
  await page.waitForFunction(() => document.activeElement?.id === "revocation");
  await page.close();
});

async function choose(page: Page, section: string, file: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click(`${section} .drop button`)]);
  await chooser.accept([join(folder, file)]);
}
