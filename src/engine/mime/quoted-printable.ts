/**
 * Quoted-printable encoding (RFC 2045 §6.7), with what RFC 8551 §3.1.3 asks of signed text besides: no
 * line begins with "From ", none ends in a blank. Decoding is in transfer-encoding.ts.
 */
import { type Bytes, fromUtf8 } from "../base/bytes.js";

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;
const maximumLine = 76;
const digits = fromUtf8("0123456789ABCDEF");
const from = fromUtf8("From ");

/**
 * @param text CRLF is a line end and stays one; a CR or LF alone is encoded. A loop over every octet: for
 *   bodies that people write, not for files.
 */
export function encodeQuotedPrintable(text: Bytes): Bytes {
  const output = new Uint8Array(text.length * 3 + Math.ceil((text.length * 3) / (maximumLine - 3)) * 3);
  let length = 0;
  let column = 0;
  for (let at = 0; at < text.length; at++) {
    const octet = text[at]!;
    if (octet === CR && text[at + 1] === LF) {
      output.set([CR, LF], length);
      length += 2;
      column = 0;
      at++;
      continue;
    }
    const plain = isLiteral(text, at);
    if (column + (plain ? 1 : 3) > maximumLine - 1) {
      output.set([EQUALS, CR, LF], length);
      length += 3;
      column = 0;
    }
    const literal = plain && !(column === 0 && mustHide(text, at));
    const width = literal ? 1 : 3;
    if (literal) output[length] = octet;
    else output.set([EQUALS, digits[octet >> 4]!, digits[octet & 15]!], length);
    length += width;
    column += width;
  }
  return output.subarray(0, length);
}

function isLiteral(text: Bytes, at: number): boolean {
  const octet = text[at]!;
  if (octet !== SPACE && octet !== TAB) return octet > SPACE && octet < 0x7f && octet !== EQUALS;
  const next = text[at + 1];
  return next !== undefined && !(next === CR && text[at + 2] === LF);
}

/** At the start of a line: "From ", which mailbox files change, and a dot, which SMTP doubles. */
function mustHide(text: Bytes, at: number): boolean {
  return text[at] === 0x2e || from.every((octet, i) => text[at + i] === octet);
}
