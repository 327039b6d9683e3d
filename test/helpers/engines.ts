/** The engine where Node can have it: called directly, or in a worker thread that runs the worker's own script. */
import { Worker } from "node:worker_threads";
import type { Engine } from "../../src/background/engine/engine.js";
import type { StartWorker } from "../../src/background/engine/engine-worker.js";
import { inspect, protect } from "../../src/engine/index.js";
import type { FromWorker } from "../../src/worker/jobs.js";

export const directEngine: Engine = {
  inspect: (raw, context) => inspect(raw, context),
  read: () => Promise.reject(new Error("No fake for reading!")),
  protect: ({ draft, identity, recipients, policy }) => protect(draft, identity, recipients, policy),
};

/** @param threads those that were started, for tests that end one from outside */
export function startThreads(threads: Worker[] = []): StartWorker {
  return ({ said, died }) => {
    const thread = new Worker(new URL("engine-worker.mjs", import.meta.url));
    threads.push(thread);
    thread.on("message", (message: FromWorker) => said(message));
    thread.on("error", died);
    thread.on("exit", died);
    thread.postMessage({ port: null });
    return {
      post: (message, transfer) => thread.postMessage(message, transfer),
      end: () => void thread.terminate(),
    };
  };
}

/** `Worker` as a background finds it; there is one script that it starts. */
export class ThreadAsWorker {
  static readonly #all = new Set<Worker>();
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: ((event: { preventDefault(): void }) => void) | null = null;
  onmessageerror: (() => void) | null = null;
  readonly #thread: Worker;

  constructor(path: string) {
    if (path !== "/worker/main.js") throw new Error(`No fake for the script ${path}!`);
    this.#thread = new Worker(new URL("engine-worker.mjs", import.meta.url));
    ThreadAsWorker.#all.add(this.#thread);
    this.#thread.on("message", (data) => this.onmessage?.({ data }));
    this.#thread.on("error", () => this.onerror?.({ preventDefault: () => undefined }));
  }

  static async endAll(): Promise<void> {
    await Promise.all([...ThreadAsWorker.#all].map((thread) => thread.terminate()));
  }

  postMessage(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    this.#thread.postMessage(message, transfer);
  }

  terminate(): void {
    void this.#thread.terminate();
  }
}
