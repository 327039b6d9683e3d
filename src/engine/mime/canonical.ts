/**
 * Canonical line ends (RFC 8551 §3.1.1): what is signed is text with CRLF, but mail that was saved on
 * the way often has LF alone. Other octets, a bare CR among them, are left as they are.
 */
import { type Bytes, type CanonicalMime, concat, toAscii } from "../base/bytes.js";

const LF = 0x0a;
const CR = 0x0d;

/** @returns the same view where every line ends in CRLF already, else one copy. */
export function canonicalize(bytes: Bytes): CanonicalMime {
  const missing = countBareFeeds(bytes);
  if (missing === 0) return bytes as CanonicalMime;
  const canonical = new Uint8Array(bytes.length + missing);
  let length = 0;
  let line = 0;
  for (let feed = bytes.indexOf(LF); feed >= 0; feed = bytes.indexOf(LF, feed + 1)) {
    if (feed > 0 && bytes[feed - 1] === CR) continue;
    canonical.set(bytes.subarray(line, feed), length);
    length += feed - line;
    canonical[length++] = CR;
    line = feed;
  }
  canonical.set(bytes.subarray(line), length);
  return canonical as Bytes as CanonicalMime;
}

/** Of a message: a .p7m file may hold a CR, and no LF, by chance. */
const beginsWithField = /^(?:[!-9;-~]+[ \t]*:|From )/;

/**
 * Lines that end in CR alone, as old Macs kept them, get the LF that belongs there; where a single LF
 * stands, nothing is changed, because then readers differ on what a bare CR is.
 *
 * @returns the same view where there is an LF, or no header
 */
export function endLines(bytes: Bytes): Bytes {
  if (bytes.includes(LF) || !beginsWithField.test(toAscii(bytes.subarray(0, 100)))) return bytes;
  const ended: Bytes[] = [];
  let line = 0;
  for (let end = bytes.indexOf(CR); end >= 0; end = bytes.indexOf(CR, line)) {
    ended.push(bytes.subarray(line, end + 1), Uint8Array.of(LF));
    line = end + 1;
  }
  return concat([...ended, bytes.subarray(line)]);
}

function countBareFeeds(bytes: Bytes): number {
  let count = 0;
  for (let feed = bytes.indexOf(LF); feed >= 0; feed = bytes.indexOf(LF, feed + 1)) {
    if (feed === 0 || bytes[feed - 1] !== CR) count++;
  }
  return count;
}
