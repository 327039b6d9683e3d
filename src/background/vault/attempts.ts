/**
 * How long somebody who typed wrong passphrases waits for the next try. The count lies in `storage.local`,
 * so that neither reloading a page nor closing the browser starts it anew. It slows down whoever sits at
 * the open program; whoever has copied the profile is slowed down by Argon2id alone.
 */
import { isRecord } from "../../protocol/wire.js";
import { Refusal } from "../refusal.js";
import type { LocalArea } from "../settings.js";

/** People mistype: the first two cost nothing. */
const freeTries = 2;
const firstDelay = 5_000;
const longestDelay = 5 * 60_000;

interface Failures {
  readonly count: number;
  /** milliseconds since the epoch, of the last */
  readonly at: number;
}

const name = "attempts";

export interface AttemptsHost {
  readonly local: LocalArea;
  readonly now: () => Date;
  /** milliseconds that pass whatever the clock is set to, in this life of the background; `performance.now` where there is no other */
  readonly steady?: () => number;
}

export class Attempts {
  readonly #host: AttemptsHost;
  readonly #steady: () => number;
  /** when the last try of this life began, by the clock that nobody sets */
  #tried: number | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: AttemptsHost) {
    this.#host = host;
    this.#steady = host.steady ?? (() => performance.now());
  }

  /**
   * One try, after those that were begun before it.
   *
   * @param attempt resolves to `null` where the passphrase is wrong
   * @throws Refusal `passphrase-wrong`; `passphrase-wait` with the seconds that are left, and then nothing was tried
   */
  async run<Result>(attempt: () => Promise<Result | null>): Promise<Result> {
    const turn = this.#last.then(() => this.#run(attempt));
    this.#last = turn.catch(() => null);
    return turn;
  }

  async #run<Result>(attempt: () => Promise<Result | null>): Promise<Result> {
    const failures = await this.#read();
    const left = this.#left(failures);
    if (left > 0) throw new Refusal("passphrase-wait", String(Math.ceil(left / 1000)));
    // Counted before it is tried: whoever ends the background in the middle gets no free guess.
    await this.#write({ count: failures.count + 1, at: this.#now() });
    this.#tried = this.#steady();
    const result = await attempt();
    if (result === null) throw new Refusal("passphrase-wrong");
    await this.#write({ count: 0, at: 0 });
    return result;
  }

  #left({ count, at }: Failures): number {
    if (count <= freeTries) return 0;
    const delay = Math.min(firstDelay * 2 ** (count - freeTries - 1), longestDelay);
    // A clock can be set, forth and back; what has passed since a try of this life, nobody sets.
    const passed = this.#tried === null ? this.#now() - at : this.#steady() - this.#tried;
    return Math.min(delay - passed, delay);
  }

  /**
   * A try that lies ahead was made while the clock was wrong. It counts as made now: nobody waits until a wrong time
   * has come, and nobody waits less.
   */
  async #read(): Promise<Failures> {
    const stored = (await this.#host.local.get(name))[name];
    const none = { count: 0, at: 0 };
    if (!isRecord(stored)) return none;
    const { count, at } = stored;
    if (typeof count !== "number" || typeof at !== "number") return none;
    const now = this.#now();
    if (at <= now) return { count, at };
    const failures = { count, at: now };
    await this.#write(failures);
    return failures;
  }

  async #write(failures: Failures): Promise<void> {
    await this.#host.local.set({ [name]: failures });
  }

  #now(): number {
    return this.#host.now().getTime();
  }
}
