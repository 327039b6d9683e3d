/**
 * A fingerprint to compare, as it is seen: the QR code is read from the screen's pixels by another program's reader
 * (jsQR), the words are looked up in the list by a reckoning of the test's own.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import jsqr from "jsqr";
import type { Page } from "puppeteer-core";
import { alice, optionsScenes } from "./scenes.js";
import { Stage } from "./stage.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

const { fingerprint } = alice.certificate;

async function unfolded(look: { scheme?: "dark"; direction?: "rtl"; forcedColors?: true }): Promise<Page> {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900, ...look });
  await page.click("#identities .entries > li:first-child details[id^=compare] summary");
  await page.waitForSelector("#identities .compare-code");
  return page;
}

/** What a camera sees of the code. */
async function read(page: Page): Promise<string | null> {
  const code = (await page.$("#identities .compare-code"))!;
  const picture = await code.screenshot({ encoding: "base64" });
  const blank = await page.browser().newPage();
  const { width, height, pixels } = await blank.evaluate(async (png: string) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    return { width: image.width, height: image.height, pixels: [...data] };
  }, picture);
  await blank.close();
  return jsqr.default(Uint8ClampedArray.from(pixels), width, height)?.data ?? null;
}

for (const look of [{}, { scheme: "dark" }, { direction: "rtl" }, { forcedColors: true }] as const) {
  test(`the QR code holds the whole fingerprint, read from the screen: ${JSON.stringify(look)}`, async () => {
    const page = await unfolded(look);
    assert.equal(await read(page), fingerprint.toUpperCase());
    await page.close();
  });
}

test("the twelve words are the first 132 bits, eleven each, and stand in order", async () => {
  const page = await unfolded({});
  const shown = await page.$$eval("#identities .entries > li:first-child .compare-words li", (items) =>
    items.map((item) => item.textContent),
  );
  const bits = [...fingerprint]
    .map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"))
    .join("");
  const words = bits.match(/.{11}/g)!.slice(0, 12);
  assert.deepEqual(
    shown,
    words.map((word) => wordlist[Number.parseInt(word, 2)]),
  );
  await page.close();
});
