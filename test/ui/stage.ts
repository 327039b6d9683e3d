/**
 * Our pages on a stage: real Chromium, the real documents, styles and scripts under the extension's own
 * policy, and a `browser` whose background answers from a scene. For looking at every state; that the real
 * background answers so is tested in test/e2e.
 */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import type { PageRequests, Reply } from "../../src/protocol/messages.js";
import { messagesOf } from "./locale.js";

export type Scene = { readonly [Name in keyof PageRequests]?: Reply<PageRequests[Name]["answer"]> };

export interface Look {
  readonly scheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
  readonly direction?: "ltr" | "rtl";
  /** a folder of _locales */
  readonly language?: string;
  readonly forcedColors?: boolean;
  /** addresses of the mail client's accounts; default: none, as in a browser */
  readonly own?: readonly string[];
  readonly query?: string | undefined;
}

const root = new URL("../../", import.meta.url);

export class Stage {
  readonly #browser: Browser;
  readonly #server: Server;

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser;
    this.#server = server;
  }

  static async open(): Promise<Stage> {
    const files = await bundle();
    const { content_security_policy: policy } = JSON.parse(
      await readFile(new URL("manifest.json", root), "utf8"),
    ) as {
      content_security_policy: { extension_pages: string };
    };
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://stage").pathname;
      void serve(path, files).then(
        (contents) => {
          response.setHeader("Content-Security-Policy", policy.extension_pages);
          response.setHeader("Content-Type", typeOf(path));
          response.end(contents);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    return new Stage(browser, server);
  }

  /** @param name "options", "popup", "reader", "compose" */
  async play(name: string, scene: Scene, look: Look = {}): Promise<Page> {
    const page = await this.#browser.newPage();
    await page.setViewport({ width: look.width ?? 900, height: look.height ?? 700 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: look.scheme ?? "light" }]);
    if (look.forcedColors === true) await emulateForcedColors(page);
    const messages = messagesOf(look.language ?? "en");
    const words = Object.fromEntries(Object.entries(messages).map(([key, { message }]) => [key, message]));
    if (look.direction === "rtl") words["locale_direction"] = "rtl";
    // tsx wraps functions in a call of `__name`, which the page does not have.
    await page.evaluateOnNewDocument("globalThis.__name = (named) => named");
    await page.evaluateOnNewDocument(standIn, words, scene as Record<string, unknown>, [...(look.own ?? [])]);
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/pages/${name}/${name}.html${look.query ?? ""}`);
    await page.waitForFunction(() => document.querySelector("main")?.hasChildNodes() === true);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }
}

async function emulateForcedColors(page: Page): Promise<void> {
  const session = await page.createCDPSession();
  await session.send("Emulation.setEmulatedMedia", {
    features: [{ name: "forced-colors", value: "active" }],
  });
}

async function bundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = ["options", "popup", "reader", "compose", "welcome"];
  const { outputFiles } = await build({
    absWorkingDir: root.pathname,
    entryPoints: names.flatMap((name) => [`src/pages/${name}/${name}.ts`, `src/pages/${name}/${name}.css`]),
    bundle: true,
    write: false,
    format: "esm",
    outdir: "/",
    outbase: "src",
    external: ["*.svg", "*.png"],
    target: "chrome123",
    logLevel: "warning",
  });
  return new Map(outputFiles.map((file) => [file.path, file.contents]));
}

async function serve(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const built = files.get(path);
  if (built !== undefined) return built;
  const folder = path.startsWith("/pages/") ? "src" : ".";
  return readFile(new URL(`${folder}${path}`, root));
}

function typeOf(path: string): string {
  const types: Readonly<Record<string, string>> = {
    html: "text/html; charset=utf-8",
    css: "text/css",
    js: "text/javascript",
    svg: "image/svg+xml",
    png: "image/png",
  };
  return types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}

/** Runs in the page, before its script: `browser` with words, and a background that answers from the scene. */
function standIn(words: Record<string, string>, scene: Record<string, unknown>, own: string[]): void {
  const asked: unknown[] = [];
  const listeners: ((message: unknown, sender: unknown) => void)[] = [];
  const none = { addListener: () => undefined, removeListener: () => undefined };
  const runtime = {
    id: "stage",
    getURL: (path: string) => path,
    async sendMessage(question: { ask: string; params: unknown }) {
      asked.push(question);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return scene[question.ask] ?? { ok: false, code: "bug" };
    },
    connect({ name }: { name: string }) {
      let heard: (message: unknown) => void = () => undefined;
      const say = (message: unknown): void => void setTimeout(() => heard(message), 0);
      return {
        name,
        onMessage: {
          addListener: (listener: typeof heard) => void (heard = listener),
          removeListener: () => undefined,
        },
        onDisconnect: none,
        disconnect: () => undefined,
        postMessage: (message: { size?: number; id?: string; next?: true }) => {
          if (message.id !== undefined) say({ size: 3 });
          else if (message.next) say({ chunk: "AAAA" });
          else say(message.size === undefined ? { stored: "file-1" } : { next: true });
        },
      };
    },
    onMessage: {
      addListener: (listener: (typeof listeners)[number]) => void listeners.push(listener),
      removeListener: () => undefined,
    },
    onConnect: none,
  };
  const i18n = {
    getMessage: (key: string, inserted: readonly string[] = []) =>
      (words[key] ?? "").replace(/\$([1-9])/g, (_, number: string) => inserted[Number(number) - 1] ?? ""),
  };
  const tabs = { query: async () => [{ id: 1 }], create: async (tab: unknown) => void asked.push(tab) };
  // A person who clicks "allow".
  const permissions = { request: async () => true, contains: async () => true };
  const say = (event: unknown): void =>
    listeners.forEach((listener) => listener({ signet: "event", event }, { id: "stage" }));
  const identities = own.map((email) => ({ email, name: "Alice Example" }));
  const accounts = own.length === 0 ? {} : { accounts: { list: async () => [{ identities }] } };
  Object.assign(globalThis, {
    browser: { runtime, i18n, permissions, tabs, ...accounts },
    stage: { asked, scene, say },
  });
}
