/**
 * The key derivation of PKCS #12 itself (RFC 7292 §B.2), for MACs and the old ciphers. Its hundreds of
 * thousands of digests run in hash-wasm, in plain JavaScript only where wasm is blocked: Firefox
 * and Thunderbird write 600,000 rounds.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { type Bytes, concat } from "../base/bytes.js";
import { oid } from "../base/oid.js";

export type Pkcs12Hash = "SHA-1" | "SHA-224" | "SHA-256" | "SHA-384" | "SHA-512";

/** by the digest's OID, and by that of the HMAC made from it (RFC 8018 §B.1.2) */
export const pkcs12Hashes: Readonly<Record<string, Pkcs12Hash>> = {
  [oid.sha1]: "SHA-1",
  [oid.sha224]: "SHA-224",
  [oid.sha256]: "SHA-256",
  [oid.sha384]: "SHA-384",
  [oid.sha512]: "SHA-512",
  [oid.hmacWithSha1]: "SHA-1",
  [oid.hmacWithSha224]: "SHA-224",
  [oid.hmacWithSha256]: "SHA-256",
  [oid.hmacWithSha384]: "SHA-384",
  [oid.hmacWithSha512]: "SHA-512",
};

const functions = {
  "SHA-1": sha1,
  "SHA-224": sha224,
  "SHA-256": sha256,
  "SHA-384": sha384,
  "SHA-512": sha512,
};

export function digestLength(hash: Pkcs12Hash): number {
  return functions[hash].outputLen;
}

export function computeHmac(hash: Pkcs12Hash, key: Bytes, data: Bytes): Bytes {
  return hmac(functions[hash], key, data) as Bytes;
}

async function repeatedDigest(hash: Pkcs12Hash): Promise<(data: Bytes, times: number) => Bytes> {
  const hasher = await createHasher(hash);
  return (data, times) => {
    let digest = data;
    for (let i = 0; i < times; i++) {
      digest = (
        hasher === null ? functions[hash](digest) : hasher.init().update(digest).digest("binary")
      ) as Bytes;
    }
    return digest;
  };
}

async function createHasher(hash: Pkcs12Hash) {
  const { createSHA1, createSHA224, createSHA256, createSHA384, createSHA512 } = await import("hash-wasm");
  const create = {
    "SHA-1": createSHA1,
    "SHA-224": createSHA224,
    "SHA-256": createSHA256,
    "SHA-384": createSHA384,
    "SHA-512": createSHA512,
  };
  try {
    return await create[hash]();
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return null;
    throw error;
  }
}

export interface Derivation {
  readonly hash: Pkcs12Hash;
  /** as RFC 7292 §B.1 has it: UTF-16BE with two zero octets at the end */
  readonly password: Bytes;
  readonly salt: Bytes;
  readonly iterations: number;
}

/** @param id 1 for a key, 2 for an initialisation vector, 3 for a MAC key (RFC 7292 §B.3) */
export async function deriveByPkcs12(derivation: Derivation, id: 1 | 2 | 3, length: number): Promise<Bytes> {
  const { hash, salt, password, iterations } = derivation;
  const digest = await repeatedDigest(hash);
  const v = functions[hash].blockLen;
  const diversifier = new Uint8Array(v).fill(id);
  const input = concat([fill(salt, v), fill(password, v)]);
  const output = new Uint8Array(length);
  for (let at = 0; at < length; at += digestLength(hash)) {
    const a = digest(concat([diversifier, input]), iterations);
    output.set(a.subarray(0, length - at), at);
    const b = fill(a, v);
    for (let block = 0; block < input.length; block += v) addPlusOne(input.subarray(block, block + v), b);
  }
  return output;
}

/** Repeated until it fills whole blocks; nothing stays nothing. */
function fill(bytes: Bytes, blockLength: number): Bytes {
  const filled = new Uint8Array(Math.ceil(bytes.length / blockLength) * blockLength);
  for (let i = 0; i < filled.length; i++) filled[i] = bytes[i % bytes.length]!;
  return filled;
}

/** block = block + b + 1 mod 2^(8 v) */
function addPlusOne(block: Bytes, b: Bytes): void {
  let carry = 1;
  for (let i = block.length - 1; i >= 0; i--) {
    carry += block[i]! + b[i]!;
    block[i] = carry;
    carry >>= 8;
  }
}
