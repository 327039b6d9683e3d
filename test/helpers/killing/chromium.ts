/**
 * Signet in a real Chromium whose whole process group is killed (SIGKILL) in the middle of something, and
 * started again over the same profile. The pages' questions are asked as our own pages ask them.
 */
import puppeteer, { type Browser, type Page, type Target } from "puppeteer-core";
import { until } from "../browsers/driven.js";
import { type Killable, Writes, killGroup, writeTelling } from "./killable.js";

export class KilledBrowser implements Killable {
  readonly #browser: Browser;
  readonly page: Page;
  readonly writes = new Writes();
  /** whatever page and background said on the console, errors included */
  readonly said: string[] = [];

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.on("console", (message) => this.said.push(message.text()));
    page.on("pageerror", (error) => this.said.push(String(error)));
  }

  /** @param extension its folder: the same each time, for the extension's name is made of it */
  static async start(profile: string, extension: string): Promise<KilledBrowser> {
    const browser = await puppeteer.launch({
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
      userDataDir: profile,
      enableExtensions: [extension],
      pipe: true,
    });
    const worker = await browser.waitForTarget((target) => target.type() === "service_worker");
    const page = await browser.newPage();
    await page.goto(`chrome-extension://${new URL(worker.url()).host}/pages/options/options.html`);
    await until(() => page.evaluate(() => (document.querySelector("main")?.innerText.length ?? 0) > 20));
    const started = new KilledBrowser(browser, page);
    await started.#listen(worker);
    return started;
  }

  async #listen(worker: Target): Promise<void> {
    const session = await worker.createCDPSession();
    session.on("Runtime.bindingCalled", ({ name, payload }) => name === "heard" && this.writes.hear(payload));
    session.on("Runtime.consoleAPICalled", ({ args }) => this.said.push(JSON.stringify(args)));
    session.on("Runtime.exceptionThrown", (thrown) => this.said.push(JSON.stringify(thrown)));
    await session.send("Runtime.enable");
    await session.send("Runtime.addBinding", { name: "heard" });
    await session.send("Runtime.evaluate", { expression: writeTelling("heard") });
  }

  /** @returns what the background answers; a refusal is thrown by its code */
  async ask<Answer>(name: string, params: object): Promise<Answer> {
    const reply = await this.page.evaluate(
      (ask: string, given: object) =>
        (globalThis as unknown as Extension).chrome.runtime.sendMessage({
          signet: "ask",
          ask,
          params: given,
        }),
      name,
      params,
    );
    const { ok, answer, code } = reply as { ok: boolean; answer: Answer; code: string };
    if (!ok) throw new Error(`${name} was refused: ${code}`);
    return answer;
  }

  /** The port's words are those of src/protocol/handover.ts. */
  handOver(file: Uint8Array): Promise<string> {
    return this.page.evaluate(
      (chunk: string, size: number) =>
        new Promise<string>((resolve, reject) => {
          const port = (globalThis as unknown as Extension).chrome.runtime.connect({ name: "signet-put" });
          port.onMessage.addListener((said) => {
            if (said["stored"] !== undefined) resolve(String(said["stored"]));
            else if (said["next"] !== undefined) port.postMessage({ chunk });
            else reject(new Error(JSON.stringify(said)));
          });
          port.postMessage({ size });
        }),
      Buffer.from(file).toString("base64"),
      file.length,
    );
  }

  /** What the background hands back, e.g. a backup. */
  async take(file: string): Promise<Uint8Array> {
    const base64 = await this.page.evaluate(
      (id: string) =>
        new Promise<string>((resolve, reject) => {
          const port = (globalThis as unknown as Extension).chrome.runtime.connect({ name: "signet-take" });
          let [whole, size] = ["", -1];
          port.onMessage.addListener((said) => {
            if (said["failed"] !== undefined) return reject(new Error(String(said["failed"])));
            if (said["size"] !== undefined) size = Number(said["size"]);
            if (said["chunk"] !== undefined) whole += atob(String(said["chunk"]));
            if (whole.length === size) resolve(btoa(whole));
            else port.postMessage({ next: true });
          });
          port.postMessage({ id });
        }),
      file,
    );
    return Buffer.from(base64, "base64");
  }

  async kill(): Promise<void> {
    const root = this.#browser.process()?.pid;
    if (root === undefined) throw new Error("no browser was started");
    await killGroup(root);
    await this.#browser.close().catch(() => undefined);
  }
}

interface Extension {
  readonly chrome: {
    readonly runtime: {
      sendMessage(message: object): Promise<unknown>;
      connect(info: { name: string }): {
        readonly onMessage: { addListener(listener: (said: Record<string, unknown>) => void): void };
        postMessage(message: object): void;
      };
    };
  };
}
