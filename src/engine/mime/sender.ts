/**
 * Who a message says it is from (RFC 5322 §3.6.2), as far as that is one address and all readers agree
 * on it. What is not clear is nobody: then no signature can make it somebody.
 */
import type { EmailAddress } from "../base/bytes.js";
import { type Mailbox, domainOf, normalizeAddress, normalizeDomain, parseAddressList } from "./address.js";
import { decodeEncodedWords } from "./encoded-word.js";
import { type Entity, fieldTexts } from "./entity.js";
import { hasOneReading } from "./one-reading.js";

export interface MessageSender {
  /** null where From names nobody, several, a group, or something that is not clearly an address */
  readonly address: EmailAddress | null;
  readonly from: readonly EmailAddress[];
  /** whom a reader may take for the author; the same where From is clear, and where nobody asks (`readSenderAndTaken`) */
  readonly named: readonly EmailAddress[];
  readonly displayName: string | null;
  /** Sender, where there is one and it is not the author */
  readonly sender: EmailAddress | null;
  readonly faults: readonly SenderFault[];
}

export type SenderFault =
  | { readonly code: "author-missing" | "author-ambiguous"; readonly detail?: string }
  | { readonly code: "display-name-misleading"; readonly detail: string };

/** Nobody has a name that long; what is beyond is not read. */
const maximumFromLength = 20_000;

export function readSender(message: Entity): MessageSender {
  const fields = fieldTexts(message, "from");
  const list = readList(fields);
  const mailboxes = list.flatMap((entry) => (entry.kind === "group" ? entry.members : [entry]));
  const from = mailboxes.map(({ address }) => address).filter((address) => address !== null);
  const ambiguity = ambiguityOf(message, fields, list);
  const [first] = list;
  const only = list.length === 1 && first?.kind === "mailbox" ? first : null;
  const senders = readList(fieldTexts(message, "sender"));
  const [sender] = senders.map((entry) => (entry.kind === "mailbox" ? entry.address : null));
  const address = ambiguity === null ? (only?.address ?? null) : null;
  const faults: SenderFault[] = ambiguity === null ? [] : [ambiguity];
  const misleading = only === null ? null : misleadingName(only, fields[0]!.slice(0, maximumFromLength));
  if (misleading !== null) faults.push({ code: "display-name-misleading", detail: misleading });
  return {
    address,
    from,
    named: from,
    displayName: mailboxes[0]?.displayName ?? null,
    sender: sender != null && sender !== address ? sender : null,
    faults,
  };
}

/** The full stop after an address ends a sentence. */
function addressIn(piece: string): EmailAddress | null {
  return normalizeAddress(withoutOuterSigns(piece).replace(/[.!?]{1,3}$/, ""));
}

/** With everybody else whom a reader may take for the author; few messages need it, and so it is loaded for them. */
export async function readSenderAndTaken(message: Entity): Promise<MessageSender> {
  const sender = readSender(message);
  if (sender.address !== null) return sender;
  const { takenFor } = await import("./taken-for.js");
  return { ...sender, named: [...new Set([...sender.from, ...takenFor(message)])] };
}

function readList(fields: readonly string[]): ReturnType<typeof parseAddressList> {
  return fields.map((field) => field.slice(0, maximumFromLength)).flatMap(parseAddressList);
}

function ambiguityOf(
  message: Entity,
  fields: readonly string[],
  list: ReturnType<typeof parseAddressList>,
): SenderFault | null {
  if (fields.join().length > maximumFromLength) return { code: "author-ambiguous", detail: "From too long" };
  if (list.length === 0) return { code: "author-missing" };
  // Readers take the first field, or the last, or join them.
  if (fields.length > 1) return { code: "author-ambiguous", detail: "From twice" };
  if (fieldTexts(message, "sender").length > 1) return { code: "author-ambiguous", detail: "Sender twice" };
  // A bare CR or a stray line: another reader may see another From.
  if (!message.regular) return { code: "author-ambiguous", detail: "header block" };
  if (list.some(({ kind }) => kind === "group")) return { code: "author-ambiguous", detail: "group" };
  if (list.length > 1) return { code: "author-ambiguous", detail: "several authors" };
  const field = message.headers.find(({ name }) => name === "from")!;
  if ((list[0] as Mailbox).address === null || !hasOneReading(field, fields[0]!))
    return { code: "author-ambiguous", detail: "From does not parse" };
  return null;
}

/** What may stand around an address in running text. */
const separators = /[\s"'()<>[\]{},;:]+/u;

/**
 * A display name is what most readers show alone. One that contains an address says who wrote, and it had
 * better be the truth; one with control or direction characters is meant to be misread.
 * @returns the misleading piece
 */
function misleadingName({ displayName, address, text }: Mailbox, field: string): string | null {
  const decoded = decodeEncodedWords(field);
  const hidden = /[\0-\x08\n-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/u.exec(decoded);
  if (hidden !== null) return JSON.stringify(hidden[0]);
  // A charset that we do not know, but a reader may (UTF-7): it could say anything.
  if (decoded.includes("=?")) return "=?";
  // As decoded, and as it stands: comments, and words that only some readers decode, are looked at too.
  const written = `${displayName ?? ""} ${decoded} ${text}`;
  const words = wordsOf(written);
  const pieces = words.map(withoutOuterSigns).filter((piece) => piece.includes("@"));
  return pieces.find((piece) => !namesSame(piece, address)) ?? spacedDomain(words, address);
}

/** Cut first, then look: a pattern for a whole address would take quadratic time on a long word. */
function wordsOf(written: string): readonly string[] {
  const shown = /^[ -~]*$/.test(written) ? written : written.normalize("NFKC");
  return joinedAtDots(shown.split(separators));
}

/** Readers that take words for an address leave out the blank before a dot. */
function joinedAtDots(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const word of words) {
    if (word.startsWith(".") && joined.length > 0) joined[joined.length - 1] += word;
    else joined.push(word);
  }
  return joined;
}

/** "@service@example.org" is read as the address in it. */
function withoutOuterSigns(word: string): string {
  let [start, end] = [0, word.length];
  while (start < end && word[start] === "@") start++;
  while (end > start && word[end - 1] === "@") end--;
  return word.slice(start, end);
}

/** "service @ example.org": blanks around the sign, and the eye reads an address all the same. */
function spacedDomain(words: readonly string[], address: EmailAddress | null): string | null {
  const own = address === null ? "" : domainOf(address);
  for (const [i, word] of words.entries()) {
    if (!word.startsWith("@") && !word.endsWith("@")) continue;
    const beside = word.startsWith("@") ? withoutOuterSigns(word) : "";
    const domain = normalizeDomain(beside === "" ? withoutOuterSigns(words[i + 1] ?? "") : beside);
    if (domain === null || !/\.[a-z]{2}[a-z0-9-]*$/.test(domain)) continue;
    if (own !== domain && !own.endsWith(`.${domain}`)) return `@ ${domain}`;
  }
  return null;
}

function namesSame(piece: string, address: EmailAddress | null): boolean {
  const named = addressIn(piece);
  if (named !== null) return sameForEyes(named, address);
  // An encoded word as it stood; what it says is looked at decoded.
  return piece.includes("=?");
}

/** Case of the local part does not mislead anybody. */
function sameForEyes(named: EmailAddress, address: EmailAddress | null): boolean {
  return address !== null && named.toLowerCase() === address.toLowerCase();
}
