/** The lock's popup, on the stage: every state, and what a person does with keyboard and mouse. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { askedOf, waitUntilAsked, wordsOf, type StageGlobal } from "./asked.js";
import { violations } from "./axe.js";
import { testEveryState } from "./every-state.js";
import { compose, composeScenes } from "./scenes.js";
import { Stage } from "./stage.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

testEveryState(() => stage, { name: "compose", scenes: composeScenes, width: 384 });

test("compose: the arrow keys move the lock, and the background is told", async () => {
  const page = await stage.play("compose", compose({ mode: "sign" }), { width: 384 });
  await page.focus("#mode-sign");
  await page.keyboard.press("ArrowDown");
  await waitUntilAsked(page, "compose:change");
  const change = (await askedOf(page)).find(({ ask }) => ask === "compose:change");
  assert.deepEqual(change?.params, {
    tabId: 1,
    change: { kind: "mode", mode: "sign-and-encrypt", confirmedClear: false },
  });
  await page.close();
});

test("compose: why the last send was stopped stands once, before the modes, and only then", async () => {
  const page = await stage.play("compose", composeScenes["stopped"]!, { width: 384 });
  assert.match(await wordsOf(page), /less protection than the lock had said.*send it again/s);
  const order = await page.$$eval("#stopped, #mode-sign, .notices", (found) => found.map(({ id }) => id));
  assert.deepEqual(order, ["stopped", "mode-sign"]);
  const other = await stage.play("compose", composeScenes["automatic"]!, { width: 384 });
  assert.equal(await other.$("#stopped"), null);
  await Promise.all([page.close(), other.close()]);
});

test("compose: opening the lock over decrypted text asks first; Escape keeps it shut and sends nothing", async () => {
  const page = await stage.play("compose", compose({ quotesDecrypted: true }), { width: 384 });
  await page.click("#mode-off");
  await page.waitForSelector("dialog[open]");
  assert.deepEqual(await violations(page), []);
  assert.equal(await page.$eval(":focus", (focused) => focused.textContent), "Keep it shut");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog") === null);
  assert.equal(
    await page.$eval("#mode-sign-and-encrypt", (input) => (input as HTMLInputElement).checked),
    true,
  );
  assert.equal(
    (await askedOf(page)).some(({ ask }) => ask === "compose:change"),
    false,
  );
  await page.click("#mode-off");
  await page.waitForSelector("dialog[open]");
  await page.click("dialog .danger");
  await waitUntilAsked(page, "compose:change");
  await page.close();
});

test("compose: what is being typed survives a redraw, and a wrong passphrase gets its sentence", async () => {
  const page = await stage.play("compose", composeScenes["blocked"]!, { width: 384 });
  await page.type("#unlock-passphrase", "wrong");
  await page.evaluate(() =>
    (globalThis as unknown as StageGlobal).stage.say({ event: "compose-changed", tabId: 1 }),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await page.$eval("#unlock-passphrase", (input) => (input as HTMLInputElement).value), "wrong");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "unlock-passphrase");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector('[aria-invalid="true"]') !== null);
  assert.match(await wordsOf(page), /That is not the passphrase/);
  assert.deepEqual(await violations(page), []);
  await page.close();
});
