// What lines of text look like, a chunk at a time: whether they survive the mail's way unchanged
// (RFC 5322 §2.1.1, RFC 8551 §3.1.3). Twin: scan-lines-twin.ts.

const INPUT: usize = 1024;

const NON_ASCII: u32 = 1;
const NUL: u32 = 2;
const BARE_CR: u32 = 4;
const BARE_LF: u32 = 8;
const LONG_LINE: u32 = 16;
const FROM_LINE: u32 = 32;
const TRAILING_BLANK: u32 = 64;

let found: u32 = 0;
let previous: u32 = 0;
let beforePrevious: u32 = 0;
let column: i32 = 0;
let matched: i32 = 0;

export function reset(): void {
  found = 0;
  previous = 0;
  beforePrevious = 0;
  column = 0;
  matched = 0;
}

function isBlank(octet: u32): bool {
  return octet == 32 || octet == 9;
}

/** "From ", by place. */
function fromAt(place: i32): u32 {
  if (place == 0) return 70;
  if (place == 1) return 114;
  if (place == 2) return 111;
  return place == 3 ? 109 : 32;
}

function endLine(): void {
  const ended = previous == 13;
  if ((ended ? column - 1 : column) > 998) found |= LONG_LINE;
  if (isBlank(ended ? beforePrevious : previous) && column > (ended ? 1 : 0)) found |= TRAILING_BLANK;
}

/** How many octets from here on, at most sixteen, are neither line end nor NUL nor beyond ASCII. */
function plainOctets(at: usize): i32 {
  const v = v128.load(at);
  const breaks = v128.or(i8x16.eq(v, i8x16.splat(10)), i8x16.eq(v, i8x16.splat(13)));
  // As signed numbers, NUL and what is beyond ASCII are not above zero.
  const others = i8x16.le_s(v, i8x16.splat(0));
  return ctz<i32>(i8x16.bitmask(v128.or(breaks, others)) | 0x10000);
}

export function scan(length: i32): void {
  for (let at: usize = INPUT, end: usize = INPUT + <usize>length; at < end; at++) {
    // In the middle of a line, where no "From " can begin, sixteen at a time.
    while (previous != 13 && matched != column && at + 16 <= end) {
      const plain = plainOctets(at);
      if (plain > 0) {
        beforePrevious = plain > 1 ? <u32>load<u8>(at + <usize>plain - 2) : previous;
        previous = <u32>load<u8>(at + <usize>plain - 1);
        column += plain;
        at += <usize>plain;
      }
      if (plain < 16) break;
    }
    if (at >= end) break;
    const octet = <u32>load<u8>(at);
    if (octet == 10) {
      if (previous != 13) found |= BARE_LF;
      endLine();
      column = 0;
      matched = 0;
    } else {
      if (previous == 13) found |= BARE_CR;
      if (octet >= 128) found |= NON_ASCII;
      else if (octet == 0) found |= NUL;
      if (matched == column && column < 5 && octet == fromAt(column)) {
        if (++matched == 5) found |= FROM_LINE;
      }
      column++;
    }
    beforePrevious = previous;
    previous = octet;
  }
}

/** The answer, after the last chunk. */
export function finish(): u32 {
  if (previous != 10) endLine();
  if (previous == 13) found |= BARE_CR;
  return found;
}

/** The first place of an octet in the input, or `length`. */
export function find(octet: i32, length: i32): i32 {
  const wanted = i8x16.splat(<i8>octet);
  let at: i32 = 0;
  for (; at + 16 <= length; at += 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(INPUT + <usize>at), wanted));
    if (mask != 0) return at + ctz<i32>(mask);
  }
  while (at < length && <i32>load<u8>(INPUT + <usize>at) != octet) at++;
  return at;
}
