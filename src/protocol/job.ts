/**
 * Work that a page asked for and may want to stop: it names the work, and holds a port for as long as it
 * wants the answer. A page that closes, goes elsewhere or is told to stop lets the port go.
 * The background's side is `background/page-jobs.ts`.
 */
import type { JobId } from "./messages.js";
import type { Runtime } from "./runtime.js";
import { extensionRuntime } from "./runtime.js";

export const jobPort = "signet-job";

export interface PageJob {
  readonly id: JobId;
  /** no answer is wanted any more; after the answer it changes nothing */
  readonly stop: () => void;
}

export function startJob(runtime: Runtime = extensionRuntime()): PageJob {
  const id = crypto.randomUUID();
  const port = runtime.connect({ name: jobPort });
  port.postMessage({ job: id });
  return { id, stop: () => port.disconnect() };
}
