/**
 * Answers Thunderbird's question what to show in the place of an encrypted part, and takes the answer back
 * when keys are locked. The plain text lies in Thunderbird's memory only, never in a file or a store.
 */
import { Refusal } from "../refusal.js";
import type { Judgements } from "./display-judgements.js";
import { partContent } from "./part-content.js";
import { failureNotice } from "./part-notice.js";

interface Host {
  readonly incoming: SignetIncoming | null;
  readonly windows: SignetMessageWindows | null;
}

/** Octets that Thunderbird's window takes in at once. */
const pieceOctets = 4 * 1024 * 1024;

export class OpenedParts {
  readonly #judgements: Judgements;
  readonly #host: Host;
  /** counts what made earlier judgements void, so that none of them is shown late */
  #turn = 0;
  #parcels = 0;

  constructor(judgements: Judgements, host: Host) {
    this.#judgements = judgements;
    this.#host = host;
    host.incoming?.onEncrypted.addListener((part) => void this.#fill(part));
  }

  /** Nothing that was opened may be shown again without asking. @returns was there anything but notices? */
  async forget(): Promise<boolean> {
    this.#turn++;
    const wasThere = (await this.#host.incoming?.withdraw()) === true;
    await this.#host.incoming?.forget();
    return wasThere;
  }

  /** The same, but for notices. @returns was there anything? */
  async takeBack(): Promise<boolean> {
    const wasThere = (await this.#host.incoming?.withdraw()) === true;
    if (wasThere) this.#turn++;
    return wasThere;
  }

  async reload(messageId: number): Promise<void> {
    await this.#host.windows?.reload(messageId);
  }

  async #fill(part: SignetEncryptedPart): Promise<void> {
    let turn: number;
    let content: SignetPartContent | null;
    do {
      turn = this.#turn;
      content = await this.#contentOf(part);
    } while (turn !== this.#turn);
    if (content === null) return;
    if (await this.#hand(part, content)) await this.reload(part.messageId);
  }

  /** Large ones in pieces; all of them at once, so that nothing that is forgotten meanwhile comes in between. */
  #hand(part: SignetEncryptedPart, content: SignetPartContent): Promise<boolean> | undefined {
    const { incoming } = this.#host;
    const { mime } = content;
    const [parcel, ahead] = [++this.#parcels, Math.max(0, Math.ceil(mime.length / pieceOctets) - 1)];
    for (let i = 0; i < ahead; i++) {
      void incoming?.add(parcel, mime.slice(i * pieceOctets, (i + 1) * pieceOctets));
    }
    // A view would cross with all that it is a view of.
    const last = ahead === 0 ? mime : mime.slice(ahead * pieceOctets);
    return incoming?.fill(part, { ...content, mime: last, parcel, ahead });
  }

  /** @returns null where nobody looks any more: whoever comes back asks again */
  async #contentOf(part: SignetEncryptedPart): Promise<SignetPartContent | null> {
    try {
      const purpose = part.onScreen ? "screen" : "other";
      return partContent(await this.#judgements.take(part.messageId, purpose), part);
    } catch (error) {
      if (error instanceof Refusal && error.code === "cancelled") return null;
      console.error(
        "Signet: an encrypted part could not be shown",
        error instanceof Error ? error.name : typeof error,
      );
      return { mime: failureNotice(), keep: false, blockRemote: true };
    }
  }
}
