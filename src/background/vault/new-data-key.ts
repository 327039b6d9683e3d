/**
 * Every sealed key moves under a new data key, together with the record that wraps it, in one transaction: a crash
 * leaves the old data key with all that it opens, or the new one. IndexedDB ends a transaction that waits for
 * WebCrypto, so all is sealed before, and written only where nothing has changed meanwhile.
 */
import type { Bytes } from "../../engine/index.js";
import { allOrNothing, type Database, durable } from "../database.js";
import { Refusal } from "../refusal.js";
import type { UnlockedVault } from "./data-key.js";
import type { PendingKeyRecord, ProtectionRecord, Sealed, SealedIdentityRecord } from "./records.js";
import { identityBinding, pendingKeyBinding, seal, unseal, type Binding } from "./seal.js";

export interface KeyChange {
  readonly before: UnlockedVault;
  readonly after: UnlockedVault;
  /** wraps the data key of `after` */
  readonly protection: ProtectionRecord;
}

interface Records {
  readonly identities: readonly SealedIdentityRecord[];
  readonly waiting: readonly PendingKeyRecord[];
}

const stores = ["protection", "identities", "pendingKeys"] as const;
/** A key that comes in at this very moment makes one more try; nobody brings them faster than that. */
const mostTries = 5;

/** @throws Refusal `unavailable` where the vault is another one by now; `storage-newer` where a later Signet's keys are in it */
export async function changeDataKey(database: Database, change: KeyChange): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    const found = {
      identities: await database.getAll("identities"),
      waiting: await database.getAll("pendingKeys"),
    };
    if (await replace(database, change, { found, moved: await resealed(found, change) })) return;
  }
  throw new Refusal("unavailable");
}

async function resealed({ identities, waiting }: Records, change: KeyChange): Promise<Records> {
  // What a later Signet sealed cannot be read here, and under a data key that is gone nobody could.
  if ([...identities, ...waiting].some(({ version }: { readonly version: number }) => version !== 1))
    throw new Refusal("storage-newer");
  return {
    identities: await moveAll(identities, change, (keyId, { fingerprint }) =>
      identityBinding(fingerprint, keyId),
    ),
    waiting: await moveAll(waiting, change, (keyId, { id }) => pendingKeyBinding(id, keyId)),
  };
}

async function moveAll<Record extends { readonly keyId: string; readonly privateKey: Sealed }>(
  records: readonly Record[],
  { before, after }: KeyChange,
  binding: (keyId: string, record: Record) => Binding,
): Promise<readonly Record[]> {
  const moved: Record[] = [];
  for (const record of records) {
    const pkcs8: Bytes | null = await unseal(before.key, record.privateKey, binding(record.keyId, record));
    // One that does not open would not under any other key: it stays, and is named where keys are listed.
    if (pkcs8 === null) continue;
    try {
      const privateKey = await seal(after.key, pkcs8, binding(after.keyId, record));
      moved.push({ ...record, keyId: after.keyId, privateKey });
    } finally {
      pkcs8.fill(0);
    }
  }
  return moved;
}

/** @returns false, and nothing is written, where keys came or went since they were read */
function replace(
  database: Database,
  { before, protection }: KeyChange,
  { found, moved }: { readonly found: Records; readonly moved: Records },
): Promise<boolean> {
  const transaction = database.transaction(stores, "readwrite", durable);
  const [held, identities, waiting] = [
    transaction.objectStore("protection"),
    transaction.objectStore("identities"),
    transaction.objectStore("pendingKeys"),
  ];
  return allOrNothing(transaction, async () => {
    if ((await held.get("current"))?.keyId !== before.keyId) throw new Refusal("unavailable");
    const now = [...(await identities.getAllKeys()), ...(await waiting.getAllKeys())];
    const read = [
      ...found.identities.map(({ fingerprint }) => fingerprint),
      ...found.waiting.map(({ id }) => id),
    ];
    // A record is changed in its place nowhere but here, so names are enough; IndexedDB gives them in order.
    if (now.length !== read.length || now.some((name, index) => name !== read[index])) return false;
    for (const record of moved.identities) await identities.put(record);
    for (const record of moved.waiting) await waiting.put(record);
    await held.put(protection, "current");
    return true;
  });
}
