/**
 * A private key whose numbers are elsewhere: it has the fields and the operations of the engine's keys,
 * and each operation is a question to the background. The worker reads strangers' octets all day, so it
 * is not the place for a key.
 */
import type { Bytes, PrivateKey } from "../engine/index.js";
import { DecryptionError, UnsupportedError } from "../engine/index.js";
import type { KeyAnswer, KeyFacts, KeyOutcome, KeyQuestion } from "./jobs.js";

export class KeyAsker {
  readonly #post: (question: KeyQuestion) => void;
  readonly #waiting = new Map<number, (outcome: KeyOutcome) => void>();
  #questions = 0;

  constructor(post: (question: KeyQuestion) => void) {
    this.#post = post;
  }

  key(job: number, { handle, facts, operations }: KeyFacts): PrivateKey {
    const ask =
      (operation: string) =>
      async (...parameters: readonly unknown[]): Promise<Bytes> =>
        valueOf(await this.#ask({ job, handle, operation, parameters }));
    const methods = Object.fromEntries(operations.map((name) => [name, ask(name)]));
    return { ...facts, ...methods } as unknown as PrivateKey;
  }

  answered({ question, outcome }: KeyAnswer): void {
    this.#waiting.get(question)?.(outcome);
    this.#waiting.delete(question);
  }

  #ask(what: Omit<KeyQuestion, "say" | "question">): Promise<KeyOutcome> {
    const question = this.#questions++;
    return new Promise((resolve) => {
      this.#waiting.set(question, resolve);
      this.#post({ say: "key", question, ...what });
    });
  }
}

/** @throws what the key itself threw, as far as the engine tells errors apart */
function valueOf(outcome: KeyOutcome): Bytes {
  switch (outcome.ended) {
    case "well":
      return outcome.value;
    case "decryption-failed":
      throw new DecryptionError();
    case "unsupported":
      throw new UnsupportedError("algorithm-unsupported", outcome.detail);
    case "platform-failed":
      throw new DOMException("", outcome.name);
    case "refused":
      throw new Error("a private key's operation was refused");
  }
}
