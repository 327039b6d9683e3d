/**
 * The memory of signers and of verdicts: looked up by the author's address before a message is judged, added
 * to when its badge is drawn. It stays on this device. Each message counts once, however often it is shown:
 * by the hash of what its signature covers, under which our record that it was good is kept too.
 */
import type {
  AuthorMemory,
  Bytes,
  EmailAddress,
  Inspection,
  Origin,
  Sighting,
  SignatureRecord,
} from "../../engine/index.js";
import { toHex } from "../../engine/index.js";
import type { MemoryList, MemoryView } from "../../protocol/messages.js";
import type { Database } from "../database.js";
import {
  type SignerRecord,
  type VerdictRecord,
  afterConfirmed,
  afterSigned,
  afterUnconfirmed,
  afterUnsigned,
  emptyRecord,
  memoryOf,
} from "./signer-records.js";

export interface MemoryHost {
  readonly database: () => Promise<Database>;
  readonly now: () => Date;
  /** for what a person changes; learning changes no verdict that is on the screen, and says nothing */
  readonly onChanged: () => void;
}

export interface Remembered {
  readonly memory: AuthorMemory;
  readonly records: readonly SignatureRecord[];
}

export interface MemoryLimits {
  readonly verdicts: number;
}

/**
 * Of one message, as its outer header names it. It has few signatures; but nobody signs that header, so that other
 * letters of hers can be sent on under its name: so many of them a person would have to open before it.
 */
const mostRecords = 64;
/** of SHA-256 in hexadecimal */
const digestLength = 64;
const mostListed = 100;
/** looked up one by one */
const fewNames = 100;
/** writes between two looks at how many records there are */
const pruneEvery = 64;

/** A count that is lost with the power is counted again: nobody waits for the disk. */
const relaxed = { durability: "relaxed" } as const;

export class SignerMemory {
  readonly #host: MemoryHost;
  readonly #limits: MemoryLimits;
  #writes = 0;

  constructor(host: MemoryHost, limits: MemoryLimits = { verdicts: 20_000 }) {
    this.#host = host;
    this.#limits = limits;
  }

  /**
   * @returns null where the message has no single author, and whoever it may be taken for is known to nobody. A
   * single author that nothing is known of has an empty memory.
   */
  async of({ authors, named, message }: Origin): Promise<Remembered | null> {
    const author = authors.length === 1 ? authors[0]! : null;
    const expected = await this.#expected(named.filter((address) => address !== author));
    if (expected !== null) return this.#recollect(expected, message);
    return author === null ? null : this.#recollect(author, message);
  }

  /** The first whose mail is to be signed: a header that is not clear must not be the way around that. */
  async #expected(named: readonly EmailAddress[]): Promise<EmailAddress | null> {
    if (named.length === 0) return null;
    const database = await this.#host.database();
    const { store } = database.transaction("signers", "readonly");
    // Whoever writes a header can write a hundred thousand names into it; each look at the disk costs.
    const known = named.length > fewNames ? new Set(await store.getAllKeys()) : null;
    const asked = known === null ? named : named.filter((address) => known.has(keyOf(address)));
    const now = this.#host.now();
    for (const address of asked) {
      const record = await store.get(keyOf(address));
      if (record !== undefined && memoryOf(record, now).expectsSignature) return address;
    }
    return null;
  }

  async #recollect(author: EmailAddress, message: string): Promise<Remembered> {
    const address = keyOf(author);
    const [database, hash] = await Promise.all([this.#host.database(), messageHash(address, message)]);
    const transaction = database.transaction(["signers", "verdicts"], "readonly");
    const [record, verdicts] = await Promise.all([
      transaction.objectStore("signers").get(address),
      transaction.objectStore("verdicts").index("message").getAll(hash),
    ]);
    return {
      memory: memoryOf(record ?? emptyRecord(address), this.#host.now()),
      records: verdicts
        .filter(({ provenBy }) => provenBy === "clock")
        .map(({ covered, signer, time }) => ({ covered: covered.slice(0, digestLength), signer, time })),
    };
  }

  /** Learn from a message that somebody looks at. */
  async learn({ verdict, sighting }: Inspection, { authors, message, arrival }: Origin): Promise<void> {
    const { author, state, mailingList } = verdict.summary;
    if (author.address === null || authors.length !== 1 || authors[0] !== author.address) return;
    const address = keyOf(author.address);
    if (sighting !== undefined) {
      const standing = state === "3" ? ("other" as const) : ("usual" as const);
      return this.#learnSigned(address, { sighting, standing, message });
    }
    if (mailingList !== undefined || !isPlainlyUnsigned(verdict)) return;
    const hash = await messageHash(address, message);
    const now = this.#host.now();
    await this.#change(address, (record) =>
      record === undefined ? undefined : afterUnsigned(record, { message: hash, arrival, now }),
    );
  }

  async #learnSigned(
    address: string,
    told: {
      readonly sighting: Sighting;
      readonly standing: "usual" | "other";
      readonly message: string;
    },
  ): Promise<void> {
    const { sighting, standing } = told;
    const [covered, key, message, database] = await Promise.all([
      sha256(sighting.covered),
      sha256(sighting.publicKey),
      messageHash(address, told.message),
      this.#host.database(),
    ]);
    const transaction = database.transaction(["signers", "verdicts"], "readwrite", relaxed);
    const verdicts = transaction.objectStore("verdicts");
    const signers = transaction.objectStore("signers");
    const { signer, path, time } = sighting;
    const provenBy = sighting.provenBy === "time-stamp" ? "time-stamp" : "clock";
    const record = { covered, signer: signer.fingerprint, address, message, path, time, provenBy } as const;
    const seen = await verdicts.get([address, signer.fingerprint, covered]);
    const added = recordToAdd(seen, record);
    // The first stay: otherwise whoever sends others on under a letter's name could push its record out.
    const isAdded = added !== null && (await verdicts.index("message").count(message)) < mostRecords;
    if (isAdded) await verdicts.put(added);
    if (isAdded && seen === undefined) {
      const before = (await signers.get(address)) ?? emptyRecord(address);
      await signers.put(afterSigned(before, { sighting, key, standing, now: this.#host.now() }));
    }
    await transaction.done;
    if (++this.#writes % pruneEvery === 0) await this.prune();
  }

  /** The oldest records go first. */
  async prune(): Promise<void> {
    const transaction = (await this.#host.database()).transaction("verdicts", "readwrite", relaxed);
    const tooMany = (await transaction.store.count()) - this.#limits.verdicts;
    let cursor = tooMany > 0 ? await transaction.store.index("time").openCursor() : null;
    for (let left = tooMany; cursor !== null && left > 0; left--) {
      await cursor.delete();
      cursor = await cursor.continue();
    }
    await transaction.done;
  }

  // ---------------------------------------------------------------- what a person may do

  /** In the order of addresses, a hundred at a time. */
  async list(search: string, after: string | null): Promise<MemoryList> {
    const database = await this.#host.database();
    const range = after === null ? null : IDBKeyRange.lowerBound(after, true);
    const transaction = database.transaction("signers", "readonly");
    const entries: MemoryView[] = [];
    let cursor = await transaction.store.openCursor(range);
    while (cursor !== null && entries.length <= mostListed) {
      if (cursor.value.address.includes(search.toLowerCase())) entries.push(viewOf(cursor.value));
      cursor = await cursor.continue();
    }
    return { entries: entries.slice(0, mostListed), more: entries.length > mostListed };
  }

  /** A person compared the fingerprint of this certificate with what its owner told them. */
  async confirm(address: string, fingerprint: string): Promise<void> {
    const now = this.#host.now();
    const key = keyOf(address);
    await this.#change(key, (record) => afterConfirmed(record ?? emptyRecord(key), fingerprint, now));
    this.#host.onChanged();
  }

  async unconfirm(address: string, fingerprint: string): Promise<void> {
    await this.#change(keyOf(address), (record) => record && afterUnconfirmed(record, fingerprint));
    this.#host.onChanged();
  }

  async expect(address: string, expectation: "expected" | "declined"): Promise<void> {
    await this.#change(keyOf(address), (record) => record && { ...record, expectation });
    this.#host.onChanged();
  }

  async remove(address: string): Promise<void> {
    const database = await this.#host.database();
    const transaction = database.transaction(["signers", "verdicts"], "readwrite");
    await transaction.objectStore("signers").delete(keyOf(address));
    const index = transaction.objectStore("verdicts").index("address");
    for await (const cursor of index.iterate(keyOf(address))) await cursor.delete();
    await transaction.done;
    this.#host.onChanged();
  }

  async clear(): Promise<void> {
    const database = await this.#host.database();
    const transaction = database.transaction(["signers", "verdicts"], "readwrite");
    await Promise.all([
      transaction.objectStore("signers").clear(),
      transaction.objectStore("verdicts").clear(),
    ]);
    await transaction.done;
    this.#host.onChanged();
  }

  /** One transaction: two messages at once must not lose a count. */
  async #change(
    address: string,
    change: (record: SignerRecord | undefined) => SignerRecord | undefined,
  ): Promise<void> {
    const transaction = (await this.#host.database()).transaction("signers", "readwrite", relaxed);
    const before = await transaction.store.get(address);
    const after = change(before);
    if (after !== undefined && after !== before) {
      if (after.signers.length + after.confirmed.length === 0) await transaction.store.delete(address);
      else await transaction.store.put(after);
    }
    await transaction.done;
  }
}

/** Seen before, it has been counted, and the first record stands: nothing is proven longer by looking again. */
function recordToAdd(seen: VerdictRecord | undefined, record: VerdictRecord): VerdictRecord | null {
  if (seen === undefined) return record;
  // What was a stamp's word, or nobody's, is our own from now on.
  if (seen.provenBy !== "clock") return record.provenBy === "clock" ? record : null;
  if (seen.message === record.message) return null;
  // A list, or whoever sent it on before, gave it another name: it is looked for under its own too.
  return { ...seen, message: record.message, covered: `${seen.covered} ${record.message}` };
}

/** Nobody signed the whole, and nothing is hidden: what is locked may be signed inside. */
function isPlainlyUnsigned({ summary, layers }: Inspection["verdict"]): boolean {
  const unsigned = summary.state === "1" || summary.state === "8" || summary.state === "9";
  return unsigned && layers.every((layer) => layer.kind === "signed" || layer.status === "opened");
}

function viewOf(record: SignerRecord): MemoryView {
  const { address, signers, confirmed, signed, unsigned, expectation } = record;
  return { address, signers, confirmed, signed, messages: signed + unsigned, expectation };
}

/**
 * Hosts may tell Alice@ from alice@ (RFC 5321 §2.4), and hardly any does. If the memory did, an unsigned forgery
 * would need a capital letter to be nobody's whose signature is expected.
 */
function keyOf(address: string): string {
  return address.toLowerCase();
}

function messageHash(address: string, message: string): Promise<string> {
  return sha256(new TextEncoder().encode(`${address}\n${message}`));
}

async function sha256(octets: Bytes): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
  return toHex(digest);
}

export type { VerdictRecord };
