/** Big-endian octets to BigInt and back. Not constant time: only where the comment beside the call says why that is no harm. */
import { type Bytes, fromHex, toHex } from "../base/bytes.js";

export function toBigInt(bytes: Bytes): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

/** @throws RangeError where the value needs more than `length` octets. */
export function fromBigInt(value: bigint, length: number): Bytes {
  const hex = value.toString(16).padStart(2 * length, "0");
  if (hex.length > 2 * length) throw new RangeError("number too large");
  return fromHex(hex);
}

/** base^exponent mod modulus, by squaring. For public exponents. */
export function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const [first, ...bits] = exponent.toString(2);
  let result = first === "1" ? base % modulus : 1n % modulus;
  for (const bit of bits) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return result;
}

/** @returns null where value and modulus have a common divisor */
export function modularInverse(value: bigint, modulus: bigint): bigint | null {
  let [a, b] = [((value % modulus) + modulus) % modulus, modulus];
  let [x, y] = [1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b] = [b - quotient * a, a];
    [x, y] = [y - quotient * x, x];
  }
  return a === 1n ? ((x % modulus) + modulus) % modulus : null;
}

/** Uniform in 1 … limit - 1. */
export function randomBelow(limit: bigint): bigint {
  const bits = limit.toString(2).length;
  const octets = new Uint8Array(Math.ceil(bits / 8));
  for (;;) {
    crypto.getRandomValues(octets);
    octets[0]! &= 0xff >> (octets.length * 8 - bits);
    const value = toBigInt(octets);
    if (value > 0n && value < limit) return value;
  }
}
