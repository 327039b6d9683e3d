/** What the store build needs of Thunderbird to send by itself: the letter's parts, and the Outbox. */
import type { MimeFile } from "./compose-mime.js";

export interface Letter {
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly files: readonly MimeFile[];
  readonly replyTo: readonly string[];
  /** names begin with X- */
  readonly customHeaders: readonly { readonly name: string; readonly value: string }[];
  readonly returnReceipt: boolean;
  /** RFC 5322 §3.6.4; null: no answer to anything */
  readonly answers: { readonly messageId: string; readonly references: string } | null;
  /** Thunderbird's key of the account that the identity belongs to */
  readonly accountId: string;
}

export interface OutboxClient {
  letter(tabId: number): Promise<Letter>;
  /** @throws where there is no Outbox, or it takes nothing */
  intoOutbox(message: Blob): Promise<void>;
  /** the window, whose text is in the Outbox now */
  close(tabId: number): Promise<void>;
  /** a draft or an autosave of a window, not a template */
  onDraftSaved(listener: (tabId: number, messageId: number) => void): void;
  /** @returns whether they are all gone */
  deleteDrafts(messageIds: readonly number[]): Promise<boolean>;
  notify(words: { readonly title: string; readonly sentence: string }): Promise<void>;
}

export function thunderbirdOutbox(): OutboxClient {
  return { letter, intoOutbox, close, onDraftSaved, deleteDrafts, notify };
}

async function letter(tabId: number): Promise<Letter> {
  const details = await browser.compose.getComposeDetails(tabId);
  const plain = details.isPlainText === true || details.deliveryFormat === "plaintext";
  const answered = details.type === "reply" ? details.relatedMessageId : undefined;
  return {
    subject: details.subject ?? "",
    text: !plain && details.deliveryFormat === "html" ? null : (details.plainTextBody ?? ""),
    html: plain ? null : (details.body ?? ""),
    files: await files(tabId),
    replyTo: [details.replyTo].flat().filter((entry) => typeof entry === "string"),
    customHeaders: (details.customHeaders ?? []).filter(({ name }) => /^X-[\w-]+$/i.test(name)),
    returnReceipt: details.returnReceipt === true,
    answers: answered === undefined ? null : await answersTo(answered),
    accountId: await accountOf(details.identityId ?? ""),
  };
}

async function files(tabId: number): Promise<readonly MimeFile[]> {
  const attachments = await browser.compose.listAttachments(tabId);
  return Promise.all(
    attachments.map(async ({ id, name }) => {
      const file = (await browser.compose.getAttachmentFile(id)) as File;
      return { name: name ?? file.name, mediaType: file.type, content: file };
    }),
  );
}

async function answersTo(messageId: number): Promise<Letter["answers"]> {
  const { headerMessageId } = await browser.messages.get(messageId);
  const raw = (await browser.messages.getRaw(messageId, { data_format: "File", decrypt: false })) as File;
  return answersOf(headerMessageId, await raw.slice(0, 64 * 1024).text());
}

/** A stranger wrote them: only what cannot be read as anything else goes into our header (RFC 5322 §3.6.4). */
export function answersOf(headerMessageId: string, start: string): Letter["answers"] {
  const own = `<${headerMessageId}>`;
  if (!new RegExp(`^${messageIds.source}$`).test(own)) return null;
  const head = start.slice(0, Math.max(start.search(/\r?\n\r?\n/), 0)).replace(/\r?\n[ \t]+/g, " ");
  const before = /^References:(.*)$/im.exec(head)?.[1] ?? "";
  const references = [...before.matchAll(messageIds)].map(([id]) => id).slice(-20);
  return { messageId: own, references: [...references, own].join("\r\n ") };
}

/** printable ASCII, and no longer than fits into a line (RFC 5322 §2.1.1) */
const messageIds = /<[!-;=?-~]{1,900}>/g;

async function accountOf(identityId: string): Promise<string> {
  const accounts = await browser.accounts.list(false);
  return accounts.find(({ identities }) => identities.some(({ id }) => id === identityId))?.id ?? "";
}

interface Folders {
  query(query: { readonly specialUse: readonly string[] }): Promise<readonly { readonly id: string }[]>;
}

async function intoOutbox(message: Blob): Promise<void> {
  const [outbox] = await (browser.folders as unknown as Folders).query({ specialUse: ["outbox"] });
  if (!outbox) throw new Error("no Outbox");
  const file = new File([message], "message.eml", { type: "message/rfc822" });
  const messages = browser.messages as unknown as { import(file: File, folderId: string): Promise<unknown> };
  await messages.import(file, outbox.id);
}

function onDraftSaved(listener: (tabId: number, messageId: number) => void): void {
  browser.compose.onAfterSave.addListener(({ id }, { mode, messages }) => {
    for (const message of mode === "template" ? [] : messages) listener(id ?? -1, message.id!);
  });
}

/** For good: the trash would be another place where they lie readable. */
async function deleteDrafts(messageIds: readonly number[]): Promise<boolean> {
  const deletions = messageIds.map(async (id) => {
    const there = await browser.messages.get(id).catch(() => null);
    if (there !== null) await browser.messages.delete([id], true);
  });
  return (await Promise.allSettled(deletions)).every(({ status }) => status === "fulfilled");
}

async function close(tabId: number): Promise<void> {
  // Otherwise Thunderbird would ask whether to save what is sent.
  await browser.compose.setComposeDetails(tabId, { isModified: false });
  await browser.tabs.remove(tabId);
}

async function notify({
  title,
  sentence,
}: {
  readonly title: string;
  readonly sentence: string;
}): Promise<void> {
  await browser.notifications.create({
    type: "basic",
    iconUrl: "icons/signet-64.png",
    title,
    message: sentence,
  });
}
