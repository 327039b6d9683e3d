/** AES key wrap (RFC 3394). */
import type { Bytes } from "../base/bytes.js";

/**
 * @param wrappingKey 16, 24 or 32 octets
 * @returns the key; null where the check value inside does not match
 */
export async function unwrapAesKey(wrappingKey: Bytes, wrapped: Bytes): Promise<Bytes | null> {
  if (wrapped.length < 24 || wrapped.length % 8 !== 0 || wrapped.length > 72) return null;
  const key = await importWrappingKey(wrappingKey);
  if (key === null) return unwrapAes192(wrappingKey, wrapped);
  try {
    // As an HMAC key, because those may have any length; Chromium has no AES keys of 192 bits.
    const unwrapped = await crypto.subtle.unwrapKey(
      "raw",
      wrapped,
      key,
      "AES-KW",
      { name: "HMAC", hash: "SHA-256" },
      true,
      ["sign"],
    );
    return new Uint8Array(await crypto.subtle.exportKey("raw", unwrapped));
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

async function importWrappingKey(key: Bytes): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey("raw", key, "AES-KW", false, ["unwrapKey"]);
  } catch (error) {
    if (error instanceof DOMException && key.length === 24) return null;
    throw error;
  }
}

/** For platforms without AES-192. Exported for its test: Node has it. */
export async function unwrapAes192(wrappingKey: Bytes, wrapped: Bytes): Promise<Bytes | null> {
  const { aeskw } = await import("@noble/ciphers/aes.js");
  try {
    return aeskw(wrappingKey).decrypt(wrapped) as Bytes;
  } catch {
    // The library throws where the check value differs, and for nothing else that can still happen here.
    return null;
  }
}

/** @param wrappingKey 16 or 32 octets; wiped. @param key of an AES cipher */
export async function wrapAesKey(wrappingKey: Bytes, key: Bytes): Promise<Bytes> {
  const wrapping = await crypto.subtle.importKey("raw", wrappingKey, "AES-KW", false, ["wrapKey"]);
  wrappingKey.fill(0);
  const content = await crypto.subtle.importKey("raw", key, "AES-CBC", true, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.wrapKey("raw", content, wrapping, "AES-KW"));
}
