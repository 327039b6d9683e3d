/**
 * AES-256-GCM around small secrets (NIST SP 800-38D). A fresh random nonce each time; the associated
 * data says what the secret is and belongs to, so that records cannot be swapped on the disk.
 */
import type { Bytes } from "../../engine/index.js";
import { Refusal } from "../refusal.js";
import type { Sealed } from "./records.js";

const nonceBytes = 12;
export const keyBytes = 32;

/** What a sealed secret is bound to; order and words are part of the format. */
export type Binding = readonly (string | number)[];

/** A key with a certificate. */
export const identityBinding = (fingerprint: string, keyId: string): Binding => [
  "signet private key",
  1,
  fingerprint,
  keyId,
];

/** A key that waits for its certificate. */
export const pendingKeyBinding = (id: string, keyId: string): Binding => ["signet pending key", 1, id, keyId];

const associatedData = (binding: Binding): Bytes =>
  new TextEncoder().encode(JSON.stringify(binding)) as Bytes;

export async function seal(key: CryptoKey, secret: Bytes, binding: Binding): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const parameters = { name: "AES-GCM", iv: nonce, additionalData: associatedData(binding) };
  return { nonce, ciphertext: new Uint8Array(await crypto.subtle.encrypt(parameters, key, secret)) };
}

/** @returns `null` where key, binding or octets are not those of `seal`; which, nobody can tell. */
export async function unseal(key: CryptoKey, sealed: Sealed, binding: Binding): Promise<Bytes | null> {
  const parameters = { name: "AES-GCM", iv: sealed.nonce, additionalData: associatedData(binding) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed.ciphertext));
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

/** Raw octets to a key that nobody can read back; the octets are overwritten. */
export async function takeKey(raw: Bytes): Promise<CryptoKey> {
  if (raw.length !== keyBytes) throw new Refusal("unavailable");
  try {
    return await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  } finally {
    raw.fill(0);
  }
}
