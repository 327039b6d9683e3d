// Base64 (RFC 4648 §4, RFC 2045 §6.8) from bytes to bytes, a chunk at a time through a fixed memory.
// Twin: base64-twin.ts. Layout: table of 256 octets, input, output; see base64.ts.

const TABLE: usize = 0;
const ALPHABET: usize = 256;
const INPUT: usize = 1024;
const OUTPUT: usize = 1024 + 65536;

const SKIP: u32 = 64;
const PAD: u32 = 65;
const BAD: u32 = 66;

let group: u32 = 0;
let sextets: i32 = 0;
let padding: i32 = 0;

/** Forgets what went before, and fills the tables. */
export function reset(): void {
  for (let i: usize = 0; i < 256; i++) store<u8>(TABLE + i, <u8>BAD);
  for (let i: usize = 0; i < 64; i++) {
    let code: u8 = 0;
    if (i < 26) code = <u8>(65 + i);
    else if (i < 52) code = <u8>(97 + i - 26);
    else if (i < 62) code = <u8>(48 + i - 52);
    else code = i == 62 ? 43 : 47;
    store<u8>(ALPHABET + i, code);
    store<u8>(TABLE + <usize>code, <u8>i);
  }
  store<u8>(TABLE + 9, <u8>SKIP);
  store<u8>(TABLE + 10, <u8>SKIP);
  store<u8>(TABLE + 13, <u8>SKIP);
  store<u8>(TABLE + 32, <u8>SKIP);
  store<u8>(TABLE + 61, <u8>PAD);
  group = 0;
  sextets = 0;
  padding = 0;
}

function value(at: usize): u32 {
  return <u32>load<u8>(TABLE + <usize>load<u8>(at));
}

function put(at: usize, bits: u32): void {
  store<u8>(at, <u8>(bits >> 16));
  store<u8>(at + 1, <u8>(bits >> 8));
  store<u8>(at + 2, <u8>bits);
}

/**
 * Sixteen characters to twelve octets; four more are written over. False where one is no sextet: nothing is done.
 * What a character is shows in its two halves: each half says by a bit what the other may not be.
 */
function decodeSixteen(v: v128, out: usize): bool {
  const high = v128.and(i32x4.shr_u(v, 4), i8x16.splat(0x0f));
  const low = v128.and(v, i8x16.splat(0x0f));
  const refusedByHigh = i8x16.swizzle(i8x16(16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16), high);
  const refusedByLow = i8x16.swizzle(
    i8x16(21, 17, 17, 17, 17, 17, 17, 17, 17, 17, 19, 26, 27, 27, 27, 26),
    low,
  );
  if (v128.any_true(v128.and(refusedByHigh, refusedByLow))) return false;
  // From a character to its sextet by one addition, which depends on its high half; "/" takes the place of 1.
  const kind = i8x16.add(high, i8x16.eq(v, i8x16.splat(47)));
  const shift = i8x16.swizzle(i8x16(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0), kind);
  const s = i8x16.add(v, shift);
  // Two sextets, the first in the lower octet, become twelve bits, and two of those 24.
  const twelve = v128.or(
    v128.and(i16x8.shl(s, 6), i16x8.splat(0x0fff)),
    i16x8.shr_u(s, 8),
  );
  const bits = i32x4.dot_i16x8_s(twelve, i16x8(4096, 1, 4096, 1, 4096, 1, 4096, 1));
  v128.store(out, i8x16.shuffle(bits, bits, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 7, 11, 15));
  return true;
}

function endsLine(at: usize): bool {
  return <u32>load<u16>(at) == 0x0a0d;
}

/** Decodes `length` octets of the input; answers the octets written, or -1 for what is no base64. */
export function decode(length: i32): i32 {
  let at: usize = INPUT;
  const end: usize = INPUT + <usize>length;
  let out: usize = OUTPUT;
  while (at < end) {
    if (sextets == 0 && padding == 0) {
      while (at + 16 <= end) {
        if (endsLine(at)) {
          at += 2;
        } else if (endsLine(at + 12)) {
          // The end of a line of 76 characters: twelve of them, and "AAAA" for the next four.
          if (!decodeSixteen(i32x4.replace_lane(v128.load(at), 3, 0x41414141), out)) break;
          out += 9;
          at += 14;
        } else {
          if (!decodeSixteen(v128.load(at), out)) break;
          out += 12;
          at += 16;
        }
      }
      while (at + 4 <= end) {
        const a = value(at),
          b = value(at + 1),
          c = value(at + 2),
          d = value(at + 3);
        if ((a | b | c | d) > 63) break;
        put(out, (a << 18) | (b << 12) | (c << 6) | d);
        out += 3;
        at += 4;
      }
      if (at >= end) break;
    }
    const v = value(at++);
    if (v < 64) {
      if (padding > 0) return -1;
      group = (group << 6) | v;
      if (++sextets == 4) {
        put(out, group);
        out += 3;
        sextets = 0;
        group = 0;
      }
    } else if (v == PAD) {
      if (++padding > 2) return -1;
    } else if (v == BAD) {
      return -1;
    }
  }
  return <i32>(out - OUTPUT);
}

/**
 * As `decode`, but what is outside the alphabet is passed over and padding ends it all; afterwards
 * `finishAny`. For what is shown.
 */
export function decodeAny(length: i32): i32 {
  let at: usize = INPUT;
  const end: usize = INPUT + <usize>length;
  let out: usize = OUTPUT;
  while (at < end && padding == 0) {
    const v = value(at++);
    if (v < 64) {
      group = (group << 6) | v;
      if (++sextets == 4) {
        put(out, group);
        out += 3;
        sextets = 0;
        group = 0;
      }
    } else if (v == PAD && sextets >= 2) padding = 1;
  }
  return <i32>(out - OUTPUT);
}

/** Writes what is left of the last group; a lone sextet says nothing. */
export function finishAny(): i32 {
  if (sextets == 1) return 0;
  padding = 0;
  return finish();
}

/** Writes what is left of an incomplete group; answers its octets (0–2), or -1 where none can be. */
export function finish(): i32 {
  if (sextets == 0) return padding == 0 ? 0 : -1;
  if (sextets == 1 || sextets + padding > 4) return -1;
  if (sextets == 2) {
    store<u8>(OUTPUT, <u8>(group >> 4));
    return 1;
  }
  store<u8>(OUTPUT, <u8>(group >> 10));
  store<u8>(OUTPUT + 1, <u8>(group >> 2));
  return 2;
}

/** Twelve octets to sixteen characters; four octets more are read. */
function encodeTwelve(at: usize, out: usize): void {
  const v = v128.load(at);
  // Three octets become 24 bits, the first of them the highest.
  const bits = i8x16.shuffle(v, i8x16.splat(0), 2, 1, 0, 16, 5, 4, 3, 16, 8, 7, 6, 16, 11, 10, 9, 16);
  // 24 bits become four sextets, the first in the lowest octet.
  const s = v128.or(
    v128.or(
      v128.and(i32x4.shr_u(bits, 18), i32x4.splat(0x3f)),
      v128.and(i32x4.shr_u(bits, 4), i32x4.splat(0x3f00)),
    ),
    v128.or(
      v128.and(i32x4.shl(bits, 10), i32x4.splat(0x3f0000)),
      v128.and(i32x4.shl(bits, 24), i32x4.splat(0x3f000000)),
    ),
  );
  // One addition again: place 13 for A–Z, 0 for a–z, 1 to 10 for digits, 11 and 12 for the rest.
  const kind = v128.or(
    i8x16.sub_sat_u(s, i8x16.splat(51)),
    v128.and(i8x16.lt_s(s, i8x16.splat(26)), i8x16.splat(13)),
  );
  const shift = i8x16.swizzle(i8x16(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0), kind);
  v128.store(out, i8x16.add(s, shift));
}

/** Encodes `length` octets of the input into lines of 76 characters, each ended by CRLF. */
export function encode(length: i32): i32 {
  let at: usize = INPUT;
  const end: usize = INPUT + <usize>length;
  let out: usize = OUTPUT;
  while (at < end) {
    // A whole line: five times twelve octets. What the fifth writes too much of is written over.
    if (at + 57 <= end) {
      for (const lineEnd: usize = at + 60; at < lineEnd; at += 12, out += 16) encodeTwelve(at, out);
      at -= 3;
      out -= 4;
      store<u16>(out, 0x0a0d);
      out += 2;
      continue;
    }
    const lineEnd: usize = end;
    while (at + 12 <= lineEnd) {
      encodeTwelve(at, out);
      at += 12;
      out += 16;
    }
    while (at + 3 <= lineEnd) {
      const bits: u32 =
        ((<u32>load<u8>(at)) << 16) | ((<u32>load<u8>(at + 1)) << 8) | (<u32>load<u8>(at + 2));
      store<u8>(out, load<u8>(ALPHABET + <usize>(bits >> 18)));
      store<u8>(out + 1, load<u8>(ALPHABET + <usize>((bits >> 12) & 63)));
      store<u8>(out + 2, load<u8>(ALPHABET + <usize>((bits >> 6) & 63)));
      store<u8>(out + 3, load<u8>(ALPHABET + <usize>(bits & 63)));
      at += 3;
      out += 4;
    }
    if (at < lineEnd) {
      const two = at + 2 == lineEnd;
      const bits: u32 = ((<u32>load<u8>(at)) << 16) | (two ? (<u32>load<u8>(at + 1)) << 8 : 0);
      store<u8>(out, load<u8>(ALPHABET + <usize>(bits >> 18)));
      store<u8>(out + 1, load<u8>(ALPHABET + <usize>((bits >> 12) & 63)));
      store<u8>(out + 2, two ? load<u8>(ALPHABET + <usize>((bits >> 6) & 63)) : <u8>61);
      store<u8>(out + 3, 61);
      at = lineEnd;
      out += 4;
    }
    store<u8>(out, 13);
    store<u8>(out + 1, 10);
    out += 2;
  }
  return <i32>(out - OUTPUT);
}
