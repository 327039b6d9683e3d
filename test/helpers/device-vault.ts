/**
 * A vault without a passphrase, as its own page sees it, and as somebody sees it who has nothing but the profile's files:
 * the key that wraps the data key cannot be read by a script, and lies in those files all the same.
 */
import { createDecipheriv } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

interface Wrapped {
  readonly keyId: string;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
}

export interface DeviceVault extends Wrapped {
  /** unwrapped by the page, which may use the key that it cannot read */
  readonly dataKey: Buffer;
  /** what came of the wish to read it: the error's name */
  readonly exported: string;
}

/** as in src/background/vault/data-key.ts */
const binding = (keyId: string): string => JSON.stringify(["signet data key", 1, "device", keyId]);

/** The body of an asynchronous JavaScript function, for one of our own pages: nothing of this file is there. */
const look = `
  const settled = (asked) => new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const database = await settled(indexedDB.open("signet"));
  const store = database.transaction("protection").objectStore("protection");
  const { keyId, deviceKey, wrapped } = await settled(store.get("current"));
  database.close();
  const additionalData = new TextEncoder().encode(JSON.stringify(["signet data key", 1, "device", keyId]));
  const parameters = { name: "AES-GCM", iv: wrapped.nonce, additionalData };
  const dataKey = await crypto.subtle.decrypt(parameters, deviceKey, wrapped.ciphertext);
  const exported = await crypto.subtle.exportKey("raw", deviceKey).then(() => "exported", (error) => error.name);
  const octets = (bytes) => Array.from(new Uint8Array(bytes));
  const { nonce, ciphertext } = wrapped;
  return { keyId, exported, dataKey: octets(dataKey), nonce: octets(nonce), ciphertext: octets(ciphertext) };
`;

interface Seen {
  readonly keyId: string;
  readonly exported: string;
  readonly dataKey: readonly number[];
  readonly nonce: readonly number[];
  readonly ciphertext: readonly number[];
}

/** @param run the body of an asynchronous function, in one of our own pages */
export async function deviceVault(run: (body: string) => Promise<unknown>): Promise<DeviceVault> {
  const { keyId, exported, dataKey, nonce, ciphertext } = (await run(look)) as Seen;
  return {
    ...{ keyId, exported, dataKey: Buffer.from(dataKey) },
    ...{ nonce: Buffer.from(nonce), ciphertext: Buffer.from(ciphertext) },
  };
}

/** @returns what opens when each run of 32 octets of the profile's databases is tried as the key that wraps */
export function keysInFiles(profile: string, wrapped: Wrapped): readonly Buffer[] {
  const files = readdirSync(profile, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /indexeddb|moz-extension/i.test(entry.parentPath))
    .map(({ parentPath, name }) => contentOf(join(parentPath, name)));
  return files.flatMap((octets) => keysIn(octets, wrapped));
}

/** Chromium's newest records lie in a LevelDB log: blocks of 32 KiB, each with a header of 7 octets that may fall into a key. */
function contentOf(path: string): Buffer {
  const octets = readFileSync(path);
  if (!path.endsWith(".log")) return octets;
  const blocks: Buffer[] = [];
  for (let at = 0; at < octets.length; at += 32 * 1024) blocks.push(octets.subarray(at + 7, at + 32 * 1024));
  return Buffer.concat(blocks);
}

function keysIn(octets: Buffer, wrapped: Wrapped): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 32 <= octets.length; at++) {
    const key = octets.subarray(at, at + 32);
    const opened = opens(key, wrapped);
    if (opened !== null) found.push(opened);
  }
  return found;
}

function opens(key: Buffer, { keyId, nonce, ciphertext }: Wrapped): Buffer | null {
  const cipher = createDecipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(binding(keyId))).setAuthTag(ciphertext.subarray(-16));
  const opened = cipher.update(ciphertext.subarray(0, -16));
  try {
    cipher.final();
    return opened;
  } catch {
    return null;
  }
}
