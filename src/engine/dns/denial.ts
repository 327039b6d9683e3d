/**
 * Proofs that something is not there: NSEC (RFC 4034 §4, RFC 4035 §5.4) and NSEC3 (RFC 5155 §8). The
 * records given here have been verified and are all of one zone; what they prove is judged here.
 */
import { type Bytes, concat, equal } from "../base/bytes.js";
import { compareEncodings } from "../base/der-writer.js";
import { digest } from "../primitives/digest.js";
import { recordTypes } from "./dns-message.js";
import { type DnsName, commonAncestor, compareNames, isWithin, nameOctets, sameName } from "./dns-name.js";
import type { Nsec, Nsec3 } from "./dnssec-records.js";

export interface DenialRecords {
  readonly zone: DnsName;
  readonly nsec: readonly Nsec[];
  readonly nsec3: readonly Nsec3[];
  /** hears of each hash before it is made, and throws where it was too many (CVE-2023-50868) */
  readonly spend: (hashes: number) => void;
}

/**
 * `no-such-type`: the name is there, or stands above others, without that type · `no-such-name` · `opt-out`: a
 * delegation may be there, and then it is unsigned (RFC 5155 §6) · null: nothing is proven
 */
export type Denial =
  | { readonly kind: "no-such-type"; readonly types: ReadonlySet<number> }
  | { readonly kind: "no-such-name" }
  | { readonly kind: "opt-out" }
  | null;

const noTypes: ReadonlySet<number> = new Set();

export async function denialOf(records: DenialRecords, name: DnsName, type: number): Promise<Denial> {
  return denialByNsec(records, name, type) ?? (await denialByNsec3(records, name, type));
}

/**
 * A wildcard answered for this name (RFC 4035 §5.3.4, RFC 5155 §8.8): nothing nearer may be there.
 *
 * @param labels of the wildcard's parent
 * @returns `opt-out`: an unsigned delegation may be there, for whose names the wildcard does not speak; null: unproven
 */
export async function deniesCloserMatch(
  records: DenialRecords,
  name: DnsName,
  labels: number,
): Promise<"denied" | "opt-out" | null> {
  const nextCloser = name.slice(name.length - labels - 1);
  // A record can cover the name and yet show that its parent is there, which the wildcard then does not speak for.
  const shows = ({ owner, next }: Nsec): boolean => isWithin(owner, nextCloser) || isWithin(next, nextCloser);
  if (records.nsec.some((record) => covers(record, name) && !shows(record))) return "denied";
  const covering = (await hashedRecords(records, nextCloser)).find(coversHash);
  if (covering === undefined) return null;
  return covering.record.optOut ? "opt-out" : "denied";
}

// ------------------------------------------------------------------ NSEC

function denialByNsec({ zone, nsec }: DenialRecords, name: DnsName, type: number): Denial {
  for (const { owner, types } of nsec) {
    if (sameName(owner, name)) return denialAt(types, { type, isApex: sameName(owner, zone) });
  }
  const covering = nsec.find((record) => covers(record, name));
  if (covering === undefined) return null;
  // RFC 4035 §3.1.3.1: a name that only others stand below has no NSEC of its own.
  if (isWithin(covering.next, name)) return { kind: "no-such-type", types: noTypes };
  const [a, b] = [commonAncestor(name, covering.owner), commonAncestor(name, covering.next)];
  const wildcard = ["*", ...(a.length > b.length ? a : b)];
  for (const { owner, types } of nsec) {
    if (sameName(owner, wildcard)) return denialAt(types, { type, isApex: false });
  }
  return nsec.some((record) => covers(record, wildcard)) ? { kind: "no-such-name" } : null;
}

/** RFC 6840 §4.1, §4.3: the parent's side of a delegation speaks of DS alone, the child's never of DS. */
function denialAt(
  types: ReadonlySet<number>,
  { type, isApex }: { readonly type: number; readonly isApex: boolean },
): Denial {
  if (types.has(type) || types.has(recordTypes.cname)) return null;
  const isDelegation = types.has(recordTypes.ns) && !types.has(recordTypes.soa);
  if (type === recordTypes.ds ? isApex || types.has(recordTypes.soa) : isDelegation) return null;
  return { kind: "no-such-type", types };
}

/** Is the name strictly between the two (RFC 4034 §4.1.1)? The last record leads back to the first. */
function covers({ owner, next, types }: Nsec, name: DnsName): boolean {
  // RFC 6840 §4.1: below a delegation or a DNAME it is not this record's to speak.
  const leadsAway =
    (types.has(recordTypes.ns) && !types.has(recordTypes.soa)) || types.has(recordTypes.dname);
  if (leadsAway && isWithin(name, owner)) return false;
  if (compareNames(owner, name) >= 0) return false;
  return compareNames(name, next) < 0 || compareNames(next, owner) <= 0;
}

// ------------------------------------------------------------------ NSEC3

/** RFC 9276 §3.2: more are a cost that proves nothing better. */
const maximumIterations = 100;
const sha1Algorithm = 1;
/** labels of an address's name; each costs a hash */
const maximumDepth = 20;

interface HashedRecord {
  readonly record: Nsec3;
  readonly ownerHash: Bytes;
  readonly nameHash: Bytes;
}

async function denialByNsec3(records: DenialRecords, name: DnsName, type: number): Promise<Denial> {
  if (records.nsec3.length === 0 || name.length - records.zone.length > maximumDepth) return null;
  const matching = (await hashedRecords(records, name)).find(matchesHash);
  if (matching !== undefined) {
    return denialAt(matching.record.types, { type, isApex: sameName(name, records.zone) });
  }
  const encloser = await closestEncloser(records, name);
  if (encloser === null) return null;
  const nextCloser = name.slice(name.length - encloser.length - 1);
  const covering = (await hashedRecords(records, nextCloser)).find(coversHash);
  if (covering === undefined) return null;
  // RFC 5155 §8.9: between the hashes there may be delegations that were left out.
  if (covering.record.optOut) return { kind: "opt-out" };
  const wildcard = await hashedRecords(records, ["*", ...encloser]);
  const matchingWildcard = wildcard.find(matchesHash);
  if (matchingWildcard !== undefined) {
    return denialAt(matchingWildcard.record.types, { type, isApex: false });
  }
  return wildcard.some(coversHash) ? { kind: "no-such-name" } : null;
}

/** RFC 5155 §8.3: the longest ancestor that is proven to be there, and not given away or redirected. */
async function closestEncloser(records: DenialRecords, name: DnsName): Promise<DnsName | null> {
  for (let start = 1; name.length - start >= records.zone.length; start++) {
    const ancestor = name.slice(start);
    const matching = (await hashedRecords(records, ancestor)).find(matchesHash);
    if (matching === undefined) continue;
    const { types } = matching.record;
    const isDelegation = types.has(recordTypes.ns) && !types.has(recordTypes.soa);
    return isDelegation || types.has(recordTypes.dname) ? null : ancestor;
  }
  return null;
}

async function hashedRecords(
  { zone, nsec3, spend }: DenialRecords,
  name: DnsName,
): Promise<readonly HashedRecord[]> {
  const [first] = nsec3;
  if (first === undefined || first.hashAlgorithm !== sha1Algorithm || first.iterations > maximumIterations)
    return [];
  spend(first.iterations + 1);
  const nameHash = await hashName(name, first);
  const hashed: HashedRecord[] = [];
  for (const record of nsec3) {
    const [label, ...rest] = record.owner;
    // RFC 5155 §8.2: records with other parameters are none of this chain.
    const sameChain = record.iterations === first.iterations && equal(record.salt, first.salt);
    const ownerHash = sameChain && label !== undefined && sameName(rest, zone) ? fromBase32Hex(label) : null;
    if (ownerHash !== null) hashed.push({ record, ownerHash, nameHash });
  }
  return hashed;
}

/** RFC 5155 §5 */
async function hashName(name: DnsName, { salt, iterations }: Nsec3): Promise<Bytes> {
  let hash = await digest("SHA-1", concat([nameOctets(name), salt]));
  for (let i = 0; i < iterations; i++) hash = await digest("SHA-1", concat([hash, salt]));
  return hash;
}

function matchesHash({ ownerHash, nameHash }: HashedRecord): boolean {
  return equal(ownerHash, nameHash);
}

/** The last record of the circle speaks also for what comes before the first. */
function coversHash({ record: { nextHash }, ownerHash, nameHash }: HashedRecord): boolean {
  const after = compareEncodings(ownerHash, nameHash) < 0;
  const before = compareEncodings(nameHash, nextHash) < 0;
  return compareEncodings(nextHash, ownerHash) <= 0 ? after || before : after && before;
}

const base32Hex = "0123456789abcdefghijklmnopqrstuv";

/** RFC 4648 §7, without padding @returns null where it is none */
function fromBase32Hex(text: string): Bytes | null {
  const octets: number[] = [];
  let [bits, count] = [0, 0];
  for (const letter of text) {
    const value = base32Hex.indexOf(letter);
    if (value < 0) return null;
    bits = ((bits << 5) | value) & 0xfff;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    octets.push((bits >> count) & 0xff);
  }
  return Uint8Array.from(octets);
}
