/**
 * Private keys stay in the background; here the worker's questions to them are answered. A reader may
 * decrypt and a writer may sign, neither may do the other's, and each only with the keys of its own job
 * and only while that runs.
 */
import type { Bytes, PrivateKey } from "../../engine/index.js";
import { DecryptionError, UnsupportedError, isWiped } from "../../engine/index.js";
import type { KeyFacts, KeyOutcome, KeyQuestion, Task } from "../../worker/jobs.js";

const reading: readonly string[] = ["decryptPkcs1", "decryptOaep", "agree", "decapsulate"];
const writing: readonly string[] = ["sign"];

const allowed: Readonly<Record<Task["kind"], readonly string[]>> = {
  inspect: reading,
  read: reading,
  protect: writing,
};

type Operation = (...parameters: readonly unknown[]) => Promise<Bytes>;

export class JobKeys {
  readonly #keys: PrivateKey[] = [];
  readonly #allowed: readonly string[];
  /** has the job used one? Then what it holds may have been decrypted. */
  used = false;
  /** may none of them be used any more? */
  #locked = false;

  constructor(kind: Task["kind"]) {
    this.#allowed = allowed[kind];
  }

  /** On a lock; who writes signs to the end what a person has sent off. */
  lock(): void {
    if (this.#allowed === reading) this.#locked = true;
  }

  /** A key of a context that was read just before a lock is wiped by the time it is asked for. */
  isLocked(handle: number): boolean {
    const key = this.#keys[handle];
    return this.#locked || (this.#allowed === reading && key !== undefined && isWiped(key));
  }

  /** What the worker may know of a key. */
  describe(key: PrivateKey): KeyFacts {
    const fields = Object.entries(key);
    const facts = fields.filter(([, value]) => typeof value !== "function");
    const operations = fields.filter(([, value]) => typeof value === "function").map(([name]) => name);
    return { handle: this.#keys.push(key) - 1, facts: Object.fromEntries(facts), operations };
  }

  async perform({ handle, operation, parameters }: KeyQuestion): Promise<KeyOutcome> {
    const key = this.#keys[handle];
    if (key === undefined || !this.#allowed.includes(operation) || !Object.hasOwn(key, operation))
      return { ended: "refused" };
    this.used = true;
    try {
      const perform = (key as unknown as Readonly<Record<string, Operation>>)[operation]!;
      return { ended: "well", value: await perform.call(key, ...parameters) };
    } catch (error) {
      return outcomeOf(error);
    }
  }
}

function outcomeOf(error: unknown): KeyOutcome {
  if (error instanceof DecryptionError) return { ended: "decryption-failed" };
  if (error instanceof UnsupportedError) return { ended: "unsupported", detail: error.detail };
  if (error instanceof DOMException) return { ended: "platform-failed", name: error.name };
  return { ended: "refused" };
}
