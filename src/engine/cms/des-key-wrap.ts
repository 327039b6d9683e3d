/**
 * 3DES key unwrap (RFC 3217 §3.2), as old mail to elliptic curve and KEK recipients has it. Loaded when the
 * first of them turns up; nothing is ever written with it.
 */
import { type Bytes, concat } from "../base/bytes.js";
import { decryptLegacyBlocks } from "../keys/legacy-ciphers.js";

const firstVector = Uint8Array.of(0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05);

/** @returns the key; null where the checksum inside does not match */
export async function unwrapDesKey(wrappingKey: Bytes, wrapped: Bytes): Promise<Bytes | null> {
  // RFC 3217 wraps 3DES keys alone; OpenSSL wraps a key of any cipher.
  if (wrapped.length % 8 !== 0 || wrapped.length < 24 || wrapped.length > 48) return null;
  const cipher = { name: "3des" } as const;
  const reversed = await decryptLegacyBlocks(cipher, {
    key: wrappingKey,
    iv: firstVector,
    ciphertext: wrapped,
  });
  const turned = reversed.toReversed() as Bytes;
  const checked = await decryptLegacyBlocks(cipher, {
    key: wrappingKey,
    iv: turned.slice(0, 8),
    ciphertext: turned.slice(8),
  });
  const key = checked.slice(0, -8);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", concat([key])));
  let wrong = 0;
  for (let i = 0; i < 8; i++) wrong |= digest[i]! ^ checked[key.length + i]!;
  return wrong === 0 ? key : null;
}
