/**
 * Zones as an attacker makes them, who owns one and may lie in it: signed records without a name server, so that
 * tests can leave out, repeat and mix what BIND never would. Ed25519 (RFC 8080) throughout.
 */
import type { Bytes } from "../../src/engine/index.js";
import { concat } from "../../src/engine/base/bytes.js";
import type { DnsMessage, ResourceRecord } from "../../src/engine/dns/dns-message.js";
import { recordTypes } from "../../src/engine/dns/dns-message.js";
import { type DnsName, nameOctets, parseName } from "../../src/engine/dns/dns-name.js";
import {
  type DelegationSigner,
  parseDelegationSigner,
  parseDnsKey,
} from "../../src/engine/dns/dnssec-records.js";

export const ttl = 3600;
/** seconds since 1970 */
export const now = Date.UTC(2026, 5, 1) / 1000;
const ed25519 = 15;

export interface ForgedZone {
  readonly name: DnsName;
  readonly dnskey: ResourceRecord;
  readonly privateKey: CryptoKey;
}

export interface SignOptions {
  readonly inception?: number;
  readonly expiration?: number;
  /** fewer than the name has: out of a wildcard */
  readonly labels?: number;
  readonly originalTtl?: number;
}

export async function forgeZone(text: string): Promise<ForgedZone> {
  const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const name = parseName(text);
  return { name, dnskey: keyRecord(name, raw), privateKey: pair.privateKey };
}

export function record(name: DnsName | string, type: number, rdata: Bytes): ResourceRecord {
  return { name: typeof name === "string" ? parseName(name) : name, type, ttl, rdata };
}

export function keyRecord(name: DnsName, publicKey: Bytes): ResourceRecord {
  return record(name, recordTypes.dnskey, concat([Uint8Array.of(1, 1, 3, ed25519), publicKey]));
}

export async function delegation(
  { name, dnskey }: ForgedZone,
  change: { readonly algorithm?: number; readonly digestType?: number } = {},
): Promise<ResourceRecord> {
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", concat([nameOctets(name), dnskey.rdata])),
  );
  const { keyTag } = parseDnsKey(dnskey);
  const { algorithm = ed25519, digestType = 2 } = change;
  return record(
    name,
    recordTypes.ds,
    concat([Uint8Array.of(keyTag >> 8, keyTag & 0xff, algorithm, digestType), digest]),
  );
}

export async function anchorOf(zone: ForgedZone): Promise<DelegationSigner> {
  return parseDelegationSigner(await delegation(zone));
}

/** RFC 4034 §3.1.8.1. @param records of one name and type @returns them with their signature */
export async function signed(
  zone: ForgedZone,
  records: readonly ResourceRecord[],
  options: SignOptions = {},
): Promise<readonly ResourceRecord[]> {
  const [{ name, type }] = records as readonly [ResourceRecord];
  const own = name[0] === "*" ? name.length - 1 : name.length;
  const { labels = own, originalTtl = ttl, inception = now - 3600, expiration = now + 86_400 } = options;
  const head = new Uint8Array(18);
  const view = new DataView(head.buffer);
  view.setUint16(0, type);
  head[2] = ed25519;
  head[3] = labels;
  view.setUint32(4, originalTtl);
  view.setUint32(8, expiration);
  view.setUint32(12, inception);
  view.setUint16(16, parseDnsKey(zone.dnskey).keyTag);
  const start = concat([head, nameOctets(zone.name)]);
  const owner = nameOctets(labels < own ? ["*", ...name.slice(name.length - labels)] : name);
  const middle = Uint8Array.of(type >> 8, type & 0xff, 0, 1, ...head.subarray(4, 8));
  const sorted = records.map(({ rdata }) => rdata).sort((a, b) => Buffer.compare(a, b));
  const data = sorted.flatMap((rdata) => [
    ...[owner, middle, Uint8Array.of(rdata.length >> 8, rdata.length & 0xff), rdata],
  ]);
  const signature = await crypto.subtle.sign("Ed25519", zone.privateKey, concat([start, ...data]));
  return [...records, record(name, recordTypes.rrsig, concat([start, new Uint8Array(signature)]))];
}

export function nsec(owner: string, next: string, types: readonly number[]): ResourceRecord {
  const bitmap = new Uint8Array(32);
  for (const type of types) bitmap[type >> 3]! |= 0x80 >> (type & 7);
  return record(owner, recordTypes.nsec, concat([nameOctets(parseName(next)), Uint8Array.of(0, 32), bitmap]));
}

/** What is answered to whom: "name type" to answer and authority; whatever is not there is answered with nothing. */
export type Answers = Readonly<
  Record<
    string,
    { readonly answer?: readonly ResourceRecord[]; readonly authority?: readonly ResourceRecord[] }
  >
>;

export function answering(answers: Answers) {
  const asked: string[] = [];
  const ask = async (name: DnsName, type: number): Promise<DnsMessage> => {
    const question = `${name.join(".")} ${type}`;
    asked.push(question);
    const { answer = [], authority = [] } = answers[question] ?? {};
    return { truncated: false, responseCode: 0, question: { name, type }, answer, authority };
  };
  return { asked, ask };
}
