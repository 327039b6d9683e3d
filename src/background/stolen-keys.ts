/**
 * Keys of which their owner said that they were stolen. What counts is the key and not a certificate of it: every
 * certificate of the same key, renewed or imported again, sends nothing any more. It stays, to open old mail.
 */
import type { Certificate, Identity } from "../engine/index.js";
import type { StolenView } from "../protocol/orders.js";
import { type Database, durable } from "./database.js";
import type { RevocationNote, StolenKeyRecord } from "./stolen-records.js";
import { pendingKeyId as keyDigest } from "./vault/pending-keys.js";

export interface StolenKeysHost {
  readonly database: () => Promise<Database>;
  readonly now: () => Date;
  readonly onChanged: () => void;
}

type Owned = Pick<Certificate, "fingerprint" | "subjectPublicKeyInfo">;

export class StolenKeys {
  readonly #host: StolenKeysHost;

  constructor(host: StolenKeysHost) {
    this.#host = host;
  }

  /** as it lies on the disk, for a backup */
  async record({
    subjectPublicKeyInfo,
  }: Pick<Owned, "subjectPublicKeyInfo">): Promise<StolenKeyRecord | null> {
    const key = await keyDigest(subjectPublicKeyInfo.der);
    return (await (await this.#host.database()).get("stolenKeys", key)) ?? null;
  }

  async of({ fingerprint, subjectPublicKeyInfo }: Owned): Promise<StolenView | null> {
    const record = await this.record({ subjectPublicKeyInfo });
    if (record === null) return null;
    const note = record.notes.find((one) => one.fingerprint === fingerprint);
    const { directory = null, revokedAt = null, problem = null } = note ?? {};
    return { since: record.since, directory, revokedAt, problem };
  }

  async isStolen(certificate: Owned): Promise<boolean> {
    return (await this.of(certificate)) !== null;
  }

  /** Said once, it stays as it was said; what the authority answered is noted beside it. */
  async add({ subjectPublicKeyInfo }: Owned, note: RevocationNote | null = null): Promise<void> {
    const key = await keyDigest(subjectPublicKeyInfo.der);
    const transaction = (await this.#host.database()).transaction("stolenKeys", "readwrite", durable);
    const before = await transaction.store.get(key);
    const since = before?.since ?? this.#host.now().toISOString();
    const others = (before?.notes ?? []).filter(({ fingerprint }) => fingerprint !== note?.fingerprint);
    await transaction.store.put({
      version: 1,
      key,
      since,
      notes: note === null ? others : [...others, note],
    });
    await transaction.done;
    this.#host.onChanged();
  }

  /** @returns false where an authority has revoked a certificate of it: nothing takes that back */
  async takeBack({ subjectPublicKeyInfo }: Owned): Promise<boolean> {
    const key = await keyDigest(subjectPublicKeyInfo.der);
    const transaction = (await this.#host.database()).transaction("stolenKeys", "readwrite", durable);
    const record = await transaction.store.get(key);
    const isFinal = record?.notes.some(({ revokedAt }) => revokedAt !== null) ?? false;
    if (!isFinal) await transaction.store.delete(key);
    await transaction.done;
    this.#host.onChanged();
    return !isFinal;
  }
}

export interface SortedOut {
  readonly kept: readonly Identity[];
  readonly stolen: readonly Identity[];
}

export async function sortOut(keys: StolenKeys, all: readonly Identity[]): Promise<SortedOut> {
  const judged = await Promise.all(
    all.map(async (identity) => ({ identity, gone: await keys.isStolen(identity.certificate) })),
  );
  const those = (gone: boolean) => judged.filter((one) => one.gone === gone).map(({ identity }) => identity);
  return { kept: those(false), stolen: those(true) };
}
