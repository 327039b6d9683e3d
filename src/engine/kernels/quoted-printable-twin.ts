/**
 * Quoted-printable decoding in plain TypeScript: the oracle of the wasm kernel in tests, and the fall-back
 * where wasm is blocked. Same octets for every input.
 */
import type { Bytes } from "../base/bytes.js";

const EQUALS = 0x3d;
const LF = 0x0a;
const CR = 0x0d;

/** From "=" to "=", so that plain stretches are moved whole. What is not an escape stays as it is (RFC 2045 §6.7). */
export function decodeQuotedPrintableTwin(encoded: Bytes): Bytes {
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
