/**
 * id-alg-PWRI-KEK (RFC 3211 §2.3): the content-encryption key, with its length and a check of three octets,
 * encrypted twice by one CBC chain. Loaded only for messages with a password.
 */
import { type Bytes, concat } from "../base/bytes.js";
import { decryptLegacyBlocks } from "../keys/legacy-ciphers.js";

export interface PasswordWrapCipher {
  readonly name: "aes" | "3des";
  readonly key: Bytes;
  readonly iv: Bytes;
}

/** Longer ones do not exist (RFC 3211 §2.3.1: the length is one octet). */
const longestKey = 255;

/**
 * @param length octets that the key must have
 * @returns null where check or length is wrong: a wrong password, or a broken message; nobody can tell
 */
export async function unwrapByPassword(
  cipher: PasswordWrapCipher,
  wrapped: Bytes,
  length: number,
): Promise<Bytes | null> {
  const block = cipher.iv.length;
  // Two blocks at least, or there is no block before the last one to begin with.
  if (wrapped.length % block !== 0 || wrapped.length < 2 * block || wrapped.length > longestKey + 4 + block) {
    return null;
  }
  const last = wrapped.length - block;
  const chain = await decryptBlocks(cipher, wrapped.subarray(last - block, last), wrapped.subarray(last));
  const outer = await decryptBlocks(cipher, chain, wrapped.subarray(0, last));
  const plain = await decryptBlocks(cipher, cipher.iv, concat([outer, chain]));
  // The wanted length is public, and so no index below depends on what was decrypted.
  if (plain.length < 4 + length || length < 3) return null;
  let wrong = plain[0]! ^ length;
  for (let i = 0; i < 3; i++) wrong |= plain[1 + i]! ^ plain[4 + i]! ^ 0xff;
  return wrong === 0 ? plain.slice(4, 4 + length) : null;
}

async function decryptBlocks(cipher: PasswordWrapCipher, iv: Bytes, ciphertext: Bytes): Promise<Bytes> {
  const { name, key } = cipher;
  if (name === "3des") return decryptLegacyBlocks({ name }, { key, iv, ciphertext });
  const { cbc } = await import("@noble/ciphers/aes.js");
  return cbc(key, iv, { disablePadding: true }).decrypt(ciphertext) as Bytes;
}

/** @param cipher AES: with 3DES nothing is written. @param key at most 255 octets */
export async function wrapByPassword(cipher: PasswordWrapCipher, key: Bytes): Promise<Bytes> {
  if (cipher.name !== "aes" || key.length < 3 || key.length > longestKey) {
    throw new RangeError("PWRI-KEK");
  }
  const block = cipher.iv.length;
  const length = Math.max(2 * block, Math.ceil((4 + key.length) / block) * block);
  const padded = crypto.getRandomValues(new Uint8Array(length));
  padded[0] = key.length;
  for (let i = 0; i < 3; i++) padded[1 + i] = key[i]! ^ 0xff;
  padded.set(key, 4);
  const { cbc } = await import("@noble/ciphers/aes.js");
  const inner = cbc(cipher.key, cipher.iv, { disablePadding: true }).encrypt(padded);
  padded.fill(0);
  return cbc(cipher.key, inner.slice(-block), { disablePadding: true }).encrypt(inner) as Bytes;
}
