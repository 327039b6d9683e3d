/**
 * A Marionette client: drives Thunderbird's chrome from a test. Frames are `length:[type,id,…]` over TCP;
 * no npm package needed. `run` evaluates the body of an async function with Thunderbird's privileges.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

export class Marionette {
  readonly #waiting = new Map<number, Waiting>();
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #lastId = 0;
  /** when the connection ends: Thunderbird was closed */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => this.#abandon());
  }

  /** Wait until Thunderbird listens, then open a session in its chrome. */
  static async open(port: number, alive: () => boolean): Promise<Marionette> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const socket = await tryConnect(port);
      if (socket) return Marionette.#start(socket);
      if (!alive()) throw new Error("Thunderbird ended before it listened");
      if (Date.now() > deadline) throw new Error("Thunderbird does not answer on its Marionette port");
      await delay(100);
    }
  }

  static async #start(socket: Socket): Promise<Marionette> {
    const client = new Marionette(socket);
    await client.command("WebDriver:NewSession", { capabilities: { alwaysMatch: {} } });
    await client.command("Marionette:SetContext", { value: "chrome" });
    return client;
  }

  command(name: string, parameters: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const frame = Buffer.from(JSON.stringify([0, id, name, parameters]));
    this.#socket.write(`${frame.length}:`);
    this.#socket.write(frame);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /**
   * @param body of an async function in Thunderbird's main process; `args` are its arguments, `sleep(ms)` waits
   * @returns what it returns, by JSON
   */
  async run<T = unknown>(body: string, ...args: unknown[]): Promise<T> {
    const script = `const args = Array.from(arguments); const done = args.pop();
      const sleep = ms => new Promise(r => { const t = Cc["@mozilla.org/timer;1"].createInstance(Ci.nsITimer);
        t.initWithCallback(() => { t.cancel(); r(); }, ms, 0); });
      (async () => { ${body} })().then(
        value => done({ value: value === undefined ? null : value }),
        error => done({ error: String(error) + "\\n" + (error && error.stack) }));`;
    const reply = (await this.command("WebDriver:ExecuteAsyncScript", {
      script,
      args,
      newSandbox: true,
      sandbox: "system",
      scriptTimeout: 60_000,
    })) as { value: { value: T } | { error: string } };
    if ("error" in reply.value) throw new Error(reply.value.error);
    return reply.value.value;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const colon = this.#buffer.indexOf(":");
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#buffer.toString("latin1", 0, colon));
      if (this.#buffer.length < end) return;
      const frame: unknown = JSON.parse(this.#buffer.toString("utf8", colon + 1, end));
      this.#buffer = this.#buffer.subarray(end);
      if (Array.isArray(frame)) this.#answer(frame);
    }
  }

  #answer(frame: readonly unknown[]): void {
    const [, id, error, result] = frame as [
      number,
      number,
      { error: string; message: string } | null,
      unknown,
    ];
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(`${error.error}: ${error.message}`));
    else waiting?.resolve(result);
  }

  #abandon(): void {
    for (const waiting of this.#waiting.values())
      waiting.reject(new Error("Thunderbird closed the connection"));
    this.#waiting.clear();
  }
}

function tryConnect(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(null));
  });
}
