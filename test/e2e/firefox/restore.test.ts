/**
 * Keys from one browser to another, by clicks: a backup made in Chromium and its code written down there, brought back in
 * Firefox with the code as a person types it. A key that waits for its certificate comes along.
 */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import {
  chooseFile,
  type DrivenBrowser,
  openChromium,
  openFirefox,
  until,
  waitForWords,
} from "../../helpers/browsers/driven.js";
import { type TemporaryFolder, temporaryFolder } from "../../helpers/temporary-folder.js";
import { testKeys } from "../../helpers/test-keys.js";

const passphrase = "four unrelated words here";
const another = "quite another passphrase";

let folder: TemporaryFolder;
let code: string;

before(async () => {
  folder = await temporaryFolder();
});
after(() => folder.remove());

async function importByHand(page: Page, file: string, secrets: readonly [string, string]): Promise<void> {
  const [password, own] = secrets;
  await chooseFile(page, "#identities", file);
  await page.waitForSelector("#identities form");
  await page.type("#identities form .field input", password);
  await page.type("#identities .indented .field:nth-child(1) input", own);
  await page.type("#identities .indented .field:nth-child(2) input", own);
  await page.keyboard.press("Enter");
  await waitForWords(page, "The certificate of alice@example.test is ready to use");
}

async function saved(): Promise<string | undefined> {
  return (await readdir(folder.path)).find((name) => name.endsWith(".p12"));
}

/** What is asked for stands on the paper. */
async function typeBack(page: Page, groups: readonly string[]): Promise<void> {
  const labels = await page.$$eval("#backup form label", (nodes) =>
    nodes.map((node) => node.textContent ?? ""),
  );
  const inputs = await page.$$("#backup form input");
  for (const [index, label] of labels.entries())
    await inputs[index]!.type(groups[Number(/\d/.exec(label)![0]) - 1]!);
  await page.keyboard.press("Enter");
}

/** Signet's own first page may have come to the front meanwhile, and what lies behind cannot be clicked. */
async function press(page: Page, button: string): Promise<void> {
  await page.bringToFront();
  await page.click(button);
}

async function backUp(page: Page): Promise<void> {
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder.path });
  await press(page, "#backup-make");
  await page.waitForSelector("#backup input[type=password]");
  await page.type("#backup input[type=password]", passphrase);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".recovery-code");
  code = await page.$eval(".recovery-code", (node) => node.textContent ?? "");
  await waitForWords(page, "Keys that still wait for their certificate are in it, too: alice@example.test");
  await press(page, "#backup-save");
  await page.waitForSelector("#backup-written:enabled");
  await press(page, "#backup-written");
  await typeBack(page, code.split("-"));
  await waitForWords(page, "The backup is complete.");
}

const askForOne = (page: Page): Promise<unknown> =>
  page.evaluate(() =>
    (globalThis as unknown as Extension).chrome.runtime.sendMessage({
      signet: "ask",
      ask: "request:create",
      params: { commonName: "Alice", addresses: ["alice@example.test"], kind: "p-256" },
    }),
  );

interface Extension {
  readonly chrome: { readonly runtime: { sendMessage(message: object): Promise<unknown> } };
}

async function within(launch: () => Promise<DrivenBrowser>, work: (page: Page) => Promise<void>) {
  const browser = await launch();
  try {
    await work(await browser.open("/pages/options/options.html"));
  } finally {
    await browser.close();
  }
}

test("Chromium makes the backup, and it counts when the code was typed back", async () => {
  await within(openChromium, async (page) => {
    await importByHand(page, `${await testKeys()}/alice-rsa.p12`, ["signet", passphrase]);
    await askForOne(page);
    await backUp(page);
  });
  await until(async () => (await saved()) !== undefined);
});

test("Firefox brings the keys back with the code in small letters, under a passphrase of its own", async () => {
  await within(openFirefox, async (page) => {
    const typed = code.toLowerCase().replaceAll("-", "");
    await importByHand(page, join(folder.path, (await saved())!), [typed, another]);
    await waitForWords(page, "go on waiting here: alice@example.test");
    const words = await waitForWords(page, "Signs your mail and opens mail encrypted for you.");
    assert.doesNotMatch(words, /belongs to no certificate|none of its certificates/);
  });
});
