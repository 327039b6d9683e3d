/**
 * Evidence that was fetched, on the disk: how long it is fresh, what failed and when to try again, and not
 * more than so much of it. What lies here proves nothing: the engine judges it each time, and says what was
 * genuine, so that nothing pushes that out which nobody signed. A disk that fails costs another asking, never
 * a verdict.
 */
import type { IDBPTransaction } from "idb";
import { type Bytes, sameOctets } from "../../engine/index.js";
import { type Database, type SignetSchema, allOrNothing, isStorageFailure } from "../database.js";
import {
  type CacheLimits,
  type Validity,
  afterArrival,
  afterBelieved,
  afterFailure,
  afterTrim,
  isOlder,
  placeOf,
  placesOf,
} from "./evidence-pieces.js";
import { type EvidencePiece, type EvidenceRecord, type OnePieceRecord, readRecord } from "./records.js";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Records in memory. */
const mostKnown = 200;

const cacheLimits: CacheLimits = { octets: 256 * 1024 * 1024, records: 1_000 };

interface OctetsHeld {
  get(place: string): Promise<Bytes | undefined>;
  put(octets: Bytes, place: string): Promise<unknown>;
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
    const stored =
      this.#known.get(key) ?? (await this.#try(async (database) => database.get("evidence", key)));
    const record = this.#ofKnownAge(stored);
    if (record === null) return null;
    const now = this.#now().getTime();
    const isUsed = record.pieces.length > 0 && now - record.usedAt > day;
    if (!isUsed) return this.#note(record);
    const changed = await this.#change(key, async (before) => before && { ...before, usedAt: now });
    return this.#note(changed ?? { ...record, usedAt: now });
  }

  /** @returns null where they are gone, or were replaced */
  async octets(key: string, { slot, fetchedAt }: EvidencePiece): Promise<Bytes | null> {
    const found = await this.#try(async (database) => {
      const transaction = database.transaction(["evidence", "evidenceOctets"]);
      const record = await transaction.objectStore("evidence").get(key);
      const pieces = record === undefined ? [] : readRecord(record).pieces;
      if (!pieces.some((piece) => piece.slot === slot && piece.fetchedAt === fetchedAt)) return undefined;
      return transaction.objectStore("evidenceOctets").get(placeOf(key, { slot }));
    });
    return found ?? null;
  }

  /** @returns null where it is older than what is held, or where the disk does not take it */
  async keep(key: string, octets: Bytes, validity: Validity): Promise<EvidenceRecord | null> {
    const now = this.#now().getTime();
    const size = octets.length;
    let isRefused = false;
    const record = await this.#change(key, async (before, held) => {
      isRefused = isOlder(validity, before);
      if (isRefused) return afterFailure(key, before, now);
      const same = await this.#withOctets(before, octets, held);
      const after = afterArrival(before, { key, size, validity, now, same });
      if (same === undefined) await held.put(octets, placeOf(key, after.pieces[0]!));
      return after;
    });
    if (record === undefined) {
      // Asked at every message it would not be kept any better.
      const before = this.#ofKnownAge(this.#known.get(key));
      this.#note({ ...afterFailure(key, before, now), retryAt: now + hour });
    }
    await this.#trim();
    return isRefused ? null : (record ?? null);
  }

  async fail(key: string): Promise<void> {
    const now = this.#now().getTime();
    const written = await this.#change(key, async (before) => afterFailure(key, before, now));
    if (written === undefined) this.#note(afterFailure(key, this.#ofKnownAge(this.#known.get(key)), now));
    await this.#trim();
  }

  /** The engine found it genuine. @param thisUpdate of what it says of the certificate in question */
  async believe(key: string, piece: EvidencePiece, thisUpdate: number): Promise<void> {
    const known = await this.find(key);
    if (known === null || afterBelieved(known, piece, thisUpdate) === known) return;
    await this.#change(key, async (before) => before && afterBelieved(before, piece, thisUpdate));
  }

  /** The person wants nothing asked any more: what was asked is not remembered either. */
  async clear(): Promise<void> {
    this.#known.clear();
    await this.#try(async (database) => {
      await database.clear("evidence");
      await database.clear("evidenceOctets");
    });
  }

  /** @returns null also where the clock was set back: what came in the future is of no known age */
  #ofKnownAge(stored: EvidenceRecord | OnePieceRecord | undefined): EvidenceRecord | null {
    if (stored === undefined) return null;
    const record = readRecord(stored);
    const latest = this.#now().getTime() + hour;
    return record.pieces.some(({ fetchedAt }) => fetchedAt > latest) ? null : record;
  }

  async #withOctets(
    before: EvidenceRecord | null,
    octets: Bytes,
    held: OctetsHeld,
  ): Promise<EvidencePiece | undefined> {
    for (const piece of before?.pieces ?? []) {
      if (piece.size !== octets.length) continue;
      const other = await held.get(placeOf(before!.key, piece));
      if (other !== undefined && sameOctets(other, octets)) return piece;
    }
    return undefined;
  }

  /**
   * In one transaction, so that of two changes at once neither is lost.
   *
   * @returns undefined where the disk does not serve
   */
  async #change(
    key: string,
    change: (before: EvidenceRecord | null, octets: OctetsHeld) => Promise<EvidenceRecord | null>,
  ): Promise<EvidenceRecord | null | undefined> {
    const changed = await this.#try(async (database) => {
      const transaction = database.transaction(["evidence", "evidenceOctets"], "readwrite");
      return allOrNothing(transaction, async () => {
        const before = this.#ofKnownAge(await transaction.objectStore("evidence").get(key));
        const after = await change(before, transaction.objectStore("evidenceOctets"));
        if (after !== null && after !== before) await write(transaction, key, after);
        return after;
      });
    });
    return changed == null ? changed : this.#note(changed);
  }

  #note(record: EvidenceRecord): EvidenceRecord {
    this.#known.delete(record.key);
    this.#known.set(record.key, record);
    if (this.#known.size > mostKnown) this.#known.delete(this.#known.keys().next().value!);
    return record;
  }

  async #trim(): Promise<void> {
    await this.#try(async (database) => {
      const transaction = database.transaction(["evidence", "evidenceOctets"], "readwrite");
      const stored = (await transaction.objectStore("evidence").index("usedAt").getAll()).reverse();
      const newestFirst = stored.map(readRecord);
      for (const [place, after] of afterTrim(newestFirst, this.#limits).entries()) {
        const before = newestFirst[place]!;
        if (after === before) continue;
        this.#known.delete(before.key);
        await write(transaction, before.key, after);
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

/** Octets that no piece names any more go. */
async function write(
  transaction: IDBPTransaction<SignetSchema, ["evidence", "evidenceOctets"], "readwrite">,
  key: string,
  after: EvidenceRecord | null,
): Promise<void> {
  const [records, octets] = [transaction.objectStore("evidence"), transaction.objectStore("evidenceOctets")];
  await (after === null ? records.delete(key) : records.put(after));
  const places = new Set(after?.pieces.map((piece) => placeOf(key, piece)));
  for (const place of placesOf(key)) if (!places.has(place)) await octets.delete(place);
}
