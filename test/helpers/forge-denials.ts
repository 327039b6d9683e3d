/** NSEC3 records (RFC 5155) as an attacker who owns a zone makes them: any rounds, any salt, any neighbour. */
import { createHash } from "node:crypto";
import type { Bytes } from "../../src/engine/index.js";
import { concat } from "../../src/engine/base/bytes.js";
import type { ResourceRecord } from "../../src/engine/dns/dns-message.js";
import { recordTypes } from "../../src/engine/dns/dns-message.js";
import { nameOctets, parseName } from "../../src/engine/dns/dns-name.js";
import { record } from "./forge-zones.js";

export interface Hashing {
  readonly iterations?: number;
  readonly salt?: Bytes;
  readonly optOut?: boolean;
  /** 1 is SHA-1, the only one there is */
  readonly algorithm?: number;
}

/** RFC 5155 §5 */
export function hashOf(name: string, { iterations = 0, salt = new Uint8Array() }: Hashing = {}): Bytes {
  let hash: Bytes = new Uint8Array(nameOctets(parseName(name)));
  for (let round = 0; round <= iterations; round++)
    hash = new Uint8Array(createHash("sha1").update(hash).update(salt).digest());
  return hash;
}

/** A record that stands for hashes, not names: from one, exclusive, to the next. */
export interface HashedRange {
  readonly from: Bytes;
  readonly to: Bytes;
  readonly types: readonly number[];
}

export function nsec3(zone: string, { from, to, types }: HashedRange, hashing: Hashing = {}): ResourceRecord {
  const { iterations = 0, salt = new Uint8Array(), optOut = false, algorithm = 1 } = hashing;
  const bitmap = new Uint8Array(32);
  for (const type of types) bitmap[type >> 3]! |= 0x80 >> (type & 7);
  const rdata = concat([
    Uint8Array.of(algorithm, optOut ? 1 : 0, iterations >> 8, iterations & 0xff, salt.length),
    ...[salt, Uint8Array.of(to.length), to, Uint8Array.of(0, 32), bitmap],
  ]);
  const label = base32Hex(from);
  return record(zone === "" ? label : `${label}.${zone}`, recordTypes.nsec3, rdata);
}

/** The whole circle of a zone. @param names with the types that are there, as text without a dot at the end */
export function hashedChain(
  zone: string,
  names: Readonly<Record<string, readonly number[]>>,
  hashing: Hashing = {},
): readonly ResourceRecord[] {
  const hashed = Object.entries(names).map(([name, types]) => ({ hash: hashOf(name, hashing), types }));
  hashed.sort((a, b) => Buffer.compare(a.hash, b.hash));
  return hashed.map(({ hash, types }, index) => {
    const { hash: to } = hashed[(index + 1) % hashed.length]!;
    return nsec3(zone, { from: hash, to, types }, hashing);
  });
}

/** One less, one more: the narrowest range around a hash ("white lies", RFC 7129 §B). */
export function around(hash: Bytes, types: readonly number[] = []): HashedRange {
  const [from, to] = [hash.slice(), hash.slice()];
  from[19]! -= 1;
  to[19]! += 1;
  return { from, to, types };
}

function base32Hex(octets: Bytes): string {
  const bits = Array.from(octets, (octet) => octet.toString(2).padStart(8, "0")).join("");
  return bits.replace(/.{5}/g, (five) => Number.parseInt(five, 2).toString(32));
}
