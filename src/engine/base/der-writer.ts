/** DER writing (X.690): parts in, one complete encoding out. Large contents are written by `header` alone, so that the caller allocates once. */
import { type Bytes, type Der, concat, fromUtf8 } from "./bytes.js";
import { type Element, children, contents, tags } from "./der-reader.js";
import { readOctetString } from "./der-values.js";

/** Identifier and length octets for contents of `length` octets. */
export function header(tag: number, length: number): Bytes {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(tag, 0x80 | octets.length, ...octets);
}

export function encode(tag: number, ...parts: readonly Bytes[]): Der {
  let length = 0;
  for (const part of parts) length += part.length;
  return concat([header(tag, length), ...parts]) as Der;
}

export function sequence(...parts: readonly Bytes[]): Der {
  return encode(tags.sequence, ...parts);
}

/** SET OF in DER order: ascending by encoding (X.690 §11.6). */
export function setOf(parts: readonly Bytes[], tag: number = tags.set): Der {
  return encode(tag, ...[...parts].sort(compareEncodings));
}

export function compareEncodings(a: Bytes, b: Bytes): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

export function objectIdentifier(dotted: string): Der {
  const arcs = dotted.split(".").map(BigInt);
  const octets: number[] = [];
  const [root, second, ...rest] = arcs as [bigint, bigint, ...bigint[]];
  for (const arc of [root * 40n + second, ...rest]) {
    const digits = [Number(arc & 0x7fn)];
    for (let high = arc >> 7n; high > 0n; high >>= 7n) digits.unshift(Number(high & 0x7fn) | 0x80);
    octets.push(...digits);
  }
  return encode(tags.objectIdentifier, Uint8Array.from(octets));
}

/** A non-negative INTEGER from its magnitude, big-endian. */
export function unsignedInteger(magnitude: Bytes): Der {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const trimmed = magnitude.subarray(start);
  if (trimmed.length === 0) return encode(tags.integer, Uint8Array.of(0));
  return trimmed[0]! >= 0x80
    ? encode(tags.integer, Uint8Array.of(0), trimmed)
    : encode(tags.integer, trimmed);
}

export function smallInteger(value: number): Der {
  const octets: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return unsignedInteger(Uint8Array.from(octets));
}

export function octetString(octets: Bytes): Der {
  return encode(tags.octetString, octets);
}

export function bitString(octets: Bytes): Der {
  return encode(tags.bitString, Uint8Array.of(0), octets);
}

export function boolean(value: boolean): Der {
  return encode(tags.boolean, Uint8Array.of(value ? 0xff : 0));
}

export const nullValue = Uint8Array.of(tags.null, 0) as Der;

export function utf8String(text: string): Der {
  return encode(tags.utf8String, fromUtf8(text));
}

/** UTCTime to 2049, GeneralizedTime after (RFC 5652 §11.3, RFC 5280 §4.1.2.5). */
export function time(at: Date): Der {
  const digits = at.toISOString().replace(/[-:T]/g, "").slice(0, 14);
  const year = at.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? encode(tags.utcTime, fromUtf8(`${digits.slice(2)}Z`))
    : encode(tags.generalizedTime, fromUtf8(`${digits}Z`));
}

/**
 * The same element as DER, under another tag: definite, minimal lengths and joined strings. The order
 * of a SET is kept as it was sent.
 * @throws MalformedError
 */
export function reencodeAsDer(element: Element, tag: number = element.tag): Der {
  if ((element.tag & 0x20) === 0) return encode(tag, contents(element));
  if (element.tag === (tags.octetString | 0x20)) return encode(tags.octetString, readOctetString(element));
  return encode(tag, ...children(element).map((child) => reencodeAsDer(child)));
}
