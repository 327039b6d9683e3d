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
  // What only some take for an encoded word, or for a blank.
  if (bare.includes("=?") || /[^\S \t\r\n]/u.test(bare)) return false;
  const outer = tokenizeAddresses(bare);
  const inner = outer.flatMap(({ kind, text: angle }) => (kind === "angle" ? tokenizeAddresses(angle) : []));
  return [...outer, ...inner].every(isInPlace);
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

/** A name may hold a bare "@", as many are written; what it then says is looked at where names are. */
function isInPlace({ kind, text }: Token): boolean {
  if (kind === "separator") return text === "@";
  if (kind === "comment") return !/["[\]\\()]/.test(text);
  return kind !== "broken";
}
