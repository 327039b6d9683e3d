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
/** octets: a header is found within these; and how much of the body is in a string at a time */
const longestHeader = 64 * 1024;
const piece = 1024 * 1024;

export class DraftLocks {
  readonly #area: Area;

  constructor(area: Area) {
    this.#area = area;
  }

  async keep(message: Blob, lock: DraftLock): Promise<void> {
    const digest = await digestOf(message);
    if (digest === null) return;
    await this.#area.set({ [storeKey]: [...(await this.#all()), [digest, lock]].slice(-most) });
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

/** Of the whole body: whoever changes a letter of the ciphertext has another message. Null: it has no body. */
async function digestOf(message: Blob): Promise<string | null> {
  // One character an octet: what is not ASCII must not move the places.
  const start = latin1.decode(await message.slice(0, longestHeader).arrayBuffer());
  const headerEnd = start.search(/\r?\n\r?\n/);
  if (headerEnd < 0) return null;
  const pieces: string[] = [];
  for (let offset = headerEnd; offset < message.size; offset += piece) {
    const octets = await message.slice(offset, offset + piece).arrayBuffer();
    // Servers and mailbox files change line ends.
    pieces.push(latin1.decode(octets).replace(/\s+/g, ""));
  }
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(pieces).arrayBuffer());
  return [...new Uint8Array(digest)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

const latin1 = new TextDecoder("latin1");

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
