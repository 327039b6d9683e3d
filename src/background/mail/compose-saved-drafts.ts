/**
 * The store build cannot encrypt drafts: what Thunderbird saves of a window lies readable on the server. Here
 * stands which messages those are, so that they go once the letter is protected; Thunderbird deletes them
 * only of what it sends by itself.
 */
import type { ComposeClient, Draft } from "./compose-client.js";
import type { OutboxClient } from "./compose-outbox-client.js";
import { Turns } from "./compose-turns.js";
import { nameOfError } from "../name-of-error.js";

export class SavedDrafts {
  readonly #client: Pick<ComposeClient, "session" | "onClosed">;
  /** one save may bring several copies, each told by itself in the same moment */
  readonly #turns = new Turns();

  constructor(client: Pick<ComposeClient, "session" | "onClosed">) {
    this.#client = client;
  }

  listen(outbox: Pick<OutboxClient, "onDraftSaved">): void {
    outbox.onDraftSaved((tabId, messageId) => {
      this.#add(tabId, messageId).catch((error: unknown) =>
        console.error("Signet could not note a saved draft", nameOfError(error)),
      );
    });
    this.#client.onClosed((tabId) => {
      void this.#turns.take(tabId, () => this.#client.session.remove(keyOf(tabId)));
      this.#turns.forget(tabId);
    });
  }

  /**
   * All that were told until now. Thunderbird replaces a draft that is saved again, but not where the sender's
   * Drafts folder is another by then.
   */
  async of(
    tabId: number,
    { type, originalId }: Pick<Draft, "type" | "originalId">,
  ): Promise<readonly number[]> {
    const saved = await this.#turns.take(tabId, () => this.#saved(tabId));
    return type === "draft" && originalId !== null ? [...new Set([...saved, originalId])] : saved;
  }

  #add(tabId: number, messageId: number): Promise<void> {
    return this.#turns.take(tabId, async () => {
      const saved = await this.#saved(tabId);
      await this.#client.session.set({ [keyOf(tabId)]: [...saved, messageId] });
    });
  }

  async #saved(tabId: number): Promise<readonly number[]> {
    const saved = (await this.#client.session.get(keyOf(tabId)))[keyOf(tabId)];
    return Array.isArray(saved) ? saved.filter((id) => typeof id === "number") : [];
  }
}

function keyOf(tabId: number): string {
  return `compose-saved:${tabId}`;
}
