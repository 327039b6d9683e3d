/**
 * DNS messages on the wire (RFC 1035 §4): a question out, an answer in. Reads structure and believes
 * nothing; whether an answer is true is for `resolve-securely.ts`.
 */
import { type Bytes, concat } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { type DnsName, checkName, lowerCase, nameOctets } from "./dns-name.js";

/** numbers of RFC 1035 §3.2.2, 4034, 5155, 6672, 8162 */
export const recordTypes = {
  ns: 2,
  cname: 5,
  soa: 6,
  dname: 39,
  ds: 43,
  rrsig: 46,
  nsec: 47,
  dnskey: 48,
  nsec3: 50,
  smimea: 53,
} as const;

export interface ResourceRecord {
  readonly name: DnsName;
  readonly type: number;
  /** seconds */
  readonly ttl: number;
  /** names inside uncompressed, and in lower case where RFC 4034 §6.2 (with RFC 6840 §5.1) says so */
  readonly rdata: Bytes;
}

export interface DnsMessage {
  readonly truncated: boolean;
  /** 0: no error; 3: the name does not exist (RFC 1035 §4.1.1) */
  readonly responseCode: number;
  readonly question: { readonly name: DnsName; readonly type: number };
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
}

const internet = 1;
const optType = 41;
/** RFC 6891 §6.1.2: the root, OPT, 4096 octets, version 0, DO; the length of the options follows */
const optHead = Uint8Array.of(0, 0, optType, 0x10, 0, 0, 0, 0x80, 0);
/** RFC 7830 */
const paddingOption = 12;
const paddingBlock = 128;
/** octets; a DoH answer has no more (RFC 8484 §6) */
const maximumMessage = 65_535;
const maximumRecords = 1_000;

/**
 * A query with EDNS(0), DO and CD: signatures, please, and what the resolver thinks bogus too, because
 * we judge ourselves (RFC 4035 §3.2, RFC 8484 §4.1: the ID is 0, so that caches work).
 */
export function buildQuery(name: DnsName, type: number): Bytes {
  const header = Uint8Array.of(0, 0, 0x01, 0x10, 0, 1, 0, 0, 0, 0, 0, 1);
  const question = Uint8Array.of(type >> 8, type & 0xff, 0, internet);
  const asked = nameOctets(name);
  // RFC 8467 §4.1: so that the length of what is encrypted does not tell the length of the name.
  const used = header.length + asked.length + question.length + optHead.length + 6;
  const padding = (paddingBlock - (used % paddingBlock)) % paddingBlock;
  const option = Uint8Array.of(0, padding + 4, 0, paddingOption, 0, padding);
  return concat([header, asked, question, optHead, option, new Uint8Array(padding)]);
}

/** @param octets a whole message, without the length that TCP puts before it @throws MalformedError */
export function parseMessage(octets: Bytes): DnsMessage {
  if (octets.length < 12 || octets.length > maximumMessage) throw malformed("length");
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const flags = view.getUint16(2);
  const [questions, answers, authorities] = [4, 6, 8].map((at) => view.getUint16(at));
  if ((flags & 0x8000) === 0) throw malformed("not an answer");
  if (questions !== 1 || answers! + authorities! > maximumRecords) throw malformed("counts");
  const reader: Reader = { octets, view, at: 12 };
  const name = readName(reader);
  const type = readShort(reader);
  if (readShort(reader) !== internet) throw malformed("class");
  return {
    truncated: (flags & 0x0200) !== 0,
    responseCode: flags & 0x0f,
    question: { name, type },
    answer: readRecords(reader, answers!),
    authority: readRecords(reader, authorities!),
  };
}

interface Reader {
  readonly octets: Bytes;
  readonly view: DataView;
  at: number;
}

function readRecords(reader: Reader, count: number): readonly ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let i = 0; i < count; i++) {
    const record = readRecord(reader);
    if (record !== null) records.push(record);
  }
  return records;
}

/** @returns null for another class than IN */
function readRecord(reader: Reader): ResourceRecord | null {
  const name = readName(reader);
  const [type, recordClass] = [readShort(reader), readShort(reader)];
  const ttl = (readShort(reader) << 16) | readShort(reader);
  const end = readShort(reader) + reader.at;
  if (end > reader.octets.length) throw malformed("record");
  const rdata = readData(reader, type, end);
  reader.at = end;
  return recordClass === internet ? { name, type, ttl: ttl >>> 0, rdata } : null;
}

/** Names at the start of the data of those types that may be compressed and that we look into. */
const leadingNames: Readonly<Record<number, number>> = {
  [recordTypes.ns]: 1,
  [recordTypes.cname]: 1,
  [recordTypes.dname]: 1,
  [recordTypes.soa]: 2,
};

function readData(reader: Reader, type: number, end: number): Bytes {
  const names: Bytes[] = [];
  for (let left = leadingNames[type] ?? 0; left > 0; left--) names.push(nameOctets(readName(reader)));
  if (reader.at > end) throw malformed("record data");
  const rest = reader.octets.slice(reader.at, end);
  return names.length === 0 ? rest : concat([...names, rest]);
}

/** Follows pointers (RFC 1035 §4.1.4), each to an earlier place than the one before, so that it ends. */
function readName(reader: Reader): DnsName {
  const labels: string[] = [];
  let at = reader.at;
  let after: number | null = null;
  let earliest = at;
  for (;;) {
    const length = octetAt(reader, at);
    if (length === 0) break;
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | octetAt(reader, at + 1);
      if (target >= earliest) throw malformed("pointer");
      after ??= at + 2;
      at = earliest = target;
      continue;
    }
    if (length > 63 || labels.length > 127) throw malformed("label");
    const octets = reader.octets.subarray(at + 1, at + 1 + length);
    if (octets.length !== length) throw malformed("label");
    labels.push(lowerCase(String.fromCharCode(...octets)));
    at += 1 + length;
  }
  reader.at = after ?? at + 1;
  return checkName(labels);
}

/** A name inside the data of a record, which is not compressed. @returns it, and where it ends */
export function readPlainName(rdata: Bytes, start: number): { readonly name: DnsName; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = rdata[at];
    if (length === undefined || length > 63 || labels.length > 127) throw malformed("name in record");
    if (length === 0) return { name: checkName(labels), end: at + 1 };
    const octets = rdata.subarray(at + 1, at + 1 + length);
    if (octets.length !== length) throw malformed("name in record");
    labels.push(lowerCase(String.fromCharCode(...octets)));
    at += 1 + length;
  }
}

function octetAt({ octets }: Reader, at: number): number {
  const octet = octets[at];
  if (octet === undefined) throw malformed("end");
  return octet;
}

function readShort(reader: Reader): number {
  if (reader.at + 2 > reader.octets.length) throw malformed("end");
  const value = reader.view.getUint16(reader.at);
  reader.at += 2;
  return value;
}

function malformed(detail: string): MalformedError {
  return new MalformedError("dns-malformed", detail);
}
