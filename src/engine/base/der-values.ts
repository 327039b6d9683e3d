/** Reading the universal types out of elements: integers, OIDs, strings, times (X.690 §8, §11; RFC 5280 §4.1.2.5). */
import type { Bytes } from "./bytes.js";
import { toAscii, toLatin1, toUtf8Strict } from "./bytes.js";
import { type Element, contents, expectTag, maximumElements, readElement, tags } from "./der-reader.js";
import { MalformedError } from "./errors.js";
import { claimBytes, isOwn } from "./own-bytes.js";

function malformed(detail: string): MalformedError {
  return new MalformedError("asn1-malformed", detail);
}

export function readBoolean(element: Element): boolean {
  const octets = contents(expectTag(element, tags.boolean));
  if (octets.length !== 1) throw malformed("boolean length");
  if (element.encoding === "der" && octets[0] !== 0 && octets[0] !== 0xff) {
    throw new MalformedError("asn1-not-der", "boolean value");
  }
  return octets[0] !== 0;
}

/** Contents of an INTEGER, two's complement, as they stood. Not minimal is refused in DER. */
export function readInteger(element: Element, tag: number = tags.integer): Bytes {
  const octets = contents(expectTag(element, tag));
  if (octets.length === 0) throw malformed("empty integer");
  const padded =
    octets.length > 1 &&
    ((octets[0] === 0 && octets[1]! < 0x80) || (octets[0] === 0xff && octets[1]! >= 0x80));
  if (padded && element.encoding === "der") {
    throw new MalformedError("asn1-not-der", "integer not minimal");
  }
  return octets;
}

/** Magnitude of an INTEGER that must not be negative, without its leading zero octet. */
export function readUnsignedInteger(element: Element): Bytes {
  const octets = readInteger(element);
  if (octets[0]! >= 0x80) throw malformed("negative integer");
  return octets[0] === 0 && octets.length > 1 ? octets.subarray(1) : octets;
}

/** An INTEGER from 0 to 2^31 − 1: versions, iteration counts, lengths. */
export function readSmallInteger(element: Element, tag: number = tags.integer): number {
  const octets = readInteger(element, tag);
  if (octets.length > 4 || octets[0]! >= 0x80) throw malformed("integer out of range");
  let value = 0;
  for (const octet of octets) value = value * 256 + octet;
  return value;
}

/** Dotted form, e.g. `1.2.840.113549.1.7.2`. */
export function readObjectIdentifier(element: Element): string {
  const octets = contents(expectTag(element, tags.objectIdentifier));
  if (octets.length === 0 || octets.length > 64 || octets[octets.length - 1]! >= 0x80) {
    throw malformed("object identifier");
  }
  let text = "";
  let start = 0;
  for (let at = 0; at < octets.length; at++) {
    if (octets[at]! >= 0x80) continue;
    if (octets[start] === 0x80) throw malformed("object identifier arc not minimal");
    text += text === "" ? firstArcs(readArc(octets, start, at)) : `.${readArc(octets, start, at)}`;
    start = at + 1;
  }
  return text;
}

/** Base 128 from `start` to `last`; beyond 2^49, where numbers are not exact any more, as a bigint. */
function readArc(octets: Bytes, start: number, last: number): number | bigint {
  let arc: number | bigint = 0;
  if (last - start < 7) {
    for (let at = start; at <= last; at++) arc = arc * 128 + (octets[at]! & 0x7f);
  } else {
    arc = 0n;
    for (let at = start; at <= last; at++) arc = (arc << 7n) | BigInt(octets[at]! & 0x7f);
  }
  return arc;
}

/** The first two stand in one (X.690 §8.19.4). */
function firstArcs(arc: number | bigint): string {
  if (arc >= 80) return `2.${BigInt(arc) - 80n}`;
  return arc >= 40 ? `1.${Number(arc) - 40}` : `0.${arc}`;
}

/**
 * A view where the string is primitive; joined where BER cut it into chunks: a copy, or, where a large one
 * stands in a buffer of our own, moved together where it is.
 * `tag` may be an implicit one, e.g. `context(0, "primitive")`; its constructed form is accepted in BER.
 */
export function readOctetString(element: Element, tag: number = tags.octetString): Bytes {
  if (element.tag === tag) return claimedAs(element.source, contents(element));
  if (element.tag !== (tag | 0x20)) expectTag(element, tag);
  if (element.encoding === "der") throw new MalformedError("asn1-not-der", "constructed string");
  const length = element.contentEnd - element.contentStart;
  if (length >= largeString && isOwn(element.source)) return moveTogether(element);
  // The contents are never shorter than what their chunks hold: one allocation, one copy.
  const joined = { octets: new Uint8Array(length), length: 0, chunks: 0 };
  joinChunks(element, joined);
  return claimBytes(joined.octets.subarray(0, joined.length));
}

const largeString = 1024 * 1024;

/** What was moved together has no chunks any more: whoever reads it again gets the same view. */
const moved = new WeakMap<Bytes, Map<number, Bytes>>();

function moveTogether(element: Element): Bytes {
  const { source, start } = element;
  let views = moved.get(source);
  if (views === undefined) moved.set(source, (views = new Map()));
  let view = views.get(start);
  if (view === undefined) {
    const joined = { octets: contents(element), length: 0, chunks: 0 };
    joinChunks(element, joined);
    view = joined.octets.subarray(0, joined.length);
    views.set(start, view);
  }
  return claimedAs(source, view);
}

/** A large view of what is our own is our own. */
function claimedAs(source: Bytes, view: Bytes): Bytes {
  return view.length >= largeString && isOwn(source) ? claimBytes(view) : view;
}

function joinChunks(element: Element, joined: { octets: Bytes; length: number; chunks: number }): void {
  const { source, encoding, contentEnd, depth } = element;
  for (let offset = element.contentStart; offset < contentEnd;) {
    if (++joined.chunks > maximumElements(joined.length)) throw malformed("too many small chunks");
    const child = readElement(source, encoding, offset, contentEnd, depth + 1);
    offset = child.end;
    if (child.tag === (tags.octetString | 0x20)) {
      joinChunks(child, joined);
      continue;
    }
    const chunk = contents(expectTag(child, tags.octetString));
    joined.octets.set(chunk, joined.length);
    joined.length += chunk.length;
  }
}

export interface BitString {
  readonly unusedBits: number;
  readonly octets: Bytes;
}

export function readBitString(element: Element, tag: number = tags.bitString): BitString {
  const all = contents(expectTag(element, tag));
  const unusedBits = all[0];
  if (unusedBits === undefined || unusedBits > 7 || (all.length === 1 && unusedBits > 0)) {
    throw malformed("bit string");
  }
  if (unusedBits > 0 && (all[all.length - 1]! & ((1 << unusedBits) - 1)) !== 0) {
    throw new MalformedError("asn1-not-der", "bit string padding");
  }
  return { unusedBits, octets: all.subarray(1) };
}

/** A BIT STRING that holds whole octets: keys and signatures. */
export function readBitStringOctets(element: Element, tag?: number): Bytes {
  const { unusedBits, octets } = readBitString(element, tag);
  if (unusedBits !== 0) throw malformed("bit string of odd length");
  return octets;
}

/** Any of the directory string types as text; what is not valid in its type is refused. */
export function readString(element: Element): string {
  const octets = contents(element);
  switch (element.tag) {
    case tags.utf8String:
      return decode("utf-8", octets);
    case tags.bmpString:
      return decode("utf-16be", octets);
    case tags.universalString:
      return decodeUtf32(octets);
    case tags.teletexString:
      // T.61 as everybody writes it: Latin-1.
      return decode("iso-8859-1", octets);
    case tags.printableString:
    case tags.ia5String:
    case tags.numericString:
    case tags.visibleString:
      return ascii(octets);
    default:
      throw malformed("not a string");
  }
}

function ascii(octets: Bytes): string {
  const text = toLatin1(octets);
  if (/[\x80-\xff]/.test(text)) throw malformed("not ASCII");
  return text;
}

function decode(label: string, octets: Bytes): string {
  try {
    if (label === "utf-8") return toUtf8Strict(octets);
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(octets);
  } catch (cause) {
    throw new MalformedError("asn1-malformed", `not ${label}`, { cause });
  }
}

function decodeUtf32(octets: Bytes): string {
  if (octets.length % 4 !== 0) throw malformed("not UTF-32");
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  let text = "";
  for (let i = 0; i < octets.length; i += 4) {
    const codePoint = view.getUint32(i);
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) throw malformed("not UTF-32");
    text += String.fromCodePoint(codePoint);
  }
  return text;
}

/** UTCTime or GeneralizedTime in Zulu form. @returns milliseconds since 1970-01-01T00:00:00Z */
export function readTime(element: Element): number {
  const text = toAscii(contents(element));
  const short = element.tag === tags.utcTime;
  if (!short) expectTag(element, tags.generalizedTime);
  const pattern = short
    ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/
    : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/;
  const match = pattern.exec(text);
  if (match === null) throw malformed("time");
  const [year, month, day, hour, minute, second] = match.slice(1).map((s) => Number(s ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // RFC 5280 §4.1.2.5.1: two-digit years 50–99 are 19xx.
  const fullYear = short ? (year >= 50 ? 1900 + year : 2000 + year) : year;
  const date = new Date(0);
  date.setUTCFullYear(fullYear, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const exact =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute;
  if (!exact || second > 60) throw malformed("time");
  return date.getTime();
}
