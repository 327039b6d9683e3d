/**
 * The compose window, as a person uses it: keys into its fields, clicks on its buttons. Opened by
 * Thunderbird's own compose service (new, reply, forward, edit), because that is what its menus call.
 */
import type { ComposeMode } from "../../../src/protocol/messages.js";
import type { Addon, World } from "./world.js";
import { ChromeWindow } from "./page.js";
import { waitFor } from "./screen.js";

export interface OpenComposer {
  /** a member of nsIMsgCompType; default "New" */
  readonly type?:
    | "New"
    | "Reply"
    | "ReplyAll"
    | "ForwardInline"
    | "ForwardAsAttachment"
    | "Draft"
    | "Template"
    | "EditAsNew";
  /** Thunderbird's identity key; default "id1" */
  readonly identity?: string;
  readonly format?: "HTML" | "PlainText";
  /** message URI of what is answered or edited */
  readonly original?: string;
}

export class Composer extends ChromeWindow {
  readonly #world: World;

  private constructor(world: World, id: number) {
    super(world.thunderbird, world.screen, id);
    this.#world = world;
  }

  static async open(world: World, options: OpenComposer = {}): Promise<Composer> {
    const id = await world.thunderbird.run<number>(
      `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
       const [type, identity, format, original] = args;
       const before = new Set([...Services.wm.getEnumerator("msgcompose")]);
       const header = original ? MailServices.messageServiceFromURI(original).messageURIToMsgHdr(original) : null;
       MailServices.compose.OpenComposeWindow(null, header, original, Ci.nsIMsgCompType[type],
         Ci.nsIMsgCompFormat[format], MailServices.accounts.getIdentity(identity), null, null);
       for (let i = 0; i < 300; i++) {
         const opened = [...Services.wm.getEnumerator("msgcompose")].find(w => !before.has(w));
         if (opened?.composeEditorReady) { await sleep(150); opened.focus(); return opened.docShell.outerWindowID; }
         await sleep(50);
       }
       throw new Error("no compose window");`,
      options.type ?? "New",
      options.identity ?? "id1",
      options.format ?? "HTML",
      options.original ?? null,
    );
    return new Composer(world, id);
  }

  /** One that was opened by something else. @param others windows that were there before */
  static async opened(world: World, others: readonly number[]): Promise<Composer> {
    const id = await waitFor("another compose window", () =>
      world.thunderbird.run<number | null>(
        `return [...Services.wm.getEnumerator("msgcompose")].filter(w => w.composeEditorReady)
           .map(w => w.docShell.outerWindowID).find(id => !args[0].includes(id)) ?? null`,
        others,
      ),
    );
    return new Composer(world, id);
  }

  /** Type a letter with the keyboard. */
  async write(letter: {
    to?: string;
    cc?: string;
    bcc?: string;
    subject?: string;
    body?: string;
  }): Promise<void> {
    await this.focus();
    for (const field of ["to", "cc", "bcc"] as const) {
      const addresses = letter[field];
      if (addresses !== undefined) await this.#address(field, addresses);
    }
    if (letter.subject !== undefined) await this.#subject(letter.subject);
    if (letter.body !== undefined) {
      await this.run(`document.getElementById("messageEditor").focus(); await sleep(30)`);
      await this.screen.type(letter.body);
    }
  }

  /** xdotool cannot be relied on for letters that the keyboard of the display does not have. */
  async #subject(subject: string): Promise<void> {
    const typed = /^[ -~]*$/.test(subject);
    await this.run(
      `const field = document.getElementById("msgSubject");
       field.focus();
       if (args[0] !== null) { field.value = args[0]; field.dispatchEvent(new window.Event("input", { bubbles: true })); }`,
      typed ? null : subject,
    );
    if (typed) await this.screen.type(subject);
  }

  async #address(field: "to" | "cc" | "bcc", addresses: string): Promise<void> {
    await this.run(
      `const row = document.getElementById("addressRow" + args[0]);
       if (row.classList.contains("hidden")) window.showAndFocusAddressRow(row.id);
       document.getElementById(args[1]).focus()`,
      field[0]!.toUpperCase() + field.slice(1),
      `${field}AddrInput`,
    );
    await this.screen.type(`${addresses},`);
    await waitFor("the address to become a pill", () =>
      this.run<boolean>(
        `return document.querySelectorAll("#addressRow" + args[0] + " mail-address-pill").length > 0`,
        field[0]!.toUpperCase() + field.slice(1),
      ),
    );
  }

  /** the text as it stands in the editor */
  async body(): Promise<string> {
    return this.run<string>(`return window.gMsgCompose.editor.rootElement.innerText`);
  }

  /** Attach a file that lies on the disk, as dropping it would. */
  async attach(path: string): Promise<void> {
    await this.run(
      `const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
       file.initWithPath(args[0]);
       const attachment = Cc["@mozilla.org/messengercompose/attachment;1"].createInstance(Ci.nsIMsgAttachment);
       attachment.url = Services.io.newFileURI(file).spec;
       attachment.name = file.leafName;
       attachment.size = file.fileSize;
       await window.AddAttachments([attachment]);`,
      path,
    );
  }

  /** Click the add-on's button. */
  async clickLock(addon: Addon): Promise<void> {
    await this.focus();
    await this.click(`#${this.lockId(addon)}`);
  }

  /** Choose a mode in the lock's popup, by clicks. @returns what the button says then */
  async setLock(addon: Addon, mode: ComposeMode): Promise<string> {
    await this.clickLock(addon);
    const popup = await addon.waitForPage("popup", "/compose.html");
    await popup.click(`#mode-${mode}`);
    await waitFor("the mode to be taken", () =>
      popup.run<boolean>(
        `const radio = document.querySelector("#mode-" + args[0]);
         return radio.checked && (await browser.runtime.sendMessage({ signet: "ask", ask: "compose:state",
           params: { tabId: (await browser.tabs.query({ active: true, currentWindow: true }))[0].id } })).answer?.mode === args[0]`,
        mode,
      ),
    );
    await this.closePopup(addon);
    return this.lockLabel(addon);
  }

  async closePopup(addon: Addon): Promise<void> {
    const popup = addon.page("popup");
    await waitFor("the popup to close", async () => {
      if (!(await popup.isOpen())) return true;
      await this.screen.key("Escape");
      return false;
    });
  }

  lockId(addon: Addon): string {
    return `${addon.id.toLowerCase().replace(/[^a-z0-9_-]/g, "_")}-composeAction-toolbarbutton`;
  }

  /** Label of the add-on's button. */
  async lockLabel(addon: Addon): Promise<string> {
    return this.run<string>(`return document.getElementById(args[0])?.label ?? ""`, this.lockId(addon));
  }

  async send(): Promise<void> {
    await this.focus();
    await this.click("#button-send");
  }

  async sendLater(): Promise<void> {
    await this.focus();
    await this.screen.key("ctrl+shift+Return");
  }

  async saveDraft(): Promise<void> {
    await this.focus();
    await this.screen.key("ctrl+s");
  }

  async waitUntilClosed(patience?: number): Promise<void> {
    await waitFor("the compose window to close", async () => !(await this.isOpen()), patience);
  }

  /** Close and throw the letter away, without a question. */
  async discard(): Promise<void> {
    if (!(await this.isOpen())) return;
    await this.run(`window.gMsgCompose.bodyModified = false; window.gContentChanged = false; window.close()`);
    await this.waitUntilClosed();
  }

  /** the world it stands in */
  get world(): World {
    return this.#world;
  }
}
