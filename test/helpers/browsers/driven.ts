/**
 * Signet in a real browser: dist/chrome in Chromium, dist/firefox in Firefox, both with a profile of their
 * own that is thrown away. Pages are puppeteer's; Firefox is driven by WebDriver BiDi.
 */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import puppeteer, { type Browser, type Page } from "puppeteer-core";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface DrivenBrowser {
  readonly name: "chromium" | "firefox";
  /** @param path within the extension; @returns when the page has drawn itself */
  open(path: string, width?: number): Promise<Page>;
  pages(): Promise<readonly Page[]>;
  close(): Promise<void>;
}

/** @param folder default: as it is built @param home the person's, where Chromium looks for authorities of theirs */
export async function openChromium(
  folder = `${root}dist/chrome`,
  home: string | null = null,
): Promise<DrivenBrowser> {
  const browser = await puppeteer.launch({
    ...(home !== null && { env: { ...process.env, HOME: home } }),
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
    enableExtensions: [folder],
    pipe: true,
  });
  const worker = await browser.waitForTarget((target) => target.type() === "service_worker");
  const origin = `chrome-extension://${new URL(worker.url()).host}`;
  return {
    name: "chromium",
    pages: () => browser.pages(),
    close: () => browser.close(),
    async open(path, width = 900) {
      const page = await prepared(browser, width);
      await page.goto(origin + path);
      return drawn(page);
    },
  };
}

/** Chosen by us and told to Firefox beforehand, so that the pages' address is known. */
const uuid = "5169e7a1-6d65-4f9a-8d0e-7a6b3c2d1e0f";

/** @param program default: the one that is installed; @param preferences beside our own */
export async function openFirefox(
  program = "/usr/bin/firefox-esr",
  preferences: Readonly<Record<string, boolean>> = {},
): Promise<DrivenBrowser> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: program,
    // Without it BiDi refuses to go to an extension's page.
    args: ["--remote-allow-system-access"],
    extraPrefsFirefox: {
      "extensions.webextensions.uuids": JSON.stringify({ "signet@signet.email": uuid }),
      ...preferences,
    },
  });
  await browser.installExtension(`${root}dist/firefox`);
  return {
    name: "firefox",
    pages: () => browser.pages(),
    close: () => browser.close(),
    async open(path, width = 900) {
      const page = await prepared(browser, width);
      const address = `moz-extension://${uuid}${path}`;
      // The page loads, but BiDi never tells of it: extension pages live in another process.
      page.goto(address, { timeout: 0 }).catch(() => undefined);
      await until(() => page.evaluate("location.href").then((href) => href === address));
      return drawn(page);
    },
  };
}

async function prepared(browser: Browser, width: number): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 800 });
  return page;
}

async function drawn(page: Page): Promise<Page> {
  await until(() => page.evaluate(() => (document.querySelector("main")?.innerText.length ?? 0) > 20));
  return page;
}

/** Ask until the answer is yes; an error on the way (the document just changes) is a no. */
export async function until(question: () => Promise<boolean>, patience = 30_000): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    const yes = await question().catch(() => false);
    if (yes) return;
    if (Date.now() > deadline) throw new Error(`not within ${patience} ms`);
    await delay(50);
  }
}

/** Wait until a person would read these words. */
export async function waitForWords(page: Page, words: string | RegExp): Promise<string> {
  let seen = "";
  const fits = (): boolean => (typeof words === "string" ? seen.includes(words) : words.test(seen));
  await until(async () => {
    seen = await wordsOf(page);
    return fits();
  }).catch(() => {
    throw new Error(`never said ${words}, but:\n${seen}`);
  });
  return seen;
}

export async function wordsOf(page: Page): Promise<string> {
  return page.evaluate(() => document.body.innerText);
}

/** Give a file to a drop zone's chooser, as a person's choice would. */
export async function chooseFile(page: Page, section: string, file: string): Promise<void> {
  const input = await page.waitForSelector(`${section} input[type=file]`);
  await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(file);
}
