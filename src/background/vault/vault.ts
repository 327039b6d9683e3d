/**
 * The vault's life: chosen protection, unlock and lock, passphrase change. It keeps no state that the
 * event page could lose: the wrapped data key lies in IndexedDB, the unlocked one in `storage.session`.
 * Which identities are in it, and their keys, is `identities.ts`.
 */
import type { UnlockTime, VaultStatus } from "../../protocol/messages.js";
import type { Database } from "../database.js";
import { durable } from "../database.js";
import { Refusal } from "../refusal.js";
import type { LocalArea } from "../settings.js";
import { Attempts } from "./attempts.js";
import type { DataKey, UnlockedVault } from "./data-key.js";
import { newDataKey, unwrapDataKey, wrapDataKey } from "./data-key.js";
import { changeDataKey, type KeyChange } from "./new-data-key.js";
import type { ProtectionRecord } from "./records.js";
import { takeKey } from "./seal.js";
import type { RunningUnlock, Use, VaultSession } from "./session.js";

export interface VaultHost {
  readonly database: () => Promise<Database>;
  readonly session: VaultSession;
  readonly now: () => Date;
  /** how long an unlock lasts where nobody was asked */
  readonly unlockMinutes: () => Promise<UnlockTime>;
  /** where wrong passphrases are counted */
  readonly local: LocalArea;
  /** see `Attempts` */
  readonly steady?: () => number;
}

/** Where a passphrase is asked for each message: this long it waits for the message. */
const patience = 2 * 60_000;

/**
 * `locked`: whatever was made with the data key must be dropped now, opened messages too. `spent`: the keys
 * must, but the message that they were asked for stays on the screen.
 */
export type VaultEvent = "locked" | "unlocked" | "spent";

interface Proven {
  readonly record: ProtectionRecord;
  readonly dataKey: DataKey;
}

interface Terms {
  readonly time: UnlockTime;
  readonly use?: Use;
  /** how often a lock had been asked for when this was */
  readonly wishes: number;
}

export class Vault {
  readonly #host: VaultHost;
  readonly #attempts: Attempts;
  readonly #listeners: ((event: VaultEvent) => void)[] = [];
  /** only to spare imports; `unlocked` makes it again */
  #unlocked: UnlockedVault | null = null;
  /** counts the locks, so that what was under way when one came does not keep the key */
  #locks = 0;
  /** counts those of them that were asked for, and are the last word over what was asked before */
  #wishes = 0;
  /** data keys by the count of locks when they were given out */
  readonly #given = new WeakMap<UnlockedVault, number>();
  /** while the browser's memory is being cleared: what is found there meanwhile is about to go */
  #clearing: Promise<unknown> = Promise.resolve();
  /** while the data key is being replaced: what is asked meanwhile waits these milliseconds for the new one */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(host: VaultHost) {
    this.#host = host;
    this.#attempts = new Attempts(host);
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
      const each = session.spentBy === null ? {} : { eachUse: true as const };
      return { state: "unlocked", protection: "passphrase", unlockedUntil: until, ...each };
    }
    // Locked, with nothing in it: nothing is lost by choosing again, so a forgotten passphrase is no dead end.
    const database = await this.#host.database();
    const inside = (await database.count("identities")) + (await database.count("pendingKeys"));
    const state = inside === 0 ? "empty" : "locked";
    return { state, protection: "passphrase", unlockedUntil: null };
  }

  /** Choose the protection before the first key comes in. @throws Refusal `not-allowed` where keys are in it already. */
  async create(passphrase: string | null): Promise<VaultStatus> {
    const wishes = this.#wishes;
    await this.#protection();
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
    await this.#open(record, dataKey, { time: await this.#host.unlockMinutes(), wishes });
    return this.status();
  }

  /**
   * A lock that comes meanwhile stays.
   *
   * @param use what it is for, where it is for one message
   * @throws Refusal `passphrase-wrong`, `passphrase-wait`, `not-found` where no protection was chosen yet
   */
  async unlock(passphrase: string, time: UnlockTime, use: Use = "any"): Promise<VaultStatus> {
    const wishes = this.#wishes;
    const { record, dataKey } = await this.#prove(passphrase);
    await this.#open(record, dataKey, { time, use, wishes });
    return this.status();
  }

  /**
   * Is this the passphrase? For what an open screen must not be enough for. Nothing is unlocked by it but
   * what is returned.
   *
   * @param passphrase counts only where there is one
   * @throws as `unlock`
   */
  async unlockedBy(passphrase: string | null): Promise<UnlockedVault> {
    const { dataKey } = await this.#prove(passphrase);
    return { keyId: dataKey.keyId, key: await takeKey(dataKey.raw) };
  }

  /** A key was used: an unlock for one message ends. What was begun before goes on. */
  async used(use: Use): Promise<void> {
    const session = await this.#session();
    if (session === null || session.spentBy === null) return;
    if (session.spentBy === "any" || session.spentBy === use) await this.#forget("spent");
  }

  /** Forget the data key. Where the device itself opens the vault, only what is in memory goes. */
  async lock(): Promise<VaultStatus> {
    this.#wishes++;
    await this.#forget();
    return this.status();
  }

  /**
   * Seal every key anew under a new data key, and wrap that: whoever has an older copy of the profile, and could open
   * that one, opens no key that comes from now on. One transaction, so a crash leaves the old passphrase or the new.
   * The current passphrase is asked for even while unlocked: an open screen must not be enough.
   */
  async changePassphrase(current: string | null, next: string | null): Promise<VaultStatus> {
    const wishes = this.#wishes;
    const before = await this.unlockedBy(current);
    const dataKey = newDataKey();
    try {
      const protection = await wrapDataKey(dataKey, next);
      const after = { keyId: dataKey.keyId, key: await takeKey(dataKey.raw.slice()) };
      const terms = { time: await this.#host.unlockMinutes(), wishes };
      const change = { before, after, protection };
      const changing = this.#changing.then(() => this.#change(change, dataKey, terms));
      this.#changing = changing.catch(() => undefined);
      await changing;
    } finally {
      dataKey.raw.fill(0);
    }
    return this.status();
  }

  async #change(change: KeyChange, dataKey: DataKey, terms: Terms): Promise<void> {
    await changeDataKey(await this.#host.database(), change);
    await this.#open(change.protection, dataKey, terms);
  }

  /** @returns the data key, or `null` while locked; a time that is over locks on the way. */
  async unlocked(): Promise<UnlockedVault | null> {
    const locks = this.#locks;
    const record = await this.#protection();
    if (record === undefined) return null;
    const found = await (record.kind === "device"
      ? this.#unlockedByDevice(record, locks)
      : this.#unlockedBySession(record, locks));
    // Whatever was read before a lock is over with it: looked at again, it may be unlocked anew.
    return locks === this.#locks ? found : this.unlocked();
  }

  /**
   * Has a lock come since `unlocked` gave this? Then nothing that was opened with it may be handed on. One of
   * `unlockedBy` is never over: its passphrase was asked for.
   */
  isOver(unlocked: UnlockedVault): boolean {
    return (this.#given.get(unlocked) ?? this.#locks) !== this.#locks;
  }

  /** When the running unlock ends, in milliseconds since the epoch; `null`: never, or not unlocked. */
  async lockDue(): Promise<number | null> {
    return (await this.#session())?.until ?? null;
  }

  /** Is this still the key of the running unlock? Where not, nothing made with it may be kept. */
  holds(unlocked: UnlockedVault): boolean {
    return this.#unlocked === unlocked;
  }

  async #unlockedBySession(record: ProtectionRecord, locks: number): Promise<UnlockedVault | null> {
    const session = await this.#currentSession(record);
    if (session === null) return null;
    if (this.#unlocked?.keyId === session.keyId) return this.#unlocked;
    return this.#keep(session.dataKey(), locks);
  }

  async #unlockedByDevice(record: ProtectionRecord, locks: number): Promise<UnlockedVault> {
    if (this.#unlocked?.keyId === record.keyId) return this.#unlocked;
    const dataKey = await unwrapDataKey(record, null);
    if (dataKey === null) throw new Refusal("unavailable");
    return this.#keep(dataKey, locks);
  }

  /** Only a passphrase can be guessed: what the device opens is not counted. */
  async #prove(passphrase: string | null): Promise<Proven> {
    const record = await this.#protection();
    if (record === undefined) throw new Refusal("not-found");
    const unwrap = (): Promise<DataKey | null> => unwrapDataKey(record, passphrase);
    if (record.kind === "passphrase") return { record, dataKey: await this.#attempts.run(unwrap) };
    const dataKey = await unwrap();
    if (dataKey === null) throw new Refusal("unavailable");
    return { record, dataKey };
  }

  async #open(record: ProtectionRecord, dataKey: DataKey, terms: Terms): Promise<void> {
    const { time, use = "any", wishes } = terms;
    await this.#clearing;
    // A passphrase takes a second: who has locked since then has gone.
    const hasGone = (): boolean => wishes !== this.#wishes && record.kind === "passphrase";
    if (hasGone()) return void dataKey.raw.fill(0);
    const locks = this.#locks;
    if (record.kind === "device") {
      await this.#host.session.clear();
    } else {
      const lasts = time === "each-use" ? patience : time === "until-closing" ? null : time * 60_000;
      const until = lasts === null ? null : this.#host.now().getTime() + lasts;
      await this.#host.session.write(dataKey, { until, spentBy: time === "each-use" ? use : null });
      // That lock may have cleared before this was written.
      if (hasGone()) return this.#takeBack(dataKey);
    }
    await this.#keep(dataKey, locks);
    if (wishes === this.#wishes) this.#announce("unlocked");
  }

  async #takeBack(dataKey: DataKey): Promise<void> {
    dataKey.raw.fill(0);
    await this.#clear();
  }

  /** The raw octets are overwritten here. Who asks at the same time gets the same, so that what it opens is known. */
  async #keep(dataKey: DataKey, locks: number): Promise<UnlockedVault> {
    const made = { keyId: dataKey.keyId, key: await takeKey(dataKey.raw) };
    if (locks === this.#locks && this.#unlocked?.keyId === made.keyId) return this.#unlocked;
    if (locks === this.#locks) this.#unlocked = made;
    this.#given.set(made, locks);
    return made;
  }

  async #forget(how: "locked" | "spent" = "locked"): Promise<void> {
    this.#locks++;
    this.#unlocked = null;
    try {
      await this.#clear();
    } finally {
      this.#announce(how);
    }
  }

  #clear(): Promise<void> {
    const clearing = this.#host.session.clear();
    this.#clearing = Promise.allSettled([this.#clearing, clearing]);
    return clearing;
  }

  async #session(): Promise<RunningUnlock | null> {
    await this.#clearing;
    return this.#host.session.read();
  }

  async #protection(): Promise<ProtectionRecord | undefined> {
    await this.#changing;
    const record = await (await this.#host.database()).get("protection", "current");
    // Written by a later Signet: what it means is not guessed, and it is never replaced.
    if (record !== undefined && record.version !== 1) throw new Refusal("storage-newer");
    return record;
  }

  /** The running unlock of this very data key; one that is over, or of a replaced key, is cleared. */
  async #currentSession(record: ProtectionRecord): Promise<RunningUnlock | null> {
    const session = await this.#session();
    if (session === null) return null;
    const over = session.until !== null && session.until <= this.#host.now().getTime();
    if (!over && session.keyId === record.keyId) return session;
    if (!over) {
      // A new passphrase may have come between the reading of the two.
      const [protection, again] = [await this.#protection(), await this.#session()];
      if (again !== null && again.keyId === protection?.keyId) return again;
    }
    await this.#forget();
    return null;
  }

  #announce(event: VaultEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
