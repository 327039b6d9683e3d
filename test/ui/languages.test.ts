/**
 * Our pages in other languages: Arabic turns them from right to left, German has the longest words, Japanese
 * has no blanks to break at. One telling state of each page; every state in English is in the page's own test.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { unfold, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { composeScenes, optionsScenes, popupScenes, readerScenes } from "./scenes.js";
import { Stage, type Look, type Scene } from "./stage.js";
import { welcomeScenes } from "./welcome-scenes.js";

const pages: readonly { readonly name: string; readonly scene: Scene; readonly look: Look }[] = [
  { name: "options", scene: optionsScenes["home"]!, look: { width: 900 } },
  { name: "popup", scene: popupScenes["state-4"]!, look: { width: 400 } },
  { name: "reader", scene: readerScenes["html"]!, look: { width: 900, query: "#file-1" } },
  { name: "compose", scene: composeScenes["blocked"]!, look: { width: 384 } },
  { name: "welcome", scene: welcomeScenes["first"]!, look: { width: 900 } },
];

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

for (const language of ["ar", "de", "es", "fr", "ja"]) {
  for (const { name, scene, look } of pages) {
    test(`${name} in ${language}: every word is there, nothing leaves the page at 200 %, axe finds nothing`, async () => {
      const page = await stage.play(name, scene, {
        ...look,
        language,
        // The two schemes are tried in English for every state; here each has its turn.
        scheme: language === "ar" ? "dark" : "light",
        width: Math.max(320, look.width! / 2),
      });
      await unfold(page);
      assert.doesNotMatch(await wordsOf(page), /⟦|undefined|\[object|\$\d/);
      assert.deepEqual(await outside(page), []);
      assert.deepEqual(await violations(page), []);
      const [lang, direction] = await page.evaluate(() => [
        document.documentElement.lang,
        getComputedStyle(document.body).direction,
      ]);
      assert.equal(lang, language);
      assert.equal(direction, language === "ar" ? "rtl" : "ltr");
      await page.close();
    });
  }
}

test("in Arabic an address and a name of others keep their own direction, fingerprints too", async () => {
  const page = await stage.play("reader", readerScenes["text"]!, { language: "ar", query: "#file-1" });
  await unfold(page);
  assert.equal(
    await page.$eval(".letterhead dd bdi", (from) => getComputedStyle(from).direction),
    "ltr",
    "the bracket after the address would stand before the name",
  );
  assert.equal(await page.$eval(".details .exact", (exact) => getComputedStyle(exact).direction), "ltr");
  await page.close();
});

/** What a person sees of, and cannot reach: left or right of the window. */
async function outside(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const seen = [...document.querySelectorAll("main *")].filter(
      (one) => one.checkVisibility() && one.closest(".hidden-visually") === null,
    );
    return seen.flatMap((one) => {
      const { left, right, width } = one.getBoundingClientRect();
      return width > 0 && (left < -1 || right > wide + 1) ? [`${one.tagName} ${one.className}`] : [];
    });
  });
}
