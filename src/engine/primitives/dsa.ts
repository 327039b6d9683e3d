/**
 * DSA signatures verified (FIPS 186-4 §4.7). FIPS 186-5 withdrew DSA, and nothing here is reached unless a
 * policy asks for it: to judge old paths as they were judged in their time. Public numbers alone, so that
 * BigInt's time tells nobody anything.
 */
import type { Bytes } from "../base/bytes.js";
import { modularInverse, modularPower, toBigInt } from "../kernels/big-integers.js";

/** Magnitudes, big-endian. */
export interface DsaPublicKey {
  readonly p: Bytes;
  readonly q: Bytes;
  readonly g: Bytes;
  readonly y: Bytes;
}

/** FIPS 186-4 §4.2 has at most 3072 and 256 bits. */
const maximumPrime = 3072 / 8;

/** @param digest of the message; its leftmost bits count, as many as q has */
export function verifyDsa(key: DsaPublicKey, digest: Bytes, signature: { r: Bytes; s: Bytes }): boolean {
  if (key.p.length > maximumPrime || key.q.length > 32 || key.g.length > key.p.length) return false;
  const [p, q, g, y] = [key.p, key.q, key.g, key.y].map(toBigInt) as [bigint, bigint, bigint, bigint];
  const [r, s] = [toBigInt(signature.r), toBigInt(signature.s)];
  if (r <= 0n || r >= q || s <= 0n || s >= q || g <= 1n || g >= p || y <= 1n || y >= p) return false;
  const inverse = modularInverse(s, q);
  if (inverse === null) return false;
  const hash = toBigInt(digest.subarray(0, key.q.length));
  const [u1, u2] = [(hash * inverse) % q, (r * inverse) % q];
  return ((modularPower(g, u1, p) * modularPower(y, u2, p)) % p) % q === r;
}
