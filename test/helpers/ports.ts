/**
 * A pair of ports as the browser makes them: what one side posts the other hears, later and as JSON.
 * Whatever would not survive JSON does not survive here either.
 */
import type { Port, Runtime } from "../../src/protocol/runtime.js";

class FakeEnd implements Port {
  readonly #messages = new Set<(message: unknown) => void>();
  readonly #ends = new Set<() => void>();
  other: FakeEnd | null = null;
  /** how many messages this end has posted */
  posted = 0;

  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  readonly onMessage = {
    addListener: (listener: (message: unknown) => void): unknown => this.#messages.add(listener),
    removeListener: (listener: (message: unknown) => void): unknown => this.#messages.delete(listener),
  };
  readonly onDisconnect = {
    addListener: (listener: () => void): unknown => this.#ends.add(listener),
    removeListener: (listener: () => void): unknown => this.#ends.delete(listener),
  };

  postMessage(message: unknown): void {
    const { other } = this;
    if (other === null) throw new Error("Attempt to postMessage on disconnected port");
    this.posted++;
    const json = JSON.stringify(message);
    setImmediate(() => {
      for (const listener of other.#messages) listener(JSON.parse(json));
    });
  }

  disconnect(): void {
    const { other } = this;
    if (other === null) return;
    this.other = null;
    other.other = null;
    // Chrome and Gecko tell the other end only.
    setImmediate(() => {
      for (const listener of other.#ends) listener();
    });
  }
}

export function portPair(name: string): { near: FakeEnd; far: FakeEnd } {
  const near = new FakeEnd(name);
  const far = new FakeEnd(name);
  near.other = far;
  far.other = near;
  return { near, far };
}

const unexpected = (what: string) => (): never => {
  throw new Error(`No fake for runtime.${what}!`);
};

/** A `runtime` of which only what the test gives exists. */
export function fakeRuntime(parts: Partial<Runtime>): Runtime {
  return {
    id: "signet@signet.email",
    getURL: unexpected("getURL"),
    sendMessage: unexpected("sendMessage"),
    connect: unexpected("connect"),
    onMessage: { addListener: unexpected("onMessage"), removeListener: unexpected("onMessage") },
    onConnect: { addListener: unexpected("onConnect"), removeListener: unexpected("onConnect") },
    ...parts,
  };
}
