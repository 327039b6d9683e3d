/**
 * Stand-ins for the browser around the background: storage areas that throw on what was not expected,
 * a clock that is an argument, and IndexedDB by fake-indexeddb. A second `life` over the same `Disk` is
 * the event page after it was put to sleep.
 */
import "fake-indexeddb/auto";
import { readFile } from "node:fs/promises";

import { BackupNotes } from "../../src/background/backup/backup-notes.js";
import { databaseOpener } from "../../src/background/database.js";
import { RootStore } from "../../src/background/trust/root-store.js";
import { CertificateStore } from "../../src/background/trust/certificate-store.js";
import { AnchorStore } from "../../src/background/trust/anchor-store.js";
import { SignerMemory } from "../../src/background/trust/signer-memory.js";
import { StolenKeys } from "../../src/background/stolen-keys.js";
import { ParsedCertificates } from "../../src/background/trust/parsed-certificates.js";
import { IdentityStore } from "../../src/background/vault/identity-store.js";
import { PendingKeys } from "../../src/background/vault/pending-keys.js";
import { VaultSession } from "../../src/background/vault/session.js";
import { Vault } from "../../src/background/vault/vault.js";
import type { Bytes, Certificate } from "../../src/engine/index.js";
import { readCertificates } from "../../src/engine/index.js";
import type { UnlockTime } from "../../src/protocol/messages.js";
import { directEngine } from "./engines.js";
import { testKeys } from "./test-keys.js";

/** `browser.storage.*`, as JSON: whoever stores bytes or dates there finds them changed. */
export class FakeArea {
  readonly items = new Map<string, string>();
  readonly #names: readonly string[];

  /** @param names all that may be stored here */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  async get(key: string): Promise<Record<string, unknown>> {
    this.#expect(key);
    const stored = this.items.get(key);
    return stored === undefined ? {} : { [key]: JSON.parse(stored) as unknown };
  }

  async set(items: Record<string, unknown>): Promise<void> {
    for (const [key, value] of Object.entries(items)) {
      this.#expect(key);
      this.items.set(key, JSON.stringify(value));
    }
  }

  async remove(key: string): Promise<void> {
    this.#expect(key);
    this.items.delete(key);
  }

  #expect(key: string): void {
    if (!this.#names.includes(key)) throw new Error(`No fake for storage key "${key}"!`);
  }
}

let disks = 0;

/** What outlives the event page: the database and the browser's memory. */
export class Disk {
  readonly name = `signet-test-${process.pid}-${disks++}`;
  readonly session = new FakeArea(["vault"]);
  readonly local = new FakeArea(["settings", "composeModes", "attempts", "backup"]);
  /** what a person chose */
  unlockMinutes: UnlockTime = 60;
  /** the clock, moved by the test */
  time = new Date("2026-11-22T12:00:00Z");
  /** what passes beside the clock, in milliseconds; null: the clock is never wrong */
  passed: number | null = null;
}

/** One life of the background over a disk. */
export function wake(disk: Disk) {
  const database = databaseOpener(disk.name);
  const now = (): Date => disk.time;
  const parsed = new ParsedCertificates();
  const vault = new Vault({
    database,
    session: new VaultSession(disk.session),
    now,
    unlockMinutes: async () => disk.unlockMinutes,
    local: disk.local,
    steady: () => disk.passed ?? disk.time.getTime(),
  });
  let changes = 0;
  const onChanged = (): void => {
    changes++;
  };
  const host = { database, parsed, now, onChanged };
  return {
    database,
    vault,
    backups: new BackupNotes({ local: disk.local, now, onChanged }),
    engine: directEngine,
    identities: new IdentityStore({ ...host, vault }),
    pendingKeys: new PendingKeys({ ...host, vault }),
    certificates: new CertificateStore(host),
    anchors: new AnchorStore(host),
    memory: new SignerMemory(host),
    roots: new RootStore(host),
    stolen: new StolenKeys(host),
    changes: () => changes,
  };
}

export async function testFile(name: string): Promise<Bytes> {
  return new Uint8Array(await readFile(`${await testKeys()}/${name}`));
}

export async function testCertificate(name: string): Promise<Certificate> {
  const [certificate] = await readCertificates(await testFile(`${name}.pem`));
  if (certificate === undefined) throw new Error(`${name}.pem holds no certificate`);
  return certificate;
}

/** PKCS #8 DER, a fresh copy each time: whoever gets it overwrites it. */
export async function testPrivateKey(name: string): Promise<Bytes> {
  const pem = new TextDecoder().decode(await testFile(`${name}.key.pem`));
  const body = /-----BEGIN PRIVATE KEY-----([^-]*)-----END/.exec(pem)?.[1];
  if (body === undefined) throw new Error(`${name}.key.pem is no PKCS #8`);
  return new Uint8Array(Buffer.from(body, "base64"));
}

export async function testIdentity(name: string) {
  return {
    certificate: await testCertificate(name),
    chain: [await testCertificate("intermediate")],
    pkcs8: await testPrivateKey(name),
  };
}
