/**
 * The background's side of `protocol/handover.ts`: bytes in memory under a random id, for our own pages.
 * Memory only, on purpose: decrypted mail and chosen `.p12` files never reach the disk by our hand. If
 * the background dies meanwhile, the page is told `not-found` and hands the file over again.
 */
import type { Bytes } from "../engine/index.js";
import { chunkBytes, fileLimit, putPort, takePort } from "../protocol/handover.js";
import type { ErrorCode, HandoverId } from "../protocol/messages.js";
import { PortReader } from "../protocol/port-reader.js";
import type { Port } from "../protocol/runtime.js";
import { fromBase64, isRecord, toBase64 } from "../protocol/wire.js";

/** milliseconds since last use */
const keptFor = 15 * 60_000;
/** octets in all; the least recently used go first */
const keptAtMost = 768 * 1024 * 1024;

/** `received`: as a person or a server gave it; `opened`: taken out of a message, perhaps decrypted. */
export type Origin = "received" | "opened";

interface Entry {
  readonly bytes: Bytes;
  readonly origin: Origin;
  usedAt: number;
}

export class HandoverStore {
  /** in order of last use, the oldest first */
  readonly #entries = new Map<HandoverId, Entry>();

  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  put(bytes: Bytes, origin: Origin = "received"): HandoverId {
    const id = crypto.randomUUID();
    this.#entries.set(id, { bytes, origin, usedAt: this.#now() });
    this.sweep();
    return id;
  }

  /** @returns `null` where it expired, was dropped, or never was. It stays, so that a second try needs no second upload. */
  get(id: HandoverId): Bytes | null {
    this.sweep();
    const entry = this.#entries.get(id);
    if (entry === undefined) return null;
    entry.usedAt = this.#now();
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.bytes;
  }

  /** Forget, and overwrite: for files that hold a key. */
  wipe(id: HandoverId): void {
    this.#entries.get(id)?.bytes.fill(0);
    this.#entries.delete(id);
  }

  /** The vault was locked: nothing that was decrypted stays at hand. */
  dropOpened(): void {
    for (const [id, { origin }] of this.#entries) if (origin === "opened") this.#entries.delete(id);
  }

  sweep(): void {
    const oldest = this.#now() - keptFor;
    let total = 0;
    for (const entry of this.#entries.values()) total += entry.bytes.length;
    for (const [id, entry] of this.#entries) {
      if (entry.usedAt >= oldest && total <= keptAtMost) break;
      this.#entries.delete(id);
      total -= entry.bytes.length;
    }
  }
}

/** One exchange on a port that one of our own pages opened (the router has looked at who). */
export async function serveHandover(port: Port, store: HandoverStore): Promise<void> {
  const reader = new PortReader(port);
  try {
    if (port.name === putPort) await receive(port, reader, store);
    else if (port.name === takePort) await deliver(port, reader, store);
    else port.disconnect();
  } catch (error) {
    // The page went away in the middle: nobody is left to be told.
    if (!reader.closed) throw error;
  }
}

async function receive(port: Port, reader: PortReader, store: HandoverStore): Promise<void> {
  const head = await reader.next();
  const size = isRecord(head) ? head["size"] : undefined;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return fail(port, "not-allowed");
  if (size > fileLimit) return fail(port, "file-too-large");
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size;) {
    port.postMessage({ next: true });
    const chunk = decodeChunk(await reader.next());
    if (chunk === null || chunk.length > size - offset) return fail(port, "file-unreadable");
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  port.postMessage({ stored: store.put(bytes) });
}

/** @returns `null` for anything that does not move the transfer forward */
function decodeChunk(said: unknown): Bytes | null {
  if (!isRecord(said) || typeof said["chunk"] !== "string") return null;
  try {
    const chunk = fromBase64(said["chunk"]);
    return chunk.length === 0 ? null : chunk;
  } catch {
    return null;
  }
}

async function deliver(port: Port, reader: PortReader, store: HandoverStore): Promise<void> {
  const head = await reader.next();
  const id = isRecord(head) ? head["id"] : undefined;
  const bytes = typeof id === "string" ? store.get(id) : null;
  if (bytes === null) return fail(port, "not-found");
  port.postMessage({ size: bytes.length });
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    await reader.next();
    port.postMessage({ chunk: toBase64(bytes.subarray(offset, offset + chunkBytes)) });
  }
}

function fail(port: Port, code: ErrorCode): void {
  port.postMessage({ failed: code });
}
