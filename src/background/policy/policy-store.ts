/**
 * The organisation's policy, read once for each life of the background and again when the browser says that
 * it changed. A copy of the last one lies in `storage.local`: where the browser cannot tell the policy any
 * more, the copy stands, so that a broken file takes no rule away.
 */
import type { LocalArea } from "../settings.js";
import type { OrganisationPolicy } from "./policy.js";
import { noPolicy, readPolicy, unreadablePolicy } from "./policy.js";

/** The part of `browser.storage.managed` that is used. */
export interface ManagedArea {
  get(keys: null): Promise<unknown>;
}

const copyKey = "managedPolicy";

export class PolicyStore {
  readonly #managed: ManagedArea | undefined;
  readonly #local: LocalArea;
  #reading: Promise<OrganisationPolicy> | null = null;

  /** @param managed absent: this host knows no policies */
  constructor(managed: ManagedArea | undefined, local: LocalArea) {
    this.#managed = managed;
    this.#local = local;
  }

  get(): Promise<OrganisationPolicy> {
    const reading = (this.#reading ??= this.#read());
    // Asked again, it is tried again.
    reading.catch(() => this.#reading === reading && this.forget());
    return reading;
  }

  /** The browser says that it changed. */
  forget(): void {
    this.#reading = null;
  }

  async #read(): Promise<OrganisationPolicy> {
    if (this.#managed === undefined) return noPolicy;
    let raw: unknown;
    try {
      raw = await this.#managed.get(null);
    } catch (error) {
      if (!saysThereIsNone(error)) return this.#fromCopy(error);
      raw = {};
    }
    await this.#copy(raw);
    return readPolicy(raw);
  }

  /** A private person's browser has no copy, and nothing stops there. */
  async #fromCopy(error: unknown): Promise<OrganisationPolicy> {
    console.warn("Signet could not read the organisation's policy", error instanceof Error ? error.name : "");
    const copy = (await this.#local.get(copyKey))[copyKey];
    if (copy === undefined || copy === null) return noPolicy;
    const policy = await readPolicy(copy);
    return { ...policy, problems: [...unreadablePolicy.problems, ...policy.problems] };
  }

  async #copy(raw: unknown): Promise<void> {
    const copy = (await this.#local.get(copyKey))[copyKey] ?? null;
    const now = isEmpty(raw) ? null : raw;
    if (JSON.stringify(copy) === JSON.stringify(now)) return;
    await this.#local.set({ [copyKey]: now }).catch((error: unknown) => {
      // A full disk takes no rule away.
      console.warn("Signet could not keep a copy of the policy", error instanceof Error ? error.name : "");
    });
  }
}

function isEmpty(raw: unknown): boolean {
  return typeof raw === "object" && raw !== null && Object.keys(raw).length === 0;
}

/** Gecko's answer where no policy names us; Chrome gives an empty record. */
function saysThereIsNone(error: unknown): boolean {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return typeof message === "string" && /managed storage manifest not found/i.test(message);
}
