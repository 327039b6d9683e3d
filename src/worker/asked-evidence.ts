/**
 * Evidence that is elsewhere: each question of the engine is a question to the background, which has the
 * cache and the network. What came is held here, bounded, so that a list of megabytes crosses once and the
 * engine sees the same octets again.
 */
import type { Bytes, Evidence, EvidenceAnswer, EvidenceSource } from "../engine/index.js";
import type {
  EvidenceAnswered,
  EvidenceAsk,
  EvidenceBelieved,
  EvidenceQuestion,
  NamedEvidence,
} from "./jobs.js";

/** Octets: the largest list there is, another that came under its address, and many small ones. */
const mostHeld = 128 * 1024 * 1024;

export class EvidenceAsker {
  readonly #post: (message: EvidenceQuestion | EvidenceBelieved) => void;
  readonly #waiting = new Map<number, (answer: EvidenceAnswered["answer"]) => void>();
  /** least recently used first */
  readonly #held = new Map<string, Evidence>();
  /** also of octets that a job still looks at, though they are held no more */
  readonly #names = new WeakMap<Bytes, string>();
  #questions = 0;
  /** buffers that stay here when a result is given away */
  readonly #kept: Set<ArrayBufferLike>;

  constructor(post: (message: EvidenceQuestion | EvidenceBelieved) => void, kept: Set<ArrayBufferLike>) {
    this.#post = post;
    this.#kept = kept;
  }

  source(job: number): EvidenceSource {
    return {
      crls: (ask) => this.#ask(job, { of: "crls", ask }),
      ocspResponse: (ask) => this.#ask(job, { of: "ocspResponse", ask }),
      heldOcspResponse: (ask) => this.#ask(job, { of: "heldOcspResponse", ask }),
      issuers: (ask) => this.#ask(job, { of: "issuers", ask }),
      believed: (bytes, thisUpdate) => {
        const name = this.#names.get(bytes);
        if (name !== undefined) this.#post({ say: "believed", job, name, thisUpdate });
      },
    };
  }

  answered({ question, answer }: EvidenceAnswered): void {
    this.#waiting.get(question)?.(answer);
    this.#waiting.delete(question);
  }

  async #ask(job: number, what: EvidenceAsk): Promise<EvidenceAnswer> {
    const question = this.#questions++;
    // What is promised as held must still be here when the answer comes, whatever else came meanwhile.
    const held = new Map(this.#held);
    const answer = await new Promise<EvidenceAnswered["answer"]>((resolve) => {
      this.#waiting.set(question, resolve);
      this.#post({ say: "evidence", job, question, what, held: [...held.keys()] });
    });
    if (answer.kind !== "found") return answer;
    const evidence = answer.evidence.map((one) => this.#hold(one, held)).filter((one) => one !== null);
    this.#trim();
    return evidence.length > 0 ? { kind: "found", evidence } : { kind: "unavailable" };
  }

  #hold({ name, fetchedAt, bytes }: NamedEvidence, held: ReadonlyMap<string, Evidence>): Evidence | null {
    const one = bytes === null ? (held.get(name) ?? null) : { bytes, fetchedAt };
    if (one === null) return null;
    this.#held.delete(name);
    this.#held.set(name, one);
    this.#names.set(one.bytes, name);
    this.#kept.add(one.bytes.buffer);
    return one;
  }

  #trim(): void {
    let octets = [...this.#held.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (const [name, { bytes }] of this.#held) {
      if (octets <= mostHeld) return;
      this.#held.delete(name);
      this.#kept.delete(bytes.buffer);
      octets -= bytes.length;
    }
  }
}
