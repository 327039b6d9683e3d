/**
 * Looking for the certificate of somebody one writes to: in the contacts, in the DNS, in a directory. The last
 * two only where the person switched them on, because they tell a server whom one writes to. Nobody waits: what
 * is found is kept, and whoever showed the answer before is told to look again.
 */
import type { Bytes, Certificate, DelegationSigner, EmailAddress } from "../../engine/index.js";
import { MalformedError, domainOf, emailAddresses, readCertificates } from "../../engine/index.js";
import type { Search, SearchPlace, Settings } from "../../protocol/messages.js";
import type { Database } from "../database.js";
import { isStorageFailure } from "../database.js";
import { type Fetch, type Limits, fetchOctets } from "../network/fetch-octets.js";
import type { CertificateStore } from "../trust/certificate-store.js";
import { directoryUrl, readDirectoryAnswer } from "./directory-look-up.js";
import { type Found, lookUpInDns } from "./dns-look-up.js";
import { readUrl } from "./look-up-url.js";
import type { LookUpRecord } from "./records.js";

export interface FinderNetwork {
  readonly fetch: Fetch;
  /** the browser's permission for this host, and not being offline */
  readonly mayAsk: (url: URL) => Promise<boolean>;
  /** the root's keys; others only in tests */
  readonly rootKeys?: readonly DelegationSigner[];
}

export interface FinderParts {
  readonly database: () => Promise<Database>;
  readonly now: () => Date;
  readonly settings: () => Promise<Settings>;
  readonly certificates: CertificateStore;
  /** an answer is there that was not before */
  readonly onChanged: () => void;
  /** absent: nobody is asked */
  readonly network?: FinderNetwork;
}

/** Octets of `KEY` values of contacts with this address. */
export type ContactKeys = (address: EmailAddress) => Promise<readonly Bytes[]>;

const second = 1_000;
const limits: Readonly<Record<SearchPlace, Limits>> = {
  dns: { octets: 65_535, whole: 5 * second, silence: 5 * second },
  directory: { octets: 1024 * 1024, whole: 10 * second, silence: 5 * second },
};
/** Milliseconds, for all questions of one look-up. */
const patience = 30 * second;
const mostAtOnce = 8;

/** Seconds that an answer is kept, at least and at most: an owner may say 0, or years. */
const kept = { found: [300, 86_400], nothing: [300, 3_600], failed: [120, 120] } as const;

interface Question {
  readonly place: SearchPlace;
  readonly key: string;
  readonly url: URL;
  readonly address: EmailAddress;
}

export class Finder {
  readonly #parts: FinderParts;
  readonly #running = new Set<string>();
  /** what could not be kept, and until when it is left alone: else each look would ask again */
  readonly #resting = new Map<string, number>();
  #contacts: ContactKeys = () => Promise.resolve([]);
  /** addresses that the contacts were asked for, in this life of the background */
  readonly #askedContacts = new Set<string>();

  constructor(parts: FinderParts) {
    this.#parts = parts;
  }

  useContacts(contacts: ContactKeys): void {
    this.#contacts = contacts;
    this.forgetContacts();
  }

  /** Contacts are others now. */
  forgetContacts(): void {
    this.#askedContacts.clear();
  }

  /**
   * For somebody whose certificate is missing: what was asked, and what it said. What is due is asked now.
   *
   * @param address normalised
   */
  async search(address: EmailAddress): Promise<readonly Search[]> {
    this.#searchContacts(address);
    const questions = await this.#questions(address);
    return Promise.all(questions.map((question) => this.#stand(question)));
  }

  /** Certificates that the domain's DNS vouches for, as far as that was asked and still stands. */
  async vouched(address: EmailAddress): Promise<ReadonlySet<string>> {
    if ((await this.#parts.settings()).resolver === "") return new Set();
    const record = await this.#fresh(dnsKey(address));
    return new Set(record?.vouched);
  }

  /** Who wants nobody asked any more is not reminded of what was. */
  async settingsChanged(): Promise<void> {
    const { resolver, directory } = await this.#parts.settings();
    const database = await this.#parts.database();
    for (const key of await database.getAllKeys("lookUps")) {
      const stays = key.startsWith("dns ") ? resolver !== "" : directory !== "";
      if (!stays) await database.delete("lookUps", key);
    }
  }

  // ---------------------------------------------------------------- contacts

  #searchContacts(address: EmailAddress): void {
    if (this.#askedContacts.has(address)) return;
    this.#askedContacts.add(address);
    this.#fromContacts(address).catch((error: unknown) =>
      console.error("Signet could not look into the contacts", nameOf(error)),
    );
  }

  async #fromContacts(address: EmailAddress): Promise<void> {
    const found: Certificate[] = [];
    for (const octets of await this.#contacts(address)) found.push(...(await certificatesIn(octets)));
    await this.#parts.certificates.keep(keepings(found, address), "contacts");
  }

  // ---------------------------------------------------------------- network

  async #questions(address: EmailAddress): Promise<readonly Question[]> {
    if (this.#parts.network === undefined) return [];
    const { resolver, directory } = await this.#parts.settings();
    const questions: Question[] = [];
    const dns = resolver === "" ? null : readUrl(resolver);
    if (dns !== null) questions.push({ place: "dns", key: dnsKey(address), url: dns, address });
    const url = directory === "" ? null : await directoryUrl(directory, address);
    if (url !== null) questions.push({ place: "directory", key: `directory ${url.href}`, url, address });
    return questions;
  }

  async #stand(question: Question): Promise<Search> {
    const { place, key, url, address } = question;
    const about = { place, who: place === "dns" ? domainOf(address) : url.hostname };
    if (this.#running.has(key)) return { ...about, outcome: "asking" };
    if ((this.#resting.get(key) ?? 0) > performance.now()) return { ...about, outcome: "no-answer" };
    const record = await this.#fresh(key);
    if (record !== null) return { ...about, outcome: record.outcome };
    if (this.#parts.network === undefined || !(await this.#parts.network.mayAsk(url)))
      return { ...about, outcome: "not-allowed" };
    if (!this.#running.has(key) && this.#running.size < mostAtOnce) this.#start(question);
    return { ...about, outcome: "asking" };
  }

  async #fresh(key: string): Promise<LookUpRecord | null> {
    const record = await (await this.#parts.database()).get("lookUps", key);
    const left = (record?.until ?? 0) - this.#parts.now().getTime();
    // Longer than anything is kept: the clock was set back.
    return record !== undefined && left > 0 && left <= kept.found[1] * second ? record : null;
  }

  #start(question: Question): void {
    this.#running.add(question.key);
    this.#look(question)
      .catch((error: unknown) => {
        this.#resting.set(question.key, performance.now() + second * kept.failed[0]);
        if (!isStorageFailure(error)) console.error("Signet could not look for a certificate", nameOf(error));
      })
      .finally(() => {
        this.#running.delete(question.key);
        this.#parts.onChanged();
      });
  }

  async #look({ place, key, url, address }: Question): Promise<void> {
    const found = place === "dns" ? await this.#askDns(url, address) : await this.#askDirectory(url, address);
    // What is said of it follows: whoever is told now would still read that it is being looked for.
    await this.#parts.certificates.put(keepings(found.certificates, address), place);
    const until = this.#parts.now().getTime() + second * lifetime(found);
    const { outcome, vouched } = found;
    await (await this.#parts.database()).put("lookUps", { key, outcome, vouched, until });
  }

  #askDns(url: URL, address: EmailAddress): Promise<Found> {
    const { network, now } = this.#parts;
    const end = performance.now() + patience;
    const headers = { type: "application/dns-message", accept: "application/dns-message" };
    return lookUpInDns(address, {
      // By POST: a name in the address of a request would stand in more logs than one (RFC 8484 §4.1).
      exchange: async (body) =>
        performance.now() > end
          ? null
          : await fetchOctets(network!.fetch, { url, body, ...headers }, limits.dns),
      time: now().getTime(),
      ...(network!.rootKeys && { rootKeys: network!.rootKeys }),
    });
  }

  async #askDirectory(url: URL, address: EmailAddress): Promise<Found> {
    const octets = await fetchOctets(this.#parts.network!.fetch, { url }, limits.directory);
    return readDirectoryAnswer(octets, address);
  }
}

function keepings(found: readonly Certificate[], address: EmailAddress) {
  const own = found.filter((certificate) => emailAddresses(certificate).some((name) => name === address));
  return own.map((certificate) => ({ certificate, role: "person" as const, capabilities: null }));
}

const dnsKey = (address: EmailAddress): string => `dns ${address}`;

function lifetime({ outcome, ttl }: Found): number {
  const [least, most] =
    outcome === "found" || outcome === "unusable"
      ? kept.found
      : outcome === "not-proven" || outcome === "no-answer"
        ? kept.failed
        : kept.nothing;
  return Math.min(Math.max(ttl, least), most);
}

/** An exception's words may quote whom one writes to. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

async function certificatesIn(octets: Bytes): Promise<readonly Certificate[]> {
  try {
    return await readCertificates(octets);
  } catch (error) {
    // Most keys of contacts are OpenPGP's.
    if (error instanceof MalformedError) return [];
    throw error;
  }
}
