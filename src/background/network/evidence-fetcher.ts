/**
 * From a name to evidence: out of the cache while it is fresh, else from the network, each source asked once
 * however many wait for it. The URL was checked before; here the host's addresses are, where the browser
 * tells them, and that what came is what was asked for.
 */
import type { Bytes } from "../../engine/index.js";
import { MalformedError, evidenceTimes, readCertificates, toHex } from "../../engine/index.js";
import type { EvidenceCache } from "./evidence-cache.js";
import type { Validity } from "./evidence-pieces.js";
import { type Authority, hostOf } from "./evidence-url.js";
import { type Fetch, type Limits, type Request, fetchOctets } from "./fetch-octets.js";
import { isPublicAddress } from "./addresses.js";
import type { EvidencePiece, EvidenceRecord } from "./records.js";
import { nameOfError } from "../name-of-error.js";

export type Kind = "crl" | "ocsp" | "issuers";

export interface Source {
  readonly kind: Kind;
  readonly url: URL;
  readonly authority: Authority;
  /** DER of an OCSPRequest */
  readonly request?: Bytes;
}

/** Where a question stands at this moment. */
export interface Standing {
  /** null: nothing is held */
  readonly held: EvidenceRecord | null;
  /** null: it need not, or must not, be asked now */
  readonly asking: Asking | null;
  /** it was asked a while ago, in vain, and is left alone for now */
  readonly failed: boolean;
}

export interface Asking {
  /** by `performance.now()` */
  readonly started: number;
  readonly done: Promise<EvidenceRecord | null>;
}

export interface FetcherHost {
  readonly cache: EvidenceCache;
  readonly fetch: Fetch;
  readonly now: () => Date;
  /** the addresses of a host, as far as the browser tells; absent or rejected: it does not */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** may hosts be asked at all: the permission, and not being offline */
  readonly mayAsk: () => Promise<boolean>;
  /** Something came when nobody waited for it any more. */
  readonly onLate: () => void;
}

/** Milliseconds, for all that one message asks: then the answer is "could not check". */
export const patience = 3_000;

const kilobyte = 1024;
const second = 1_000;

export const limitsOf: Readonly<Record<Kind, Limits>> = {
  // The largest that are published are near 50 MB; nobody waits for these, they come for the next message.
  crl: { octets: 50 * kilobyte * kilobyte, whole: 60 * second, silence: 10 * second },
  ocsp: { octets: 256 * kilobyte, whole: 10 * second, silence: 5 * second },
  issuers: { octets: kilobyte * kilobyte, whole: 10 * second, silence: 5 * second },
};

/** Requests at the same time, to all hosts together. */
const mostAtOnce = 8;
/** RFC 5019 §5: longer than that a GET must not be. */
const longestGet = 255;

export class EvidenceFetcher {
  readonly #host: FetcherHost;
  readonly #running = new Map<string, Asking>();

  constructor(host: FetcherHost) {
    this.#host = host;
  }

  /**
   * Of one source: what is held, and asking it where that is due and allowed.
   *
   * @param how.again a person wants it tried, though it failed a while ago
   */
  async stand(
    source: Source,
    how: { readonly mayStart: boolean; readonly again: boolean },
  ): Promise<Standing> {
    const key = await keyOf(source);
    const record = await this.#host.cache.find(key);
    const held = record !== null && record.pieces.length > 0 ? record : null;
    const running = this.#running.get(key);
    if (running !== undefined) return { held, asking: running, failed: false };
    const now = this.#host.now().getTime();
    const failed = !how.again && now < (record?.retryAt ?? 0);
    const standing = { held, asking: null, failed };
    const isDue = (held === null || now >= held.freshUntil) && !failed;
    if (!isDue || !how.mayStart || this.#running.size >= mostAtOnce) return standing;
    if (!(await this.#host.mayAsk())) return standing;
    return { ...standing, asking: this.#running.get(key) ?? this.#start(key, source) };
  }

  octets(key: string, piece: EvidencePiece): Promise<Bytes | null> {
    return this.#host.cache.octets(key, piece);
  }

  /** The engine found it genuine. Nobody waits for its being written down. */
  believe(key: string, piece: EvidencePiece, thisUpdate: number): void {
    this.#host.cache.believe(key, piece, thisUpdate).catch((error: unknown) => {
      console.error("Signet could not note what is genuine", nameOfError(error));
    });
  }

  /** For an answer that no cache may give: the octets themselves. */
  async once(source: Source): Promise<Bytes | null> {
    if (this.#running.size >= mostAtOnce || !(await this.#host.mayAsk())) return null;
    return (await this.#ask(source))?.octets ?? null;
  }

  #start(key: string, source: Source): Asking {
    const started = performance.now();
    const done = this.#refresh(key, source).finally(() => this.#running.delete(key));
    const asking = { started, done };
    this.#running.set(key, asking);
    void done.then(
      (record) => record !== null && performance.now() - started > patience && this.#host.onLate(),
      (error: unknown) => console.error("Signet could not keep what it fetched", nameOfError(error)),
    );
    return asking;
  }

  async #refresh(key: string, source: Source): Promise<EvidenceRecord | null> {
    const { cache } = this.#host;
    const answer = await this.#ask(source);
    if (answer !== null) return cache.keep(key, answer.octets, answer.validity);
    await cache.fail(key);
    return null;
  }

  async #ask(source: Source): Promise<Answer | null> {
    const { fetch } = this.#host;
    if (!(await this.#isElsewhere(source))) return null;
    const limits = limitsOf[source.kind];
    for (const request of requestsFor(source)) {
      const octets = await fetchOctets(fetch, request, limits);
      const validity = octets === null ? null : await validityOf(octets, source.kind);
      if (octets !== null && validity !== null) return { octets, validity };
    }
    return null;
  }

  /**
   * A public name may have the address of somebody's router. The name is looked up once more for the request,
   * so its owner can still answer differently then (DNS rebinding): docs/decisions/asking-the-network.md.
   */
  async #isElsewhere({ url, authority }: Source): Promise<boolean> {
    const { resolve } = this.#host;
    if (authority === "own" || resolve === undefined) return true;
    // Behind a proxy that looks names up itself the browser cannot; the proxy stands elsewhere anyway.
    const addresses = await resolve(hostOf(url)).catch(() => []);
    return addresses.every(isPublicAddress);
  }
}

interface Answer {
  readonly octets: Bytes;
  readonly validity: Validity;
}

/** RFC 6960 §A.1: short requests by GET, which caches on the way may answer; some responders know only POST. */
function requestsFor({ kind, url, request }: Source): readonly Request[] {
  if (kind !== "ocsp" || request === undefined) return [{ url }];
  const post = { url, body: request, type: "application/ocsp-request" };
  const base64 = encodeURIComponent(btoa(String.fromCharCode(...request.subarray(0, longestGet))));
  const get = new URL(url);
  get.pathname = `${url.pathname.replace(/\/$/, "")}/${base64}`;
  const fits = request.length < longestGet && url.search === "" && get.href.length <= longestGet;
  return fits ? [{ url: get }, post] : [post];
}

/** @returns null for what is not what was asked for: a portal's page, a half file, "try later" */
async function validityOf(octets: Bytes, kind: Kind): Promise<Validity | null> {
  if (kind !== "issuers") return evidenceTimes(octets, kind);
  try {
    const found = await readCertificates(octets);
    return found.length > 0 ? { thisUpdate: null, nextUpdate: Infinity } : null;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

async function keyOf({ kind, url, request }: Source): Promise<string> {
  if (request === undefined) return `${kind} ${url.href}`;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", request));
  return `${kind} ${url.href} ${toHex(digest)}`;
}
