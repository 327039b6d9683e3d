/**
 * The engine as the background sees it: one message each call, wherever it runs. `engine-host.ts` has it
 * in workers; a test may call it directly.
 */
import type { Bytes, Identity, InspectContext, Inspection, Protection } from "../../engine/index.js";
import type { Recipient, WritePolicy } from "../../engine/index.js";
import type { ReadMessage } from "../../worker/jobs.js";

export interface Protecting {
  readonly draft: Bytes;
  readonly identity: Identity | null;
  readonly recipients: readonly Recipient[];
  readonly policy: WritePolicy;
}

/**
 * The octets of a message are given away with each call: they may be moved to where the engine runs, and
 * are empty here afterwards. Whoever needs them again gives a copy.
 *
 * @throws Refusal `cancelled` where the signal said so, `vault-locked` where keys were locked while they were
 * needed, `engine-stopped` where the engine broke down. Nothing is tried twice by itself: what broke it
 * would break it again.
 */
export interface Engine {
  inspect(raw: Bytes, context: InspectContext, signal?: AbortSignal): Promise<Inspection>;
  /** `inspect`, and what a person reads of it, for our reader */
  read(raw: Bytes, context: InspectContext, signal?: AbortSignal): Promise<ReadMessage>;
  protect(task: Protecting, signal?: AbortSignal): Promise<Protection>;
}
