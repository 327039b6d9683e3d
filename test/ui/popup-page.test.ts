/** The verdict in the popup, on the stage: every state, and what a person does with keyboard and mouse. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { askedOf, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { testEveryState } from "./every-state.js";
import { popupScenes } from "./scenes.js";
import { Stage } from "./stage.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

testEveryState(() => stage, { name: "popup", scenes: popupScenes, width: 400 });

test("right to left, the mark stands to the right of the headline", async () => {
  for (const direction of ["ltr", "rtl"] as const) {
    const page = await stage.play("popup", popupScenes["state-2"]!, { width: 400, direction });
    const [mark, headline] = await page.evaluate(() =>
      [".verdict-head img", ".verdict-head h1"].map(
        (selector) => document.querySelector(selector)!.getBoundingClientRect().left,
      ),
    );
    assert.equal(mark! < headline!, direction === "ltr");
    await page.close();
  }
});

test("with forced colours the marks stay and axe finds nothing", async () => {
  const page = await stage.play("popup", popupScenes["state-4"]!, { width: 400, forcedColors: true });
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("the state is told by words and by the mark's shape, not by colour alone (WCAG 1.4.1)", async () => {
  const seen = new Map<string, string>();
  for (const state of ["2", "4", "6", "7", "7r", "0"]) {
    const page = await stage.play("popup", popupScenes[`state-${state}`]!, { width: 400 });
    const mark = await page.$eval(".verdict-head img", (image) => image.getAttribute("src"));
    seen.set(state, mark!);
    await page.close();
  }
  assert.equal(new Set(seen.values()).size, seen.size, JSON.stringify([...seen]));
});

test("the button for a missing certificate says whom it asks and what that tells them, and asks by a click only", async () => {
  const page = await stage.play("popup", popupScenes["missing-issuer"]!, { width: 400 });
  const described = await page.$eval("#find-issuers", (button) => button.getAttribute("aria-describedby"));
  const words = await page.$eval(`#${described!}`, (line) => line.textContent);
  assert.match(words!, /ca\.example\.org.*can learn that you read it/);
  assert.equal((await askedOf(page)).filter(({ ask }) => ask === "message:find-issuers").length, 0);
  await page.click("#find-issuers");
  await waitUntilAsked(page, "message:find-issuers");
  await page.close();
});

test("while somebody is asked about revocation the popup says that the verdict may change", async () => {
  const page = await stage.play("popup", popupScenes["asking"]!, { width: 400 });
  assert.match(await wordsOf(page), /Asking whether the certificate was revoked/);
  await page.close();
});

test("where nobody was asked, the popup says why and leads to the setting; where somebody was in vain, it does not", async () => {
  for (const [scene, words] of [
    ["not-asked-never", /the settings say never/],
    ["not-asked-forbidden", /may not use the network yet/],
  ] as const) {
    const page = await stage.play("popup", popupScenes[scene]!, { width: 400 });
    await page.waitForSelector("#revocation-settings");
    assert.match(await wordsOf(page), words);
    assert.deepEqual(await violations(page), []);
    await page.close();
  }
  const page = await stage.play("popup", popupScenes["asked-in-vain"]!, { width: 400 });
  await waitUntilAsked(page, "network:status");
  assert.equal(await page.$("#revocation-settings"), null);
  await page.close();
});
