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

/** Decodes `length` octets of the input; answers the octets written, or -1 for what is no base64. */
export function decode(length: i32): i32 {
  let at: usize = INPUT;
  const end: usize = INPUT + <usize>length;
  let out: usize = OUTPUT;
  while (at < end) {
    if (sextets == 0 && padding == 0) {
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

/** Encodes `length` octets of the input into lines of 76 characters, each ended by CRLF. */
export function encode(length: i32): i32 {
  let at: usize = INPUT;
  const end: usize = INPUT + <usize>length;
  let out: usize = OUTPUT;
  while (at < end) {
    const lineEnd: usize = at + 57 < end ? at + 57 : end;
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
