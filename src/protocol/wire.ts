/**
 * The shapes that travel between rooms, and bytes as base64 (Chrome serialises messages as JSON).
 * Native base64 where the host has it: Debian's Thunderbird interprets JavaScript, and a loop over
 * 25 MB there takes seconds.
 */
import type { PageEvent, Reply } from "./messages.js";

/** Question to the background. `ask` is a name of the two tables; which table counts, the sender decides. */
export interface AskEnvelope {
  readonly signet: "ask";
  readonly ask: string;
  readonly params: unknown;
}

export interface EventEnvelope {
  readonly signet: "event";
  readonly event: PageEvent;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isAskEnvelope(value: unknown): value is AskEnvelope {
  return (
    isRecord(value) && value["signet"] === "ask" && typeof value["ask"] === "string" && "params" in value
  );
}

export function isEventEnvelope(value: unknown): value is EventEnvelope {
  return isRecord(value) && value["signet"] === "event" && isRecord(value["event"]);
}

export function isReply(value: unknown): value is Reply<unknown> {
  if (!isRecord(value)) return false;
  return value["ok"] === true
    ? "answer" in value
    : value["ok"] === false && typeof value["code"] === "string";
}

/** ES2026; Gecko since 133, Chromium since 140. Node 20 lacks it. */
interface NativeBase64 {
  toBase64?(): string;
}
interface NativeBase64Constructor {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}

/** How many arguments every engine takes in one call. */
const argumentsAtOnce = 8192;

/** Standard alphabet, padded (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array<ArrayBuffer>): string {
  const native = bytes as NativeBase64;
  if (native.toBase64 !== undefined) return native.toBase64();
  const pieces: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += argumentsAtOnce) {
    pieces.push(String.fromCharCode(...bytes.subarray(offset, offset + argumentsAtOnce)));
  }
  return btoa(pieces.join(""));
}

/** @throws where the text is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = Uint8Array as NativeBase64Constructor;
  if (native.fromBase64 !== undefined) return native.fromBase64(text);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
