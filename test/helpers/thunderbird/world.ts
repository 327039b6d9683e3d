/**
 * A test world: display, mail server, profile and one real Thunderbird, all its own (free ports, free
 * display, a folder that goes with it), so that worlds of several test files run side by side.
 *
 *     const world = await startWorld({ people: [alice, bob], addon: "dist/thunderbird" });
 *     …
 *     await world.stop();
 *
 * One world takes about six seconds to start: let many tests share one. `SIGNET_THUNDERBIRD` names another
 * Thunderbird. Everything ends with the test process, even when a test fails before `stop`.
 */
import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Marionette } from "./marionette.js";
import { startMailServer } from "./mail-server.js";
import type { MailServer, MailServerOptions } from "./mail-server.js";
import { ChromeWindow, Page } from "./page.js";
import { deleteFolder, end, freePort, isAlive, keepForDeletion, start, startDisplay } from "./processes.js";
import { alice, bob, makeProfile, userOf } from "./profile.js";
import type { Person, Preferences } from "./profile.js";
import { thunderbirdCommand } from "./program.js";
import { Screen, waitFor } from "./screen.js";

export interface WorldOptions {
  /** default: alice and bob */
  readonly people?: readonly Person[];
  readonly theme?: "light" | "dark";
  readonly preferences?: Preferences;
  /** unpacked folder or archive to install at once */
  readonly addon?: string;
  readonly mail?: MailServerOptions;
  /** a display that is there, e.g. ":0"; default: an Xvfb of its own */
  readonly display?: string;
}

export interface Addon {
  readonly id: string;
  readonly background: Page;
  /** the page of the add-on that is open now: a popup, or a tab (options, reader) whose address contains `part` */
  page(kind: "popup" | "tab", part?: string): Page;
  waitForPage(kind: "popup" | "tab", part?: string): Promise<Page>;
  disable(): Promise<void>;
  enable(): Promise<void>;
}

export interface World {
  readonly mail: MailServer;
  readonly thunderbird: Marionette;
  readonly screen: Screen;
  /** the folder of the profile */
  readonly profile: string;
  /** Thunderbird's folder for temporary files */
  readonly temporary: string;
  install(path: string): Promise<Addon>;
  /** the one given by `options.addon` */
  readonly addon: Addon;
  /** the three-pane window */
  mainWindow(): Promise<ChromeWindow>;
  /** fetch what is new, so that Thunderbird shows it. @param mailbox e.g. "INBOX", "Drafts" */
  refresh(person: Person, mailbox?: string): Promise<void>;
  /** files under `folder` that hold the text, in UTF-8 or UTF-16 */
  filesWith(folder: string, text: string): readonly string[];
  /** resolves when somebody closes Thunderbird */
  closed(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "signet-world-"));
  // Dovecot's mail process runs as another user and must reach its folder below.
  chmodSync(folder, 0o711);
  keepForDeletion(folder);
  const stops: (() => Promise<void> | void)[] = [() => deleteFolder(folder)];
  const stop = async () => {
    for (let step = stops.pop(); step; step = stops.pop()) await step();
  };
  try {
    return await build({ folder, options, stops, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Making {
  readonly folder: string;
  readonly options: WorldOptions;
  /** what must be undone, last first */
  readonly stops: (() => Promise<void> | void)[];
  readonly stop: () => Promise<void>;
}

async function build(making: Making): Promise<World> {
  const { folder, options, stops } = making;
  const mail = await startMailServer(join(folder, "mail"), options.mail);
  stops.push(() => mail.stop());
  const display = options.display ?? (await ownDisplay(stops));
  const screen = new Screen(display);
  const people = options.people ?? [alice, bob];
  const thunderbird = await startThunderbird(making, mail, { display, people });
  const world = makeWorld(making, { mail, screen, thunderbird });
  await prepare(thunderbird, people);
  const addon = options.addon === undefined ? null : await world.install(options.addon);
  return {
    ...world,
    get addon(): Addon {
      if (!addon) throw new Error("this world was started without an add-on");
      return addon;
    },
  };
}

async function ownDisplay(stops: Making["stops"]): Promise<string> {
  const { display, process } = await startDisplay();
  stops.push(() => end(process));
  return display;
}

async function startThunderbird(
  making: Making,
  mail: MailServer,
  on: { display: string; people: readonly Person[] },
) {
  const { folder, options, stops } = making;
  const marionettePort = await freePort();
  const theme: Preferences = { "ui.systemUsesDarkTheme": options.theme === "dark" ? 1 : 0 };
  makeProfile(join(folder, "profile"), {
    people: on.people,
    imapPort: mail.imapPort,
    smtpPort: mail.smtpPort,
    marionettePort,
    preferences: { ...theme, ...options.preferences },
  });
  const child = start(thunderbirdCommand(folder, on.display));
  stops.push(() => end(child));
  const thunderbird = await Marionette.open(marionettePort, () => isAlive(child));
  stops.push(async () => {
    const gone = thunderbird.command("Marionette:Quit", { flags: ["eForceQuit"] }).catch(() => undefined);
    await Promise.race([gone, new Promise((done) => setTimeout(done, 3000).unref())]);
    thunderbird.close();
  });
  return thunderbird;
}

/** Passwords are known (a question would block the session), the mail window stands. */
async function prepare(thunderbird: Marionette, people: readonly Person[]): Promise<void> {
  await thunderbird.run(
    `for (const user of args[0]) {
       const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
       login.init("imap://127.0.0.1", null, "imap://127.0.0.1", user, "pass", "", "");
       await Services.logins.addLoginAsync(login);
     }`,
    people.map(userOf),
  );
  await waitFor("the mail window", () =>
    thunderbird.run<boolean>(
      `return !!Services.wm.getMostRecentWindow("mail:3pane")?.document.getElementById("tabmail")?.currentAbout3Pane?.document?.body`,
    ),
  );
}

interface Parts {
  readonly mail: MailServer;
  readonly screen: Screen;
  readonly thunderbird: Marionette;
}

function makeWorld(making: Making, { mail, screen, thunderbird }: Parts): Omit<World, "addon"> {
  return {
    mail,
    thunderbird,
    screen,
    profile: join(making.folder, "profile"),
    temporary: join(making.folder, "tmp"),
    install: (path) => install({ mail, screen, thunderbird }, ownCopy(making.folder, resolve(path))),
    mainWindow: async () => {
      const id = await thunderbird.run<number>(
        `return Services.wm.getMostRecentWindow("mail:3pane").docShell.outerWindowID`,
      );
      return new ChromeWindow(thunderbird, screen, id);
    },
    refresh: (person, mailbox = "INBOX") => refresh(thunderbird, userOf(person), mailbox),
    filesWith,
    closed: () => thunderbird.closed,
    stop: making.stop,
  };
}

/** JavaScript expressions for the `<browser>` that shows an address of the add-on. */
const browserElement = {
  // Thunderbird loads a popup elsewhere and moves it into the panel: the element in the panel is what counts.
  popup: (origin: string, part: string) =>
    `[...Services.wm.getEnumerator(null)].flatMap(w => [...w.document.querySelectorAll("browser.webextension-popup-browser")])
       .find(b => b.isConnected && ${showsAddress(origin, part)})`,
  tab: (origin: string, part: string) =>
    `[...Services.wm.getEnumerator("mail:3pane")].flatMap(w => w.document.getElementById("tabmail").tabInfo)
       .map(t => t.browser).find(b => b && ${showsAddress(origin, part)})`,
};

function showsAddress(origin: string, part: string): string {
  return `b.currentURI.spec.startsWith(\`${origin}\`) && b.currentURI.spec.includes(${JSON.stringify(part)})`;
}

/** Thunderbird reads an unpacked add-on again and again: a build meanwhile must not change it under the test. */
function ownCopy(folder: string, path: string): string {
  if (!statSync(path).isDirectory()) return path;
  const copy = mkdtempSync(join(folder, "addon-"));
  cpSync(path, copy, { recursive: true });
  return copy;
}

async function install({ screen, thunderbird }: Parts, path: string): Promise<Addon> {
  const { value: id } = (await thunderbird.command("Addon:Install", {
    path,
    temporary: statSync(path).isDirectory(),
  })) as {
    value: string;
  };
  return installedAddon({ screen, thunderbird }, id);
}

/** @param id of an add-on that is there */
export async function installedAddon(
  { screen, thunderbird }: Pick<Parts, "screen" | "thunderbird">,
  id: string,
): Promise<Addon> {
  const extension = `WebExtensionPolicy.getByID(${JSON.stringify(id)})?.extension`;
  const ready = () => thunderbird.run<boolean>(`return ${extension}?.backgroundState === "running"`);
  const setEnabled = (verb: "enable" | "disable") =>
    thunderbird.run(
      `const { AddonManager } = ChromeUtils.importESModule("resource://gre/modules/AddonManager.sys.mjs");
       await (await AddonManager.getAddonByID(args[0])).${verb}()`,
      id,
    );
  await waitFor("the add-on's background", ready);
  const page = (kind: "popup" | "tab", part = "") =>
    new Page(thunderbird, screen, browserElement[kind](`moz-extension://\${${extension}?.uuid}/`, part));
  return {
    id,
    background: new Page(thunderbird, screen, `${extension}?.backgroundContext?.xulBrowser`),
    page,
    async waitForPage(kind, part) {
      const found = page(kind, part);
      await waitFor(`the add-on's ${kind} ${part ?? ""}`, () => found.isOpen());
      await waitFor("the page to load", () =>
        found.run<boolean>(`return document.readyState === "complete"`).catch(() => false),
      );
      return found;
    },
    disable: async () => void (await setEnabled("disable")),
    async enable() {
      await setEnabled("enable");
      await waitFor("the add-on's background", ready);
    },
  };
}

async function refresh(thunderbird: Marionette, user: string, mailbox: string): Promise<void> {
  await thunderbird.run(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     const server = MailServices.accounts.allServers.find(s => s.type === "imap" && s.username === args[0]);
     const update = folder => new Promise((resolve, reject) => {
       const listener = { QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]), OnStartRunningUrl() {},
         OnStopRunningUrl(url, status) { Components.isSuccessCode(status) ? resolve() : reject(new Error("IMAP: " + status)); } };
       folder.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, listener);
     });
     const find = () => server.rootFolder.subFolders.find(f => f.name.toLowerCase() === args[1].toLowerCase()
       || f.onlineName?.toLowerCase() === args[1].toLowerCase());
     for (let i = 0; i < 100 && !find(); i++) {
       if (i === 0) server.performExpand(null);
       await sleep(50);
     }
     if (!find()) throw new Error("no mailbox " + args[1]);
     // Seen once: an update beside which Thunderbird sent a reply never told that it was done. Ask again.
     const patience = () => sleep(8000).then(() => "dropped");
     let tries = 0;
     while (await Promise.race([update(find()), patience()]) === "dropped")
       if (++tries === 3) throw new Error("never updated: mailbox " + args[1]);`,
    user,
    mailbox,
  );
}

function filesWith(folder: string, text: string): readonly string[] {
  const needles = [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => needles.some((needle) => contentOf(path).includes(needle)));
}

/** Thunderbird is at work in there: a file may be gone by now. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
