/** The built-in authorities in the settings: found by name, country or fingerprint, switched off by keyboard. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { askedOf, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { optionsScenes, publicRoots } from "./scenes.js";
import { Stage } from "./stage.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

async function opened(): Promise<Page> {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  await page.waitForSelector("#roots-list summary");
  return page;
}

async function shown(page: Page): Promise<readonly string[]> {
  return page.$$eval("#roots-list > ul > li:not([hidden]) label", (all) =>
    all.map((label) => label.textContent),
  );
}

async function search(page: Page, words: string): Promise<readonly string[]> {
  await page.$eval("#roots-search", (input) => ((input as HTMLInputElement).value = ""));
  await page.type("#roots-search", `${words} `);
  return shown(page);
}

test("options: the list says where it is from, and is drawn when somebody opens it", async () => {
  const page = await opened();
  assert.match(await wordsOf(page), /The list of Thunderbird 153\.7\.0, built on Nov\s10,\s2026\./);
  assert.deepEqual(await shown(page), []);
  await page.focus("#roots-list summary");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#roots-list li");
  assert.deepEqual(await shown(page), ["Árbol Mail Root", "Old Tree Authority", "Umbra Root CA"]);
  assert.match(await wordsOf(page), /only for certificates issued until Mar\s1,\s2026/);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("options: an authority is found without its accent, by its country, by its fingerprint with blanks; none is said so", async () => {
  const page = await opened();
  await page.click("#roots-list summary");
  await page.waitForSelector("#roots-list li");
  assert.deepEqual(await search(page, "arbol"), ["Árbol Mail Root"]);
  assert.deepEqual(await search(page, "germany"), ["Umbra Root CA"]);
  const [, , old] = publicRoots.roots;
  const digits = old!.fingerprint.slice(0, 16).replace(/(.{4})/g, "$1 ");
  assert.deepEqual(await search(page, digits), ["Old Tree Authority"]);
  assert.deepEqual(await search(page, "nobody"), []);
  assert.match(await wordsOf(page), /No authority has this name or fingerprint/);
  await page.close();
});

test("options: the space bar switches one off, and all of them; the outcome is said", async () => {
  const page = await opened();
  await page.click("#roots-list summary");
  await page.waitForSelector("#roots-list li");
  await search(page, "umbra");
  await page.focus("#roots-list li:not([hidden]) input");
  await page.keyboard.press("Space");
  await waitUntilAsked(page, "root:switch");
  const last = async () => (await askedOf(page)).filter(({ ask }) => ask === "root:switch").at(-1)?.params;
  assert.deepEqual(await last(), { fingerprint: publicRoots.roots[0]!.fingerprint, on: false });
  await page.waitForFunction(() => document.body.innerText.includes("Umbra Root CA is switched off"));
  // What was typed, and the focus, are still there.
  assert.deepEqual(await shown(page), ["Umbra Root CA"]);
  await page.focus("#roots-all");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.body.innerText.includes("built-in authorities are switched off"));
  assert.deepEqual(await last(), { fingerprint: "all", on: false });
  assert.deepEqual(await violations(page), []);
  await page.close();
});
