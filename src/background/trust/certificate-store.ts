/**
 * Other people's certificates: kept from mail with a good verdict, or imported; found by address.
 * Intermediates are kept beside them, because without them no path can be built when answering.
 * That a certificate is here proves nothing: whoever uses one validates its path first.
 */
import type { Bytes, Certificate, CertificateSummary } from "../../engine/index.js";
import { describeCertificate, sameOctets } from "../../engine/index.js";
import type { CertificateOrigin, StoredCertificateView } from "../../protocol/messages.js";
import type { Database } from "../database.js";
import { durable, removeDurably } from "../database.js";
import type { ParsedCertificates } from "./parsed-certificates.js";
import type { CertificateRecord, SeenCapabilities } from "./records.js";

export interface StoreHost {
  readonly database: () => Promise<Database>;
  readonly parsed: ParsedCertificates;
  readonly now: () => Date;
  /** @param why `learnt`: from a message, by itself */
  readonly onChanged: (why?: "learnt") => void;
}

/** One certificate to keep, and what is known of it. */
export interface Keeping {
  readonly certificate: Certificate;
  readonly role: CertificateRecord["role"];
  /** null: nothing new is known */
  readonly capabilities: SeenCapabilities | null;
  /** ISO 8601: its owner prefers it, and said so then; absent: never, or at no known time */
  readonly preferredAt?: string | undefined;
  /** it lay in a message */
  readonly attached?: true;
}

/** Whose certificate is here. */
export interface KnownOwner {
  readonly addresses: readonly string[];
  /** ISO 8601; null: a person said so by their own act */
  readonly since: string | null;
}

export interface KnownCertificate {
  readonly certificate: Certificate;
  /** DER of SMIMECapabilities as last seen */
  readonly capabilities: Bytes | null;
  readonly origin: CertificateOrigin;
}

export class CertificateStore {
  readonly #host: StoreHost;

  constructor(host: StoreHost) {
    this.#host = host;
  }

  /** @returns those that were new. One already there keeps its date; later capabilities replace earlier ones. */
  async keep(
    list: readonly Keeping[],
    source: CertificateRecord["source"],
  ): Promise<readonly CertificateSummary[]> {
    const { added, changed } = await this.put(list, source);
    if (changed) this.#host.onChanged(source === "seen-on-mail" ? "learnt" : undefined);
    return added;
  }

  /** The same for who has more to write: nobody is told, and the caller tells when all of it is there. */
  async put(
    list: readonly Keeping[],
    source: CertificateRecord["source"],
  ): Promise<{ readonly added: readonly CertificateSummary[]; readonly changed: boolean }> {
    if (list.length === 0) return { added: [], changed: false };
    const transaction = (await this.#host.database()).transaction("certificates", "readwrite", durable);
    const { added, changed } = await putCertificates(transaction.store, this.records(list, source));
    await transaction.done;
    return { added, changed: changed > 0 };
  }

  /** The same for who writes them together with something else. */
  records(list: readonly Keeping[], source: CertificateRecord["source"]): readonly CertificateRecord[] {
    const since = this.#host.now().toISOString();
    return list.map((keeping) => recordOf(keeping, source, since));
  }

  /** @param address normalised */
  async byAddress(address: string): Promise<readonly KnownCertificate[]> {
    const records = await (await this.#host.database()).getAllFromIndex("certificates", "address", address);
    const found = await Promise.all(
      records.map(async (record) => {
        const certificate = await this.#host.parsed.parse(record);
        const { source, since, capabilities, preferredAt = null } = record;
        const origin = { source, since, preferredAt };
        return certificate === null ? [] : [{ certificate, capabilities: capabilities?.der ?? null, origin }];
      }),
    );
    return found.flat();
  }

  /** Intermediates, as candidates for building paths. */
  async authorities(): Promise<readonly Certificate[]> {
    const records = await (await this.#host.database()).getAllFromIndex("certificates", "role", "authority");
    return this.#host.parsed.parseAll(records);
  }

  /** What a person would call a certificate: people's, and whatever was imported by hand. */
  async list(): Promise<readonly StoredCertificateView[]> {
    const records = await (await this.#host.database()).getAll("certificates");
    return records
      .filter((record) => record.role === "person" || record.source === "imported")
      .map(({ summary, source, since }) => ({ certificate: summary, source, since }));
  }

  /** People, and since when each is known: what a message brought along is its sender's word. */
  async owners(): Promise<readonly KnownOwner[]> {
    const records = await (await this.#host.database()).getAll("certificates");
    return records
      .filter((record) => record.role === "person" || record.source === "imported")
      .map(({ summary, source, attached, since }) => ({
        addresses: summary.addresses,
        since: source === "imported" && attached === undefined ? null : since,
      }));
  }

  /** Removing what is not there is no error: it is gone, as asked. */
  async remove(fingerprint: string): Promise<void> {
    await removeDurably(await this.#host.database(), "certificates", fingerprint);
    this.#host.onChanged();
  }
}

/** The store of a running transaction. */
export interface CertificatesOnDisk {
  get(fingerprint: string): Promise<CertificateRecord | undefined>;
  put(record: CertificateRecord): Promise<unknown>;
}

export async function putCertificates(
  store: CertificatesOnDisk,
  records: readonly CertificateRecord[],
): Promise<{ readonly added: readonly CertificateSummary[]; readonly changed: number }> {
  const added: CertificateSummary[] = [];
  let changed = 0;
  for (const record of records) {
    const before = await store.get(record.fingerprint);
    const after = before === undefined ? record : merge(before, record);
    if (after === before) continue;
    if (before === undefined) added.push(record.summary);
    await store.put(after);
    if (before === undefined || !isSaidAgain(before, after)) changed++;
  }
  return { added, changed };
}

function recordOf(
  { certificate, role, capabilities, preferredAt, attached }: Keeping,
  source: CertificateRecord["source"],
  since: string,
) {
  const summary = describeCertificate(certificate);
  return {
    fingerprint: certificate.fingerprint,
    // A copy: IndexedDB stores the whole buffer under a view, which here may be the decrypted message.
    der: certificate.der.slice(),
    summary,
    addresses: role === "person" ? summary.addresses : [],
    role,
    source,
    capabilities: capabilities && { der: capabilities.der.slice(), time: capabilities.time },
    ...(preferredAt === undefined ? {} : { preferredAt }),
    ...(attached === undefined ? {} : { attached }),
    since,
  } satisfies CertificateRecord;
}

/** A person's own act says most, then their correspondent's; of those that were looked for, the first stays. */
const weight = { imported: 2, "seen-on-mail": 1, contacts: 0, dns: 0, directory: 0 } as const;

/** @returns `before` itself where nothing is new */
function merge(before: CertificateRecord, now: CertificateRecord): CertificateRecord {
  const source = weight[now.source] > weight[before.source] ? now.source : before.source;
  const capabilities = later(before.capabilities, now.capabilities);
  const isNewerWish = (now.preferredAt ?? "") > (before.preferredAt ?? "");
  const { attached: wasAttached, ...rest } = before;
  const attached = attachedAfter(before, now);
  const isSame = source === before.source && capabilities === before.capabilities && attached === wasAttached;
  if (isSame && !isNewerWish) return before;
  const wish = isNewerWish ? { preferredAt: now.preferredAt! } : {};
  return { ...rest, source, capabilities, ...wish, ...(attached && { attached }) };
}

/** A file that a person chose settles it; until then a click on what a message brought says no more than the message. */
function attachedAfter(before: CertificateRecord, now: CertificateRecord): true | undefined {
  if (before.source === "imported" && before.attached === undefined) return undefined;
  return now.source === "imported" ? now.attached : before.attached;
}

/**
 * Reading old mail again must not bring back what an older program could read: only what was said later counts,
 * and what is of no known time only where there is nothing else (RFC 8551 §2.7.1). The same words said again are
 * kept for their time: what was said between the two is over.
 * @returns `a` where nothing is new
 */
function later(a: SeenCapabilities | null, b: SeenCapabilities | null): SeenCapabilities | null {
  if (a === null || b === null) return a ?? b;
  return (b.time ?? "") > (a.time ?? "") ? b : a;
}

/** Nothing but the time of the same capabilities: to be kept, and no news to anybody. */
function isSaidAgain(before: CertificateRecord, after: CertificateRecord): boolean {
  const [a, b] = [before.capabilities, after.capabilities];
  const isSame = a !== null && b !== null && a !== b && sameOctets(a.der, b.der);
  const { source, preferredAt, attached } = before;
  return (
    isSame && source === after.source && preferredAt === after.preferredAt && attached === after.attached
  );
}
