/**
 * Whom the rest of the background asks for evidence: it knows the person's setting, their authorities and
 * what the browser allows, and opens a session for each message that is judged.
 */
import type { Certificate } from "../../engine/index.js";
import type { Settings } from "../../protocol/messages.js";
import type { Database } from "../database.js";
import { EvidenceCache } from "./evidence-cache.js";
import { EvidenceFetcher } from "./evidence-fetcher.js";
import { EvidenceSession, type Manner } from "./evidence-session.js";
import type { Fetch } from "./fetch-octets.js";

/** What the browser gives; in a test, what stands in for it. */
export interface NetworkHost {
  readonly fetch: Fetch;
  /** the browser's permission */
  readonly isAllowed: () => Promise<boolean>;
  readonly isOnline: () => boolean;
  /** Gecko's `dns`; absent where there is none */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export interface DeskParts {
  readonly database: () => Promise<Database>;
  readonly now: () => Date;
  readonly settings: () => Promise<Settings>;
  /** the authorities that the person added */
  readonly anchors: () => Promise<readonly Certificate[]>;
}

export class EvidenceDesk {
  readonly #host: NetworkHost;
  readonly #parts: DeskParts;
  readonly #cache: EvidenceCache;
  readonly #fetcher: EvidenceFetcher;
  readonly #listeners: (() => void)[] = [];

  constructor(host: NetworkHost, parts: DeskParts) {
    this.#host = host;
    this.#parts = parts;
    this.#cache = new EvidenceCache(parts.database, parts.now);
    this.#fetcher = new EvidenceFetcher({
      ...host,
      cache: this.#cache,
      now: parts.now,
      mayAsk: async () => host.isOnline() && (await host.isAllowed()),
      onLate: () => this.#listeners.forEach((listener) => listener()),
    });
  }

  async session(manner: Manner, issuers: "ask" | "held" = "held"): Promise<EvidenceSession> {
    const [{ revocation }, anchors] = await Promise.all([this.#parts.settings(), this.#parts.anchors()]);
    const own = new Set<string>(anchors.map(({ fingerprint }) => fingerprint));
    return new EvidenceSession(this.#fetcher, { manner, revocation, issuers, own });
  }

  isAllowed(): Promise<boolean> {
    return this.#host.isAllowed();
  }

  /** Something came after its three seconds: what was judged without it can be judged again. */
  onLate(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Who wants nothing asked any more is not reminded of what was. */
  async settingsChanged(): Promise<void> {
    if ((await this.#parts.settings()).revocation === "never") await this.#cache.clear();
  }
}
