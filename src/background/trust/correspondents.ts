/**
 * Whom the person knows, to be asked whether a sender's address looks like one of them: her own addresses,
 * people whose certificates are kept, contacts. Gathered with the first question and again after a change;
 * nothing of it is stored here. Whoever merely wrote is not known: a forger's first letter would make him so.
 */
import type { EmailAddress, KnownAddress, LookAlike, LookAlikeIndex } from "../../engine/index.js";
import { emailAddresses, indexKnownAddresses, normalizeAddress } from "../../engine/index.js";
import type { IdentityStore } from "../vault/identity-store.js";
import type { CertificateStore } from "./certificate-store.js";

/** Addresses of people, from wherever the host keeps them; they are the person's own word. */
export type ContactSource = () => Promise<readonly string[]>;

/** How long a badge waits for the index, in milliseconds: a few thousand addresses are gathered in that time. */
const patience = 300;
/** Addresses between two pauses, in which the background does what else there is to do. */
const atOnce = 200;

export class Correspondents {
  readonly #stores: { readonly identities: IdentityStore; readonly certificates: CertificateStore };
  readonly #onLate: () => void;
  #contacts: ContactSource = () => Promise.resolve([]);
  /** as it was before the last change, until a new one is there */
  #index: LookAlikeIndex | null = null;
  #gathering: Promise<LookAlikeIndex> | null = null;
  #announcing = false;

  /** @param onLate an index is there now, without which somebody was answered */
  constructor(
    stores: { readonly identities: IdentityStore; readonly certificates: CertificateStore },
    onLate: () => void = () => undefined,
  ) {
    this.#stores = stores;
    this.#onLate = onLate;
  }

  /** @param contacts asked for once, and again after `forget` */
  useContacts(contacts: ContactSource): void {
    this.#contacts = contacts;
    this.forget();
  }

  /** Identities, certificates or contacts are others now. */
  forget(): void {
    if (!this.#announcing) this.#gathering = null;
  }

  /** Begin before the first question. */
  warm(): void {
    this.#inTime().catch(() => this.forget());
  }

  /** @param authors every address of From; @returns the first that looks like somebody else's */
  async lookAlike(authors: readonly EmailAddress[]): Promise<LookAlike | null> {
    if (authors.length === 0) return null;
    try {
      const index = await this.#inTime();
      return (
        authors.map((address) => index?.resembled(address) ?? null).find((found) => found !== null) ?? null
      );
    } catch (error) {
      // A warning less, and never a verdict less.
      this.forget();
      console.warn("Signet could not compare the sender's address", error instanceof Error ? error.name : "");
      return null;
    }
  }

  /** The index; the one before where gathering takes too long, or none: then it is told when it is there. */
  async #inTime(): Promise<LookAlikeIndex | null> {
    const gathering = (this.#gathering ??= this.#gather());
    const ready = gathering.then((index) => (this.#index = index));
    const late = Symbol("late");
    const first = await Promise.race([ready, pause(patience).then(() => late)]);
    if (typeof first !== "symbol") return first;
    ready.then(
      () => this.#announce(gathering),
      () => this.forget(),
    );
    return this.#index;
  }

  /** What was judged meanwhile is judged again; that the stores are told to have changed is no change of theirs. */
  #announce(gathering: Promise<LookAlikeIndex>): void {
    if (this.#gathering !== gathering) return;
    this.#announcing = true;
    try {
      this.#onLate();
    } finally {
      this.#announcing = false;
    }
  }

  async #gather(): Promise<LookAlikeIndex> {
    const [identities, certificates, contacts] = await Promise.all([
      this.#stores.identities.all(),
      this.#stores.certificates.owners(),
      this.#contacts(),
    ]);
    const own = identities.flatMap(({ certificate }) => emailAddresses(certificate));
    const said = [...own, ...contacts].map((address) => known(address, -Infinity));
    const people = certificates.flatMap(({ addresses, since }) =>
      addresses.map((address) => known(address, since === null ? -Infinity : new Date(since).getTime())),
    );
    const list = [...said, ...people].filter((one) => one !== null);
    const index = await indexKnownAddresses([]);
    for (let at = 0; at < list.length; at += atOnce) {
      index.add(list.slice(at, at + atOnce));
      await pause(0);
    }
    return index;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function known(text: string, since: number): KnownAddress | null {
  const address = normalizeAddress(text);
  return address === null ? null : { address, since };
}
