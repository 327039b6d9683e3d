/**
 * The lock of each compose window: what it is set to, and why. It lives in the session store, because the
 * event page forgets; the mark that a window is locked lives on the window itself (src/experiments/outgoing-mime),
 * with a copy of the lock, for the session store is emptied when Signet is updated. The mark follows each
 * decision at once and nothing else: a look at the window that ends late never opens it.
 */
import type { Bytes } from "../../engine/index.js";
import type { ComposeMode } from "../../protocol/messages.js";
import type { Services } from "../services.js";
import { isComposeMode } from "../settings.js";
import type { ComposeClient, Draft } from "./compose-client.js";
import { DraftLocks } from "./compose-draft-locks.js";
import { originalOf } from "./compose-original.js";
import { mailboxesOf } from "./compose-recipients.js";
import { atLeast } from "./compose-rules.js";
import { Turns } from "./compose-turns.js";
import { nameOfError } from "../name-of-error.js";

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
  "identities" | "rememberedMode" | "settings" | "organisation" | "identitiesFor" | "inspect"
>;

export class Locks {
  readonly #services: LockServices;
  readonly #client: ComposeClient;
  readonly #drafts: DraftLocks;
  /** two events at once must not both begin a window */
  readonly #turns = new Turns();

  constructor(services: LockServices, client: ComposeClient) {
    this.#services = services;
    this.#client = client;
    this.#drafts = new DraftLocks(client.local);
  }

  /** The window's lock; a new window gets its sender's default. */
  get(tabId: number): Promise<Lock> {
    return this.#turns.take(tabId, () => this.#load(tabId));
  }

  change(tabId: number, change: Partial<Lock>): Promise<Lock> {
    return this.#turns.take(tabId, async () =>
      this.#store(tabId, { ...(await this.#load(tabId)), ...change }),
    );
  }

  /**
   * Another sender has another default, unless a person or an encrypted original decided already.
   * @param may this lock give way to that one now?
   */
  changeSender(tabId: number, may: (now: Lock, next: Lock) => Promise<boolean>): Promise<Lock> {
    return this.#turns.take(tabId, async () => {
      const lock = await this.#load(tabId);
      const isDecided = lock.chosen || lock.quotesDecrypted;
      const mode = isDecided ? lock.mode : await this.#defaultMode(await this.#client.draft(tabId));
      const next = { ...lock, fingerprint: null, mode };
      return (await may(lock, next)) ? this.#store(tabId, next) : lock;
    });
  }

  /**
   * Make the window say again what its lock says: the mark may have been impossible when that was decided.
   * @throws where a window still cannot be shut
   */
  hold(tabId: number): Promise<Lock> {
    return this.#turns.take(tabId, async () => {
      const lock = await this.#load(tabId);
      if (lock.mode !== "off") await this.#mark(tabId, lock);
      else if ((await this.#client.outgoing?.isLocked(tabId)) === true) await this.#tryMark(tabId, lock);
      return lock;
    });
  }

  /** A draft leaves for its folder, encrypted: reopened, it shall be locked as it was. */
  keepWith(message: Bytes, { mode, quotesDecrypted }: Lock): Promise<void> {
    return this.#drafts.keep(new Blob([message]), { mode, quotesDecrypted });
  }

  forget(tabId: number): Promise<void> {
    this.#turns.forget(tabId);
    return this.#client.session.remove(keyOf(tabId));
  }

  async #load(tabId: number): Promise<Lock> {
    const stored = (await this.#client.session.get(keyOf(tabId)))[keyOf(tabId)];
    if (!isLock(stored)) return this.#store(tabId, await this.#begin(tabId));
    // It may have been begun before the organisation asked for more.
    return (await this.#least(stored.mode)) === stored.mode ? stored : this.#store(tabId, stored);
  }

  async #least(mode: ComposeMode): Promise<ComposeMode> {
    const { alwaysSign } = await this.#services.organisation();
    return atLeast(mode, { alwaysSign, mustEncrypt: false });
  }

  async #begin(tabId: number): Promise<Lock> {
    const { outgoing } = this.#client;
    const draft = await this.#client.draft(tabId);
    const memo = (await outgoing?.memo(tabId)) ?? null;
    const left = lockIn(memo);
    if (left !== null) return left;
    // The window says locked and not how.
    const orphaned = memo !== undecided && (await outgoing?.isLocked(tabId)) === true;
    await this.#shutUntilDecided(tabId);
    const original = await originalOf(tabId, draft, {
      services: this.#services,
      client: this.#client,
      drafts: this.#drafts,
    });
    const quotesDecrypted = original !== null && (original.lock?.quotesDecrypted ?? original.encrypted);
    const wanted = original?.lock?.mode ?? (await this.#defaultMode(draft));
    // A draft of ours that will only be signed was so decided, and quotes nothing.
    const mustShut = (quotesDecrypted || orphaned) && !encryptsAlways(wanted);
    const mode = mustShut ? "sign-and-encrypt" : wanted;
    const chosen = Boolean(original?.lock) || orphaned;
    return { mode, chosen, fingerprint: null, quotesDecrypted, nativeSwitchedOff: false };
  }

  /** While the original is read, what is saved or sent waits for the answer, or is refused. */
  async #shutUntilDecided(tabId: number): Promise<void> {
    await this.#client.outgoing
      ?.setLocked(tabId, true, undecided)
      .catch((error: unknown) => console.error("Signet could not shut a window", nameOfError(error)));
  }

  /** A default that nobody chose for this sender must not stop someone who has no certificate. */
  async #defaultMode({ identityId, from }: Draft): Promise<ComposeMode> {
    const remembered = await this.#services.rememberedMode(identityId);
    if (remembered !== null) return remembered;
    const { defaultMode } = await this.#services.settings();
    const address = mailboxesOf(from)[0]?.address ?? "";
    return (await this.#services.identitiesFor(address)).length > 0 ? defaultMode : "off";
  }

  async #store(tabId: number, wanted: Lock): Promise<Lock> {
    const lock = { ...wanted, mode: await this.#least(wanted.mode) };
    await this.#client.session.set({ [keyOf(tabId)]: lock });
    await this.#tryMark(tabId, lock);
    return lock;
  }

  /** A mark that cannot be set is tried again before anything is sent; one that stays refuses. */
  async #tryMark(tabId: number, lock: Lock): Promise<void> {
    await this.#mark(tabId, lock).catch((error: unknown) =>
      console.error("Signet could not mark a window", nameOfError(error)),
    );
  }

  async #mark(tabId: number, lock: Lock): Promise<void> {
    await this.#client.outgoing?.setLocked(tabId, lock.mode !== "off", JSON.stringify(lock));
  }
}

/** the memo of a window whose original is still being read */
const undecided = "undecided";

function keyOf(tabId: number): string {
  return `compose-lock:${tabId}`;
}

function isLock(value: unknown): value is Lock {
  return typeof value === "object" && value !== null && "mode" in value && isComposeMode(value.mode);
}

function lockIn(memo: string | null): Lock | null {
  try {
    const lock: unknown = JSON.parse(memo ?? "null");
    return isLock(lock) ? lock : null;
  } catch {
    return null;
  }
}
