/**
 * The vault's life: chosen protection, unlock and lock, passphrase change. It keeps no state that the
 * event page could lose: the wrapped data key lies in IndexedDB, the unlocked one in `storage.session`.
 * Which identities are in it, and their keys, is `identities.ts`.
 */
import type { VaultStatus } from "../../protocol/messages.js";
import type { Database } from "../database.js";
import { durable } from "../database.js";
import { Refusal } from "../refusal.js";
import type { DataKey } from "./data-key.js";
import { newDataKey, unwrapDataKey, wrapDataKey } from "./data-key.js";
import type { ProtectionRecord } from "./records.js";
import { takeKey } from "./seal.js";
import type { RunningUnlock, VaultSession } from "./session.js";

export interface VaultHost {
  readonly database: () => Promise<Database>;
  readonly session: VaultSession;
  readonly now: () => Date;
  /** how long an unlock lasts where nobody was asked */
  readonly unlockMinutes: () => Promise<number | "until-closing">;
}

/** The data key as a key that cannot be read back, and its name. */
export interface UnlockedVault {
  readonly keyId: string;
  readonly key: CryptoKey;
}

/** `locked`: whatever was made with the data key must be dropped now. */
export type VaultEvent = "locked" | "unlocked";

export class Vault {
  readonly #host: VaultHost;
  readonly #listeners: ((event: VaultEvent) => void)[] = [];
  /** only to spare imports; `unlocked` makes it again */
  #unlocked: UnlockedVault | null = null;
  /** counts the locks, so that what was under way when one came does not keep the key */
  #locks = 0;

  constructor(host: VaultHost) {
    this.#host = host;
  }

  /** Called after every lock, unlock and change of protection. */
  onChanged(listener: (event: VaultEvent) => void): void {
    this.#listeners.push(listener);
  }

  async status(): Promise<VaultStatus> {
    const protection = await this.#protection();
    if (protection === undefined) return { state: "empty", protection: null, unlockedUntil: null };
    if (protection.kind === "device") return { state: "unlocked", protection: "device", unlockedUntil: null };
    const session = await this.#currentSession(protection);
    if (session !== null) {
      const until = session.until === null ? null : new Date(session.until).toISOString();
      return { state: "unlocked", protection: "passphrase", unlockedUntil: until };
    }
    // Locked, with nothing in it: nothing is lost by choosing again, so a forgotten passphrase is no dead end.
    const database = await this.#host.database();
    const inside = (await database.count("identities")) + (await database.count("pendingKeys"));
    const state = inside === 0 ? "empty" : "locked";
    return { state, protection: "passphrase", unlockedUntil: null };
  }

  /** Choose the protection before the first key comes in. @throws Refusal `not-allowed` where keys are in it already. */
  async create(passphrase: string | null): Promise<VaultStatus> {
    const dataKey = newDataKey();
    const record = await wrapDataKey(dataKey, passphrase);
    const database = await this.#host.database();
    const stores = ["protection", "identities", "pendingKeys"] as const;
    const transaction = database.transaction(stores, "readwrite", durable);
    const waiting = await transaction.objectStore("pendingKeys").count();
    const inside = (await transaction.objectStore("identities").count()) + waiting;
    if (inside === 0) await transaction.objectStore("protection").put(record, "current");
    await transaction.done;
    if (inside > 0) {
      dataKey.raw.fill(0);
      throw new Refusal("not-allowed");
    }
    await this.#open(record, dataKey, await this.#host.unlockMinutes());
    return this.status();
  }

  /** @throws Refusal `passphrase-wrong`, `not-found` where no protection was chosen yet */
  async unlock(passphrase: string, minutes: number | "until-closing"): Promise<VaultStatus> {
    const record = await this.#protection();
    if (record === undefined) throw new Refusal("not-found");
    const dataKey = await unwrapDataKey(record, passphrase);
    if (dataKey === null) throw new Refusal("passphrase-wrong");
    await this.#open(record, dataKey, minutes);
    return this.status();
  }

  /** Forget the data key. Where the device itself opens the vault, only what is in memory goes. */
  async lock(): Promise<VaultStatus> {
    await this.#forget();
    return this.status();
  }

  /**
   * Wrap the same data key anew; one record is replaced, so a crash leaves the old passphrase or the new.
   * The current passphrase is asked for even while unlocked: an open screen must not be enough.
   */
  async changePassphrase(current: string | null, next: string | null): Promise<VaultStatus> {
    const record = await this.#protection();
    if (record === undefined) throw new Refusal("not-found");
    const dataKey = await unwrapDataKey(record, current);
    if (dataKey === null) throw new Refusal("passphrase-wrong");
    const replacement = await wrapDataKey(dataKey, next);
    const database = await this.#host.database();
    const transaction = database.transaction("protection", "readwrite", durable);
    const stillThere = await transaction.store.get("current");
    if (stillThere?.keyId === record.keyId) await transaction.store.put(replacement, "current");
    await transaction.done;
    if (stillThere?.keyId !== record.keyId) throw new Refusal("unavailable");
    await this.#open(replacement, dataKey, await this.#host.unlockMinutes());
    return this.status();
  }

  /** @returns the data key, or `null` while locked; a time that is over locks on the way. */
  async unlocked(): Promise<UnlockedVault | null> {
    const locks = this.#locks;
    const record = await this.#protection();
    if (record === undefined) return null;
    if (record.kind === "device") return this.#unlockedByDevice(record, locks);
    const session = await this.#currentSession(record);
    if (session === null) return null;
    if (this.#unlocked?.keyId === session.keyId) return this.#unlocked;
    return this.#keep(session.dataKey(), locks);
  }

  /** When the running unlock ends, in milliseconds since the epoch; `null`: never, or not unlocked. */
  async lockDue(): Promise<number | null> {
    return (await this.#host.session.read())?.until ?? null;
  }

  /** Is this still the key of the running unlock? Where not, nothing made with it may be kept. */
  holds(unlocked: UnlockedVault): boolean {
    return this.#unlocked === unlocked;
  }

  async #unlockedByDevice(record: ProtectionRecord, locks: number): Promise<UnlockedVault> {
    if (this.#unlocked?.keyId === record.keyId) return this.#unlocked;
    const dataKey = await unwrapDataKey(record, null);
    if (dataKey === null) throw new Refusal("unavailable");
    return this.#keep(dataKey, locks);
  }

  async #open(record: ProtectionRecord, dataKey: DataKey, minutes: number | "until-closing"): Promise<void> {
    if (record.kind === "device") {
      await this.#host.session.clear();
    } else {
      const until = minutes === "until-closing" ? null : this.#host.now().getTime() + minutes * 60_000;
      await this.#host.session.write(dataKey, until);
    }
    await this.#keep(dataKey, this.#locks);
    this.#announce("unlocked");
  }

  /** The raw octets are overwritten here. */
  async #keep(dataKey: DataKey, locks: number): Promise<UnlockedVault> {
    const unlocked = { keyId: dataKey.keyId, key: await takeKey(dataKey.raw) };
    if (locks === this.#locks) this.#unlocked = unlocked;
    return unlocked;
  }

  async #forget(): Promise<void> {
    this.#locks++;
    this.#unlocked = null;
    await this.#host.session.clear();
    this.#announce("locked");
  }

  async #protection(): Promise<ProtectionRecord | undefined> {
    return (await this.#host.database()).get("protection", "current");
  }

  /** The running unlock of this very data key; one that is over, or of a replaced key, is cleared. */
  async #currentSession(record: ProtectionRecord): Promise<RunningUnlock | null> {
    const session = await this.#host.session.read();
    if (session === null) return null;
    const over = session.until !== null && session.until <= this.#host.now().getTime();
    if (!over && session.keyId === record.keyId) return session;
    await this.#forget();
    return null;
  }

  #announce(event: VaultEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
