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

export class Correspondents {
  readonly #stores: { readonly identities: IdentityStore; readonly certificates: CertificateStore };
  #contacts: ContactSource = () => Promise.resolve([]);
  #index: Promise<LookAlikeIndex> | null = null;

  constructor(stores: { readonly identities: IdentityStore; readonly certificates: CertificateStore }) {
    this.#stores = stores;
  }

  /** @param contacts asked for once, and again after `forget` */
  useContacts(contacts: ContactSource): void {
    this.#contacts = contacts;
    this.forget();
  }

  /** Identities, certificates or contacts are others now. */
  forget(): void {
    this.#index = null;
  }

  /** @param authors every address of From; @returns the first that looks like somebody else's */
  async lookAlike(authors: readonly EmailAddress[]): Promise<LookAlike | null> {
    if (authors.length === 0) return null;
    this.#index ??= this.#gather();
    try {
      const index = await this.#index;
      return authors.map((address) => index.resembled(address)).find((found) => found !== null) ?? null;
    } catch (error) {
      // A warning less, and never a verdict less.
      this.forget();
      console.warn("Signet could not compare the sender's address", error instanceof Error ? error.name : "");
      return null;
    }
  }

  async #gather(): Promise<LookAlikeIndex> {
    const [identities, certificates, contacts] = await Promise.all([
      this.#stores.identities.all(),
      this.#stores.certificates.list(),
      this.#contacts(),
    ]);
    const own = identities.flatMap(({ certificate }) => emailAddresses(certificate));
    const said = [...own, ...contacts].map((address) => known(address, -Infinity));
    const people = certificates.flatMap(({ certificate, source, since }) =>
      certificate.addresses.map((address) =>
        known(address, source === "imported" ? -Infinity : new Date(since).getTime()),
      ),
    );
    return indexKnownAddresses([...said, ...people].filter((one) => one !== null));
  }
}

function known(text: string, since: number): KnownAddress | null {
  const address = normalizeAddress(text);
  return address === null ? null : { address, since };
}
