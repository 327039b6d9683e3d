/**
 * The unlocked data key between two lives of the event page: in `storage.session`, which is memory of
 * the browser's own process, given to extension pages only, and gone when the browser closes.
 * Never in `storage.local`, never in a log.
 */
import { fromBase64, isRecord, toBase64 } from "../../protocol/wire.js";
import type { DataKey } from "./data-key.js";

/** The part of `browser.storage.session` that is used. */
export interface SessionArea {
  get(key: string): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(key: string): Promise<void>;
}

const name = "vault";

/** What keys are needed for. `any`: whatever comes first. */
export type Use = "writing" | "any";

export interface RunningUnlock {
  readonly keyId: string;
  /** milliseconds since the epoch; null: until the browser closes */
  readonly until: number | null;
  /** what ends it before its time: the first message that needs a key; null: nothing */
  readonly spentBy: Use | null;
  /** decoded only when asked for, so that looking at the time leaves no copy behind */
  dataKey(): DataKey;
}

export class VaultSession {
  readonly #area: SessionArea;

  constructor(area: SessionArea) {
    this.#area = area;
  }

  async write(dataKey: DataKey, limits: Pick<RunningUnlock, "until" | "spentBy">): Promise<void> {
    const { until, spentBy } = limits;
    await this.#area.set({ [name]: { keyId: dataKey.keyId, raw: toBase64(dataKey.raw), until, spentBy } });
  }

  /** @returns `null` where nothing is unlocked; whether its time is over, the caller judges. */
  async read(): Promise<RunningUnlock | null> {
    const stored = (await this.#area.get(name))[name];
    if (!isRecord(stored)) return null;
    const { keyId, raw, until, spentBy } = stored;
    if (typeof keyId !== "string" || typeof raw !== "string") return null;
    if (until !== null && typeof until !== "number") return null;
    if (spentBy !== null && spentBy !== "writing" && spentBy !== "any") return null;
    return { keyId, until, spentBy, dataKey: () => ({ keyId, raw: fromBase64(raw) }) };
  }

  async clear(): Promise<void> {
    await this.#area.remove(name);
  }
}
