/**
 * Does everybody read one person out of a From field? Programs that are lenient, Thunderbird among them, give what
 * RFC 5322 §3.4 does not allow a meaning of their own: quotes inside comments, signs out of place, octets in a
 * charset that another field names. A field that can be read in two ways names nobody.
 */
import { toUtf8Strict } from "../base/bytes.js";
import { type Token, tokenizeAddresses } from "./address-tokens.js";
import type { HeaderField } from "./entity.js";

/** As everybody decodes them (RFC 2047 §2, RFC 2231 §5): nothing in them is a sign of the field's. */
const properWord = /=\?[\w-]{1,40}(?:\*[\w-]{1,20})?\?[bBqQ]\?[!#-'*+./0-9=A-Z^-~-]*\?=/g;

/** @param text of the field, unfolded */
export function hasOneReading({ value }: HeaderField, text: string): boolean {
  if (!isUtf8(value)) return false;
  const bare = text.replace(properWord, "w");
  // What only some take for an encoded word.
  if (bare.includes("=?")) return false;
  // One comma after the last is forgiven by all (RFC 5322 §4.4).
  const outer = tokenizeAddresses(bare.replace(/,[ \t]*$/, ""));
  const inner = outer.flatMap(({ kind, text: angle }) => (kind === "angle" ? tokenizeAddresses(angle) : []));
  return hasOneBlank(bare, outer) && [...outer, ...inner].every(isInPlace);
}

/** RFC 6532 §3.2. Anything else is read by the charset of another field, or by the reader's habit. */
function isUtf8(value: HeaderField["value"]): boolean {
  try {
    toUtf8Strict(value);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** What only some take for a blank may stand where no blank counts: inside of quotes. */
function hasOneBlank(bare: string, tokens: readonly Token[]): boolean {
  const quoted = tokens.filter(({ kind }) => kind === "quoted");
  const outside = quoted.reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), bare);
  return !/[^\S \t\r\n]/u.test(outside);
}

/** A name may hold a bare "@", as many are written; what it then says is looked at where names are. */
function isInPlace({ kind, text }: Token): boolean {
  if (kind === "separator") return text === "@";
  if (kind === "comment") return !/["[\]\\]/.test(text);
  return kind !== "broken";
}
