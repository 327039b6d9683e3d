/**
 * The person's own certificates with their sealed private keys (RFC 5958 PKCS #8 under AES-256-GCM).
 * A key is opened only while the vault is unlocked, imported once, and its octets overwritten at once;
 * what stays in memory is the engine's key object, dropped with the lock.
 */
import type { Bytes, Certificate, Identity, PrivateKey } from "../../engine/index.js";
import {
  MalformedError,
  UnsupportedError,
  importPrivateKey,
  keyBelongsTo,
  wipePrivateKey,
} from "../../engine/index.js";
import type { Database } from "../database.js";
import { removeDurably } from "../database.js";
import { pauses } from "../pause.js";
import { Refusal } from "../refusal.js";
import type { ParsedCertificates } from "../trust/parsed-certificates.js";
import type { UnlockedVault } from "./data-key.js";
import type { SealedIdentityRecord } from "./records.js";
import { identityBinding, seal, unseal } from "./seal.js";
import type { Vault } from "./vault.js";
import { sealAndWrite, type SealedKeys, type Written } from "./write-sealed.js";

export interface NewIdentity {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  /** PKCS #8 DER; overwritten by whoever made it */
  readonly pkcs8: Bytes;
  /** whoever read the key has compared its numbers with the certificate: with some kinds that takes a second */
  readonly isProven?: true;
}

export interface OpenedIdentity extends Omit<NewIdentity, "pkcs8" | "isProven"> {
  readonly pkcs8: Bytes | null;
}

export interface IdentityStoreHost {
  readonly database: () => Promise<Database>;
  readonly vault: Vault;
  readonly parsed: ParsedCertificates;
  readonly now: () => Date;
  readonly onChanged: () => void;
}

/** Keys opened under one data key; thrown away as a whole. */
interface Held {
  readonly keyId: string;
  readonly keys: Map<string, Promise<PrivateKey | null>>;
}

export class IdentityStore {
  readonly #host: IdentityStoreHost;
  #held: Held = { keyId: "", keys: new Map() };
  /** opened under a data key that was replaced meanwhile; handed out once */
  #loose: Promise<PrivateKey | null>[] = [];

  constructor(host: IdentityStoreHost) {
    this.#host = host;
    host.vault.onChanged((event) => {
      if (event === "unlocked") return;
      this.#drop("");
      wipeAll(this.#loose);
      this.#loose = [];
    });
  }

  /**
   * Seal and store, all or none. One already there stays untouched, its key included.
   *
   * @returns fingerprints of those added
   * @throws Refusal `vault-locked`, `key-mismatch`; whatever `importPrivateKey` throws for a key that cannot be used
   */
  async add(list: readonly NewIdentity[]): Promise<readonly string[]> {
    return (await this.addWith(list, async () => ({ waiting: [], certificates: [], stolen: [] }))).added;
  }

  /**
   * The same, together with whatever else lay in the same file: all of it or none.
   *
   * @throws as `add`
   */
  async addWith(
    list: readonly NewIdentity[],
    others: (unlocked: UnlockedVault) => Promise<Omit<SealedKeys, "identities">>,
  ): Promise<Written> {
    await requireOwnKeys(list);
    const written = await sealAndWrite(this.#host, async (unlocked) => {
      const identities: SealedIdentityRecord[] = [];
      const pause = pauses();
      for (const identity of list) {
        await pause();
        // A key that cannot be used is refused now and not when it is needed.
        wipePrivateKey(await importPrivateKey(identity.pkcs8));
        identities.push(await this.#sealed(identity, unlocked));
      }
      return { identities, ...(await others(unlocked)) };
    });
    const { added, waiting, certificates, stolen } = written;
    if (added.length + waiting.length + certificates + stolen > 0) this.#host.onChanged();
    return written;
  }

  async all(): Promise<readonly Identity[]> {
    const { records, unlocked } = await this.#read();
    const identities = await Promise.all(records.map((record) => this.#identity(record, unlocked)));
    // A lock came meanwhile, and wipes what was opened: they are as they are now.
    if (unlocked !== null && this.#host.vault.isOver(unlocked)) return this.all();
    return identities.filter((identity) => identity !== null);
  }

  async fingerprints(): Promise<readonly string[]> {
    return (await this.#host.database()).getAllKeys("identities");
  }

  /**
   * Every key as it lies under the seal, for a backup.
   *
   * @returns PKCS #8 DER, overwritten by whoever asked; `null` for one that does not open
   * @throws Refusal `vault-locked` where a lock came since it was unlocked
   */
  async open(unlocked: UnlockedVault): Promise<readonly OpenedIdentity[]> {
    const records = (await (await this.#host.database()).getAll("identities")).filter(isReadable);
    const opened: OpenedIdentity[] = [];
    for (const record of records) {
      const { fingerprint } = record;
      const certificate = await this.#host.parsed.parse({ fingerprint, der: record.certificate });
      if (certificate === null) continue;
      const chain = await this.#host.parsed.parseAll(record.chain);
      const pkcs8 = await unseal(unlocked.key, record.privateKey, identityBinding(fingerprint, record.keyId));
      opened.push({ certificate, chain, pkcs8 });
    }
    if (this.#host.vault.isOver(unlocked)) {
      for (const { pkcs8 } of opened) pkcs8?.fill(0);
      throw new Refusal("vault-locked");
    }
    return opened;
  }

  /**
   * One key as it lies under the seal, for another certificate of the same key.
   *
   * @returns PKCS #8 DER, overwritten by whoever asked; `null` where there is none or it does not open
   * @throws Refusal `vault-locked`
   */
  async take(fingerprint: string): Promise<Bytes | null> {
    const { records, unlocked } = await this.#read();
    if (unlocked === null) throw new Refusal("vault-locked");
    const record = records.find((one) => one.fingerprint === fingerprint);
    if (record === undefined) return null;
    const pkcs8 = await unseal(unlocked.key, record.privateKey, identityBinding(fingerprint, record.keyId));
    if (!this.#host.vault.isOver(unlocked)) return pkcs8;
    pkcs8?.fill(0);
    return this.take(fingerprint);
  }

  async remove(fingerprint: string): Promise<void> {
    await removeDurably(await this.#host.database(), "identities", fingerprint);
    this.#host.onChanged();
  }

  async #sealed(
    { certificate, chain, pkcs8 }: NewIdentity,
    unlocked: UnlockedVault,
  ): Promise<SealedIdentityRecord> {
    const { fingerprint } = certificate;
    const { keyId } = unlocked;
    return {
      version: 1,
      fingerprint,
      // Copies: a view would take the whole opened PKCS #12 with it into the database.
      certificate: certificate.der.slice(),
      chain: chain.map((link) => ({ fingerprint: link.fingerprint, der: link.der.slice() })),
      keyId,
      privateKey: await seal(unlocked.key, pkcs8, identityBinding(fingerprint, keyId)),
      since: this.#host.now().toISOString(),
    };
  }

  /** Records and the data key that opens them: read again where a new passphrase came between. */
  async #read(): Promise<{
    readonly records: readonly SealedIdentityRecord[];
    readonly unlocked: UnlockedVault | null;
  }> {
    const database = await this.#host.database();
    const read = async () => (await database.getAll("identities")).filter(isReadable);
    const records = await read();
    const unlocked = await this.#host.vault.unlocked();
    const isOneKey = unlocked === null || records.every(({ keyId }) => keyId === unlocked.keyId);
    return { records: isOneKey ? records : await read(), unlocked };
  }

  async #identity(record: SealedIdentityRecord, unlocked: UnlockedVault | null): Promise<Identity | null> {
    const { fingerprint } = record;
    const certificate = await this.#host.parsed.parse({ fingerprint, der: record.certificate });
    if (certificate === null) return null;
    const chain = await this.#host.parsed.parseAll(record.chain);
    const privateKey = unlocked === null ? null : await this.#privateKey(record, unlocked);
    return { certificate, chain, privateKey };
  }

  #privateKey(record: SealedIdentityRecord, unlocked: UnlockedVault): Promise<PrivateKey | null> {
    const { vault } = this.#host;
    if (vault.isOver(unlocked)) return Promise.resolve(null);
    if (!vault.holds(unlocked)) return this.#once(openPrivateKey(record, unlocked));
    if (this.#held.keyId !== unlocked.keyId) this.#drop(unlocked.keyId);
    const { keys } = this.#held;
    const known = keys.get(record.fingerprint);
    if (known !== undefined) return known;
    const opening = openPrivateKey(record, unlocked);
    keys.set(record.fingerprint, opening);
    return opening;
  }

  #once(opening: Promise<PrivateKey | null>): Promise<PrivateKey | null> {
    this.#loose.push(opening);
    return opening;
  }

  #drop(nextKeyId: string): void {
    const { keys } = this.#held;
    this.#held = { keyId: nextKeyId, keys: new Map() };
    wipeAll([...keys.values()]);
  }
}

/**
 * Another's key under a certificate of ours would read nothing, and keep the true one out: one already there stays.
 *
 * @throws Refusal `key-mismatch`; MalformedError, UnsupportedError
 */
async function requireOwnKeys(list: readonly NewIdentity[]): Promise<void> {
  const pause = pauses();
  for (const { pkcs8, certificate, isProven = false } of list) {
    if (isProven) continue;
    if (!(await keyBelongsTo(pkcs8, certificate))) throw new Refusal("key-mismatch");
    await pause();
  }
}

/** Raw RSA numbers are overwritten, those still being opened as soon as they are. */
function wipeAll(openings: readonly Promise<PrivateKey | null>[]): void {
  for (const opening of openings) {
    opening.then(
      (key) => key !== null && wipePrivateKey(key),
      () => undefined,
    );
  }
}

/** What a later Signet wrote is neither read nor replaced. */
function isReadable({ version }: { readonly version: number }): boolean {
  return version === 1;
}

/** @returns `null` where the record does not open: one damaged key must not take the others with it */
async function openPrivateKey(
  record: SealedIdentityRecord,
  unlocked: UnlockedVault,
): Promise<PrivateKey | null> {
  const pkcs8 = await unseal(
    unlocked.key,
    record.privateKey,
    identityBinding(record.fingerprint, record.keyId),
  );
  if (pkcs8 === null) return null;
  try {
    return await importPrivateKey(pkcs8);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof UnsupportedError) return null;
    throw error;
  } finally {
    pkcs8.fill(0);
  }
}
