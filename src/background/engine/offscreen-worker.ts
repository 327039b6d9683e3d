/**
 * Chrome: a service worker can start no worker, so an offscreen document starts it. Both speak over a
 * MessagePort that the service worker makes and hands, through the document, to the worker: bytes are moved
 * between the two, not written as JSON, and nobody else holds an end. When this background dies, the
 * document's lifeline breaks, and worker and document go with it.
 */
import type { FromWorker, ToWorker } from "../../worker/jobs.js";
import type { EngineWorker, StartWorker } from "./engine-worker.js";

const offscreenPath = "/pages/offscreen/offscreen.html";

/** The parts of Chrome that are used. */
export interface OffscreenHost {
  readonly runtime: { getURL(path: string): string };
  readonly offscreen: {
    createDocument(options: {
      url: string;
      reasons: readonly "WORKERS"[];
      justification: string;
    }): Promise<void>;
    closeDocument(): Promise<void>;
  };
}

/** The part of a service worker's scope that is used. */
export interface ServiceWorkerScope {
  readonly clients: {
    matchAll(options: { includeUncontrolled: true }): Promise<readonly Client[]>;
  };
}
interface Client {
  readonly url: string;
  postMessage(message: unknown, transfer: readonly Transferable[]): void;
}

const justification = "Checks and opens mail in a worker of its own, so that nothing else waits.";

export class OffscreenDocument {
  readonly #host: OffscreenHost;
  readonly #scope: ServiceWorkerScope;
  #opening: Promise<Client> | null = null;
  #closing: Promise<unknown> = Promise.resolve();
  /** workers in it */
  #workers = 0;

  constructor(host: OffscreenHost, scope: ServiceWorkerScope) {
    this.#host = host;
    this.#scope = scope;
  }

  readonly startWorker: StartWorker = (events) => {
    const { port1: near, port2: far } = new MessageChannel();
    const control = new MessageChannel();
    this.#workers++;
    near.onmessage = ({ data }: MessageEvent<FromWorker>) => events.said(data);
    near.onmessageerror = events.died;
    control.port1.onmessage = events.died;
    this.#document().then(
      (client) => client.postMessage({ engine: far, control: control.port2 }, [far, control.port2]),
      events.died,
    );
    return this.#handle(near, control.port1);
  };

  #handle(near: MessagePort, control: MessagePort): EngineWorker {
    return {
      post: (message: ToWorker, transfer) => near.postMessage(message, transfer),
      end: () => {
        control.postMessage("end");
        near.close();
        void this.#left();
      },
    };
  }

  /** The last one has gone: nothing is left that needs the document. */
  async #left(): Promise<void> {
    this.#workers--;
    await this.#opening?.catch(() => null);
    if (this.#workers > 0 || this.#opening === null) return;
    this.#opening = null;
    // It may have gone by itself.
    this.#closing = this.#host.offscreen.closeDocument().catch(() => null);
  }

  #document(): Promise<Client> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  /** One that an earlier life of ours left behind is about to close itself: it must not be used. */
  async #open(): Promise<Client> {
    await this.#closing;
    const url = this.#host.runtime.getURL(offscreenPath);
    const { offscreen } = this.#host;
    if ((await this.#clientAt(url)) !== undefined) await offscreen.closeDocument().catch(() => null);
    await offscreen.createDocument({ url, reasons: ["WORKERS"], justification });
    const client = await this.#clientAt(url);
    if (client === undefined) throw new Error("the offscreen document is not there");
    return client;
  }

  async #clientAt(url: string): Promise<Client | undefined> {
    const all = await this.#scope.clients.matchAll({ includeUncontrolled: true });
    return all.find((client) => client.url === url);
  }
}
