/**
 * The worker's questions for evidence, answered here: one job's, and only while it runs. Octets that the
 * worker holds already are not read and not sent; what is sent is moved.
 */
import type { Bytes, EvidenceAnswer, EvidenceSource } from "../../engine/index.js";
import type {
  EvidenceAnswered,
  EvidenceAsk,
  EvidenceBelieved,
  EvidenceQuestion,
  NamedEvidence,
} from "../../worker/jobs.js";

/** Evidence by name; its octets are read only for who does not hold them. */
export interface StoredEvidence {
  readonly name: string;
  readonly fetchedAt: number;
  /** null: gone meanwhile */
  octets(): Promise<Bytes | null>;
}

export type StoredAnswer =
  | { readonly kind: "found"; readonly evidence: readonly StoredEvidence[] }
  | Exclude<EvidenceAnswer, { readonly kind: "found" }>;

/** A source that can also answer by name. */
export interface StoredSource extends EvidenceSource {
  stored(what: EvidenceAsk): Promise<StoredAnswer>;
  /** `believed`, by name */
  storedBelieved?(name: string, thisUpdate: number): void;
}

/** @param source of the job; undefined: it may ask for nothing */
export async function answerEvidence(
  source: EvidenceSource | undefined,
  { what, held }: EvidenceQuestion,
): Promise<EvidenceAnswered["answer"]> {
  if (source === undefined) return { kind: "not-asked" };
  try {
    return isStored(source) ? await byName(await source.stored(what), held) : named(await ask(source, what));
  } catch (error) {
    // The engine's job must not hang because a store of ours has a bug.
    console.error("Signet could not look for evidence", error instanceof Error ? error.name : typeof error);
    return { kind: "unavailable" };
  }
}

/** What the worker's engine says of evidence that it was given by name. */
export function tellBelieved(
  source: EvidenceSource | undefined,
  { name, thisUpdate }: EvidenceBelieved,
): void {
  if (source !== undefined && isStored(source)) source.storedBelieved?.(name, thisUpdate);
}

function isStored(source: EvidenceSource): source is StoredSource {
  return "stored" in source;
}

async function byName(answer: StoredAnswer, held: readonly string[]): Promise<EvidenceAnswered["answer"]> {
  if (answer.kind !== "found") return answer;
  const all = answer.evidence.map(async ({ name, fetchedAt, octets }): Promise<NamedEvidence | null> => {
    if (held.includes(name)) return { name, fetchedAt, bytes: null };
    const bytes = await octets();
    return bytes === null ? null : { name, fetchedAt, bytes };
  });
  const evidence = (await Promise.all(all)).filter((one) => one !== null);
  return evidence.length > 0 ? { kind: "found", evidence } : { kind: "unavailable" };
}

function ask(source: EvidenceSource, what: EvidenceAsk): Promise<EvidenceAnswer> {
  switch (what.of) {
    case "crls":
      return source.crls(what.ask);
    case "ocspResponse":
      return source.ocspResponse(what.ask);
    case "heldOcspResponse":
      return source.heldOcspResponse?.(what.ask) ?? Promise.resolve({ kind: "not-asked" });
    case "issuers":
      return source.issuers(what.ask);
  }
}

/** Without a name of its own each is new; octets are copied, for they are the source's. */
function named(answer: EvidenceAnswer): EvidenceAnswered["answer"] {
  if (answer.kind !== "found") return answer;
  const evidence = answer.evidence.map(({ bytes, fetchedAt }) => ({
    ...{ name: crypto.randomUUID(), fetchedAt },
    bytes: bytes.slice(),
  }));
  return { kind: "found", evidence };
}
