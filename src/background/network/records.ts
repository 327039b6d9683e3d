/**
 * Fetched evidence as it lies on the disk. What is known of it and its octets are records of their own, so
 * that looking whether something is held never reads megabytes.
 */

/** One list or answer, as it came. */
export interface EvidencePiece {
  /** which of the two places for octets that each key has */
  readonly slot: 0 | 1;
  /** octets */
  readonly size: number;
  /** milliseconds since the epoch, here and below: when it came */
  readonly fetchedAt: number;
  /** thisUpdate, once the engine found it genuine; null: not yet, or a stranger made it */
  readonly genuine: number | null;
}

export interface EvidenceRecord {
  /** what was asked and where: see `evidence-fetcher.ts` */
  readonly key: string;
  /**
   * What came last, and before it what is kept for as long as nobody knows whether that is genuine; empty: the
   * last asking failed and nothing older is there
   */
  readonly pieces: readonly EvidencePiece[];
  /** from then on it is asked for anew */
  readonly freshUntil: number;
  /** failures since it last came, and when to try again: each waits longer */
  readonly failures: number;
  readonly retryAt: number;
  /** to the day: what was not needed for longest goes first */
  readonly usedAt: number;
}

/** As it was written when one piece was all that a key could have; such records are still on disks. */
export interface OnePieceRecord extends Omit<EvidenceRecord, "pieces"> {
  /** 0: none */
  readonly size: number;
  readonly fetchedAt: number;
}

export function readRecord(record: EvidenceRecord | OnePieceRecord): EvidenceRecord {
  if ("pieces" in record) return record;
  const { size, fetchedAt, ...rest } = record;
  return { ...rest, pieces: size === 0 ? [] : [{ slot: 0, size, fetchedAt, genuine: null }] };
}
