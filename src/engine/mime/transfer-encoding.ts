/** Content-Transfer-Encoding (RFC 2045 §6), from bytes to bytes. */
import type { Bytes } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { decodeBase64 } from "../kernels/base64.js";
import { type Entity, body, fieldText } from "./entity.js";

/** @throws MalformedError where the body is not what its encoding says, or the encoding is unknown */
export function decodeBody(entity: Entity): Bytes {
  // Cut short, because the pattern takes quadratic time on a field of open brackets.
  const encoding = (fieldText(entity, "content-transfer-encoding") ?? "7bit")
    .slice(0, 200)
    .replace(/\([^)]*\)/g, "")
    .trim();
  switch (encoding.toLowerCase()) {
    case "base64":
      return decodeBase64(body(entity));
    case "quoted-printable":
      if (body(entity).length > maximumQuotedPrintable)
        throw new MalformedError("mime-malformed", "too large for quoted-printable");
      return decodeQuotedPrintable(body(entity));
    case "7bit":
    case "8bit":
    case "binary":
    case "":
      return body(entity);
    default:
      throw new MalformedError("mime-malformed", "content-transfer-encoding");
  }
}

const EQUALS = 0x3d;
const LF = 0x0a;
const CR = 0x0d;

/** What is larger is written as base64 by every program; an escape in each octet would take minutes where JavaScript is interpreted. */
const maximumQuotedPrintable = 16 * 1024 * 1024;

/** From "=" to "=", so that plain stretches are moved whole. What is not an escape stays as it is (RFC 2045 §6.7). */
export function decodeQuotedPrintable(encoded: Bytes): Bytes {
  const decoded = new Uint8Array(encoded.length);
  let length = 0;
  let at = 0;
  while (at < encoded.length) {
    const found = encoded.indexOf(EQUALS, at);
    const escape = found < 0 ? encoded.length : found;
    decoded.set(encoded.subarray(at, escape), length);
    length += escape - at;
    if (found < 0) break;
    const soft = endOfSoftBreak(encoded, escape + 1);
    const octet = soft === null ? hexOctet(encoded, escape + 1) : null;
    if (soft === null) decoded[length++] = octet ?? EQUALS;
    at = soft ?? escape + (octet === null ? 1 : 3);
  }
  return decoded.subarray(0, length);
}

/** "=" at the end of a line, blanks between them allowed, joins it with the next. */
function endOfSoftBreak(encoded: Bytes, at: number): number | null {
  let end = at;
  while (end - at < 80 && (encoded[end] === 0x20 || encoded[end] === 0x09)) end++;
  if (encoded[end] === CR && encoded[end + 1] === LF) return end + 2;
  if (encoded[end] === LF) return end + 1;
  return end === encoded.length ? end : null;
}

function hexOctet(encoded: Bytes, at: number): number | null {
  const [high, low] = [hexDigit(encoded[at]), hexDigit(encoded[at + 1])];
  return high < 0 || low < 0 ? null : high * 16 + low;
}

function hexDigit(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet & 0xdf;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : -1;
}
