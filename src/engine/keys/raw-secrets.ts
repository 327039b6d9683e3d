/**
 * Where secrets lie that WebCrypto does not hold for us: RSA numbers, and the keys of what only libraries
 * can do. Each private key that has such secrets says here how they are overwritten. What a library makes
 * of them while it works is out of reach.
 */
import type { Bytes } from "../base/bytes.js";
import type { PrivateKey } from "./private-key.js";

const wipers = new WeakMap<PrivateKey, () => void>();
/** Keys that WebCrypto holds cannot be overwritten; that they are over is remembered all the same. */
const wiped = new WeakSet<PrivateKey>();

/** @param wipe overwrites all that the key's operations read */
export function holdSecrets<Key extends PrivateKey>(key: Key, wipe: () => void): Key {
  wipers.set(key, wipe);
  return key;
}

export function holdOctets<Key extends PrivateKey>(key: Key, ...secrets: readonly Bytes[]): Key {
  return holdSecrets(key, () => {
    for (const secret of secrets) secret.fill(0);
  });
}

/** Overwrites the raw secrets. What needs them throws from now on; drop the key. */
export function wipePrivateKey(key: PrivateKey): void {
  wipers.get(key)?.();
  wipers.delete(key);
  wiped.add(key);
}

export function isWiped(key: PrivateKey): boolean {
  return wiped.has(key);
}

/** @throws RangeError after `wipePrivateKey`: zeros are no key to work with */
export function requireUnwiped(key: PrivateKey): void {
  if (!wipers.has(key)) throw new RangeError("the key was wiped");
}
