/** Whom Signet asks for a recipient's certificate, in the settings: nobody, until a person says so. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { askedOf, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { optionsScenes } from "./scenes.js";
import { Stage } from "./stage.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

test("options: nobody is asked for certificates until a resolver is chosen, and what it learns is said", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  await page.waitForSelector("#finding-dns");
  assert.equal(await page.$eval("#finding-dns", (field) => (field as HTMLSelectElement).value), "");
  assert.match(await wordsOf(page), /learns whom you write to/);
  await page.select("#finding-dns", "own");
  await page.waitForSelector("#finding-resolver");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "finding-resolver");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.type("https://dns.example.org/dns-query");
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "settings:set");
  const change = (await askedOf(page)).find(({ ask }) => ask === "settings:set");
  assert.deepEqual(change?.params, { change: { resolver: "https://dns.example.org/dns-query" } });
  await page.close();
});
