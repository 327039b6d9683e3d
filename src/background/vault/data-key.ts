/**
 * The data key and its two wrappings: Argon2id of a passphrase (RFC 9106), or an AES key that IndexedDB
 * keeps but no script can export. With a new passphrase comes a new data key (`new-data-key.ts`).
 */
import type { Bytes } from "../../engine/index.js";
import { toBase64 } from "../../protocol/wire.js";
import { Refusal } from "../refusal.js";
import type { Argon2Parameters, ProtectionRecord } from "./records.js";
import type { Binding } from "./seal.js";
import { keyBytes, seal, takeKey, unseal } from "./seal.js";

/** Characters. Below that, 64 MiB of Argon2id hold nobody up for long; the pages' words name the number too. */
export const minimumPassphrase = 12;

/** About 0.3 s on a laptop of 2020 (docs/threat-model.md). */
const argon2Cost = { memoryKib: 64 * 1024, iterations: 3, parallelism: 1 } as const;

export interface DataKey {
  readonly keyId: string;
  /** 32 octets; whoever holds them overwrites them */
  readonly raw: Bytes;
}

/** The data key as a key that cannot be read back, and its name. */
export interface UnlockedVault {
  readonly keyId: string;
  readonly key: CryptoKey;
}

export function newDataKey(): DataKey {
  return { keyId: crypto.randomUUID(), raw: crypto.getRandomValues(new Uint8Array(keyBytes)) };
}

/** @throws Refusal `passphrase-too-short` */
export async function wrapDataKey(dataKey: DataKey, passphrase: string | null): Promise<ProtectionRecord> {
  return passphrase === null ? wrapForDevice(dataKey) : wrapForPassphrase(dataKey, passphrase);
}

async function wrapForPassphrase(dataKey: DataKey, passphrase: string): Promise<ProtectionRecord> {
  if ([...passphrase].length < minimumPassphrase)
    throw new Refusal("passphrase-too-short", String(minimumPassphrase));
  const argon2 = { ...argon2Cost, salt: crypto.getRandomValues(new Uint8Array(16)) };
  const key = await deriveKey(passphrase, argon2);
  const wrapped = await seal(key, dataKey.raw, passphraseBinding(dataKey.keyId, argon2));
  return { version: 1, kind: "passphrase", keyId: dataKey.keyId, argon2, wrapped };
}

async function wrapForDevice(dataKey: DataKey): Promise<ProtectionRecord> {
  const deviceKey = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  const wrapped = await seal(deviceKey, dataKey.raw, deviceBinding(dataKey.keyId));
  return { version: 1, kind: "device", keyId: dataKey.keyId, deviceKey, wrapped };
}

/**
 * @param passphrase counts only where the record asks for one
 * @returns `null` where the passphrase is wrong (or the record damaged: both look alike)
 */
export async function unwrapDataKey(
  record: ProtectionRecord,
  passphrase: string | null,
): Promise<DataKey | null> {
  const raw =
    record.kind === "device"
      ? await unseal(record.deviceKey, record.wrapped, deviceBinding(record.keyId))
      : await unwrapWithPassphrase(record, passphrase ?? "");
  return raw === null ? null : { keyId: record.keyId, raw };
}

async function unwrapWithPassphrase(
  record: ProtectionRecord & { readonly kind: "passphrase" },
  passphrase: string,
): Promise<Bytes | null> {
  if (passphrase === "") return null;
  const key = await deriveKey(passphrase, record.argon2);
  return unseal(key, record.wrapped, passphraseBinding(record.keyId, record.argon2));
}

async function deriveKey(passphrase: string, cost: Argon2Parameters): Promise<CryptoKey> {
  const { argon2id } = await import("hash-wasm");
  // The same characters typed on another keyboard may arrive composed differently (Unicode, UAX #15).
  const password = new TextEncoder().encode(passphrase.normalize("NFC"));
  try {
    const derived = await argon2id({
      password,
      salt: cost.salt,
      memorySize: cost.memoryKib,
      iterations: cost.iterations,
      parallelism: cost.parallelism,
      hashLength: keyBytes,
      outputType: "binary",
    });
    return await takeKey(derived as Bytes);
  } finally {
    password.fill(0);
  }
}

const deviceBinding = (keyId: string): Binding => ["signet data key", 1, "device", keyId];

/** The cost is bound too: a record that asks for less does not open. */
const passphraseBinding = (keyId: string, cost: Argon2Parameters): Binding => [
  "signet data key",
  1,
  "passphrase",
  keyId,
  toBase64(cost.salt),
  cost.memoryKib,
  cost.iterations,
  cost.parallelism,
];
