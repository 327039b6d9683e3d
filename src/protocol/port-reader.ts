/** A port's messages one at a time, so that an exchange reads as a conversation. */
import type { Port } from "./runtime.js";

interface Waiting {
  readonly resolve: (message: unknown) => void;
  readonly reject: (reason: Error) => void;
}

export class PortReader {
  readonly #arrived: unknown[] = [];
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(port: Port) {
    port.onMessage.addListener((message) => {
      const first = this.#waiting.shift();
      if (first === undefined) this.#arrived.push(message);
      else first.resolve(message);
    });
    port.onDisconnect.addListener(() => {
      this.#closed = true;
      for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error("port closed"));
    });
  }

  /** The other side is gone. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @throws where the other side is gone and nothing is left to read. */
  next(): Promise<unknown> {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    if (this.#closed) return Promise.reject(new Error("port closed"));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}
