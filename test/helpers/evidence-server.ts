/** A web server on loopback that answers as it is told, well or badly, and writes down who asked what. */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

type Answer = (response: ServerResponse, asked: Asked) => void;

export class EvidenceServer {
  readonly asked: Asked[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => this.#answer(request, response, Buffer.concat(pieces)));
      response.on("error", () => undefined);
    });
  }

  static async start(): Promise<EvidenceServer> {
    const server = new EvidenceServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.asked.filter((one) => one.path === path).length;
  }

  give(path: string, body: Uint8Array | string, type = "application/octet-stream"): void {
    this.on(path, (response) => response.writeHead(200, { "content-type": type }).end(body));
  }

  on(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { method = "", url: path = "", headers } = request;
    const asked = { method, path, headers, body };
    this.asked.push(asked);
    const answer = this.#answers.get(path) ?? this.#answers.get("*");
    if (answer === undefined) response.writeHead(404).end();
    else answer(response, asked);
  }
}
