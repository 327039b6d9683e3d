/**
 * Sending in the store build, which has no hook: the letter is built here from its parts, protected, and put
 * into the Outbox; the person sends it from there. The send that Thunderbird had begun is always stopped.
 */
import type { Blocker, Protection } from "../../engine/index.js";
import { text } from "../../ui/text.js";
import type { Services } from "../services.js";
import type { Draft } from "./compose-client.js";
import type { MimeAddress } from "./compose-mime.js";
import { addressHeader, buildMessage, encodeHeaderText } from "./compose-mime.js";
import type { Letter, OutboxClient } from "./compose-outbox-client.js";
import type { Plan } from "./compose-plan.js";
import { writePolicy } from "./compose-plan.js";
import type { RecipientField } from "./compose-recipients.js";
import { mailboxesOf } from "./compose-recipients.js";

export interface Outgoing {
  readonly tabId: number;
  readonly draft: Draft;
  readonly plan: Plan;
  /** messages of this window that Thunderbird saved until then, readable */
  readonly saved: () => Promise<readonly number[]>;
}

type OutboxServices = Pick<Services, "protect" | "settings" | "organisation" | "now">;

/** @returns what stands in the way; nothing: the message waits in the Outbox, and its window is closed */
export async function sendThroughOutbox(
  services: OutboxServices,
  client: OutboxClient,
  outgoing: Outgoing,
): Promise<readonly Blocker[]> {
  const letter = await client.letter(outgoing.tabId);
  const message = await buildMessage(headersOf(letter, outgoing, services.now()), letter);
  const protection = await protectLetter(services, outgoing.plan, message);
  if (protection.kind === "refused") return protection.blockers;
  await client.intoOutbox(new Blob([protection.message]));
  // Now, and not before: what was saved while the letter was protected lies there too.
  const saved = await outgoing.saved().catch(() => null);
  await client.close(outgoing.tabId);
  const gone = saved !== null && (await client.deleteDrafts(saved));
  const sentence = text("notice_sends_through_outbox") + (gone ? "" : `\n${text("outbox_draft_left")}`);
  await client.notify({ title: text("outbox_waiting"), sentence });
  return [];
}

async function protectLetter(
  services: OutboxServices,
  { sign, encrypt, identity, recipients }: Plan,
  message: Uint8Array<ArrayBuffer>,
): Promise<Protection> {
  const policy = await writePolicy(services, { sign, encrypt, purpose: "submit" });
  return services.protect(message, identity, recipients, policy);
}

function headersOf(
  letter: Letter,
  { draft, plan }: Outgoing,
  now: Date,
): readonly (readonly [string, string])[] {
  const [from] = addressesIn([draft.from]);
  const to = (field: RecipientField): string =>
    addressHeader(plan.recipientViews.filter((recipient) => recipient.field === field));
  const domain = plan.author?.slice(plan.author.lastIndexOf("@") + 1) ?? "localhost";
  const fields: readonly (readonly [string, string])[] = [
    ["Message-ID", `<${crypto.randomUUID()}@${domain}>`],
    ["Date", now.toUTCString().replace("GMT", "+0000")],
    ["From", addressHeader(from ? [from] : [])],
    ["Reply-To", addressHeader(addressesIn(letter.replyTo))],
    ["To", to("to")],
    ["Cc", to("cc")],
    ["Bcc", to("bcc")],
    ["Subject", encodeHeaderText(letter.subject)],
    ["In-Reply-To", letter.answers?.messageId ?? ""],
    ["References", letter.answers?.references ?? ""],
    ["Disposition-Notification-To", letter.returnReceipt ? addressHeader(from ? [from] : []) : ""],
    ...letter.customHeaders.map(({ name, value }) => [name, encodeHeaderText(value)] as const),
    // By these Thunderbird's Outbox finds the way out and the Sent folder.
    ["X-Identity-Key", draft.identityId],
    ["X-Account-Key", letter.accountId],
  ];
  return fields.filter(([, value]) => value !== "");
}

function addressesIn(values: readonly string[]): readonly MimeAddress[] {
  return values
    .flatMap(mailboxesOf)
    .flatMap(({ displayName, address }) => (address === null ? [] : [{ displayName, address }]));
}
