/**
 * The engine's questions for one message. What is held is answered at once. What is not is asked for, as the
 * person's setting says: a reader who waits anyway waits for it, three seconds for all of it; a badge does
 * not wait, is told what is pending, and judged again when that came.
 */
import type { Bytes, EvidenceAnswer, EvidenceSource, OcspAsk } from "../../engine/index.js";
import type { Settings } from "../../protocol/messages.js";
import type { StoredAnswer, StoredEvidence, StoredSource } from "../engine/job-evidence.js";
import type { EvidenceAsk } from "../../worker/jobs.js";
import { type EvidenceFetcher, type Source, patience } from "./evidence-fetcher.js";
import { evidenceUrl } from "./evidence-url.js";
import type { EvidencePiece, EvidenceRecord } from "./records.js";

/** For missing issuers, which a person asked for by a click: each of them, and no more of them than a path has. */
const clickPatience = 10_000;
/** Addresses in one certificate that are asked, and questions of one message that go to the network. */
const mostUrls = 4;
const mostAsked = 24;

/** `wait`: three seconds · `later`: not at all, `pending` says when to judge again */
export type Manner = "wait" | "later";

export interface SessionOptions {
  readonly manner: Manner;
  readonly revocation: Settings["revocation"];
  /** did a person click to have missing issuers looked for? */
  readonly issuers: "ask" | "held";
  /** fingerprints of the authorities that the person added */
  readonly own: ReadonlySet<string>;
}

const notAsked = { kind: "not-asked" } as const;
const unavailable = { kind: "unavailable" } as const;

export class EvidenceSession implements StoredSource {
  readonly #fetcher: EvidenceFetcher;
  readonly #options: SessionOptions;
  /** by `performance.now()`, from the first question on: a message may have waited for its turn before */
  #deadline: number | null = null;
  readonly #pending: Promise<unknown>[] = [];
  readonly #issuerHosts = new Set<string>();
  /** what this message was given, by name, and the names of octets that went out without */
  readonly #given = new Map<string, { readonly key: string; readonly piece: EvidencePiece }>();
  readonly #names = new WeakMap<Bytes, string>();
  #asked = 0;
  #awaitsList = false;

  constructor(fetcher: EvidenceFetcher, options: SessionOptions) {
    this.#fetcher = fetcher;
    this.#options = options;
  }

  /** Ends when all that was asked for has come or its three seconds are over; null: nothing was. */
  get pending(): Promise<void> | null {
    return this.#pending.length === 0 ? null : Promise.allSettled(this.#pending).then(() => undefined);
  }

  /** The hosts that a person may have asked for missing issuers, by a click. */
  get issuerHosts(): readonly string[] {
    return [...this.#issuerHosts];
  }

  readonly crls: EvidenceSource["crls"] = (ask) => this.#withOctets({ of: "crls", ask });
  readonly ocspResponse: EvidenceSource["ocspResponse"] = (ask) =>
    this.#withOctets({ of: "ocspResponse", ask });
  readonly heldOcspResponse: NonNullable<EvidenceSource["heldOcspResponse"]> = (ask) =>
    this.#withOctets({ of: "heldOcspResponse", ask });
  readonly issuers: EvidenceSource["issuers"] = (ask) => this.#withOctets({ of: "issuers", ask });

  readonly believed: NonNullable<EvidenceSource["believed"]> = (bytes, thisUpdate) => {
    const name = this.#names.get(bytes);
    if (name !== undefined) this.storedBelieved(name, thisUpdate);
  };

  storedBelieved(name: string, thisUpdate: number): void {
    const given = this.#given.get(name);
    if (given !== undefined) this.#fetcher.believe(given.key, given.piece, thisUpdate);
  }

  /** The same by name. */
  async stored(question: EvidenceAsk): Promise<StoredAnswer> {
    switch (question.of) {
      case "crls":
        if (this.#options.revocation === "never") return notAsked;
        return this.#answer(this.#sources("crl", question.ask));
      case "ocspResponse": {
        if (this.#options.revocation !== "crl-and-ocsp") return notAsked;
        const { nonce } = question.ask;
        const sources = this.#ocspSources(question.ask);
        // A list that is on its way may say it, and tells the authority less.
        if (this.#awaitsList) return nonce ? notAsked : this.#held(sources);
        return nonce ? this.#fresh(sources) : this.#answer(sources);
      }
      case "heldOcspResponse":
        if (this.#options.revocation === "never") return notAsked;
        return this.#held(this.#ocspSources(question.ask));
      case "issuers": {
        const sources = this.#sources("issuers", question.ask);
        const answer = await this.#answer(sources);
        if (answer.kind !== "found") for (const { url } of sources) this.#issuerHosts.add(url.hostname);
        return answer;
      }
    }
  }

  #sources(
    kind: Source["kind"],
    ask: { readonly urls: readonly string[]; readonly anchor?: string },
  ): Source[] {
    const authority = ask.anchor !== undefined && this.#options.own.has(ask.anchor) ? "own" : "public";
    const urls = ask.urls.slice(0, mostUrls).map((url) => evidenceUrl(url, authority));
    const unique = new Map(urls.filter((url) => url !== null).map((url) => [url.href, url]));
    return [...unique.values()].map((url) => ({ kind, url, authority }));
  }

  #ocspSources(ask: OcspAsk): Source[] {
    return this.#sources("ocsp", ask).map((source) => ({ ...source, request: ask.request }));
  }

  async #answer(sources: readonly Source[]): Promise<StoredAnswer> {
    const answers = await Promise.all(sources.map((source) => this.#one(source)));
    const evidence = answers.flatMap((answer) => (typeof answer === "object" ? answer : []));
    if (evidence.length > 0) return { kind: "found", evidence };
    return answers.includes("unavailable") ? unavailable : notAsked;
  }

  async #one(source: Source): Promise<readonly StoredEvidence[] | "unavailable" | "not-asked"> {
    const isClick = source.kind === "issuers" && this.#options.issuers === "ask";
    const mayStart = (isClick || source.kind !== "issuers") && this.#asked < mostAsked;
    const { held, asking, failed } = await this.#fetcher.stand(source, { mayStart, again: isClick });
    if (asking === null && held !== null) return this.#named(held);
    if (asking === null) return failed ? "unavailable" : "not-asked";
    this.#asked++;
    if (isClick || this.#options.manner === "wait") {
      const left = isClick ? clickPatience : this.#timeLeft(source.kind);
      const record = (await within(asking.done, left)) ?? held;
      return record === null ? "unavailable" : this.#named(record);
    }
    const left = asking.started + patience - performance.now();
    if (left > 0) this.#pending.push(within(asking.done, left));
    if (held !== null) return this.#named(held);
    if (left > 0 && source.kind === "crl") this.#awaitsList = true;
    return left > 0 ? "not-asked" : "unavailable";
  }

  async #held(sources: readonly Source[]): Promise<StoredAnswer> {
    const how = { mayStart: false, again: false };
    const standings = await Promise.all(sources.map((source) => this.#fetcher.stand(source, how)));
    const evidence = standings.flatMap(({ held }) => (held === null ? [] : this.#named(held)));
    return evidence.length > 0 ? { kind: "found", evidence } : notAsked;
  }

  /** Lists may not use up what is left for asking about the certificate. */
  #timeLeft(kind: Source["kind"]): number {
    this.#deadline ??= performance.now() + patience;
    const reserved = kind === "crl" && this.#options.revocation === "crl-and-ocsp" ? patience / 3 : 0;
    return this.#deadline - reserved - performance.now();
  }

  /** An answer to this very request: no cache has it, so who does not wait does not ask. */
  async #fresh(sources: readonly Source[]): Promise<StoredAnswer> {
    const [source] = sources;
    if (source === undefined || this.#options.manner === "later" || this.#asked >= mostAsked) return notAsked;
    this.#asked++;
    const octets = await within(this.#fetcher.once(source), this.#timeLeft("ocsp"));
    if (octets === null) return unavailable;
    const evidence = {
      name: `once ${crypto.randomUUID()}`,
      fetchedAt: Date.now(),
      octets: async () => octets,
    };
    return { kind: "found", evidence: [evidence] };
  }

  /** All that is held: which of it counts is for the engine to say. The genuine goes last, and so a worker keeps it. */
  #named({ key, pieces }: EvidenceRecord): readonly StoredEvidence[] {
    return pieces.map((piece) => {
      const { slot, fetchedAt } = piece;
      const name = `${fetchedAt} ${slot} ${key}`;
      this.#given.set(name, { key, piece });
      return { name, fetchedAt, octets: () => this.#fetcher.octets(key, piece) };
    });
  }

  async #withOctets(question: EvidenceAsk): Promise<EvidenceAnswer> {
    const answer = await this.stored(question);
    if (answer.kind !== "found") return answer;
    const all = answer.evidence.map(async ({ name, fetchedAt, octets }) => {
      const bytes = await octets();
      if (bytes === null) return [];
      this.#names.set(bytes, name);
      return [{ fetchedAt, bytes }];
    });
    const evidence = (await Promise.all(all)).flat();
    return evidence.length > 0 ? { kind: "found", evidence } : unavailable;
  }
}

/** @returns null where it takes longer */
function within<Result>(waiting: Promise<Result>, milliseconds: number): Promise<Result | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), milliseconds);
    void waiting.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
