/**
 * Thunderbird's message display as the display code sees it: an interface, so that tests can stand in
 * for the mail client, and the one implementation that calls `browser.*`.
 *
 * Without the Experiments an encrypted message never "displays": Thunderbird replaces the pane, and
 * getDisplayedMessages() waits for ever. Hence the time limit, and the selection as a second source.
 */
import type { Bytes } from "../../engine/index.js";
import type { Badge } from "../../ui/badge.js";
import { text } from "../../ui/text.js";
import { type CertificateFile, certificateFilesOf } from "./display-certificates.js";

export interface ShownMessage {
  /** as in the messages API; lasts as long as Thunderbird runs */
  readonly id: number;
  readonly subject: string;
}

type ShownListener = (tabId: number, messages: readonly ShownMessage[]) => void;

export interface DisplayClient {
  /** A message, or several, stand in the pane. */
  onDisplayed(listener: ShownListener): void;
  /** Earlier than `onDisplayed`, and the only word there is of what Thunderbird cannot display. */
  onSelected(listener: ShownListener): void;
  /** Thunderbird or the add-on has just started; not for every time that the event page wakes. */
  onStart(listener: () => void): void;
  onTabClosed(listener: (tabId: number) => void): void;
  /** tabs that may show a message */
  tabs(): Promise<readonly number[]>;
  /** The one message that this tab shows now; null for none or several. */
  shownIn(tabId: number): Promise<ShownMessage | null>;
  /** @throws where the message cannot be fetched */
  raw(messageId: number): Promise<Bytes>;
  /** attachments that are certificates; absent: nobody can tell */
  certificateFiles?(messageId: number): Promise<readonly CertificateFile[]>;
  /** null: as if nothing were there to say */
  drawBadge(tabId: number, badge: Badge | null): Promise<void>;
  /**
   * A verdict, for as long as this tab shows this message. Events can overtake each other: what the tab shows when it is
   * drawn decides, not what was heard last.
   *
   * @returns false where it shows another one: nothing is drawn
   */
  drawVerdict(tabId: number, messageId: number, badge: Badge): Promise<boolean>;
  /** What the button says while the next message loads; where Thunderbird cannot, nothing happens. */
  setStartBadge(badge: Badge): Promise<void>;
  /** Store build: light the toolbar button up, because the message needs our reader. */
  drawReaderButton(tabId: number, title: string | null): Promise<void>;
  onReaderButton(listener: (tabId: number) => void): void;
  openReader(path: string): Promise<void>;
  /** Open the badge's popup, as a click on it would; answers false where Thunderbird will not. */
  openPopup(tabId: number): Promise<boolean>;
  /** Draw our strip in every message from now on. */
  registerBanner(): Promise<void>;
  /** null in the store build */
  readonly incoming: SignetIncoming | null;
  readonly windows: SignetMessageWindows | null;
}

/** milliseconds */
const patience = 1500;

export function thunderbirdClient(): DisplayClient {
  return {
    onDisplayed: (listener) =>
      browser.messageDisplay.onMessagesDisplayed.addListener((tab, list) => {
        noteKind(tab);
        tell(listener, tab.id, list);
      }),
    onSelected: (listener) =>
      browser.mailTabs.onSelectedMessagesChanged.addListener((tab, list) => tell(listener, tab.id, list)),
    onStart: (listener) => {
      browser.runtime.onStartup.addListener(listener);
      browser.runtime.onInstalled.addListener(listener);
    },
    onTabClosed: (listener) => browser.tabs.onRemoved.addListener((tabId) => listener(tabId)),
    tabs,
    shownIn,
    raw,
    certificateFiles: certificateFilesOf,
    drawBadge,
    drawVerdict,
    setStartBadge: async ({ label, title, icon }) =>
      browser.signetMessageWindows?.setStartBadge({ label, title, path: `/icons/state-${icon}.svg` }),
    drawReaderButton,
    onReaderButton: (listener) => browser.action.onClicked.addListener((tab) => listener(tab.id ?? -1)),
    openReader: async (path) => void (await browser.tabs.create({ url: `/${path}` })),
    openPopup,
    registerBanner,
    incoming: browser.signetIncoming ?? null,
    windows: browser.signetMessageWindows ?? null,
  };
}

/** Manifest V3 answers with a page of a list, older Thunderbirds with an array. */
function messagesOf(list: unknown): readonly ShownMessage[] {
  const messages: unknown = Array.isArray(list) ? list : (list as { messages?: unknown }).messages;
  return Array.isArray(messages)
    ? (messages as ShownMessage[]).map(({ id, subject }) => ({ id, subject }))
    : [];
}

function tell(listener: ShownListener, tabId: number | undefined, list: unknown): void {
  if (tabId !== undefined) listener(tabId, messagesOf(list));
}

/** Tabs and windows of one message: there an encrypted next message is told by no event at all. */
const standAlone = new Set<number>();

function noteKind({
  id,
  type,
}: {
  readonly id?: number | undefined;
  readonly type?: string | undefined;
}): void {
  if (id !== undefined && type === "messageDisplay") standAlone.add(id);
}

async function tabs(): Promise<readonly number[]> {
  const all = await browser.tabs.query({});
  all.forEach(noteKind);
  const mail = all.filter(({ type }) => type === "mail" || type === "messageDisplay");
  return mail.flatMap(({ id }) => (id === undefined ? [] : [id]));
}

/** The three panes tell their selection at once; a tab or window of one message waits until it has loaded. */
async function shownIn(tabId: number): Promise<ShownMessage | null> {
  const messages = (await selectedIn(tabId)) ?? (await displayedIn(tabId));
  return messages.length === 1 ? messages[0]! : null;
}

async function selectedIn(tabId: number): Promise<readonly ShownMessage[] | null> {
  try {
    return messagesOf(await browser.mailTabs.getSelectedMessages(tabId));
  } catch {
    // not the three panes
    return null;
  }
}

async function displayedIn(tabId: number): Promise<readonly ShownMessage[]> {
  const displayed = browser.messageDisplay.getDisplayedMessages(tabId).then(messagesOf);
  return (await Promise.race([displayed, timeOut()]).catch(() => null)) ?? [];
}

function timeOut(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), patience));
}

/** A message as it came, without what Thunderbird puts before it in its folder. */
export async function raw(messageId: number): Promise<Bytes> {
  const octets =
    (await browser.signetMessageOctets?.read(messageId)) ??
    ((await browser.messages.getRaw(messageId, { data_format: "File", decrypt: false })) as File);
  return withoutStatusLines(new Uint8Array("byteLength" in octets ? octets : await octets.arrayBuffer()));
}

/**
 * Thunderbird puts its own lines before the message, with bare LF; they never came with the mail. "From : …" may have:
 * to some readers it is an author.
 */
export function withoutStatusLines(message: Bytes): Bytes {
  let start = 0;
  for (;;) {
    const line = message.subarray(start, start + 12);
    const own =
      startsWith(line, "X-Mozilla-St") ||
      startsWith(line, "X-Mozilla-Ke") ||
      (start === 0 && startsWith(line, "From ") && ![0x20, 0x09, 0x3a].includes(line[5] ?? 0x20));
    const end = own ? message.indexOf(0x0a, start) : -1;
    if (end < 0) return message.subarray(start);
    start = end + 1;
  }
}

function startsWith(line: Bytes, word: string): boolean {
  return (
    line.length >= word.length && [...word].every((letter, index) => line[index] === letter.charCodeAt(0))
  );
}

async function openPopup(tabId: number): Promise<boolean> {
  try {
    const { windowId } = await browser.tabs.get(tabId);
    return await messageDisplayAction().openPopup({ windowId });
  } catch {
    return false;
  }
}

/** Registered scripts outlive us, and registering one twice is an error. */
async function registerBanner(): Promise<void> {
  const { messageDisplay } = (browser as unknown as ThunderbirdScripting).scripting;
  const id = "message-display";
  const [there] = await messageDisplay.getRegisteredScripts({ ids: [id] });
  if (there === undefined)
    await messageDisplay.registerScripts([{ id, js: ["/content/message-display.js"] }]);
}

/** Newer than the types that we have. */
interface ThunderbirdScripting {
  readonly scripting: {
    readonly messageDisplay: {
      getRegisteredScripts(filter: { ids: readonly string[] }): Promise<readonly unknown[]>;
      registerScripts(scripts: readonly { id: string; js: readonly string[] }[]): Promise<void>;
    };
  };
}

function messageDisplayAction(): { openPopup(options: { windowId: number | undefined }): Promise<boolean> } {
  return browser.messageDisplayAction as unknown as ReturnType<typeof messageDisplayAction>;
}

/**
 * All calls leave at once, so that what is drawn last is what stays. Without our Experiment, nothing takes a
 * verdict off the button when the next message shows in a tab of its own: there the button holds none.
 */
async function drawBadge(tabId: number, judged: Badge | null): Promise<void> {
  const windows = browser.signetMessageWindows;
  const badge = windows === undefined && standAlone.has(tabId) && judged !== null ? withoutVerdict() : judged;
  const { label, title, path } = wordsOf(badge);
  await allSettled(
    windows === undefined
      ? [
          browser.messageDisplayAction.setLabel({ tabId, label }),
          browser.messageDisplayAction.setTitle({ tabId, title }),
          browser.messageDisplayAction.setIcon({ tabId, path }),
        ]
      : [windows.drawBadge(tabId, null, { label, title, path })],
  );
}

/** Our Experiment looks and draws in one turn. */
async function drawVerdict(tabId: number, messageId: number, badge: Badge): Promise<boolean> {
  const windows = browser.signetMessageWindows;
  if (windows !== undefined) return windows.drawBadge(tabId, messageId, wordsOf(badge)).catch(() => false);
  if ((await shownIn(tabId))?.id !== messageId) return false;
  await drawBadge(tabId, badge);
  return true;
}

function wordsOf(badge: Badge | null): {
  readonly label: string;
  readonly title: string;
  readonly path: string;
} {
  const label = badge === null || badge.tone === "silent" ? "" : badge.label;
  return { label, title: badge?.title ?? "", path: `/icons/state-${badge?.icon ?? "neutral"}.svg` };
}

function withoutVerdict(): Badge {
  return { label: text("badge_ask"), title: text("badge_ask_why"), icon: "neutral", tone: "neutral" };
}

async function drawReaderButton(tabId: number, title: string | null): Promise<void> {
  await allSettled([
    browser.action.setPopup({ tabId, popup: title === null ? null : "" }),
    browser.action.setTitle({ tabId, title }),
    browser.action.setIcon({ tabId, path: title === null ? "icons/icon.svg" : "icons/state-encrypted.svg" }),
    browser.action.setBadgeText({ tabId, text: title === null ? null : "1" }),
  ]);
}

/** The tab may be gone by now: then there is nothing left to draw. */
async function allSettled(calls: readonly (Promise<unknown> | undefined | void)[]): Promise<void> {
  await Promise.allSettled(calls);
}
