/**
 * One request to one server, with everything bounded: size, time, silence, redirects (none). The server
 * learns an IP address and which file is asked for; no cookie, no referrer, no language, nothing kept.
 */
import type { Bytes } from "../../engine/index.js";

export interface Limits {
  /** octets of the answer, after any content coding */
  readonly octets: number;
  /** milliseconds: for all of it */
  readonly whole: number;
  /** milliseconds between two pieces */
  readonly silence: number;
}

export interface Request {
  readonly url: URL;
  /** posted where there is one */
  readonly body?: Bytes;
  /** its media type */
  readonly type?: string;
  /** media type of the answer; absent: any */
  readonly accept?: string;
}

export type Fetch = (url: string, options: RequestInit) => Promise<Response>;

/**
 * @returns null for any answer but a whole one with status 200, and for none: why makes no difference
 */
export async function fetchOctets(fetch: Fetch, request: Request, limits: Limits): Promise<Bytes | null> {
  const clock = new Deadline(limits);
  try {
    const response = await clock.race(fetch(request.url.href, optionsFor(request, clock.signal)));
    // A redirect is an error by itself; some hosts answer with a shell around it instead.
    if (response.status !== 200 || response.redirected || response.body === null) return null;
    if (Number(response.headers.get("content-length") ?? 0) > limits.octets) return null;
    return await readAll(response.body.getReader(), limits.octets, clock);
  } catch (error) {
    return failed(error);
  } finally {
    clock.stop();
  }
}

/** Refused, reset, redirected, timed out, no such host: `fetch` says TypeError or DOMException. */
function failed(error: unknown): null {
  if (error instanceof TypeError || error instanceof DOMException || error instanceof TimeIsUp) return null;
  throw error;
}

function optionsFor({ body, type, accept = "*/*" }: Request, signal: AbortSignal): RequestInit {
  return {
    method: body === undefined ? "GET" : "POST",
    ...(body === undefined ? {} : { body }),
    headers: {
      accept,
      // The browser's own would tell the person's languages.
      "accept-language": "*",
      ...(type === undefined ? {} : { "content-type": type }),
    },
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    redirect: "error",
    signal,
  };
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  most: number,
  clock: Deadline,
): Promise<Bytes | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await clock.race(reader.read());
    if (done) break;
    length += value.length;
    if (length > most) return null;
    pieces.push(value);
  }
  const octets = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    octets.set(piece, at);
    at += piece.length;
  }
  return octets;
}

class TimeIsUp extends Error {}

/** Ends the request when it took too long, or was silent for too long. Also where aborting alone does not end a wait. */
class Deadline {
  readonly #stop = new AbortController();
  readonly #whole: ReturnType<typeof setTimeout>;
  readonly #silence: number;

  constructor({ whole, silence }: Limits) {
    this.#whole = setTimeout(() => this.#stop.abort(), whole);
    this.#silence = silence;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  race<Result>(waiting: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const over = (): void => reject(new TimeIsUp());
      const silence = setTimeout(() => this.#stop.abort(), this.#silence);
      this.signal.addEventListener("abort", over, { once: true });
      const settle = (): void => {
        clearTimeout(silence);
        this.signal.removeEventListener("abort", over);
      };
      void waiting.then(resolve, reject).finally(settle);
      if (this.signal.aborted) over();
    });
  }

  /** Whatever still runs is dropped: a body that was not read to its end must not go on arriving. */
  stop(): void {
    clearTimeout(this.#whole);
    this.#stop.abort();
  }
}
