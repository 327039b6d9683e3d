// Constant-time modular arithmetic after Montgomery, for RSA private operations.
// Numbers are little-endian runs of 32-bit limbs, all of one length; pointers are octet offsets. No
// branch and no address depends on a value, only on lengths. Twin: montgomery-twin.ts.

let modulus: usize = 0;
let limbs: i32 = 0;
let inverse: u32 = 0;
let scratch: usize = 0;

function get(number: usize, index: i32): u64 {
  return <u64>load<u32>(number + ((<usize>index) << 2));
}

function set(number: usize, index: i32, value: u64): void {
  store<u32>(number + ((<usize>index) << 2), <u32>value);
}

/** All ones where `bit` is 1, zero where it is 0. */
function mask(bit: u64): u32 {
  return <u32>(0 - (bit & 1));
}

/**
 * Chooses the modulus m (odd) of n limbs for the calls that follow; k0 = -1/m mod 2^32.
 * `space` must have room for n + 2 limbs, and for `power` 33 n more.
 */
export function use(m: usize, n: i32, k0: u32, space: usize): void {
  modulus = m;
  limbs = n;
  inverse = k0;
  scratch = space;
}

/** out = a b / 2^(32 n) mod m, for a < 2^(32 n) and b < m. `out` may be `a` or `b`. */
export function multiply(out: usize, a: usize, b: usize): void {
  const n = limbs;
  const m = modulus;
  const t = scratch;
  for (let i = 0; i < n + 2; i++) set(t, i, 0);
  for (let i = 0; i < n; i++) {
    const factor = get(a, i);
    let x: u64 = get(t, 0) + get(b, 0) * factor;
    let carry: u64 = x >> 32;
    const q: u64 = <u64>(<u32>x * inverse);
    let y: u64 = <u64>(<u32>x) + q * get(m, 0);
    let carry2: u64 = y >> 32;
    for (let j = 1; j < n; j++) {
      x = get(t, j) + get(b, j) * factor + carry;
      carry = x >> 32;
      y = <u64>(<u32>x) + q * get(m, j) + carry2;
      carry2 = y >> 32;
      set(t, j - 1, y);
    }
    x = get(t, n) + carry + carry2;
    set(t, n - 1, x);
    set(t, n, x >> 32);
  }
  reduce(out);
}

/** out = scratch mod m, where scratch (n + 1 limbs) is below 2 m. */
function reduce(out: usize): void {
  const n = limbs;
  const t = scratch;
  let borrow: u64 = 0;
  for (let j = 0; j < n; j++) {
    const difference: u64 = get(t, j) - get(modulus, j) - borrow;
    set(out, j, difference);
    borrow = (difference >> 32) & 1;
  }
  const keep = mask(borrow & ~get(t, n));
  for (let j = 0; j < n; j++) {
    set(out, j, <u64>(((<u32>get(t, j)) & keep) | ((<u32>get(out, j)) & ~keep)));
  }
}

/** out = a + b mod m. */
export function add(out: usize, a: usize, b: usize): void {
  let carry: u64 = 0;
  for (let j = 0; j < limbs; j++) {
    const sum: u64 = get(a, j) + get(b, j) + carry;
    set(scratch, j, sum);
    carry = sum >> 32;
  }
  set(scratch, limbs, carry);
  reduce(out);
}

/** out = a - b mod m. */
export function subtract(out: usize, a: usize, b: usize): void {
  let borrow: u64 = 0;
  for (let j = 0; j < limbs; j++) {
    const difference: u64 = get(a, j) - get(b, j) - borrow;
    set(out, j, difference);
    borrow = (difference >> 32) & 1;
  }
  const wrap = mask(borrow);
  let carry: u64 = 0;
  for (let j = 0; j < limbs; j++) {
    const sum: u64 = get(out, j) + <u64>((<u32>get(modulus, j)) & wrap) + carry;
    set(out, j, sum);
    carry = sum >> 32;
  }
}

/** out (2 n limbs, neither a nor b nor c) = a b + c, no modulus. */
export function multiplyAdd(out: usize, a: usize, b: usize, c: usize): void {
  const n = limbs;
  for (let j = 0; j < n; j++) set(out, j, get(c, j));
  for (let j = n; j < 2 * n; j++) set(out, j, 0);
  for (let i = 0; i < n; i++) {
    const factor = get(a, i);
    let carry: u64 = 0;
    for (let j = 0; j < n; j++) {
      const x: u64 = get(out, i + j) + get(b, j) * factor + carry;
      set(out, i + j, x);
      carry = x >> 32;
    }
    // Below 2^(64 n), but c may carry on: let it run to the end.
    for (let j = i + n; j < 2 * n; j++) {
      const x: u64 = get(out, j) + carry;
      set(out, j, x);
      carry = x >> 32;
    }
  }
}

/**
 * out = base^exponent mod m; base and out in Montgomery's form, `one` is 1 in that form, the exponent
 * has n limbs. A fixed window of 5 bits; each look-up reads the whole table. `out` is not `base`.
 */
export function power(out: usize, base: usize, exponent: usize, one: usize): void {
  const n = limbs;
  const width: usize = (<usize>n) << 2;
  const table: usize = scratch + width + 8;
  const picked: usize = table + width * 32;
  copy(table, one);
  copy(table + width, base);
  for (let i = 2; i < 32; i++) {
    multiply(table + <usize>i * width, table + <usize>(i - 1) * width, base);
  }
  copy(out, one);
  const windows = (n * 32 + 4) / 5;
  for (let window = windows - 1; window >= 0; window--) {
    for (let s = 0; s < 5; s++) multiply(out, out, out);
    const bit = window * 5;
    const index = bit >> 5;
    let word: u64 = get(exponent, index);
    if (index + 1 < n) word |= get(exponent, index + 1) << 32;
    pick(picked, table, (<u32>(word >> (<u64>(bit & 31)))) & 31);
    multiply(out, out, picked);
  }
}

function copy(to: usize, from: usize): void {
  for (let j = 0; j < limbs; j++) set(to, j, get(from, j));
}

function pick(out: usize, table: usize, digit: u32): void {
  const width: usize = (<usize>limbs) << 2;
  for (let j = 0; j < limbs; j++) set(out, j, 0);
  for (let i: u32 = 0; i < 32; i++) {
    const other: u32 = i ^ digit;
    // 0 - other has its top bit set for every other value but 0.
    const chosen: u32 = ((0 - other) >> 31) - 1;
    const entry: usize = table + <usize>i * width;
    for (let j = 0; j < limbs; j++) {
      set(out, j, <u64>((<u32>get(out, j)) | ((<u32>get(entry, j)) & chosen)));
    }
  }
}
