/**
 * Header fields that stand with the content inside of the envelope (RFC 9788), read and compared with the
 * message's own. Read only: whoever answers or forwards goes by the message's own header, and only that one
 * names the author of a verdict. But a signed letter that is sent on to somebody else in a new envelope
 * ("surreptitious forwarding", Davis 2001) gives itself away here, if anywhere.
 */
import type { EmailAddress } from "../base/bytes.js";
import type { Fault } from "../fault/faults.js";
import { contentType } from "../mime/content-type.js";
import { decodeEncodedWords } from "../mime/encoded-word.js";
import { type Entity, fieldText, fieldTexts } from "../mime/entity.js";
import { mailboxesOf } from "../mime/read-recipients.js";
import type { ProtectedField, ProtectedHeader } from "./verdict.js";

/** Enough for a thousand recipients; a verdict is drawn and stored. */
const mostAddresses = 1_000;
const longestText = 2_000;
const compared = ["from", "to", "cc", "subject", "date"] as const satisfies readonly ProtectedField[];

/**
 * @param message as it came; null where nobody can read its header (a bare file)
 * @returns null where the content does not say that it protects fields (RFC 9788 §2.1.1)
 */
export function readProtectedHeader(payload: Entity, message: Entity): ProtectedHeader | null {
  const mode = contentType(payload).parameters.get("hp");
  if ((mode !== "clear" && mode !== "cipher") || payload === message) return null;
  return {
    subject: shown(fieldText(payload, "subject")),
    date: shown(fieldText(payload, "date")),
    from: addressesIn(payload, "from"),
    to: addressesIn(payload, "to"),
    cc: addressesIn(payload, "cc"),
    differing: compared.filter((field) => differs(field, payload, message)),
  };
}

/**
 * What the header inside gives away. @param own addresses of ours; empty: nobody knows
 * @param covered is there a signature that holds, over these fields?
 */
export function checkProtectedHeader(
  header: ProtectedHeader | null,
  own: readonly EmailAddress[],
  covered: boolean,
): readonly Fault[] {
  if (header === null) return [];
  const faults: Fault[] = [];
  const [first] = header.differing;
  if (first !== undefined)
    faults.push({ code: "protected-header-differs", detail: header.differing.join(" ") });
  const named = [...header.to, ...header.cc];
  const isNamed = named.some((address) => own.some((mine) => sameMailbox(mine, address)));
  // Behind the bound there may be one of ours.
  const isWhole = header.to.length < mostAddresses && header.cc.length < mostAddresses;
  // A list, or Bcc, does the same: a caution, no more.
  if (isWhole && covered && own.length > 0 && named.length > 0 && !isNamed) {
    faults.push({ code: "recipient-not-named", detail: named.slice(0, 3).join(" ") });
  }
  return faults;
}

/** Whoever reads the mailbox Alice@ reads alice@ as well: the comparison only decides a caution. */
function sameMailbox(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function differs(field: ProtectedField, payload: Entity, message: Entity): boolean {
  if (fieldText(payload, field) === null) return false;
  // RFC 9788 §2.2.1: HP-Outer says what its writer put outside, where that is not the same on purpose.
  const hidden = outerFields(payload);
  const expected = hidden === null ? valueOf(payload, field) : (hidden.get(field) ?? "");
  return expected !== valueOf(message, field);
}

/** @returns null where there is no HP-Outer field at all: then nothing was meant to be hidden */
function outerFields(payload: Entity): ReadonlyMap<string, string> | null {
  const texts = fieldTexts(payload, "hp-outer");
  if (texts.length === 0) return null;
  const fields = new Map<string, string>();
  for (const text of texts) {
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (colon > 0 && !fields.has(name)) fields.set(name, comparable(name, text.slice(colon + 1)));
  }
  return fields;
}

function valueOf(entity: Entity, field: ProtectedField): string {
  return comparable(field, fieldTexts(entity, field).join(", "));
}

/** Addresses by what they mean; words decoded, so that a server that encodes them anew changes nothing. */
function comparable(field: string, text: string): string {
  const words = decodeEncodedWords(text).replace(/\s+/g, " ").trim();
  if (field !== "from" && field !== "to" && field !== "cc") return words;
  return [...words.matchAll(/[^\s<>,;:"]+@[^\s<>,;:"]+/g)].map(([one]) => one.toLowerCase()).join(" ");
}

function addressesIn(payload: Entity, field: string): readonly EmailAddress[] {
  const addresses = mailboxesOf(payload, field).map(({ address }) => address);
  return addresses.filter((address) => address !== null).slice(0, mostAddresses);
}

function shown(value: string | null): string | null {
  return value === null ? null : decodeEncodedWords(value).slice(0, longestText);
}
