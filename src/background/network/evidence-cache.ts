/**
 * Evidence that was fetched, on the disk: how long it is fresh, what failed and when to try again, and not
 * more than so much of it. What lies here proves nothing; the engine judges it each time. A disk that fails
 * costs another asking, never a verdict.
 */
import type { Bytes } from "../../engine/index.js";
import type { Database } from "../database.js";
import { isStorageFailure } from "../database.js";
import type { EvidenceRecord } from "./records.js";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Records in memory. */
const mostKnown = 200;

export interface CacheLimits {
  readonly octets: number;
  readonly records: number;
}

const cacheLimits: CacheLimits = { octets: 256 * 1024 * 1024, records: 1_000 };

/** From when to when the evidence says it is up to date, milliseconds since the epoch. */
export interface Validity {
  readonly nextUpdate: number | null;
}

export class EvidenceCache {
  readonly #database: () => Promise<Database>;
  readonly #now: () => Date;
  readonly #limits: CacheLimits;
  /**
   * What is known, newest last: a badge does not wait for the disk. Also what the disk would not take: a source
   * that fails must not be asked at every message.
   */
  readonly #known = new Map<string, EvidenceRecord>();

  constructor(database: () => Promise<Database>, now: () => Date, limits: CacheLimits = cacheLimits) {
    this.#database = database;
    this.#now = now;
    this.#limits = limits;
  }

  /** What is known under a name; null: nothing */
  async find(key: string): Promise<EvidenceRecord | null> {
    const record =
      this.#known.get(key) ?? (await this.#try(async (database) => database.get("evidence", key)));
    if (record === undefined) return null;
    const now = this.#now().getTime();
    // A clock that was set back: what came in the future is of no known age.
    if (record.fetchedAt > now + hour) return null;
    const isUsed = record.size > 0 && now - record.usedAt > day;
    if (isUsed) await this.#try(async (database) => database.put("evidence", { ...record, usedAt: now }));
    return this.#note(isUsed ? { ...record, usedAt: now } : record);
  }

  /** @returns null where they are gone, or were replaced */
  async octets({ key, fetchedAt }: EvidenceRecord): Promise<Bytes | null> {
    const found = await this.#try(async (database) => {
      const transaction = database.transaction(["evidence", "evidenceOctets"]);
      const record = await transaction.objectStore("evidence").get(key);
      if (record?.fetchedAt !== fetchedAt) return undefined;
      return transaction.objectStore("evidenceOctets").get(key);
    });
    return found ?? null;
  }

  async keep(key: string, octets: Bytes, validity: Validity): Promise<EvidenceRecord> {
    const now = this.#now().getTime();
    const record: EvidenceRecord = {
      ...{ key, size: octets.length, fetchedAt: now, failures: 0, retryAt: 0, usedAt: now },
      freshUntil: freshUntil(now, validity.nextUpdate),
    };
    const written = await this.#try(async (database) => {
      const transaction = database.transaction(["evidence", "evidenceOctets"], "readwrite");
      await transaction.objectStore("evidence").put(record);
      await transaction.objectStore("evidenceOctets").put(octets, key);
      await transaction.done;
      return true;
    });
    // Asked at every message it would not be kept any better.
    this.#note(written === undefined ? { ...record, size: 0, retryAt: now + hour } : record);
    await this.#trim();
    return record;
  }

  /** Nobody answered, or not what was asked for. Older octets stay: the engine says whether they still do. */
  async fail(key: string): Promise<void> {
    const now = this.#now().getTime();
    const before = await this.find(key);
    const failures = (before?.failures ?? 0) + 1;
    const nothing = { key, size: 0, fetchedAt: 0, freshUntil: 0, usedAt: now };
    const record = { ...nothing, ...before, failures, retryAt: now + backOff(failures) };
    this.#note(record);
    await this.#try(async (database) => database.put("evidence", record));
    await this.#trim();
  }

  /** The person wants nothing asked any more: what was asked is not remembered either. */
  async clear(): Promise<void> {
    this.#known.clear();
    await this.#try(async (database) => {
      await database.clear("evidence");
      await database.clear("evidenceOctets");
    });
  }

  #note(record: EvidenceRecord): EvidenceRecord {
    this.#known.delete(record.key);
    this.#known.set(record.key, record);
    if (this.#known.size > mostKnown) this.#known.delete(this.#known.keys().next().value!);
    return record;
  }

  /** Least recently used first. */
  async #trim(): Promise<void> {
    await this.#try(async (database) => {
      const transaction = database.transaction(["evidence", "evidenceOctets"], "readwrite");
      const newestFirst = (await transaction.objectStore("evidence").index("usedAt").getAll()).reverse();
      let octets = 0;
      for (const [place, { key, size }] of newestFirst.entries()) {
        octets += size;
        if (octets <= this.#limits.octets && place < this.#limits.records) continue;
        this.#known.delete(key);
        await transaction.objectStore("evidence").delete(key);
        await transaction.objectStore("evidenceOctets").delete(key);
      }
      await transaction.done;
    });
  }

  async #try<Result>(work: (database: Database) => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work(await this.#database());
    } catch (error) {
      if (!isStorageFailure(error)) throw error;
      console.warn("Signet could not use its store of fetched evidence", error.name);
      return undefined;
    }
  }
}

/**
 * Not only until nextUpdate: an authority that revokes may publish earlier (a day is what the CA/B Forum
 * gives them). Nor less than ten minutes, or a source that serves outdated evidence is asked at every message.
 */
function freshUntil(now: number, nextUpdate: number | null): number {
  return Math.min(Math.max(nextUpdate ?? now + hour, now + 10 * minute), now + day);
}

/** One minute, two, four … six hours. */
function backOff(failures: number): number {
  return Math.min(2 ** Math.min(failures - 1, 10) * minute, 6 * hour);
}
