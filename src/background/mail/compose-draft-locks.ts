/**
 * How the lock stood when a draft was saved encrypted. Kept here and not in the draft's header: the header
 * is not encrypted, and a server that writes "sign only" into it would get the text in clear. Found again
 * by the ciphertext itself, which nobody can make to order; what is not found opens with the lock shut.
 */
import type { ComposeMode } from "../../protocol/messages.js";
import { isComposeMode } from "../settings.js";
import type { Area } from "./compose-client.js";

export interface DraftLock {
  readonly mode: ComposeMode;
  readonly quotesDecrypted: boolean;
}

const storeKey = "draftLocks";
/** drafts; the oldest goes first */
const most = 100;
/** Characters of base64 that are compared: the encrypted keys are among them, new with every draft. */
const compared = 1500;

export class DraftLocks {
  readonly #area: Area;

  constructor(area: Area) {
    this.#area = area;
  }

  async keep(message: Blob, lock: DraftLock): Promise<void> {
    const others = await this.#all();
    const entry = [await digestOf(message), lock] as const;
    await this.#area.set({ [storeKey]: [...others, entry].slice(-most) });
  }

  async find(message: Blob): Promise<DraftLock | null> {
    const digest = await digestOf(message);
    return (await this.#all()).find(([known]) => known === digest)?.[1] ?? null;
  }

  async #all(): Promise<readonly (readonly [string, DraftLock])[]> {
    const stored = (await this.#area.get(storeKey))[storeKey];
    return Array.isArray(stored) ? stored.filter(isEntry) : [];
  }
}

async function digestOf(message: Blob): Promise<string> {
  const start = await message.slice(0, 64 * 1024).text();
  const body = start.slice(start.search(/\r?\n\r?\n/)).replace(/\s+/g, "");
  const octets = new TextEncoder().encode(body.slice(0, compared));
  const digest = await crypto.subtle.digest("SHA-256", octets);
  return [...new Uint8Array(digest)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

function isEntry(value: unknown): value is readonly [string, DraftLock] {
  if (!Array.isArray(value)) return false;
  const [digest, lock] = value as unknown[];
  return (
    typeof digest === "string" &&
    typeof lock === "object" &&
    lock !== null &&
    "mode" in lock &&
    isComposeMode(lock.mode)
  );
}
