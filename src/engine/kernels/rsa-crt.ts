/**
 * The RSA private operation c^d mod n by the Chinese remainder theorem (RFC 8017 §5.1.2), in the
 * constant-time wasm kernel from first to last: base blinding, both exponentiations, recombination,
 * the check by re-encryption (a faulty half would give the primes away), unblinding. Only uniformly
 * random numbers are ever handled by BigInt, whose time depends on its values.
 */
import type { Bytes } from "../base/bytes.js";
import { equal } from "../base/bytes.js";
import { fromBigInt, modularInverse, randomBelow, toBigInt } from "./big-integers.js";
import { montgomeryWasm } from "./generated/montgomery.js";
import { type Kernel, loadKernel } from "./load-kernel.js";
import { type RsaNumbers, crtPowerTwin } from "./rsa-crt-twin.js";

interface Modulus {
  readonly limbs: number;
  readonly value: Bytes;
  /** -1/m mod 2^32 */
  readonly inverse: number;
  /** R, R², R³ mod m, where R = 2^(32 limbs) */
  readonly one: Bytes;
  readonly r2: Bytes;
  readonly r3: Bytes;
}

/** Numbers in the kernel's form: little-endian, whole limbs. */
export interface CrtKey {
  readonly numbers: RsaNumbers;
  readonly n: Modulus;
  readonly p: Modulus;
  readonly q: Modulus;
  readonly dp: Bytes;
  readonly dq: Bytes;
  readonly qInverse: Bytes;
}

const word = 1n << 32n;

function littleEndian(value: bigint, limbs: number): Bytes {
  return fromBigInt(value, limbs * 4).reverse();
}

function prepareModulus(value: bigint, limbs: number): Modulus {
  const r = 1n << BigInt(32 * limbs);
  const inverse = modularInverse(value % word, word)!;
  return {
    limbs,
    value: littleEndian(value, limbs),
    inverse: Number((word - inverse) % word),
    one: littleEndian(r % value, limbs),
    r2: littleEndian((r * r) % value, limbs),
    r3: littleEndian((r * r * r) % value, limbs),
  };
}

const limbsOf = (value: bigint): number => Math.ceil(value.toString(16).length / 8);

/** Once for each key; `wipeCrtKey` when it is locked. The moduli must be odd. */
export function prepareCrtKey(numbers: RsaNumbers): CrtKey {
  const p = toBigInt(numbers.prime1);
  const q = toBigInt(numbers.prime2);
  const n = toBigInt(numbers.modulus);
  const limbs = Math.max(limbsOf(p), limbsOf(q));
  return {
    numbers,
    n: prepareModulus(n, limbsOf(n)),
    p: prepareModulus(p, limbs),
    q: prepareModulus(q, limbs),
    dp: littleEndian(toBigInt(numbers.exponent1), limbs),
    dq: littleEndian(toBigInt(numbers.exponent2), limbs),
    qInverse: littleEndian(toBigInt(numbers.coefficient), limbs),
  };
}

export function wipeCrtKey(key: CrtKey): void {
  for (const secret of [key.dp, key.dq, key.qInverse]) secret.fill(0);
  for (const modulus of [key.p, key.q]) {
    for (const part of [modulus.value, modulus.one, modulus.r2, modulus.r3]) part.fill(0);
  }
  for (const number of Object.values(key.numbers) as Bytes[]) number.fill(0);
}

let kernel: Kernel | null | undefined;

/**
 * @param input big-endian, as long as the modulus and below it
 * @returns as long as the modulus; null where the result does not re-encrypt to the input: nothing of
 *   it may be used (Boneh, DeMillo, Lipton 1997)
 */
export function crtPower(key: CrtKey, input: Bytes): Bytes | null {
  kernel ??= loadKernel(montgomeryWasm);
  if (kernel === null) return crtPowerTwin(key.numbers, input);
  const run = new Run(kernel, key);
  try {
    return run.power(input);
  } finally {
    run.wipe();
  }
}

/** A number in the kernel's memory, by its offset. */
type Place = number;

/** One use of the kernel: numbers are placed one after the other, and wiped together. */
class Run {
  readonly #kernel: Kernel;
  readonly #key: CrtKey;
  readonly #space: Place;
  readonly #unit: Place;
  readonly #moduli = new Map<Modulus, { readonly value: Place; readonly r2: Place }>();
  #next = 1024;

  constructor(kernel: Kernel, key: CrtKey) {
    this.#kernel = kernel;
    this.#key = key;
    const { n, p, q } = key;
    this.#space = this.#reserve(Math.max(n.limbs, 34 * p.limbs) + 2);
    this.#unit = this.#place(Uint8Array.of(1), n.limbs);
    for (const modulus of [n, p, q]) {
      const value = this.#place(modulus.value, modulus.limbs);
      this.#moduli.set(modulus, { value, r2: this.#place(modulus.r2, modulus.limbs) });
    }
  }

  wipe(): void {
    this.#kernel.memory.fill(0, 0, this.#next);
  }

  power(input: Bytes): Bytes | null {
    const { n, p, q } = this.#key;
    const e = toBigInt(this.#key.numbers.publicExponent);
    const { blind, unblind } = this.#blinding();
    const factor = this.#publicPower(blind, e);
    const given = this.#toForm(n, this.#place(input.slice().reverse(), n.limbs));
    const blindedForm = this.#multiply(n, given, factor);
    const blinded = this.#reserve(2 * p.limbs);
    this.#kernel.call("multiply", blinded, blindedForm, this.#unit);
    const plain = this.#recombine(this.#half(p, this.#key.dp, blinded), this.#half(q, this.#key.dq, blinded));
    this.#use(n);
    const again = this.#publicPower(this.#toForm(n, plain), e);
    if (!equal(this.#read(again, n.limbs), this.#read(blindedForm, n.limbs))) return null;
    const result = this.#read(this.#multiply(n, plain, unblind), n.limbs).reverse();
    return result.subarray(result.length - input.length);
  }

  /** r and 1/r in Montgomery's form. The number inverted by BigInt is r s for a random s: it says nothing of r. */
  #blinding(): { blind: Place; unblind: Place } {
    const { n } = this.#key;
    const modulus = toBigInt(this.#key.numbers.modulus);
    this.#use(n);
    for (;;) {
      const r = this.#toForm(n, this.#place(littleEndian(randomBelow(modulus), n.limbs), n.limbs));
      const s = this.#place(littleEndian(randomBelow(modulus), n.limbs), n.limbs);
      const product = toBigInt(this.#read(this.#multiply(n, r, s), n.limbs).reverse());
      const inverse = modularInverse(product, modulus);
      if (inverse === null) continue;
      const form = this.#toForm(n, this.#place(littleEndian(inverse, n.limbs), n.limbs));
      return { blind: r, unblind: this.#multiply(n, form, this.#toForm(n, s)) };
    }
  }

  /** x^d mod p in Montgomery's form, for x of twice the limbs of p. */
  #half(prime: Modulus, exponent: Bytes, x: Place): Place {
    this.#use(prime);
    const low = this.#toForm(prime, x);
    // x = high R + low: high R² is high times R³ in the kernel's product.
    const r3 = this.#place(prime.r3, prime.limbs);
    const high = this.#multiply(prime, x + 4 * prime.limbs, r3);
    const base = this.#reserve(prime.limbs);
    this.#kernel.call("add", base, low, high);
    const out = this.#reserve(prime.limbs);
    const one = this.#place(prime.one, prime.limbs);
    this.#kernel.call("power", out, base, this.#place(exponent, prime.limbs), one);
    return out;
  }

  /** m2 + q ((m1 - m2) / q mod p) (RFC 8017 §5.1.2 2.b). */
  #recombine(m1: Place, m2Form: Place): Place {
    const { p, q, qInverse } = this.#key;
    this.#use(q);
    const m2 = this.#multiply(q, m2Form, this.#unit);
    this.#use(p);
    const difference = this.#reserve(p.limbs);
    this.#kernel.call("subtract", difference, m1, this.#toForm(p, m2));
    const h = this.#multiply(p, difference, this.#place(qInverse, p.limbs));
    const out = this.#reserve(2 * p.limbs);
    this.#kernel.call("multiplyAdd", out, h, this.#moduli.get(q)!.value, m2);
    return out;
  }

  /** In Montgomery's form, modulo n. The exponent is public. */
  #publicPower(base: Place, exponent: bigint): Place {
    const { n } = this.#key;
    const out = this.#reserve(n.limbs);
    this.#kernel.memory.copyWithin(out, base, base + 4 * n.limbs);
    for (const bit of exponent.toString(2).slice(1)) {
      this.#kernel.call("multiply", out, out, out);
      if (bit === "1") this.#kernel.call("multiply", out, out, base);
    }
    return out;
  }

  #use(modulus: Modulus): void {
    const { value } = this.#moduli.get(modulus)!;
    this.#kernel.call("use", value, modulus.limbs, modulus.inverse, this.#space);
  }

  #toForm(modulus: Modulus, number: Place): Place {
    return this.#multiply(modulus, number, this.#moduli.get(modulus)!.r2);
  }

  #multiply(modulus: Modulus, a: Place, b: Place): Place {
    const out = this.#reserve(modulus.limbs);
    this.#kernel.call("multiply", out, a, b);
    return out;
  }

  /** Room for a number, all zero. */
  #reserve(limbs: number): Place {
    const place = this.#next;
    this.#next += 4 * limbs;
    if (this.#next > this.#kernel.memory.length) throw new RangeError("modulus too long");
    return place;
  }

  #place(littleEndianNumber: Bytes, limbs: number): Place {
    const place = this.#reserve(limbs);
    this.#kernel.memory.set(littleEndianNumber, place);
    return place;
  }

  #read(place: Place, limbs: number): Bytes {
    return this.#kernel.memory.slice(place, place + 4 * limbs);
  }
}
