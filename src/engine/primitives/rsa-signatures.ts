/**
 * RSA signatures verified where WebCrypto cannot: with MD5, SHA-224, SHA-3 and SHAKE, and PSS whose mask
 * has another digest (RFC 8017 §8, RFC 8702 §2.2). The public operation alone: everything here is known
 * to everybody, so BigInt's time tells nobody anything. A signature is compared with the one encoding
 * that is right; nothing of it is parsed (Bleichenbacher 2006 forged signatures for those who did).
 */
import { type Bytes, concat, equal, fromHex } from "../base/bytes.js";
import { fromBigInt, modularPower, toBigInt } from "../kernels/big-integers.js";
import { type DigestName, digest as computeDigest, digestLengths } from "./digest.js";

/** Magnitudes, big-endian, without leading zeros. */
export interface RsaPublicKey {
  readonly modulus: Bytes;
  readonly exponent: Bytes;
}

export interface RsaSigned {
  readonly data: Bytes;
  readonly signature: Bytes;
}

/**
 * FIPS 186-4 §B.3.1 has at most 256 bits. A longer exponent only costs its readers time; callers refuse
 * it before, since "does not hold" would be the wrong word for it.
 */
export const maximumExponentOctets = 32;

/** DigestInfo up to the digest (RFC 8017 §9.2 note 1; NIST CSOR for SHA-3): with NULL, as everybody writes it. */
const digestInfos: Partial<Readonly<Record<DigestName, Bytes>>> = {
  MD5: fromHex("3020300c06082a864886f70d020505000410"),
  "SHA-1": fromHex("3021300906052b0e03021a05000414"),
  "SHA-224": sha(4, 28),
  "SHA-256": sha(1, 32),
  "SHA-384": sha(2, 48),
  "SHA-512": sha(3, 64),
  "SHA3-224": sha(7, 28),
  "SHA3-256": sha(8, 32),
  "SHA3-384": sha(9, 48),
  "SHA3-512": sha(10, 64),
};

/** 2.16.840.1.101.3.4.2.n */
function sha(n: number, length: number): Bytes {
  const algorithm = fromHex("300d06096086480165030402000500");
  algorithm[12] = n;
  return concat([Uint8Array.of(0x30, 15 + 2 + length), algorithm, Uint8Array.of(4, length)]);
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2). @returns false also for signatures of the wrong length */
export async function verifyPkcs1(
  key: RsaPublicKey,
  digest: DigestName,
  { data, signature }: RsaSigned,
): Promise<boolean> {
  const prefix = digestInfos[digest];
  if (prefix === undefined) throw new RangeError(`no DigestInfo for ${digest}`);
  const message = recover(key, signature);
  if (message === null) return false;
  const padding = key.modulus.length - prefix.length - digestLengths[digest] - 3;
  if (padding < 8) return false;
  const hash = await computeDigest(digest, data);
  const head = Uint8Array.of(0, 1);
  return equal(message, concat([head, new Uint8Array(padding).fill(0xff), Uint8Array.of(0), prefix, hash]));
}

export interface PssParameters {
  readonly digest: DigestName;
  /** of MGF1; SHAKE itself is the mask (RFC 8702 §2.2.1) */
  readonly maskDigest: DigestName;
  /** octets */
  readonly saltLength: number;
}

/** RSASSA-PSS (RFC 8017 §8.1.2, §9.1.2). @returns false also for parameters that no key of this size can have */
export async function verifyPss(
  key: RsaPublicKey,
  { digest, maskDigest, saltLength }: PssParameters,
  { data, signature }: RsaSigned,
): Promise<boolean> {
  const message = recover(key, signature);
  if (message === null) return false;
  // emBits is one less than the modulus has: of the first octet, or all of it, nothing may be set.
  const bits = 8 * key.modulus.length - Math.clz32(key.modulus[0]!) + 24 - 1;
  const length = Math.ceil(bits / 8);
  if (length < message.length && message[0] !== 0) return false;
  const encoded = message.subarray(message.length - length);
  const h = digestLengths[digest];
  if (length < h + saltLength + 2 || encoded.at(-1) !== 0xbc) return false;
  const block = encoded.slice(0, length - h - 1);
  const hash = encoded.subarray(length - h - 1, length - 1);
  const unused = 8 * length - bits;
  if (block[0]! >> (8 - unused) !== 0) return false;
  const mask = await maskOf(maskDigest, hash, block.length);
  for (let i = 0; i < block.length; i++) block[i]! ^= mask[i]!;
  block[0]! &= 0xff >> unused;
  const salt = block.subarray(block.length - saltLength);
  const expected = new Uint8Array(block.length - saltLength);
  expected[expected.length - 1] = 1;
  if (!equal(block.subarray(0, block.length - saltLength), expected)) return false;
  const dataHash = await computeDigest(digest, data);
  return equal(hash, await computeDigest(digest, concat([new Uint8Array(8), dataHash, salt])));
}

/** s^e mod n (RFC 8017 §5.2.2). @returns null where the signature is not below the modulus, or not as long */
function recover({ modulus, exponent }: RsaPublicKey, signature: Bytes): Bytes | null {
  const n = toBigInt(modulus);
  const s = toBigInt(signature);
  if (signature.length !== modulus.length || s >= n) return null;
  if (exponent.length > maximumExponentOctets) return null;
  return fromBigInt(modularPower(s, toBigInt(exponent), n), modulus.length);
}

async function maskOf(name: DigestName, seed: Bytes, length: number): Promise<Bytes> {
  if (name === "SHAKE128" || name === "SHAKE256") {
    const { shake128, shake256 } = await import("@noble/hashes/sha3.js");
    return (name === "SHAKE128" ? shake128 : shake256)(seed, { dkLen: length }) as Bytes;
  }
  // MGF1 (RFC 8017 §B.2.1).
  const mask = new Uint8Array(length);
  for (let at = 0, counter = 0; at < length; counter++) {
    const input = concat([seed, Uint8Array.of(0, 0, counter >> 8, counter)]);
    const block = await computeDigest(name, input);
    mask.set(block.subarray(0, length - at), at);
    at += block.length;
  }
  return mask;
}
