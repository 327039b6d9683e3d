/**
 * The background's side of `protocol/job.ts`: what our own pages asked for runs until its page lets go of
 * the port.
 */
import type { JobId } from "../protocol/messages.js";
import type { Port } from "../protocol/runtime.js";
import { isRecord } from "../protocol/wire.js";

export class PageJobs {
  readonly #running = new Map<JobId, AbortController>();

  /** Run the work of a page; the signal says when nobody wants it any more. */
  async run<Answer>(id: JobId, work: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#running.delete(id);
    }
  }

  /** A port that one of our own pages opened (the router has looked at who). */
  watch(port: Port): void {
    let id: JobId | null = null;
    port.onMessage.addListener((message) => {
      if (isRecord(message) && typeof message["job"] === "string") id = message["job"];
    });
    port.onDisconnect.addListener(() => {
      if (id !== null) this.#running.get(id)?.abort();
    });
  }
}
