/** A file that a page handed over, and what can be wrong with it, as codes that have a sentence. */
import type { Bytes } from "../../engine/index.js";
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  TooManyCertificatesError,
  UnsupportedError,
} from "../../engine/index.js";
import type { HandoverId } from "../../protocol/messages.js";
import type { HandoverStore } from "../handover.js";
import { Refusal } from "../refusal.js";

/** @throws Refusal `not-found` where it expired, `file-too-large` */
export function handedOver(handover: HandoverStore, file: HandoverId, limit: number): Bytes {
  const bytes = handover.get(file);
  if (bytes === null) throw new Refusal("not-found");
  if (bytes.length > limit) throw new Refusal("file-too-large");
  return bytes;
}

/**
 * Run a reader of the engine; what it throws for bad input becomes a refusal.
 *
 * @throws Refusal `file-unreadable`, `unsupported` (with what), `password-wrong`, `file-too-large`, `too-many-certificates`
 */
export async function readFile<Found>(read: () => Promise<Found>): Promise<Found> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DecryptionError) throw new Refusal("password-wrong");
    if (error instanceof UnsupportedError) throw new Refusal("unsupported", error.detail);
    if (error instanceof TooManyCertificatesError)
      throw new Refusal("too-many-certificates", String(error.count));
    if (error instanceof MalformedError) throw new Refusal("file-unreadable", error.detail);
    if (error instanceof BudgetExceededError) throw new Refusal("file-too-large");
    throw error;
  }
}
