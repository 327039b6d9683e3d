/**
 * Keys that wait for their certificate: made here, asked for at an authority by a file or by ACME, sealed
 * before the request is shown to anybody. The answer may come weeks later and in any order, so a key is
 * recognised by its public half and stays until its certificate is stored or a person gives it up.
 */
import { type Bytes, toHex } from "../../engine/index.js";
import { removeDurably, type Database } from "../database.js";
import { Refusal } from "../refusal.js";
import type { UnlockedVault } from "./data-key.js";
import type { PendingKeyRecord } from "./records.js";
import { pendingKeyBinding, seal, unseal } from "./seal.js";
import type { Vault } from "./vault.js";
import { sealAndWrite } from "./write-sealed.js";

export interface NewPendingKey extends Pick<
  PendingKeyRecord,
  "way" | "kind" | "publicKey" | "request" | "commonName" | "addresses"
> {
  /** PKCS #8 DER; overwritten by whoever made it */
  readonly pkcs8: Bytes;
}

/** One that waited elsewhere. */
export type RestoredKey = NewPendingKey & Pick<PendingKeyRecord, "since" | "companionOf">;

export interface OpenedPendingKey {
  readonly record: PendingKeyRecord;
  /** PKCS #8 DER, overwritten by whoever asked; `null` where it does not open */
  readonly pkcs8: Bytes | null;
}

export interface PendingKeysHost {
  readonly database: () => Promise<Database>;
  readonly vault: Vault;
  readonly now: () => Date;
  readonly onChanged: () => void;
}

export class PendingKeys {
  readonly #host: PendingKeysHost;

  constructor(host: PendingKeysHost) {
    this.#host = host;
  }

  /**
   * Seal and store, before anything of the key leaves the machine.
   *
   * @param companion the key that cannot sign, whose certificate is asked for together with this one's
   * @returns its id
   * @throws Refusal `vault-locked`
   */
  async add(key: NewPendingKey, companion: NewPendingKey | null = null): Promise<string> {
    const id = await pendingKeyId(key.publicKey);
    await sealAndWrite(this.#host, async (unlocked) => {
      const waiting = [await this.#sealed(key, unlocked)];
      if (companion !== null) waiting.push({ ...(await this.#sealed(companion, unlocked)), companionOf: id });
      return { identities: [], waiting, certificates: [], stolen: [] };
    });
    this.#host.onChanged();
    return id;
  }

  /** The oldest first. */
  async list(): Promise<readonly PendingKeyRecord[]> {
    const records = await (await this.#host.database()).getAll("pendingKeys");
    return records.sort((a, b) => (a.since < b.since ? -1 : 1));
  }

  async get(id: string): Promise<PendingKeyRecord | null> {
    return (await (await this.#host.database()).get("pendingKeys", id)) ?? null;
  }

  /** @param publicKey SubjectPublicKeyInfo of a certificate that came, DER */
  async find(publicKey: Bytes): Promise<PendingKeyRecord | null> {
    return this.get(await pendingKeyId(publicKey));
  }

  /**
   * Open one. It stays here: only who has stored it elsewhere removes it.
   *
   * @returns PKCS #8 DER, overwritten by whoever asked; `null` where there is none or it does not open
   * @throws Refusal `vault-locked`
   */
  async take(id: string): Promise<Bytes | null> {
    const unlocked = await this.#host.vault.unlocked();
    if (unlocked === null) throw new Refusal("vault-locked");
    // A new passphrase may have come between the reading of the two.
    const record = await this.get(id);
    if (record === null) return null;
    const now = record.keyId === unlocked.keyId ? unlocked : await this.#host.vault.unlocked();
    if (now === null) throw new Refusal("vault-locked");
    const pkcs8 = await unseal(now.key, record.privateKey, pendingKeyBinding(id, record.keyId));
    if (!this.#host.vault.isOver(now)) return pkcs8;
    // A lock came meanwhile.
    pkcs8?.fill(0);
    return this.take(id);
  }

  /** Every key, for a backup. */
  async open(unlocked: UnlockedVault): Promise<readonly OpenedPendingKey[]> {
    const opening = (await this.list()).map(async (record) => {
      const bound = pendingKeyBinding(record.id, record.keyId);
      return { record, pkcs8: await unseal(unlocked.key, record.privateKey, bound) };
    });
    return Promise.all(opening);
  }

  /** Out of a backup, for who writes them together with the other keys of the file. */
  async sealRestored(
    list: readonly RestoredKey[],
    unlocked: UnlockedVault,
  ): Promise<readonly PendingKeyRecord[]> {
    const records: PendingKeyRecord[] = [];
    for (const { since, companionOf, ...key } of list) {
      const sealed = await this.#sealed(key, unlocked);
      records.push({ ...sealed, since, ...(companionOf !== undefined && { companionOf }) });
    }
    return records;
  }

  async remove(id: string): Promise<void> {
    await removeDurably(await this.#host.database(), "pendingKeys", id);
    this.#host.onChanged();
  }

  async #sealed(
    { pkcs8, publicKey, request, ...facts }: NewPendingKey,
    unlocked: UnlockedVault,
  ): Promise<PendingKeyRecord> {
    const id = await pendingKeyId(publicKey);
    const { keyId } = unlocked;
    return {
      ...{ version: 1, id, keyId, ...facts },
      publicKey: publicKey.slice(),
      request: request === null ? null : request.slice(),
      privateKey: await seal(unlocked.key, pkcs8, pendingKeyBinding(id, keyId)),
      since: this.#host.now().toISOString(),
    };
  }
}

/** @param publicKey SubjectPublicKeyInfo, DER */
export async function pendingKeyId(publicKey: Bytes): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey));
  return toHex(digest);
}
