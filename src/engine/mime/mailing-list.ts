/**
 * What a header says about a mailing list (RFC 2919, RFC 2369) and about the way here. All of it can be
 * written by anybody: it may make words calmer, and nothing better. One line cannot be written by the sender:
 * the first Received, which the server that took the message in put on top (RFC 5321 §4.4).
 */
import type { EmailAddress } from "../base/bytes.js";
import { domainOf, normalizeAddress } from "./address.js";
import { type Entity, fieldText } from "./entity.js";

export interface MailingList {
  /** List-Id, or the address where the list is written to; null where neither is told */
  readonly name: string | null;
  /** From is an address of the list's: it put that in the author's place, mostly for DMARC's sake */
  readonly rewritten: boolean;
}

/** Longer ones are nobody's; what is beyond is not read. */
const maximumLength = 1_000;

/** Written by the programs that run lists, and by few others. Newsletters alone have List-Unsubscribe, and are none. */
const listFields = ["list-id", "list-post", "mailing-list", "x-beenthere", "x-mailman-version", "x-listname"];

/** @returns null where nothing says that a list sent the message on */
export function readMailingList(message: Entity, author: EmailAddress | null): MailingList | null {
  const names = new Set(message.headers.map(({ name }) => name));
  const sender = (fieldText(message, "sender") ?? "").slice(0, maximumLength).toLowerCase();
  const precedence = (fieldText(message, "precedence") ?? "").slice(0, maximumLength).trim().toLowerCase();
  // Majordomo and LISTSERV name no list, but its owner.
  const byOwner = /(^|<|\s)owner-[^\s@<>]+@/.test(sender);
  const isList =
    listFields.some((name) => names.has(name)) ||
    precedence === "list" ||
    (precedence === "bulk" && byOwner) ||
    (byOwner && names.has("list-unsubscribe"));
  if (!isList) return null;
  const addresses = listAddresses(message, sender);
  const identifier = listIdentifier(message);
  const rewritten = author !== null && isListsOwn(author, addresses, identifier);
  return { name: identifier ?? addresses[0] ?? null, rewritten };
}

/** RFC 2919 §2: what stands between the last angle brackets. */
function listIdentifier(message: Entity): string | null {
  const text = (fieldText(message, "list-id") ?? "").slice(0, maximumLength);
  const start = text.lastIndexOf("<");
  const end = text.indexOf(">", start);
  const identifier = (start >= 0 && end > start ? text.slice(start + 1, end) : text).trim().toLowerCase();
  return /^[a-z0-9._+-]{1,255}$/.test(identifier) ? identifier : null;
}

function listAddresses(message: Entity, sender: string): readonly EmailAddress[] {
  const texts = [
    afterWord(fieldText(message, "list-post"), "mailto:"),
    fieldText(message, "x-beenthere"),
    // ezmlm: "contact users-help@example.org; run by ezmlm"
    afterWord(fieldText(message, "mailing-list"), "list "),
    afterWord(fieldText(message, "mailing-list"), "contact ")?.replace(/-help@/, "@") ?? null,
    afterWord(sender, "owner-"),
  ];
  const addresses = texts.map((text) => (text === null ? null : firstAddress(text)));
  return addresses.filter((address) => address !== null);
}

function afterWord(text: string | null, word: string): string | null {
  const at = text?.toLowerCase().slice(0, maximumLength).indexOf(word) ?? -1;
  return at < 0 ? null : text!.slice(at + word.length);
}

function firstAddress(text: string): EmailAddress | null {
  const [piece = ""] = text
    .slice(0, maximumLength)
    .trim()
    .split(/[\s<>,;?()"]+/);
  return normalizeAddress(piece.toLowerCase());
}

/**
 * The list's own address, or one that it made for this author in its own domain. That the domains are the
 * same is not enough: the list of a company must not make its director's address the list's.
 */
function isListsOwn(
  author: EmailAddress,
  addresses: readonly EmailAddress[],
  identifier: string | null,
): boolean {
  const own = author.toLowerCase();
  if (own.replace("@", ".") === identifier) return true;
  const local = own.slice(0, own.lastIndexOf("@"));
  const made = local.endsWith("-dmarc-request") || local.includes("=");
  return addresses.some(
    (address) => own === address.toLowerCase() || (made && domainOf(author) === domainOf(address)),
  );
}

/** When the message arrived, by the server that took it in; milliseconds since the epoch, null where that is not told. */
export function readArrival(message: Entity): number | null {
  const received = fieldText(message, "received")?.slice(-maximumLength) ?? "";
  const date = received.slice(received.lastIndexOf(";") + 1).replace(/\([^()]*\)/g, " ");
  const time = Date.parse(date.trim());
  return Number.isNaN(time) ? null : time;
}
