/**
 * Sealed keys onto the disk: those with a certificate, those that wait for one, and other people's certificates
 * that lay in the same file, in one transaction. A crash leaves all of a backup or nothing of it.
 */
import { allOrNothing, type Database, durable } from "../database.js";
import { Refusal } from "../refusal.js";
import type { StolenKeyRecord } from "../stolen-records.js";
import { putCertificates } from "../trust/certificate-store.js";
import type { CertificateRecord } from "../trust/records.js";
import type { UnlockedVault } from "./data-key.js";
import type { PendingKeyRecord, SealedIdentityRecord } from "./records.js";
import type { Vault } from "./vault.js";

export interface SealedKeys {
  readonly identities: readonly SealedIdentityRecord[];
  readonly waiting: readonly PendingKeyRecord[];
  readonly certificates: readonly CertificateRecord[];
  /** of keys that sent nothing any more where the file was made */
  readonly stolen: readonly StolenKeyRecord[];
}

/** What was not there before. */
export interface Written {
  /** fingerprints */
  readonly added: readonly string[];
  readonly waiting: readonly PendingKeyRecord[];
  readonly certificates: number;
  readonly stolen: number;
}

interface Place {
  readonly database: () => Promise<Database>;
  readonly vault: Vault;
}

/**
 * Seal under the data key of now, and write all or none.
 *
 * @param seal done anew where the passphrase, and with it the data key, was changed meanwhile
 * @throws Refusal `vault-locked`; whatever `seal` throws
 */
export async function sealAndWrite(
  { database, vault }: Place,
  seal: (unlocked: UnlockedVault) => Promise<SealedKeys>,
): Promise<Written> {
  for (let tries = 0; tries < 2; tries++) {
    const unlocked = await vault.unlocked();
    if (unlocked === null) break;
    const written = await writeSealed(await database(), unlocked.keyId, await seal(unlocked));
    if (written !== null) return written;
  }
  throw new Refusal("vault-locked");
}

/**
 * What is there already stays as it is.
 *
 * @param keyId the data key's name under which all of it was sealed
 * @returns `null`, and nothing is written, where another data key is in use by now: what we sealed could never be opened
 */
async function writeSealed(database: Database, keyId: string, sealed: SealedKeys): Promise<Written | null> {
  const names = ["protection", "identities", "pendingKeys", "certificates", "stolenKeys"] as const;
  const transaction = database.transaction(names, "readwrite", durable);
  return allOrNothing(transaction, async () => {
    const protection = await transaction.objectStore("protection").get("current");
    if (protection?.keyId !== keyId) return null;
    const identities = transaction.objectStore("identities");
    const added: string[] = [];
    for (const record of sealed.identities) {
      if ((await identities.getKey(record.fingerprint)) !== undefined) continue;
      await identities.put(record);
      added.push(record.fingerprint);
    }
    const pendingKeys = transaction.objectStore("pendingKeys");
    const waiting: PendingKeyRecord[] = [];
    for (const record of sealed.waiting) {
      if ((await pendingKeys.getKey(record.id)) !== undefined) continue;
      await pendingKeys.put(record);
      waiting.push(record);
    }
    const { changed } = await putCertificates(transaction.objectStore("certificates"), sealed.certificates);
    const stolenKeys = transaction.objectStore("stolenKeys");
    let stolen = 0;
    for (const record of sealed.stolen) {
      if ((await stolenKeys.getKey(record.key)) !== undefined) continue;
      await stolenKeys.put(record);
      stolen++;
    }
    return { added, waiting, certificates: changed, stolen };
  });
}
