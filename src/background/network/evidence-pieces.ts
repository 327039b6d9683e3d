/**
 * What one source gave, piece by piece: pure, record in, record out. Two at most: what came last, and beside
 * it the newest that the engine found genuine, or where nothing was judged yet, what came before. Otherwise
 * a list that a stranger signed, or an old one that is still current, would take the place of the one with the
 * revocation, and forging were better than blocking (docs/decisions/asking-the-network.md).
 */
import type { EvidencePiece, EvidenceRecord } from "./records.js";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** From when to when the evidence says it is up to date, milliseconds since the epoch. */
export interface Validity {
  /** null: of this kind none is newer than the other (certificates of issuers) */
  readonly thisUpdate: number | null;
  readonly nextUpdate: number | null;
}

export interface Arrival {
  readonly key: string;
  readonly size: number;
  readonly validity: Validity;
  readonly now: number;
  /** the one held piece that has these very octets */
  readonly same: EvidencePiece | undefined;
}

/** The key for octets of each slot. No key of a source ends like this: in a URL a space is escaped. */
export function placeOf(key: string, { slot }: Pick<EvidencePiece, "slot">): string {
  return slot === 0 ? key : `${key} 2`;
}

export function placesOf(key: string): readonly [string, string] {
  return [placeOf(key, { slot: 0 }), placeOf(key, { slot: 1 })];
}

/** Was it superseded by what is known to be genuine (RFC 5280 §5.1.2.4)? Then it is news to nobody. */
export function isOlder({ thisUpdate }: Validity, before: EvidenceRecord | null): boolean {
  const known = genuineOf(before);
  return thisUpdate !== null && known !== undefined && thisUpdate < known.genuine!;
}

export function afterArrival(before: EvidenceRecord | null, arrival: Arrival): EvidenceRecord {
  const { key, size, now, validity, same } = arrival;
  const stays = validity.thisUpdate === null ? undefined : (genuineOf(before) ?? before?.pieces[0]);
  const slot = stays?.slot === 0 ? 1 : 0;
  const latest = same ?? { slot, size, fetchedAt: now, genuine: null };
  const pieces = stays === undefined || stays === latest ? [latest] : [latest, stays];
  const times = { freshUntil: freshUntil(now, validity.nextUpdate), usedAt: now };
  return { key, pieces, failures: 0, retryAt: 0, ...times };
}

export interface CacheLimits {
  readonly octets: number;
  readonly records: number;
}

/**
 * Half of the room is for what was found genuine, so that no number of askings in vain, and no list of 50 MB by a
 * stranger, pushes that out; within each half what was not needed for longest goes first.
 *
 * @returns what stays of each; null: nothing does
 */
export function afterTrim(
  newestFirst: readonly EvidenceRecord[],
  limits: CacheLimits,
): readonly (EvidenceRecord | null)[] {
  const [proven, others] = [roomFor(limits), roomFor(limits)];
  return newestFirst.map((record) => {
    const isProven = genuineOf(record) !== undefined;
    if (!(isProven ? proven : others).takesRecord()) return null;
    const pieces = record.pieces.filter(({ genuine, size }) =>
      (genuine === null ? others : proven).takesOctets(size),
    );
    if (pieces.length === record.pieces.length) return record;
    return pieces.length === 0 ? null : { ...record, pieces };
  });
}

function roomFor(limits: CacheLimits) {
  let [octets, records] = [limits.octets / 2, limits.records / 2];
  return { takesOctets: (size: number) => (octets -= size) >= 0, takesRecord: () => --records >= 0 };
}

/** Nobody answered, or not what was asked for. Older octets stay: the engine says whether they still do. */
export function afterFailure(key: string, before: EvidenceRecord | null, now: number): EvidenceRecord {
  const failures = (before?.failures ?? 0) + 1;
  const nothing = { key, pieces: [], freshUntil: 0, usedAt: now };
  return { ...nothing, ...before, failures, retryAt: now + backOff(failures) };
}

/**
 * The engine found a piece genuine: what is genuine and older goes, and what came earlier and was not.
 *
 * @returns the record itself where that is no news
 */
export function afterBelieved(
  before: EvidenceRecord,
  { slot, fetchedAt }: EvidencePiece,
  thisUpdate: number,
): EvidenceRecord {
  const isMeant = (piece: EvidencePiece): boolean => piece.slot === slot && piece.fetchedAt === fetchedAt;
  if (!before.pieces.some((piece) => isMeant(piece) && piece.genuine !== thisUpdate)) return before;
  const told = before.pieces.map((piece) => (isMeant(piece) ? { ...piece, genuine: thisUpdate } : piece));
  const newest = genuineOf({ ...before, pieces: told })!;
  const later = told.slice(0, told.indexOf(newest)).filter(({ genuine }) => genuine === null);
  return { ...before, pieces: [...later, newest] };
}

/** The newest of them; of two alike, what came last. */
function genuineOf(record: EvidenceRecord | null): EvidencePiece | undefined {
  const known = (record?.pieces ?? []).filter(({ genuine }) => genuine !== null);
  return known.reduce<EvidencePiece | undefined>(
    (newest, piece) => (newest === undefined || piece.genuine! > newest.genuine! ? piece : newest),
    undefined,
  );
}

/**
 * Not only until nextUpdate: an authority that revokes may publish earlier (a day is what the CA/B Forum
 * gives them). Nor less than ten minutes, or a source that serves outdated evidence is asked at every message.
 */
function freshUntil(now: number, nextUpdate: number | null): number {
  return Math.min(Math.max(nextUpdate ?? now + hour, now + 10 * minute), now + day);
}

/** One minute, two, four … six hours. */
function backOff(failures: number): number {
  return Math.min(2 ** Math.min(failures - 1, 10) * minute, 6 * hour);
}
