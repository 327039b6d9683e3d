/** The memory of signers on our pages: a fingerprint to compare, a confirmation to take back, a list to forget. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CryptographicSummary } from "../../src/engine/verdict/verdict.js";
import { badge } from "../../src/ui/badge.js";
import { verdictWords } from "../../src/ui/verdict-words.js";
import { askedOf, unfold, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { useLocale } from "./locale.js";
import { optionsScenes, popupScenes } from "./scenes.js";
import { Stage } from "./stage.js";
import { certificate, summary } from "./verdicts.js";

useLocale();

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

const asked = async (page: Parameters<typeof askedOf>[0], name: string): Promise<unknown> =>
  (await askedOf(page)).find(({ ask }) => ask === name)?.params;

test("a changed or unconfirmed signer's fingerprint stands in groups, with the advice to compare it, and one click confirms", async () => {
  for (const state of ["3", "5"]) {
    const page = await stage.play("popup", popupScenes[`state-${state}`]!, { width: 400 });
    assert.deepEqual(await violations(page), []);
    const shown = await page.$eval("#fingerprint", (node) => node.textContent);
    assert.match(shown!, /^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
    assert.match(await wordsOf(page), /by telephone.*Never by mail/s);
    await page.click("#confirm_signer");
    await waitUntilAsked(page, "memory:confirm");
    const { fingerprint } = certificate("alice@example.org");
    assert.deepEqual(await asked(page, "memory:confirm"), { address: "alice@example.org", fingerprint });
    await page.close();
  }
});

test("what was confirmed says since when, and is taken back by one click", async () => {
  const page = await stage.play("popup", popupScenes["state-5b"]!, { width: 400 });
  assert.match(await wordsOf(page), /confirmed this certificate for alice@example\.org on/);
  await page.click("#unconfirm_signer");
  await waitUntilAsked(page, "memory:unconfirm");
  await page.close();
});

test("where a signature was expected one can say that none is; elsewhere nothing is asked", async () => {
  const page = await stage.play("popup", popupScenes["state-8"]!, { width: 400 });
  await page.click("#decline_signature");
  await waitUntilAsked(page, "memory:expect");
  assert.deepEqual(await asked(page, "memory:expect"), { address: "alice@example.org", expects: false });
  await page.close();
  for (const state of ["2a", "4", "7r", "9"]) {
    const other = await stage.play("popup", popupScenes[`state-${state}`]!, { width: 400 });
    assert.equal(await other.$(".confirm-signer"), null, state);
    await other.close();
  }
});

test("the settings tell who signed, since when and how often, and what a person confirmed", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  await unfold(page);
  const words = await page.$eval("#memory", (node) => node.textContent);
  assert.match(words!, /bob@example\.org.*12 messages signed, of 13/s);
  assert.match(words!, /A signature is expected.*Confirmed by you on/s);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("forgetting asks first; no is the harmless answer", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  for (const [button, name] of [
    ['#memory [aria-label="Forget bob@example.org"]', "memory:remove"],
    ["#memory-clear", "memory:clear"],
  ] as const) {
    await page.click(button);
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("dialog") === null);
    assert.equal(await asked(page, name), undefined);
    await page.click(button);
    await page.waitForSelector("dialog[open]");
    await page.click("dialog button.danger");
    await waitUntilAsked(page, name);
  }
  await page.close();
});

test("saving writes all of it into one JSON file", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  const saved = await page.evaluate(async () => {
    const made: Blob[] = [];
    URL.createObjectURL = (blob) => `blob:${made.push(blob as Blob)}`;
    HTMLAnchorElement.prototype.click = () => undefined;
    document.querySelector<HTMLElement>("#memory-export")!.click();
    while (made.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return made[0]!.text();
  });
  const file = JSON.parse(saved) as { signet: string; addresses: { address: string }[] };
  assert.equal(file.signet, "memory-of-signers");
  assert.deepEqual(
    file.addresses.map(({ address }) => address),
    ["bob@example.org"],
  );
  await page.close();
});

// ------------------------------------------------------------------ words

test("what the memory knows stands in the sentence, with dates and counts", () => {
  assert.match(verdictWords(summary("2a")).sentence, /Same signer since May\s3,\s2026\.$/);
  assert.match(verdictWords(summary("2b")).sentence, /first signed message from this address/);
  assert.match(verdictWords(summary("2c")).sentence, /good on May\s3,\s2026: Signet checked it then\.$/);
  assert.match(
    verdictWords(summary("3")).sentence,
    /another certificate, by Other CA, last seen on May\s3,\s2026/,
  );
  assert.match(verdictWords(summary("5b")).sentence, /Confirmed by you on May\s3,\s2026\.$/);
  assert.match(
    verdictWords(summary("8")).sentence,
    /^Of 13 messages from alice@example\.org, 12 were signed/,
  );
});

test("broken or unchecked signatures are louder where a signature is expected, and say how usual it is", () => {
  const expecting = (state: "6" | "7"): CryptographicSummary => ({
    ...summary(state),
    memory: { ...summary("8").memory!, expectsSignature: true },
  });
  for (const state of ["6", "7"] as const) {
    assert.equal(badge(expecting(state)).tone, "caution");
    assert.match(verdictWords(expecting(state)).reasons.join(" "), /12 of 13 messages/);
    assert.notEqual(badge(summary(state)).tone, "caution");
  }
});

test("a list is named in calm words, no louder and no better than unsigned mail; encrypted and changed stays loud", () => {
  const mailingList = { name: "users.example.org", rewritten: false };
  for (const state of ["7", "8", "9"] as const) {
    const words = verdictWords({ ...summary(state), mailingList });
    assert.equal(words.tone, "neutral", state);
    assert.match(words.sentence, /mailing list/, state);
  }
  assert.equal(badge({ ...summary("7", "encrypted"), mailingList }).tone, "caution");
  assert.equal(badge({ ...summary("4"), mailingList }).tone, "caution");
  assert.equal(badge({ ...summary("4"), mailingList: { ...mailingList, rewritten: true } }).tone, "neutral");
  for (const state of ["2", "3", "5", "7r"] as const) {
    assert.equal(badge({ ...summary(state), mailingList }).tone, badge(summary(state)).tone, state);
  }
});
