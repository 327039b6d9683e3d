// Quoted-printable (RFC 2045 §6.7) to octets, a chunk at a time through a fixed memory. Twin:
// quoted-printable-twin.ts. Layout: input, output; see quoted-printable.ts.

const INPUT: usize = 1024;
const OUTPUT: usize = 1024 + 65536;

const LF: u32 = 10;
const CR: u32 = 13;
const EQUALS: u32 = 61;

/** "=", 80 blanks, CR, LF: how far an escape can reach. */
const REACH: usize = 83;

let taken: i32 = 0;

function octet(at: usize): u32 {
  return <u32>load<u8>(at);
}

function isBlank(code: u32): bool {
  return code == 32 || code == 9;
}

/** 16 and more for what is no hexadecimal digit. */
function digit(code: u32): u32 {
  if (code - 48 < 10) return code - 48;
  const letter = (code & 0xdf) - 65;
  return letter < 6 ? letter + 10 : 16;
}

/** Where the line after a soft break begins; 0 where "=" is none. */
function softBreak(at: usize, end: usize): usize {
  let stop = at;
  while (stop < end && stop - at < 80 && isBlank(octet(stop))) stop++;
  if (stop == end) return end;
  if (octet(stop) == LF) return stop + 1;
  if (octet(stop) == CR && stop + 1 < end && octet(stop + 1) == LF) return stop + 2;
  return 0;
}

/**
 * Decodes `length` octets of the input; answers the octets written. Unless `last` is 1, an escape that
 * might go on in the next chunk is left for it: `consumed` says how far this one came.
 */
export function decode(length: i32, last: i32): i32 {
  let at: usize = INPUT;
  const end: usize = INPUT + <usize>length;
  let out: usize = OUTPUT;
  while (at < end) {
    const code = octet(at);
    if (code != EQUALS) {
      store<u8>(out++, <u8>code);
      at++;
      continue;
    }
    if (last == 0 && at + REACH > end) break;
    const next = softBreak(at + 1, end);
    if (next != 0) {
      at = next;
      continue;
    }
    const high = at + 1 < end ? digit(octet(at + 1)) : 16;
    const low = at + 2 < end ? digit(octet(at + 2)) : 16;
    if (high < 16 && low < 16) {
      store<u8>(out++, <u8>((high << 4) | low));
      at += 3;
    } else {
      store<u8>(out++, <u8>EQUALS);
      at++;
    }
  }
  taken = <i32>(at - INPUT);
  return <i32>(out - OUTPUT);
}

/** Octets of the input that the last call has dealt with. */
export function consumed(): i32 {
  return taken;
}
