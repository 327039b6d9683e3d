/**
 * A document seen from a test: one of the add-on's own (background, popup, options, reader: `Page`) or a
 * chrome window of Thunderbird (`ChromeWindow`). Code runs in it; clicks are real clicks at its elements' place.
 */
import type { Marionette } from "./marionette.js";
import { waitFor } from "./screen.js";
import type { Box, Screen } from "./screen.js";

/** What page and window have in common: elements that can be looked at and clicked. */
abstract class Surface {
  protected readonly thunderbird: Marionette;
  protected readonly screen: Screen;

  constructor(thunderbird: Marionette, screen: Screen) {
    this.thunderbird = thunderbird;
    this.screen = screen;
  }

  /** @param body of an async function; `args` are its arguments */
  abstract run<T = unknown>(body: string, ...args: unknown[]): Promise<T>;

  async exists(selector: string): Promise<boolean> {
    return this.run<boolean>(`return !!document.querySelector(args[0])`, selector);
  }

  async waitFor(selector: string, patience?: number): Promise<void> {
    await waitFor(`${selector} to show`, async () => (await this.box(selector)) !== null, patience);
  }

  async text(selector: string): Promise<string> {
    return this.run<string>(`return document.querySelector(args[0])?.textContent.trim() ?? ""`, selector);
  }

  /** Place on the display, null while it has none. */
  async box(selector: string): Promise<Box | null> {
    return this.run<Box | null>(
      `const element = document.querySelector(args[0]);
       if (!element) return null;
       element.scrollIntoView({ block: "nearest" });
       const r = element.getBoundingClientRect();
       if (!r.width || !r.height) return null;
       return { x: r.x, y: r.y, width: r.width, height: r.height };`,
      selector,
    ).then(async (box) => {
      if (box === null) return null;
      const origin = await this.origin();
      return { ...box, x: box.x + origin.x, y: box.y + origin.y };
    });
  }

  /** Where the document's top left corner is on the display. */
  abstract origin(): Promise<{ readonly x: number; readonly y: number }>;

  async click(selector: string): Promise<void> {
    const box = await waitFor(`${selector} to click`, () => this.box(selector));
    await this.screen.click(box);
  }
}

/** A document of an add-on, wherever it runs. */
export class Page extends Surface {
  readonly browser: string;

  /** @param browser JavaScript expression, in chrome, for its `<browser>` element */
  constructor(thunderbird: Marionette, screen: Screen, browser: string) {
    super(thunderbird, screen);
    this.browser = browser;
  }

  async isOpen(): Promise<boolean> {
    return this.thunderbird.run<boolean>(`return !!(${this.browser})`);
  }

  // A panel's document does not know its own place; the element that holds it does.
  override origin(): Promise<{ readonly x: number; readonly y: number }> {
    return this.thunderbird.run(`const b = ${this.browser}; return { x: b.screenX, y: b.screenY }`);
  }

  override async run<T = unknown>(body: string, ...args: unknown[]): Promise<T> {
    const code = `(async () => { const args = ${JSON.stringify(args)}; const answer = await (async () => { ${body} })();
      return JSON.stringify(answer === undefined ? null : answer); })()`;
    const answer = await this.thunderbird.run<string>(
      `const browser = ${this.browser};
       if (!browser) throw new Error("no such page");
       const key = "test:" + Math.random();
       const frameScript = "(" + function (code, key) {
         const sandbox = new Cu.Sandbox(content, { sandboxPrototype: content, wantXrays: false });
         let answer;
         try { answer = Cu.evalInSandbox(code, sandbox); }
         catch (error) { sendAsyncMessage(key, { error: String(error) }); return; }
         answer.then(value => sendAsyncMessage(key, { value }),
           error => sendAsyncMessage(key, { error: String(error) + " " + (error && error.stack) }));
       } + ")(" + JSON.stringify(args[0]) + "," + JSON.stringify(key) + ")";
       return new Promise((resolve, reject) => {
         browser.messageManager.addMessageListener(key, function listener(message) {
           browser.messageManager.removeMessageListener(key, listener);
           message.data.error ? reject(new Error(message.data.error)) : resolve(message.data.value);
         });
         browser.messageManager.loadFrameScript("data:application/javascript;charset=utf-8," + encodeURIComponent(frameScript), false);
       });`,
      code,
    );
    return JSON.parse(answer) as T;
  }
}

/** A window of Thunderbird itself. */
export class ChromeWindow extends Surface {
  /** its outer window id */
  readonly id: number;

  constructor(thunderbird: Marionette, screen: Screen, id: number) {
    super(thunderbird, screen);
    this.id = id;
  }

  async isOpen(): Promise<boolean> {
    return this.thunderbird.run<boolean>(
      `const w = Services.wm.getOuterWindowWithId(args[0]); return !!w && !w.closed`,
      this.id,
    );
  }

  override origin(): Promise<{ readonly x: number; readonly y: number }> {
    return this.run(`return { x: window.mozInnerScreenX, y: window.mozInnerScreenY }`);
  }

  override async run<T = unknown>(body: string, ...args: unknown[]): Promise<T> {
    return this.thunderbird.run<T>(
      `const window = Services.wm.getOuterWindowWithId(args.shift());
       if (!window) throw new Error("the window is closed");
       const document = window.document;
       ${body}`,
      this.id,
      ...args,
    );
  }

  /**
   * Take the keyboard. There is no window manager on the display, so we do its work; left alone, X gives the
   * keyboard to whatever is below the pointer, and a popup closes as soon as the pointer moves into it.
   */
  async focus(): Promise<void> {
    this.#handle ??= await this.#findHandle();
    await this.run(`window.focus()`);
    await this.screen.focus(this.#handle);
    await waitFor("the window to have the keyboard", () =>
      this.run<boolean>(`return Services.focus.activeWindow === window`),
    );
  }

  #handle: string | undefined;

  /** Found by its title, which is made unique for a moment. */
  async #findHandle(): Promise<string> {
    const title = await this.run<string>(
      `const title = document.title; document.title = args[0]; return title`,
      `window-${this.id}-of-a-test`,
    );
    const handle = await waitFor("the window on the display", () =>
      this.screen.findWindow(`window-${this.id}-of-a-test`),
    );
    await this.run(`document.title = args[0]`, title);
    return handle;
  }

  async place(): Promise<Box> {
    return this.run<Box>(
      `return { x: window.mozInnerScreenX, y: window.mozInnerScreenY, width: window.innerWidth, height: window.innerHeight }`,
    );
  }
}
