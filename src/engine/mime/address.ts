/**
 * Addresses as normalised values (RFC 5321 §4.1.2, RFC 6531) and the lists of them in header fields
 * (RFC 5322 §3.4). Whoever signed is compared with whoever wrote by these values and by nothing else,
 * so what is not clearly one address is none.
 */
import type { EmailAddress } from "../base/bytes.js";
import { unicodePattern } from "../base/visible-text.js";
import { type Token, tokenizeAddresses } from "./address-tokens.js";
import { decodeEncodedWords } from "./encoded-word.js";

export interface Mailbox {
  readonly kind: "mailbox";
  /** decoded (RFC 2047); the comment where there is no name, as older programs write it */
  readonly displayName: string | null;
  /** null where the text is not clearly one address */
  readonly address: EmailAddress | null;
  /** as it stood */
  readonly text: string;
}

export interface Group {
  readonly kind: "group";
  readonly displayName: string | null;
  readonly members: readonly Mailbox[];
}

const maximumAddressLength = 320;

/**
 * The value by which addresses are compared: domain in lower-case A-labels, local part as written but
 * without needless quotes (RFC 5321 §4.1.2).
 * @returns null where the text is not one addr-spec
 */
export function normalizeAddress(text: string): EmailAddress | null {
  if (text.length > maximumAddressLength) return null;
  const trimmed = text.replace(/^ +| +$/g, "");
  const at = endOfLocalPart(trimmed);
  if (at < 0) return null;
  const localPart = normalizeLocalPart(trimmed.slice(0, at));
  const domain = normalizeDomain(trimmed.slice(at + 1));
  return localPart === null || domain === null ? null : (`${localPart}@${domain}` as EmailAddress);
}

/** Index of the "@" that ends the local part, or −1. */
function endOfLocalPart(text: string): number {
  if (!text.startsWith('"')) return text.indexOf("@");
  const quoted = /^"(?:[^"\\]|\\.)*"@/su.exec(text);
  return quoted === null ? -1 : quoted[0].length - 1;
}

/** Most are (RFC 5322 §3.2.3). */
const asciiDotAtom = /^[!#-'*+/-9=?A-Z^-~-]+(?:\.[!#-'*+/-9=?A-Z^-~-]+)*$/;

// Nothing invisible, no blanks: two local parts that look the same should be the same.
const letters = String.raw`[^\p{C}\p{Z}()<>[\]:;@\\,."]+`;
const dotAtom = unicodePattern(String.raw`^${letters}(?:\.${letters})*$`);
const unseen = unicodePattern(String.raw`[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]`);
/** U+0020 alone may stay inside quotes. */
const unquotable = unicodePattern(String.raw`[^\P{C}]|[^\P{Z} ]`);

function normalizeLocalPart(text: string): string | null {
  const quoted = text.startsWith('"');
  const value = quoted ? text.slice(1, -1).replace(/\\(.)/gsu, "$1") : text;
  // Some programs decode encoded words in addresses too, and then show another address than ours.
  if (value.includes("=?")) return null;
  if (asciiDotAtom.test(value) || dotAtom().test(value)) return value;
  if (!quoted || unquotable().test(value)) return null;
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

const asciiDomain =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const domainLiteral = /^\[[a-z0-9.:]+\]$/;

/** Lower-case A-labels. @returns null where it is no domain and no address literal */
export function normalizeDomain(text: string): string | null {
  const lower = text.toLowerCase();
  if (asciiDomain.test(lower) || domainLiteral.test(lower)) return lower;
  // Only what holds letters outside ASCII goes to the URL parser: it would read 0x7f.1 as an IP address,
  // and take a path, a port or a user for its own.
  if (!/[^\0-\x7f]/.test(text) || /[\0-,/:-@[-^`{-\x7f]/.test(text)) return null;
  // The parser drops what cannot be seen; other readers see a blank there, and the end of the address.
  if (unseen().test(text)) return null;
  try {
    const host = new URL(`http://${text}`).hostname;
    return asciiDomain.test(host) && !/(?:^|\.)\d+$/.test(host) ? host : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/**
 * Are two normalised addresses one mailbox? Their domains are equal or not; of local parts only the host
 * knows whether case counts (RFC 5321 §2.4), so `any-case` is a guess that somebody else has to want.
 */
export function sameAddress(a: string, b: string, localPart: "exact" | "any-case"): boolean {
  return a === b || (localPart === "any-case" && a.toLowerCase() === b.toLowerCase());
}

/** The domain of a normalised address. */
export function domainOf(address: EmailAddress): string {
  return address.slice(address.lastIndexOf("@") + 1);
}

/**
 * @param value of a From, Sender, To, Cc … field, unfolded, encoded words not yet decoded
 * @returns never throws: what cannot be read is a mailbox without an address
 */
export function parseAddressList(value: string): readonly (Mailbox | Group)[] {
  const tokens = tokenizeAddresses(value);
  const list: (Mailbox | Group)[] = [];
  let group: { name: readonly Token[]; members: Mailbox[] } | null = null;
  let pending: Token[] = [];
  const endMailbox = (): void => {
    const mailbox = parseMailbox(value, pending);
    pending = [];
    if (mailbox !== null) (group?.members ?? list).push(mailbox);
  };
  for (const token of tokens) {
    if (token.kind === "separator" && token.text === ":" && group === null) {
      group = { name: pending, members: [] };
      pending = [];
    } else if (token.kind === "separator" && token.text === ";" && group !== null) {
      endMailbox();
      list.push({ kind: "group", displayName: phrase(group.name), members: group.members });
      group = null;
    } else if (token.kind === "separator" && token.text === ",") {
      endMailbox();
    } else {
      pending.push(token);
    }
  }
  endMailbox();
  if (group !== null) list.push({ kind: "group", displayName: phrase(group.name), members: group.members });
  return list;
}

function parseMailbox(value: string, tokens: readonly Token[]): Mailbox | null {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined) return null;
  const text = value.slice(first.start, last.end);
  const words = tokens.filter(({ kind }) => kind !== "comment");
  const comment = tokens.find(({ kind }) => kind === "comment");
  const angle = words.findIndex(({ kind }) => kind === "angle");
  const name = angle < 0 ? null : phrase(words.slice(0, angle));
  const displayName = name ?? (comment === undefined ? null : decodeEncodedWords(comment.text));
  const onlyAngle = angle >= 0 && angle === words.length - 1;
  const address = onlyAngle ? angleAddress(words[angle]!.text) : angle < 0 ? addrSpec(words) : null;
  return { kind: "mailbox", displayName, address, text };
}

/** Inside <…>: an addr-spec, perhaps behind an obsolete route (RFC 5322 §4.4). */
function angleAddress(text: string): EmailAddress | null {
  const inner = tokenizeAddresses(text).filter(({ kind }) => kind !== "comment");
  if (inner[0]?.text !== "@") return addrSpec(inner);
  const colon = inner.findIndex(({ kind, text: sign }) => kind === "separator" && sign === ":");
  return colon < 0 ? null : addrSpec(inner.slice(colon + 1));
}

function addrSpec(tokens: readonly Token[]): EmailAddress | null {
  const [localPart, at, domain] = tokens;
  if (tokens.length !== 3 || at?.text !== "@" || at.kind !== "separator") return null;
  if (localPart!.kind !== "atom" && localPart!.kind !== "quoted") return null;
  if (domain!.kind !== "atom" && domain!.kind !== "literal") return null;
  return normalizeAddress(`${localPart!.text}@${domain!.text}`);
}

function phrase(tokens: readonly Token[]): string | null {
  let joined = "";
  let end: number | undefined;
  for (const { kind, text, start, end: next } of tokens) {
    if (kind === "comment") continue;
    if (end !== undefined && start > end) joined += " ";
    joined += kind === "quoted" ? text.slice(1, -1).replace(/\\(.)/gsu, "$1") : text;
    end = next;
  }
  // Encoded words inside quotes are decoded too: wrong by RFC 2047 §5, but readers do it and show it.
  const decoded = decodeEncodedWords(joined).replace(/\s+/g, " ").trim();
  return decoded === "" ? null : decoded;
}
