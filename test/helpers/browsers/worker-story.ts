/**
 * The engine's worker behind a real browser's extension: that the background answers while 25 MB are opened,
 * that work which nobody wants is dropped, that a lock ends what uses a key. Pings are counted, not timed.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { encrypted, letter, mixed, plain, signed } from "../letters.js";
import { temporaryFolder, type TemporaryFolder } from "../temporary-folder.js";
import { testKeys } from "../test-keys.js";
import { chooseFile, until, waitForWords, type DrivenBrowser } from "./driven.js";
import { askAs, inspectAndPing, inspectAndStop, inspectAndLock } from "./worker-questions.js";

const passphrase = "four unrelated words here";

/** Of 25 MB, so that opening it takes a moment everywhere. */
function film(): Buffer {
  const head = 'Content-Type: video/mp4\r\nContent-Disposition: attachment; filename="film.mp4"\r\n';
  const lines = randomBytes(25_000_000).toString("base64").replace(/.{76}/g, "$&\r\n");
  return Buffer.from(`${head}Content-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`);
}

export function tellWorkerStory(launch: () => Promise<DrivenBrowser>): void {
  let browser: DrivenBrowser;
  let folder: TemporaryFolder;
  let page: Page;
  let file: string;

  before(async () => {
    folder = await temporaryFolder();
    const sealed = await encrypted(
      await signed(mixed(plain("The film."), film()), "bob-p256"),
      "alice-rsa",
      "aes-256-gcm",
    );
    await writeFile(join(folder.path, "large.eml"), letter({ subject: "The film" }, sealed));
    browser = await launch();
    page = await browser.open("/pages/options/options.html");
    await bringKey(page);
    file = await handOver();
  });
  after(async () => {
    await browser.close();
    await folder.remove();
  });

  async function bringKey(options: Page): Promise<void> {
    await chooseFile(options, "#identities", `${await testKeys()}/alice-rsa.p12`);
    await options.waitForSelector("#identities form");
    await options.type("#identities form .field input", "signet");
    await options.type("#identities .indented .field:nth-child(1) input", passphrase);
    await options.type("#identities .indented .field:nth-child(2) input", passphrase);
    await options.keyboard.press("Enter");
    await waitForWords(options, "is ready to use");
  }

  /** @returns the id under which the background holds the large message */
  async function handOver(): Promise<string> {
    const reader = await browser.open("/pages/reader/reader.html");
    await chooseFile(reader, "main", join(folder.path, "large.eml"));
    await waitForWords(reader, "Encrypted for you");
    const id = await reader.evaluate(() => location.hash.slice(1));
    await reader.close();
    return id;
  }

  test("the background answers while 25 MB are opened", async () => {
    const { opened, asked, answered } = await page.evaluate(inspectAndPing, file);
    assert.equal(opened, "encrypted");
    assert.ok(asked > 0, "it was over before anything could be asked");
    assert.ok(answered * 2 >= asked, `${answered} of ${asked} pings were answered meanwhile`);
  });

  test("what nobody wants any more is dropped, and the next message is opened by another worker", async () => {
    const reply = await page.evaluate(inspectAndStop, file, 30);
    assert.deepEqual(reply, { ok: false, code: "cancelled" });
    const { opened } = await page.evaluate(inspectAndPing, file);
    assert.equal(opened, "encrypted");
  });

  test("a lock ends what uses a key: nothing is opened with a key that is locked", async () => {
    const reply = await page.evaluate(inspectAndLock, file);
    assert.ok(["vault-locked", "key-locked"].includes(reply), reply);
    await page.evaluate(askAs, "vault:unlock", { passphrase, minutes: 5 });
    await until(async () => (await page.evaluate(inspectAndPing, file)).opened === "encrypted");
  });

  test("two messages at once are both opened, and a small one between them", async () => {
    const all = await Promise.all([
      page.evaluate(inspectAndPing, file),
      page.evaluate(inspectAndPing, file),
      page.evaluate(askAs, "host:capabilities", {}),
    ]);
    assert.deepEqual([all[0].opened, all[1].opened], ["encrypted", "encrypted"]);
  });
}
