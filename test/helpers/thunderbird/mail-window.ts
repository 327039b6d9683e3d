/**
 * The three panes, as a person uses them: choose a folder, click a message, read it, look at the badge.
 * Rows and buttons are clicked where they stand; only what a person sees is read back.
 */
import { ChromeWindow } from "./page.js";
import type { Person } from "./profile.js";
import { userOf } from "./profile.js";
import type { Box } from "./screen.js";
import { waitFor } from "./screen.js";
import type { Addon, World } from "./world.js";

export interface ShownBadge {
  readonly label: string;
  readonly title: string;
  /** name of the picture, e.g. "state-good.svg" */
  readonly icon: string;
}

export interface ShownBanner {
  readonly words: string;
  /** "good", "caution" … */
  readonly tone: string;
  readonly button: string | null;
}

/** Names for what the snippets below need: tab, the pane's windows, the message's document. */
const scope = `
  const tabmail = document.getElementById("tabmail");
  const panes = tabmail.currentAbout3Pane;
  const about = tabmail.currentAboutMessage;
  const letter = about?.document.getElementById("messagepane")?.contentDocument;
`;

export class MailWindow extends ChromeWindow {
  readonly #world: World;

  private constructor(world: World, id: number) {
    super(world.thunderbird, world.screen, id);
    this.#world = world;
  }

  static async open(world: World): Promise<MailWindow> {
    const { id } = await world.mainWindow();
    const window = new MailWindow(world, id);
    await window.focus();
    return window;
  }

  /** @param body may use tabmail, panes (about:3pane), about (about:message), letter (its document) */
  async look<T>(body: string, ...args: unknown[]): Promise<T> {
    return this.run<T>(`${scope} ${body}`, ...args);
  }

  async showFolder(person: Person, mailbox = "INBOX"): Promise<void> {
    await this.#world.refresh(person, mailbox);
    await this.look(
      `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
       tabmail.switchToTab(0);
       const server = MailServices.accounts.allServers.find(s => s.type === "imap" && s.username === args[0]);
       const folder = server.rootFolder.subFolders.find(f => f.name.toLowerCase() === args[1].toLowerCase());
       tabmail.currentAbout3Pane.displayFolder(folder.URI);`,
      userOf(person),
      mailbox,
    );
    await waitFor(`${mailbox} to show`, () =>
      this.look<boolean>(
        `return panes.gFolder?.name.toLowerCase() === args[0].toLowerCase() && !!panes.gDBView`,
        mailbox,
      ),
    );
  }

  /** Click the message in the list. */
  async choose(subject: string): Promise<void> {
    const box = await waitFor(`“${subject}” in the list`, () => this.#rowOf(subject));
    await this.screen.click(box);
    await waitFor(`“${subject}” to be chosen`, () =>
      this.look<boolean>(`return about?.gMessage?.mime2DecodedSubject === args[0]`, subject),
    );
  }

  /** Go to the message faster than anybody clicks. */
  async leapTo(subject: string): Promise<void> {
    await this.look(
      `const view = panes.gDBView;
       for (let i = 0; i < view.rowCount; i++)
         if (view.getMsgHdrAt(i).mime2DecodedSubject === args[0]) panes.threadTree.selectedIndex = i;`,
      subject,
    );
  }

  async #rowOf(subject: string): Promise<Box | null> {
    return this.look<Box | null>(
      `const view = panes.gDBView;
       let index = -1;
       for (let i = 0; i < (view?.rowCount ?? 0); i++) if (view.getMsgHdrAt(i).mime2DecodedSubject === args[0]) index = i;
       if (index < 0) return null;
       panes.threadTree.scrollToIndex(index, true);
       await sleep(50);
       const row = panes.threadTree.getRowAtIndex(index);
       const box = row?.querySelector(".subject-line, .subjectcol-column")?.getBoundingClientRect() ?? row?.getBoundingClientRect();
       if (!box?.width) return null;
       return { x: box.x + panes.mozInnerScreenX, y: box.y + panes.mozInnerScreenY, width: Math.min(box.width, 80), height: box.height };`,
      subject,
    );
  }

  /** Open an .eml from the disk, as the File menu does; it shows in a tab of its own. */
  async openFile(path: string): Promise<void> {
    await this.look(
      `const { MailUtils } = ChromeUtils.importESModule("resource:///modules/MailUtils.sys.mjs");
       const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
       file.initWithPath(args[0]);
       MailUtils.openEMLFile(window, file, Services.io.newFileURI(file));`,
      path,
    );
    await waitFor("the file's tab", () =>
      this.look<boolean>(`return !!about?.gMessage && !about.gMessage.folder`),
    );
  }

  /** Close the tab in front and go back to the list. */
  async closeTab(): Promise<void> {
    await this.look(`tabmail.closeTab(tabmail.currentTabInfo); tabmail.switchToTab(0); await sleep(200)`);
  }

  /** The message's text, without what stands hidden in the document. */
  async words(): Promise<string> {
    return this.look<string>(`return letter?.body?.innerText.trim() ?? ""`);
  }

  async waitForWords(part: string, patience?: number): Promise<void> {
    const found = async (): Promise<boolean> => (await this.words()).includes(part);
    await waitFor(`the message to say “${part}”`, found, patience).catch(async (error: unknown) => {
      throw new Error(`${String(error)}; it says: ${await this.words()}`);
    });
  }

  async badge(addon: Addon): Promise<ShownBadge> {
    return this.look<ShownBadge>(
      `const button = about.document.getElementById(args[0]);
       const image = button?.querySelector(".toolbarbutton-icon");
       const style = button ? about.getComputedStyle(image ?? button) : null;
       const address = [image?.src, style?.listStyleImage, style?.content, button?.getAttribute("style")].filter(Boolean).join(" ");
       const bare = button?.getAttribute("hideWebExtensionLabel") === "true";
       return { label: bare ? "" : (button?.label ?? ""), title: button?.getAttribute("tooltiptext") ?? "",
         icon: /([a-z-]+\\.(?:svg|png))/.exec(address)?.[1] ?? "" };`,
      this.badgeId(addon),
    );
  }

  badgeId(addon: Addon): string {
    return `${addon.id.toLowerCase().replace(/[^a-z0-9_-]/g, "_")}-messageDisplayAction-toolbarbutton`;
  }

  /** A key pressed where the keyboard is. */
  async press(key: string): Promise<void> {
    await this.screen.key(key);
  }

  /** As large as the display: popups need the room. */
  async fill(): Promise<void> {
    await this.run(`window.moveTo(0, 0); window.resizeTo(screen.width, screen.height); await sleep(300)`);
  }

  /** A picture of the whole window, and of what hangs over its edge. */
  async picture(file: string): Promise<void> {
    await this.screen.hidePointer();
    await this.run(`await sleep(400)`);
    await this.screen.shot(file);
  }

  /** Wait until the badge has made up its mind. */
  async waitForBadge(addon: Addon, label: string, patience?: number): Promise<ShownBadge> {
    let last: ShownBadge | null = null;
    const fits = async (): Promise<ShownBadge | null> => {
      last = await this.badge(addon);
      return last.label === label && !last.icon.includes("checking") ? last : null;
    };
    return waitFor(`the badge “${label}”`, fits, patience).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows ${JSON.stringify(last)}`);
    });
  }

  async clickBadge(addon: Addon): Promise<void> {
    const box = await waitFor("the badge", () =>
      this.look<Box | null>(
        `const box = about.document.getElementById(args[0])?.getBoundingClientRect();
         return box?.width ? { x: box.x + about.mozInnerScreenX, y: box.y + about.mozInnerScreenY, width: box.width, height: box.height } : null`,
        this.badgeId(addon),
      ),
    );
    await this.screen.click(box);
  }

  /** The add-on's button in the toolbar at the top. */
  async clickToolbarButton(addon: Addon): Promise<void> {
    await this.click(`button[extension="${addon.id}"]`);
  }

  /** Our strip in the message; null where there is none. */
  async banner(): Promise<ShownBanner | null> {
    return this.look<ShownBanner | null>(
      `const strip = [...(letter?.body?.children ?? [])].map(e => e.openOrClosedShadowRoot?.querySelector("aside")).find(Boolean);
       return strip ? { words: strip.querySelector("p").textContent, tone: strip.className,
         button: strip.querySelector("button")?.textContent ?? null } : null`,
    );
  }

  /** names of the attachments that Thunderbird lists */
  async attachments(): Promise<readonly string[]> {
    return this.look<string[]>(
      `return about.document.getElementById("attachmentView").hidden ? [] : about.currentAttachments.map(a => a.name)`,
    );
  }

  /** Save the attachment as the menu does. */
  async saveAttachment(name: string, folder: string): Promise<void> {
    await this.look(
      `const attachment = about.currentAttachments.find(a => a.name === args[0]);
       await attachment.saveToFile(PathUtils.join(args[1], args[0]));`,
      name,
      folder,
    );
  }

  /** Thunderbird's own label beside the subject; null while it is hidden. */
  async nativeLabel(): Promise<string | null> {
    return this.look<string | null>(
      `const box = about.document.getElementById("cryptoBox");
       return box.hidden || about.getComputedStyle(box).display === "none" ? null : box.getAttribute("tech")`,
    );
  }

  /** message URI of what is shown */
  async messageUri(): Promise<string> {
    return this.look<string>(`return about.gMessageURI`);
  }
}
