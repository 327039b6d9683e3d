/**
 * The one IndexedDB of the add-on: sealed keys, certificates, anchors. Records are written whole and in
 * one transaction, so that a crash leaves the old state or the new one. Opened on first use and again
 * whenever the event page wakes.
 */
import type { DBSchema, IDBPDatabase } from "idb";
import { openDB } from "idb";

import type { Bytes } from "../engine/index.js";
import type { AccountRecord, MailServerRecord, OrderRecord } from "./acme/records.js";
import { Refusal } from "./refusal.js";
import type { StolenKeyRecord } from "./stolen-records.js";
import type { LookUpRecord } from "./finding/records.js";
import type { EvidenceRecord, OnePieceRecord } from "./network/records.js";
import type { AnchorRecord, CertificateRecord, SwitchedOffRoot } from "./trust/records.js";
import type { SignerRecord, VerdictRecord } from "./trust/signer-records.js";
import type { PendingKeyRecord } from "./vault/records.js";
import type { ProtectionRecord, SealedIdentityRecord } from "./vault/records.js";

export interface SignetSchema extends DBSchema {
  /** one record under "current": how the data key is wrapped */
  protection: { key: "current"; value: ProtectionRecord };
  identities: { key: string; value: SealedIdentityRecord };
  certificates: {
    key: string;
    value: CertificateRecord;
    indexes: { address: string; role: CertificateRecord["role"] };
  };
  anchors: { key: string; value: AnchorRecord };
  /** what is known of fetched evidence, and its octets (`placeOf` in network/evidence-pieces.ts) */
  evidence: { key: string; value: EvidenceRecord | OnePieceRecord; indexes: { usedAt: number } };
  evidenceOctets: { key: string; value: Bytes };
  /** keys whose certificate is still asked for */
  pendingKeys: { key: string; value: PendingKeyRecord };
  /** built-in authorities that do not count here */
  switchedOffRoots: { key: string; value: SwitchedOffRoot };
  /** who signs for an address */
  signers: { key: string; value: SignerRecord };
  /** which messages were signed well, and when */
  verdicts: {
    key: [address: string, signer: string, covered: string];
    value: VerdictRecord;
    indexes: { message: string; address: string; time: string };
  };
  /** accounts at certificate authorities, and what was ordered from them */
  accounts: { key: string; value: AccountRecord };
  orders: { key: string; value: OrderRecord };
  /** whose word on DKIM counts for an address */
  mailServers: { key: [address: string, server: string]; value: MailServerRecord };
  /** keys that their owner gave up, by the digest of their public half */
  stolenKeys: { key: string; value: StolenKeyRecord };
  /** what was asked about people's certificates, and what came of it */
  lookUps: { key: string; value: LookUpRecord };
}

export type Database = IDBPDatabase<SignetSchema>;

/** Every write waits for the disk: a key that was reported as imported must survive a power cut. */
export const durable = { durability: "strict" } as const;

/** What a person took away must not come back after a crash. */
export async function removeDurably(
  database: Database,
  store: "identities" | "pendingKeys" | "anchors" | "certificates",
  key: string,
): Promise<void> {
  const transaction = database.transaction(store, "readwrite", durable);
  await transaction.store.delete(key);
  await transaction.done;
}

/**
 * All that `work` writes in this transaction, or nothing of it, whatever it throws: IndexedDB by itself would keep what
 * was written before an error that is not its own.
 */
export async function allOrNothing<Result>(
  transaction: { readonly done: Promise<void>; abort(): void },
  work: () => Promise<Result>,
): Promise<Result> {
  // Where a write fails, the transaction fails as well: the first is told, the second shall not be an unheard one.
  transaction.done.catch(() => undefined);
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    abort(transaction);
    throw error;
  }
  await transaction.done;
  return result;
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch (error) {
    // It has ended already.
    if (!(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
  }
}

const version = 2;

/** @returns the connection, made once and made again after the browser closed it. */
export function databaseOpener(name: string): () => Promise<Database> {
  let connection: Promise<Database> | undefined;
  const forget = (): void => {
    connection = undefined;
  };
  const open = (): Promise<Database> =>
    openDB<SignetSchema>(name, version, {
      upgrade: upgradeStores,
      blocking: (_current, _blocked, event) => {
        forget();
        (event.target as IDBDatabase).close();
      },
      terminated: forget,
    });
  return () => {
    connection ??= open().catch((error: unknown) => {
      forget();
      // A later Signet made it: what is in it is left as it is.
      if (error instanceof DOMException && error.name === "VersionError") throw new Refusal("storage-newer");
      throw error;
    });
    return connection;
  };
}

const storageFailures = new Set(["QuotaExceededError", "UnknownError", "InvalidStateError", "AbortError"]);

/** The disk is full, the database closed or broken: not our bug, and worth another try. */
export function isStorageFailure(error: unknown): error is DOMException {
  return error instanceof DOMException && storageFailures.has(error.name);
}

/** From each older version step by step: whoever skipped one gets both. */
function upgradeStores(database: Database, oldVersion: number): void {
  if (oldVersion < 1) createFirstStores(database);
  if (oldVersion < 2) {
    createTrustStores(database);
    createOrderStores(database);
  }
}

function createFirstStores(database: Database): void {
  database.createObjectStore("protection");
  database.createObjectStore("identities", { keyPath: "fingerprint" });
  database.createObjectStore("anchors", { keyPath: "fingerprint" });
  const certificates = database.createObjectStore("certificates", { keyPath: "fingerprint" });
  certificates.createIndex("address", "addresses", { multiEntry: true });
  certificates.createIndex("role", "role");
}

function createTrustStores(database: Database): void {
  const evidence = database.createObjectStore("evidence", { keyPath: "key" });
  evidence.createIndex("usedAt", "usedAt");
  database.createObjectStore("evidenceOctets");
  database.createObjectStore("switchedOffRoots", { keyPath: "fingerprint" });
  database.createObjectStore("signers", { keyPath: "address" });
  database.createObjectStore("pendingKeys", { keyPath: "id" });
  const verdicts = database.createObjectStore("verdicts", { keyPath: ["address", "signer", "covered"] });
  for (const name of ["message", "address", "time"] as const) verdicts.createIndex(name, name);
}

function createOrderStores(database: Database): void {
  database.createObjectStore("accounts", { keyPath: "directory" });
  database.createObjectStore("orders", { keyPath: "id" });
  database.createObjectStore("mailServers", { keyPath: ["address", "server"] });
  database.createObjectStore("stolenKeys", { keyPath: "key" });
  database.createObjectStore("lookUps", { keyPath: "key" });
}
