/**
 * What is known of the backups that were made: which keys are in one, and when the person last said "later".
 * In `storage.local`, beside the settings; nothing in it is secret.
 */
import type { BackupStatus } from "../../protocol/messages.js";
import { isRecord } from "../../protocol/wire.js";
import type { LocalArea } from "../settings.js";

/** A fortnight: long enough to be no nuisance, short enough to come before the disk breaks. */
export const reminderPause = 14 * 24 * 60 * 60_000;

const name = "backup";

interface Notes {
  /** ISO 8601; null: none was made */
  readonly since: string | null;
  /** of the certificates whose keys are in one */
  readonly fingerprints: readonly string[];
  /** ISO 8601; null: nobody said "later" */
  readonly later: string | null;
}

const none: Notes = { since: null, fingerprints: [], later: null };

export interface BackupNotesHost {
  readonly local: LocalArea;
  readonly now: () => Date;
  readonly onChanged: () => void;
}

export class BackupNotes {
  readonly #host: BackupNotesHost;

  constructor(host: BackupNotesHost) {
    this.#host = host;
  }

  /** @param fingerprints of the keys that are here now */
  async status(fingerprints: readonly string[]): Promise<BackupStatus> {
    const { since, fingerprints: kept, later } = await this.#read();
    if (fingerprints.length === 0) return { state: "nothing", since: null, remind: false };
    const missing = fingerprints.filter((fingerprint) => !kept.includes(fingerprint));
    if (missing.length === 0) return { state: "made", since, remind: false };
    const pause = later === null ? 0 : Date.parse(later) + reminderPause;
    const remind = !(this.#host.now().getTime() < pause);
    return { state: since === null ? "missing" : "outdated", since, remind, missing };
  }

  async made(fingerprints: readonly string[]): Promise<void> {
    const before = await this.#read();
    const all = [...new Set([...before.fingerprints, ...fingerprints])];
    await this.#write({ since: this.#host.now().toISOString(), fingerprints: all, later: null });
  }

  async later(): Promise<void> {
    await this.#write({ ...(await this.#read()), later: this.#host.now().toISOString() });
  }

  async #read(): Promise<Notes> {
    const stored = (await this.#host.local.get(name))[name];
    if (!isRecord(stored)) return none;
    const { since, fingerprints, later } = stored;
    return {
      since: typeof since === "string" ? since : null,
      fingerprints: Array.isArray(fingerprints) ? fingerprints.filter((one) => typeof one === "string") : [],
      later: typeof later === "string" && !Number.isNaN(Date.parse(later)) ? later : null,
    };
  }

  async #write(notes: Notes): Promise<void> {
    await this.#host.local.set({ [name]: notes });
    this.#host.onChanged();
  }
}
