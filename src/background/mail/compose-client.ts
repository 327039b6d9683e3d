/**
 * Thunderbird's compose window as the lock's code sees it: an interface, so that tests can stand in for
 * the mail client, and the one implementation that calls `browser.*`.
 */
import { addressesOfList } from "./compose-lists.js";
import { raw } from "./display-client.js";

export interface Draft {
  /** Thunderbird's identity key, e.g. "id1" */
  readonly identityId: string;
  /** header values, decoded */
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly type: "new" | "reply" | "forward" | "redirect" | "draft";
  /** the message answered, forwarded or edited; null: none, or Thunderbird does not say */
  readonly originalId: number | null;
  /** Thunderbird's own S/MIME or OpenPGP is switched on for this message */
  readonly nativeProtection: boolean;
}

export interface NewLetter {
  readonly identityId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The part of a storage area that is used. */
export interface Area {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface LockButton {
  readonly label: string;
  readonly title: string;
  readonly icon: "lock-open" | "lock-closed" | "lock-blocked";
}

export interface ComposeClient {
  /** may answer with a stop; throwing stops too */
  onBeforeSend(listener: (tabId: number) => Promise<"send" | "stop">): void;
  /** the send that was let pass has ended, well or not */
  onSendEnded(listener: (tabId: number) => void): void;
  onIdentityChanged(listener: (tabId: number, identityId: string) => void): void;
  /** something came or went that decides whether the message can be sent; in the full build, any recipient */
  onChanged(listener: (tabId: number) => void): void;
  onOpened(listener: (tabId: number) => void): void;
  onClosed(listener: (tabId: number) => void): void;
  tabs(): Promise<readonly number[]>;
  draft(tabId: number): Promise<Draft>;
  /** names of attachments that leave as a link */
  linkedAttachments(tabId: number): Promise<readonly string[]>;
  /** Does it answer, forward or edit another message? False also where nobody can tell. */
  hasOriginal(tabId: number): Promise<boolean>;
  switchNativeProtectionOff(tabId: number): Promise<void>;
  /** The mail identity, if any, that writes from this address; then it writes this message. */
  writeAs(tabId: number, address: string): Promise<boolean>;
  /** @returns null where no address book has a list of that name */
  expandList(name: string): Promise<readonly string[] | null>;
  /** Open a new letter for the person to look at. @returns its tab */
  beginLetter(letter: NewLetter): Promise<number | null>;
  /** The whole message; null: it lies in a file. */
  original(messageId: number): Promise<Blob | null>;
  drawButton(tabId: number, button: LockButton): Promise<void>;
  /** Show why, in the window itself where that is possible. */
  explain(tabId: number, words: { readonly title: string; readonly sentence: string }): Promise<void>;
  /** until Thunderbird ends */
  readonly session: Area;
  readonly local: Area;
  /** null in the store build */
  readonly outgoing: SignetOutgoing | null;
  readonly guard: SignetOutgoingGuard | null;
}

export function thunderbirdCompose(): ComposeClient {
  return {
    ...composeEvents(),
    tabs: async () => {
      const all = await browser.tabs.query({});
      return all.flatMap(({ type, id }) => (type === "messageCompose" && id !== undefined ? [id] : []));
    },
    draft,
    linkedAttachments: async (tabId) => (await browser.signetComposeWindows?.linkedAttachments(tabId)) ?? [],
    hasOriginal: async (tabId) => (await browser.signetComposeWindows?.hasOriginal(tabId)) ?? false,
    switchNativeProtectionOff,
    writeAs,
    expandList: addressesOfList,
    beginLetter,
    original,
    drawButton,
    explain,
    session: browser.storage.session,
    local: browser.storage.local,
    outgoing: browser.signetOutgoing ?? null,
    guard: browser.signetOutgoingGuard ?? null,
  };
}

type ComposeEvents = Pick<
  ComposeClient,
  "onBeforeSend" | "onSendEnded" | "onIdentityChanged" | "onChanged" | "onOpened" | "onClosed"
>;

function composeEvents(): ComposeEvents {
  return {
    onBeforeSend: (listener) =>
      browser.compose.onBeforeSend.addListener((async ({ id }: { id?: number }) => {
        // An exception here would let Thunderbird go on with the send.
        const answer = await listener(id ?? -1).catch(() => "stop" as const);
        return { cancel: answer === "stop" };
      }) as never),
    onSendEnded: (listener) => browser.compose.onAfterSend.addListener(({ id }) => listener(id ?? -1)),
    onIdentityChanged: (listener) =>
      browser.compose.onIdentityChanged.addListener(({ id }, identityId) => listener(id ?? -1, identityId)),
    onChanged: (listener) => {
      browser.compose.onComposeStateChanged.addListener(({ id }) => listener(id ?? -1));
      browser.signetComposeWindows?.onRecipientsChanged.addListener(listener);
    },
    onOpened: (listener) =>
      browser.tabs.onCreated.addListener(({ id, type }) => {
        if (type === "messageCompose" && id !== undefined) listener(id);
      }),
    onClosed: (listener) => browser.tabs.onRemoved.addListener((tabId) => listener(tabId)),
  };
}

async function beginLetter({ identityId, to, subject, text: body }: NewLetter): Promise<number | null> {
  const details = { identityId, to: [to], subject, plainTextBody: body, isPlainText: true };
  return (await browser.compose.beginNew(details)).id ?? null;
}

async function original(messageId: number): Promise<Blob | null> {
  if ((await browser.messages.get(messageId)).external) return null;
  return new Blob([await raw(messageId)]);
}

/** newer than the types that we have */
interface NativeProtection {
  readonly name: "S/MIME" | "OpenPGP";
  readonly signMessage?: boolean;
  readonly encryptBody?: boolean;
}
type Details = browser.compose.ComposeDetails & { readonly selectedEncryptionTechnology?: NativeProtection };

async function draft(tabId: number): Promise<Draft> {
  const details: Details = await browser.compose.getComposeDetails(tabId);
  const native = details.selectedEncryptionTechnology;
  return {
    identityId: details.identityId ?? "",
    from: texts(details.from)[0] ?? "",
    to: texts(details.to),
    cc: texts(details.cc),
    bcc: texts(details.bcc),
    type: details.type ?? "new",
    originalId: details.relatedMessageId ?? null,
    nativeProtection: native !== undefined && (native.signMessage === true || native.encryptBody === true),
  };
}

/** Reading, Thunderbird always answers with text. */
function texts(list: unknown): readonly string[] {
  return (Array.isArray(list) ? list : [list]).filter((entry) => typeof entry === "string");
}

async function switchNativeProtectionOff(tabId: number): Promise<void> {
  const { selectedEncryptionTechnology: native }: Details = await browser.compose.getComposeDetails(tabId);
  if (native === undefined) return;
  const off = { ...native, signMessage: false, encryptBody: false };
  const change = off.name === "OpenPGP" ? { ...off, encryptSubject: false } : off;
  await browser.compose.setComposeDetails(tabId, { selectedEncryptionTechnology: change } as never);
}

async function writeAs(tabId: number, address: string): Promise<boolean> {
  const identities = await browser.identities.list();
  const found = identities.find(({ email }) => email?.toLowerCase() === address.toLowerCase());
  if (!found) return false;
  await browser.compose.setComposeDetails(tabId, { identityId: found.id });
  return true;
}

/** The window may be gone by now: then there is nothing left to draw. */
async function drawButton(tabId: number, button: LockButton): Promise<void> {
  await Promise.allSettled([
    browser.composeAction.setLabel({ tabId, label: button.label }),
    browser.composeAction.setTitle({ tabId, title: button.title }),
    browser.composeAction.setIcon({ tabId, path: `icons/${button.icon}.svg` }),
  ]);
}

async function explain(
  tabId: number,
  words: { readonly title: string; readonly sentence: string },
): Promise<void> {
  const { windowId } = await browser.tabs.get(tabId);
  const opened = await browser.composeAction
    .openPopup(windowId === undefined ? {} : { windowId })
    .catch(() => false);
  if (opened) return;
  await browser.notifications.create({
    type: "basic",
    iconUrl: "icons/signet-64.png",
    title: words.title,
    message: words.sentence,
  });
}
