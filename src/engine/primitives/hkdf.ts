/** HKDF (RFC 5869) by WebCrypto. */
import type { Bytes } from "../base/bytes.js";

export interface HkdfInput {
  readonly secret: Bytes;
  /** empty means as many zeros as the digest is long (RFC 5869 §2.2) */
  readonly salt: Bytes;
  readonly info: Bytes;
  /** octets */
  readonly length: number;
}

export type HkdfHash = "SHA-256" | "SHA-384" | "SHA-512";

export async function hkdf(hash: HkdfHash, { secret, salt, info, length }: HkdfInput): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash, salt, info }, key, length * 8));
}
