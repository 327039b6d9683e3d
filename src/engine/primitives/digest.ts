/**
 * Digests, by WebCrypto where it has them; the others by a library that is loaded when the first of them
 * turns up. `primitives` is the layer that knows which platform lacks what; nobody above it has to.
 */
import type { Bytes } from "../base/bytes.js";

export type WebCryptoDigest = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

export type DigestName =
  | WebCryptoDigest
  | "MD5"
  | "SHA-224"
  | "SHA3-224"
  | "SHA3-256"
  | "SHA3-384"
  | "SHA3-512"
  /** RFC 8702 §3.1: 32 octets */
  | "SHAKE128"
  /** RFC 8702 §3.1: 64 octets */
  | "SHAKE256";

/** octets */
export const digestLengths: Readonly<Record<DigestName, number>> = {
  MD5: 16,
  "SHA-1": 20,
  "SHA-224": 28,
  "SHA-256": 32,
  "SHA-384": 48,
  "SHA-512": 64,
  "SHA3-224": 28,
  "SHA3-256": 32,
  "SHA3-384": 48,
  "SHA3-512": 64,
  SHAKE128: 32,
  SHAKE256: 64,
};

export function isWebCryptoDigest(name: DigestName): name is WebCryptoDigest {
  return name === "SHA-1" || name === "SHA-256" || name === "SHA-384" || name === "SHA-512";
}

/** How much of a budget an octet takes: a library's loop, which some hosts only interpret, or the platform's. */
export function hashingCost(name: DigestName): number {
  return isWebCryptoDigest(name) ? 1 : 16;
}

export async function digest(name: DigestName, data: Bytes): Promise<Bytes> {
  if (isWebCryptoDigest(name)) return new Uint8Array(await crypto.subtle.digest(name, data));
  return libraryDigest(name, data);
}

async function libraryDigest(name: Exclude<DigestName, WebCryptoDigest>, data: Bytes): Promise<Bytes> {
  switch (name) {
    case "MD5":
      return (await import("@noble/hashes/legacy.js")).md5(data) as Bytes;
    case "SHA-224":
      return (await import("@noble/hashes/sha2.js")).sha224(data) as Bytes;
    default: {
      const sha3 = await import("@noble/hashes/sha3.js");
      const functions = {
        "SHA3-224": sha3.sha3_224,
        "SHA3-256": sha3.sha3_256,
        "SHA3-384": sha3.sha3_384,
        "SHA3-512": sha3.sha3_512,
        SHAKE128: (octets: Bytes) => sha3.shake128(octets, { dkLen: digestLengths.SHAKE128 }),
        SHAKE256: (octets: Bytes) => sha3.shake256(octets, { dkLen: digestLengths.SHAKE256 }),
      };
      return functions[name](data) as Bytes;
    }
  }
}
