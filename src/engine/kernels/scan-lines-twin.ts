/** Lines of text in plain TypeScript: the oracle of the wasm kernel in tests, and the fall-back where wasm is blocked. */
import type { Bytes } from "../base/bytes.js";

const from = [70, 114, 111, 109, 32];

/** @returns the bits of `scan-lines.ts` */
export function scanLinesTwin(input: Bytes): number {
  let found = 0;
  let start = 0;
  while (start < input.length) {
    const feed = input.indexOf(10, start);
    const end = feed < 0 ? input.length : feed;
    found |= scanLine(input.subarray(start, end), feed >= 0);
    start = end + 1;
  }
  return found;
}

function scanLine(line: Bytes, fed: boolean): number {
  let found = 0;
  const ended = line.at(-1) === 13;
  const text = ended ? line.subarray(0, -1) : line;
  for (const octet of text) {
    if (octet >= 128) found |= 1;
    if (octet === 0) found |= 2;
  }
  if (text.includes(13) || (ended && !fed)) found |= 4;
  if (fed && !ended) found |= 8;
  if (text.length > 998) found |= 16;
  if (from.every((octet, i) => text[i] === octet)) found |= 32;
  if (text.at(-1) === 32 || text.at(-1) === 9) found |= 64;
  return found;
}
