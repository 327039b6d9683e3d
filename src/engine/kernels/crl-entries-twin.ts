/** Entries of a CRL in plain TypeScript: the oracle of the wasm kernel in tests, and the fall-back where wasm is blocked. */
import { type Bytes, equal } from "../base/bytes.js";
import { type Element, contents, readElement, tags } from "../base/der-reader.js";
import { MalformedError } from "../base/errors.js";

export interface FoundEntry {
  readonly entry: Bytes;
  /** begins with the entry, this one or the last before it, that names whose entries these are */
  readonly issuer: Bytes | null;
}

export interface CrlEntries {
  readonly found: readonly FoundEntry[];
  /** some entry has a critical extension that is none of RFC 5280 §5.3 */
  readonly unknownCritical: boolean;
  /** some entry names its issuer (RFC 5280 §5.3.3) */
  readonly namesIssuers: boolean;
}

/** where the list is broken, from its beginning */
export interface BrokenAt {
  readonly brokenAt: number;
}

/** In an indirect CRL several issuers may have used a number; not a thousand. */
export const maximumFound = 1_000;

/** longer than this, length octets included, and the kernel's chunk does not hold it */
const maximumLength = 0xffff;

export function crlEntriesTwin(list: Bytes, serial: Bytes): CrlEntries | BrokenAt {
  const found: FoundEntry[] = [];
  const seen = { unknownCritical: false, namesIssuer: false };
  let issuer: Bytes | null = null;
  for (let at = 0; at < list.length;) {
    const entry = wholeEntry(list, at, serial, seen);
    if (entry === null) return { brokenAt: at };
    if (seen.namesIssuer) issuer = list.subarray(at);
    seen.namesIssuer = false;
    if (entry.matches) found.push({ entry: list.subarray(at, entry.end), issuer });
    at = entry.end;
    if (found.length > maximumFound) return { brokenAt: at };
  }
  return { found, unknownCritical: seen.unknownCritical, namesIssuers: issuer !== null };
}

interface Seen {
  unknownCritical: boolean;
  namesIssuer: boolean;
}

// eslint-disable-next-line max-params -- mirrors the kernel, which has its parameters in memory
function wholeEntry(list: Bytes, at: number, serial: Bytes, seen: Seen) {
  try {
    const entry = child(list, at, list.length, tags.sequence);
    const number = child(list, entry.contentStart, entry.end, tags.integer);
    if (!isInteger(contents(number))) return null;
    const isUtc = list[number.end] === tags.utcTime;
    const time = child(list, number.end, entry.end, isUtc ? tags.utcTime : tags.generalizedTime);
    if (time.end < entry.end)
      readExtensions(child(list, time.end, entry.end, tags.sequence), entry.end, seen);
    return { end: entry.end, matches: equal(contents(number), serial) };
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

function readExtensions(extensions: Element, end: number, seen: Seen): void {
  const { source } = extensions;
  if (extensions.end !== end) throw new MalformedError("asn1-malformed", "entry");
  for (let at = extensions.contentStart; at < end;) {
    const extension = child(source, at, end, tags.sequence);
    const type = child(source, extension.contentStart, extension.end, tags.objectIdentifier);
    let next = type.end;
    let critical = false;
    if (source[next] === tags.boolean && next < extension.end) {
      const flag = child(source, next, extension.end, tags.boolean);
      if (flag.end - flag.contentStart !== 1) throw new MalformedError("asn1-malformed", "critical");
      critical = source[flag.contentStart] !== 0;
      next = flag.end;
    }
    const value = child(source, next, extension.end, tags.octetString);
    if (value.end !== extension.end) throw new MalformedError("asn1-malformed", "extension");
    const arc = arcOf2529(contents(type));
    if (arc === 29) seen.namesIssuer = true;
    else if (critical && arc !== 21 && arc !== 23 && arc !== 24) seen.unknownCritical = true;
    at = extension.end;
  }
}

// eslint-disable-next-line max-params -- an element of this tag at a place
function child(source: Bytes, at: number, end: number, tag: number): Element {
  const element = readElement(source, "der", at, end);
  if (element.tag !== tag || element.end - element.contentStart > maximumLength) {
    throw new MalformedError("asn1-malformed", "entry");
  }
  return element;
}

function isInteger([first, second]: Bytes): boolean {
  if (first === undefined || second === undefined) return first !== undefined;
  return !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
}

function arcOf2529(type: Bytes): number {
  return type.length === 3 && type[0] === 0x55 && type[1] === 0x1d ? type[2]! : 0;
}
