/**
 * That a message is being protected, on the lock's button: nobody should wonder why a window with 25 MB does
 * not close. Thunderbird's own progress window tells the rest.
 */
import { text } from "../../ui/text.js";
import type { ComposeClient, LockButton } from "./compose-client.js";
import { nameOfError } from "../name-of-error.js";

/** milliseconds: what takes no longer needs no words */
const patience = 500;

export class ProtectingProgress {
  readonly #client: Pick<ComposeClient, "drawButton">;
  /** what each window's button said last */
  readonly #drawn = new Map<number, LockButton>();

  constructor(client: Pick<ComposeClient, "drawButton">) {
    this.#client = client;
  }

  async draw(tabId: number, button: LockButton): Promise<void> {
    this.#drawn.set(tabId, button);
    await this.#client.drawButton(tabId, button);
  }

  forget(tabId: number): void {
    this.#drawn.delete(tabId);
  }

  async during<Answer>(tabId: number, work: Promise<Answer>): Promise<Answer> {
    const label = text("lock_protecting");
    const working = { label, title: text("lock_title", label), icon: "lock-closed" } as const;
    let said = false;
    const timer = setTimeout(() => {
      // Where nobody knows what stood there before, nothing could be put back.
      said = this.#drawn.has(tabId);
      if (said) this.#show(tabId, working);
    }, patience);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      const before = this.#drawn.get(tabId);
      if (said && before !== undefined) this.#show(tabId, before);
    }
  }

  /** The window may be gone. */
  #show(tabId: number, button: LockButton): void {
    this.#client
      .drawButton(tabId, button)
      .catch((error: unknown) => console.warn("Signet could not draw the lock", nameOfError(error)));
  }
}
