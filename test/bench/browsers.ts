/**
 * The same in Chromium and Firefox: a page on loopback with the engine in it, asked through puppeteer, beside
 * the host's own WebCrypto on the same octets. Not there: said so, and left out.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { browserCases } from "./cases.js";
import { files } from "./materials.js";
import { root, scratch } from "./places.js";
import { type Contestant, type ContestantName, type Result, race } from "./race.js";

export const browserNames = ["chromium", "firefox"] as const;
export type BrowserName = (typeof browserNames)[number];

const programs = { chromium: "/usr/bin/chromium", firefox: "/usr/bin/firefox-esr" } as const;

/** @returns null where that browser is not installed */
export async function measureInBrowser(name: BrowserName): Promise<readonly Result[] | null> {
  if (!existsSync(programs[name])) return null;
  await buildPage();
  const server = await serve();
  const browser = await launch(name);
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction("typeof globalThis.run === 'function'");
    const inPage = new PageContestant(page);
    const contestants = new Map<ContestantName, Contestant>([
      ["signet", inPage],
      ["host", inPage],
    ]);
    const results: Result[] = [];
    for (const one of browserCases()) results.push(await race(one, contestants));
    return results;
  } finally {
    await browser.close();
    server.close();
  }
}

function launch(name: BrowserName): Promise<Browser> {
  const executablePath = programs[name];
  return name === "chromium"
    ? puppeteer.launch({ executablePath, args: ["--no-sandbox"] })
    : puppeteer.launch({ browser: "firefox", executablePath });
}

async function buildPage(): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ["test/bench/contestants/page.ts"],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: ["firefox140", "chrome123"],
    outdir: `${scratch}page`,
    logLevel: "error",
  });
}

/** Loopback counts as a secure place; alone with itself, a page has an exact clock. */
async function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    if (path === "/") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end("<!doctype html><title>bench</title><script type=module src=/page/page.js></script>");
      return;
    }
    const file = path.startsWith("/files/") ? files + path.slice(7) : scratch + path.slice(1);
    if (path.endsWith(".js")) response.setHeader("content-type", "text/javascript; charset=utf-8");
    readFile(file).then(
      (octets) => response.end(octets),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** What `contestants/page.ts` puts into the page. */
interface Asked {
  load(id: string, words: readonly string[]): Promise<string | null>;
  run(id: string, times: number): Promise<number>;
  drop(id: string): boolean;
}

class PageContestant implements Contestant {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  load(id: string, words: readonly string[]): Promise<string | null> {
    return this.#page.evaluate((...told) => (globalThis as unknown as Asked).load(...told), id, words);
  }

  run(id: string, times: number): Promise<number> {
    return this.#page.evaluate((...told) => (globalThis as unknown as Asked).run(...told), id, times);
  }

  async drop(id: string): Promise<void> {
    await this.#page.evaluate((told) => (globalThis as unknown as Asked).drop(told), id);
  }

  close(): void {}
}
