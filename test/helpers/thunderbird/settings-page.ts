/**
 * The options page, as a person uses it: a key file dropped on it, passwords typed, buttons pressed.
 * A drop is made by an event, because Xvfb has no file manager to drag from; everything else is real.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Page } from "./page.js";
import { waitFor } from "./screen.js";
import type { Addon } from "./world.js";

export interface KeyFile {
  /** path of the .p12 */
  readonly file: string;
  readonly password: string;
  /** seals the keys, asked for with the first file only; null: none */
  readonly passphrase: string | null;
}

export class SettingsPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(addon: Addon): Promise<SettingsPage> {
    await addon.background.run(`await browser.runtime.openOptionsPage()`);
    const page = await addon.waitForPage("tab", "options");
    await page.waitFor("#identities .drop");
    return new SettingsPage(page);
  }

  async importKeyFile({ file, password, passphrase }: KeyFile): Promise<void> {
    const before = await this.#entries("identities");
    await this.#drop("identities", file);
    await this.#fill("#identities form input[type=password]", 0, password);
    const first = await this.page.exists("#protection-device");
    if (first && passphrase === null) await this.#choose("#protection-device");
    if (first && passphrase !== null) {
      await this.#fill("#identities fieldset input[type=password]", 0, passphrase);
      await this.#fill("#identities fieldset input[type=password]", 1, passphrase);
    }
    await this.#choose("#identities form button[type=submit]");
    await this.#grown("identities", before);
  }

  async importAnchor(file: string): Promise<void> {
    const before = await this.#entries("anchors");
    await this.#drop("anchors", file);
    await this.page.waitFor("dialog[open] button.primary");
    await this.#choose("dialog[open] button.primary");
    await this.#grown("anchors", before);
  }

  async importCertificate(file: string): Promise<void> {
    const before = await this.#entries("people");
    await this.#drop("people", file);
    await this.#grown("people", before);
  }

  async #entries(section: string): Promise<number> {
    return this.page.run<number>(`return document.querySelectorAll("#" + args[0] + " li").length`, section);
  }

  async #grown(section: string, before: number): Promise<void> {
    await waitFor(`${section} to be listed`, async () => {
      if ((await this.#entries(section)) > before) return true;
      const problem = await this.page.run<string>(
        `return [...document.querySelectorAll("#" + args[0] + " .problem")].map(p => p.textContent).join(" ").trim()`,
        section,
      );
      if (problem !== "") throw new Error(`the options page says: ${problem}`);
      return false;
    });
  }

  async #drop(section: string, file: string): Promise<void> {
    await this.page.waitFor(`#${section} .drop`);
    await this.page.run(
      `const file = new File([Uint8Array.fromBase64(args[1])], args[2]);
       const dataTransfer = new DataTransfer();
       dataTransfer.items.add(file);
       document.querySelector("#" + args[0] + " .drop").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));`,
      section,
      readFileSync(file).toString("base64"),
      basename(file),
    );
  }

  async #fill(selector: string, index: number, text: string): Promise<void> {
    await this.page.waitFor(selector);
    await this.page.run(`document.querySelectorAll(args[0])[args[1]].value = args[2]`, selector, index, text);
  }

  async #choose(selector: string): Promise<void> {
    await this.page.run(`document.querySelector(args[0]).click()`, selector);
  }
}
