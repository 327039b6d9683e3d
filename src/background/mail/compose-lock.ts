/**
 * The lock of each compose window: what it is set to, and why. It lives in the session store, because the
 * event page forgets; the mark that a window is locked lives on the window itself (src/experiments/outgoing-mime).
 */
import type { Bytes } from "../../engine/index.js";
import type { ComposeMode } from "../../protocol/messages.js";
import type { Services } from "../services.js";
import { isComposeMode } from "../settings.js";
import type { ComposeClient, Draft } from "./compose-client.js";
import { type DraftLock, DraftLocks } from "./compose-draft-locks.js";
import { mailboxesOf } from "./compose-recipients.js";

export interface Lock {
  readonly mode: ComposeMode;
  /** a person set the mode: another sender does not change it */
  readonly chosen: boolean;
  /** of the certificate that a person chose; null: the best for the sender's address */
  readonly fingerprint: string | null;
  /** the text quotes mail that came encrypted */
  readonly quotesDecrypted: boolean;
  readonly nativeSwitchedOff: boolean;
}

export function encryptsAlways(mode: ComposeMode): boolean {
  return mode === "encrypt" || mode === "sign-and-encrypt";
}

type LockServices = Pick<
  Services,
  "identities" | "rememberedMode" | "settings" | "identitiesFor" | "inspect"
>;

export class Locks {
  readonly #services: LockServices;
  readonly #client: ComposeClient;
  readonly #drafts: DraftLocks;
  /** one at a time for each window: two events at once must not both begin it */
  readonly #queues = new Map<number, Promise<unknown>>();

  constructor(services: LockServices, client: ComposeClient) {
    this.#services = services;
    this.#client = client;
    this.#drafts = new DraftLocks(client.local);
  }

  /** The window's lock; a new window gets its sender's default. */
  get(tabId: number): Promise<Lock> {
    return this.#inTurn(tabId, () => this.#load(tabId));
  }

  change(tabId: number, change: Partial<Lock>): Promise<Lock> {
    return this.#inTurn(tabId, async () => this.#store(tabId, { ...(await this.#load(tabId)), ...change }));
  }

  /** Another sender has another default, unless a person or an encrypted original decided already. */
  changeSender(tabId: number): Promise<Lock> {
    return this.#inTurn(tabId, async () => {
      const lock = await this.#load(tabId);
      if (lock.chosen || lock.quotesDecrypted) return this.#store(tabId, { ...lock, fingerprint: null });
      const mode = await this.#defaultMode(await this.#client.draft(tabId));
      return this.#store(tabId, { ...lock, fingerprint: null, mode });
    });
  }

  /** A draft leaves for its folder, encrypted: reopened, it shall be locked as it was. */
  keepWith(message: Bytes, { mode, quotesDecrypted }: Lock): Promise<void> {
    return this.#drafts.keep(new Blob([message]), { mode, quotesDecrypted });
  }

  forget(tabId: number): Promise<void> {
    this.#queues.delete(tabId);
    return this.#client.session.remove(keyOf(tabId));
  }

  #inTurn<T>(tabId: number, act: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(tabId) ?? Promise.resolve();
    const turn = before.then(act, act);
    this.#queues.set(
      tabId,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #load(tabId: number): Promise<Lock> {
    const stored = (await this.#client.session.get(keyOf(tabId)))[keyOf(tabId)];
    return isLock(stored) ? stored : this.#store(tabId, await this.#begin(tabId));
  }

  async #begin(tabId: number): Promise<Lock> {
    const draft = await this.#client.draft(tabId);
    const original = await this.#original(tabId, draft);
    const quotesDecrypted = original !== null && (original.lock?.quotesDecrypted ?? original.encrypted);
    const wanted = original?.lock?.mode ?? (await this.#defaultMode(draft));
    // The window says locked, and we know nothing of it: Signet was updated meanwhile.
    const orphaned = (await this.#client.outgoing?.isLocked(tabId)) === true;
    const mustShut = (quotesDecrypted && !encryptsAlways(wanted)) || (orphaned && wanted === "off");
    const mode = mustShut ? "sign-and-encrypt" : wanted;
    return {
      mode,
      chosen: Boolean(original?.lock),
      fingerprint: null,
      quotesDecrypted,
      nativeSwitchedOff: false,
    };
  }

  /** A default that nobody chose for this sender must not stop someone who has no certificate. */
  async #defaultMode({ identityId, from }: Draft): Promise<ComposeMode> {
    const remembered = await this.#services.rememberedMode(identityId);
    if (remembered !== null) return remembered;
    const { defaultMode } = await this.#services.settings();
    const address = mailboxesOf(from)[0]?.address ?? "";
    return (await this.#services.identitiesFor(address)).length > 0 ? defaultMode : "off";
  }

  async #original(tabId: number, { originalId }: Draft): Promise<Original | null> {
    if (originalId !== null) return this.#readOriginal(originalId);
    if ((await this.#client.outgoing?.hasOriginal(tabId)) !== true) return null;
    // A message from a file: Thunderbird does not hand it out. Who can decrypt may have decrypted it.
    return { encrypted: (await this.#services.identities()).length > 0, lock: null };
  }

  async #readOriginal(messageId: number): Promise<Original> {
    const file = await this.#client.original(messageId);
    const start = await file.slice(0, examined).text();
    if (!/application\/(x-)?pkcs7-mime/i.test(start)) return { encrypted: false, lock: null };
    const lock = await this.#drafts.find(file);
    if (lock) return { encrypted: true, lock };
    // Opaque signatures look the same from outside; what is inside decides.
    if (!/smime-type\s*=\s*"?signed-data/i.test(start)) return { encrypted: true, lock: null };
    const { verdict } = await this.#services.inspect(new Uint8Array(await file.arrayBuffer()), "file");
    return { encrypted: verdict.layers.some(({ kind }) => kind === "encrypted"), lock: null };
  }

  async #store(tabId: number, lock: Lock): Promise<Lock> {
    await this.#client.session.set({ [keyOf(tabId)]: lock });
    return lock;
  }
}

interface Original {
  readonly encrypted: boolean;
  /** of a draft of ours that was saved with the lock shut */
  readonly lock: DraftLock | null;
}

/** octets at the beginning of the original that are searched for encrypted parts */
const examined = 64 * 1024;

function keyOf(tabId: number): string {
  return `compose-lock:${tabId}`;
}

function isLock(value: unknown): value is Lock {
  return typeof value === "object" && value !== null && "mode" in value && isComposeMode(value.mode);
}
