/**
 * Fetched evidence as it lies on the disk. What is known of it and its octets are two records under one
 * key, so that looking whether something is held never reads megabytes.
 */

export interface EvidenceRecord {
  /** what was asked and where: see `evidence-cache.ts` */
  readonly key: string;
  /** octets held under the same key in `evidenceOctets`; 0: none, the last asking failed and nothing older is there */
  readonly size: number;
  /** milliseconds since the epoch, here and below: when the octets came */
  readonly fetchedAt: number;
  /** from then on it is asked for anew */
  readonly freshUntil: number;
  /** failures since it last came, and when to try again: each waits longer */
  readonly failures: number;
  readonly retryAt: number;
  /** to the day: what was not needed for longest goes first */
  readonly usedAt: number;
}
