/**
 * The RSA private operation in plain BigInt: the oracle of the wasm kernel in tests, and the fall-back
 * where wasm is blocked. Blinded and checked like the kernel, but its time depends on its (blinded)
 * numbers; that is the best a host without wasm can have.
 */
import type { Bytes } from "../base/bytes.js";
import { fromBigInt, modularInverse, modularPower, randomBelow, toBigInt } from "./big-integers.js";

/** The numbers of RSAPrivateKey (RFC 8017 §A.1.2), big-endian. */
export interface RsaNumbers {
  readonly modulus: Bytes;
  readonly publicExponent: Bytes;
  readonly prime1: Bytes;
  readonly prime2: Bytes;
  readonly exponent1: Bytes;
  readonly exponent2: Bytes;
  readonly coefficient: Bytes;
}

/** As `crtPower`. */
export function crtPowerTwin(numbers: RsaNumbers, input: Bytes): Bytes | null {
  const n = toBigInt(numbers.modulus);
  const e = toBigInt(numbers.publicExponent);
  const p = toBigInt(numbers.prime1);
  const q = toBigInt(numbers.prime2);
  const [blind, unblind] = blinding(n);
  const blinded = (toBigInt(input) * modularPower(blind, e, n)) % n;
  const m1 = modularPower(blinded % p, toBigInt(numbers.exponent1), p);
  const m2 = modularPower(blinded % q, toBigInt(numbers.exponent2), q);
  const h = ((((m1 - m2) % p) + p) * toBigInt(numbers.coefficient)) % p;
  const result = m2 + h * q;
  if (modularPower(result, e, n) !== blinded) return null;
  return fromBigInt((result * unblind) % n, numbers.modulus.length);
}

function blinding(n: bigint): [bigint, bigint] {
  for (;;) {
    const blind = randomBelow(n);
    const unblind = modularInverse(blind, n);
    if (unblind !== null) return [blind, unblind];
  }
}
