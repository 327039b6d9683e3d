/**
 * Which of the built-in authorities count for this person. What is kept is what was switched off, so that an
 * update's new authorities count without asking, and those it takes away are gone.
 */
import type { PublicRoots } from "../../engine/index.js";
import { publicRootList } from "../../engine/index.js";
import type { PublicRootsView } from "../../protocol/messages.js";
import { durable } from "../database.js";
import { Refusal } from "../refusal.js";
import type { StoreHost } from "./certificate-store.js";

const every = "all";

export class RootStore {
  readonly #host: Pick<StoreHost, "database" | "now" | "onChanged">;
  /** Each message asks: read once in a life of the background, and after each change. */
  #off: Promise<ReadonlySet<string>> | undefined;

  constructor(host: Pick<StoreHost, "database" | "now" | "onChanged">) {
    this.#host = host;
  }

  /** For the engine; null: none of them counts. */
  async inUse(): Promise<PublicRoots | null> {
    const off = await this.#switchedOff();
    return off.has(every) ? null : { switchedOff: [...off] };
  }

  async list(): Promise<PublicRootsView> {
    const [{ origin, roots }, off] = await Promise.all([publicRootList(), this.#switchedOff()]);
    return {
      origin,
      on: !off.has(every),
      roots: roots.map((root) => ({ ...root, on: !off.has(root.fingerprint) })),
    };
  }

  /** @param which fingerprint, or "all". @throws Refusal `not-found` */
  async switch(which: string, on: boolean): Promise<void> {
    const { roots } = await publicRootList();
    if (which !== every && !roots.some(({ fingerprint }) => fingerprint === which))
      throw new Refusal("not-found");
    const transaction = (await this.#host.database()).transaction("switchedOffRoots", "readwrite", durable);
    if (on) await transaction.store.delete(which);
    else await transaction.store.put({ fingerprint: which, since: this.#host.now().toISOString() });
    await transaction.done;
    this.#off = undefined;
    this.#host.onChanged();
  }

  #switchedOff(): Promise<ReadonlySet<string>> {
    this.#off ??= this.#read().catch((error: unknown) => {
      this.#off = undefined;
      throw error;
    });
    return this.#off;
  }

  async #read(): Promise<ReadonlySet<string>> {
    return new Set(await (await this.#host.database()).getAllKeys("switchedOffRoots"));
  }
}
