/**
 * One judgement a message, however many ask for it at once: the badge, the banner, the popup, the
 * renderer. Kept for minutes and bounded; dropped when keys, anchors or certificates change. The plain
 * text of an opened message is handed out once and not kept: Thunderbird's pane holds it from there. Only where
 * each message asks for the passphrase, it stays until the message is left: opening it again would ask again.
 * A judgement that nobody waits for any more is stopped.
 */
import type { Bytes, MessageVerdict } from "../../engine/index.js";
import type { Asked, Services } from "../services.js";

export interface Judged {
  readonly verdict: MessageVerdict;
  /** innermost MIME entity of what S/MIME wrapped; null where nothing was wrapped */
  readonly payload: Bytes | null;
}

interface Entry {
  readonly judging: Promise<MessageVerdict>;
  readonly since: number;
  readonly stop: AbortController;
  /** others than the screen who wait: a reply, a forwarding, a printer */
  waiting: number;
  verdict: MessageVerdict | null;
  payload: Bytes | null;
  /** what of the network it was judged without */
  asked: Asked;
  /** keys, anchors, memory or evidence are others since it began */
  outdated: boolean;
}

type Inspected = Awaited<ReturnType<Services["inspect"]>>;

/** milliseconds: validity is judged at a time, so a judgement does not last */
const lifetime = 5 * 60_000;
const mostEntries = 100;
const mostPayloads = 2;

type JudgingServices = Pick<Services, "inspect" | "now" | "vaultStatus">;

export class Judgements {
  readonly #services: JudgingServices;
  readonly #raw: (messageId: number) => Promise<Bytes>;
  readonly #keepPayloads: boolean;
  readonly #onEvidence: (messageId: number) => void;
  readonly #entries = new Map<number, Entry>();

  /**
   * @param options.keepPayloads false where nothing is opened in place
   * @param options.onEvidence what a message was judged without has come, or will not: it can be judged again
   */
  constructor(
    services: JudgingServices,
    options: {
      readonly raw: (messageId: number) => Promise<Bytes>;
      readonly keepPayloads: boolean;
      readonly onEvidence: (messageId: number) => void;
    },
  ) {
    this.#services = services;
    this.#raw = options.raw;
    this.#keepPayloads = options.keepPayloads;
    this.#onEvidence = options.onEvidence;
  }

  /** What was overtaken by a change while it was judged is judged again: nobody draws it over the newer one. */
  async verdict(messageId: number): Promise<MessageVerdict> {
    const entry = this.#fresh(messageId) ?? this.#begin(messageId);
    const verdict = await entry.judging;
    return entry.outdated ? this.verdict(messageId) : verdict;
  }

  /**
   * The verdict with the payload, which leaves our memory with this.
   *
   * @param purpose of others than the screen nobody knows when they stop waiting
   */
  async take(messageId: number, purpose: "screen" | "other"): Promise<Judged> {
    const held = this.#fresh(messageId);
    const spent = held?.verdict && held.payload === null && isWrapped(held.verdict);
    const entry = held === null || spent ? this.#begin(messageId) : held;
    if (purpose === "other") entry.waiting++;
    const verdict = await entry.judging;
    const { payload } = entry;
    void this.#release(entry);
    return entry.outdated ? this.take(messageId, purpose) : { verdict, payload };
  }

  /** No screen shows it any more. */
  leave(messageId: number): void {
    const entry = this.#entries.get(messageId);
    if (entry === undefined || entry.verdict !== null || entry.waiting > 0) return;
    this.#entries.delete(messageId);
    entry.stop.abort();
  }

  /** Was it opened with a key, as far as is known here? */
  isOpened(messageId: number): boolean {
    const layers = this.#entries.get(messageId)?.verdict?.layers ?? [];
    return layers.some((layer) => layer.kind === "encrypted" && layer.status === "opened");
  }

  /** What was asked for the last verdict; nothing where there is none. */
  asked(messageId: number): Asked {
    return this.#entries.get(messageId)?.asked ?? {};
  }

  /** @param messageId absent: all */
  forget(messageId?: number): void {
    const forgotten = messageId === undefined ? [...this.#entries.keys()] : [messageId];
    for (const each of forgotten) {
      const entry = this.#entries.get(each);
      if (entry !== undefined) entry.outdated = entry.verdict === null;
      this.#entries.delete(each);
    }
  }

  /** Once is enough, as long as the keys are there to open it again. */
  async #release(entry: Entry): Promise<void> {
    const { state, eachUse } = await this.#services.vaultStatus();
    if (state !== "locked" && eachUse !== true) entry.payload = null;
  }

  #fresh(messageId: number): Entry | null {
    const entry = this.#entries.get(messageId);
    return entry && this.#services.now().getTime() - entry.since < lifetime ? entry : null;
  }

  #begin(messageId: number): Entry {
    const since = this.#services.now().getTime();
    const stop = new AbortController();
    const entry: Entry = {
      judging: this.#judge(messageId, stop.signal, (result) => this.#seen(messageId, entry, result)),
      since,
      stop,
      waiting: 0,
      verdict: null,
      payload: null,
      asked: {},
      outdated: false,
    };
    entry.judging.then(
      (verdict) => (entry.verdict = verdict),
      () => this.#entries.get(messageId) === entry && this.#entries.delete(messageId),
    );
    this.#entries.delete(messageId);
    this.#entries.set(messageId, entry);
    this.#trim();
    return entry;
  }

  async #judge(
    messageId: number,
    signal: AbortSignal,
    seen: (inspection: Inspected) => void,
  ): Promise<MessageVerdict> {
    const raw = await this.#raw(messageId);
    const inspection = await this.#services.inspect(raw, "display", signal);
    seen(inspection);
    return inspection.verdict;
  }

  #seen(messageId: number, entry: Entry, { verdict, payload, pending, issuerHosts }: Inspected): void {
    if (this.#keepPayloads && isWrapped(verdict)) entry.payload = payload.mime;
    entry.asked = { pending: pending ?? null, issuerHosts: issuerHosts ?? [] };
    void pending?.then(() => this.#entries.get(messageId) === entry && this.#onEvidence(messageId));
  }

  #trim(): void {
    const newestFirst = [...this.#entries].reverse();
    for (const [, entry] of newestFirst.slice(mostPayloads)) entry.payload = null;
    for (const [messageId] of newestFirst.slice(mostEntries)) this.#entries.delete(messageId);
  }
}

/** Clear-signed content Thunderbird shows by itself; this it cannot. */
export function isWrapped({ layers }: MessageVerdict): boolean {
  return layers.some((layer) =>
    layer.kind === "signed" ? layer.form === "opaque-signed" : layer.status === "opened",
  );
}
