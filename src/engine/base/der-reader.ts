/**
 * Strict DER and tolerant BER reading over views (X.690). Structure only: an element knows where it
 * stands in the bytes; nothing is copied but the joined chunks of a BER string.
 * BER is for the shells of CMS that OpenSSL `-stream`, NSS and Bouncy Castle write with indefinite
 * lengths; certificates, signed attributes and keys are read as DER.
 */
import type { Bytes, Der } from "./bytes.js";
import { MalformedError } from "./errors.js";

export type Encoding = "der" | "ber";

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
} as const;

/** Context-specific tag [n]; constructed unless said otherwise. */
export function context(n: number, form: "constructed" | "primitive" = "constructed"): number {
  return 0x80 | n | (form === "constructed" ? 0x20 : 0);
}

export interface Element {
  readonly source: Bytes;
  readonly encoding: Encoding;
  /** identifier octet; tag numbers above 30 do not occur in our formats and are refused */
  readonly tag: number;
  /** offset of the identifier octet */
  readonly start: number;
  readonly contentStart: number;
  /** without the end-of-contents octets of an indefinite length */
  readonly contentEnd: number;
  readonly end: number;
  readonly depth: number;
}

const maximumDepth = 48;
/** of one SEQUENCE or SET; chunks of a string are walked one by one and do not count */
const maximumChildren = 65_536;

function malformed(detail: string): MalformedError {
  return new MalformedError("asn1-malformed", detail);
}

/**
 * Honest programs write chunks of a thousand octets or more. Millions of tiny ones only cost time, above
 * all where JavaScript is interpreted.
 */
export function maximumElements(octets: number): number {
  return 65_536 + octets / 128;
}

/** The element that begins at `offset`. @throws MalformedError */
// eslint-disable-next-line max-params -- called for every element of every message: no object is made for it
export function readElement(
  source: Bytes,
  encoding: Encoding,
  offset = 0,
  limit = source.length,
  depth = 0,
): Element {
  if (depth > maximumDepth) throw malformed("nested too deeply");
  if (offset + 2 > limit) throw malformed("truncated header");
  const tag = source[offset]!;
  if ((tag & 0x1f) === 0x1f) throw malformed("high tag number");
  const first = source[offset + 1]!;
  let contentStart = offset + 2;
  let length = first;
  if (first === 0x80) {
    return readIndefinite({ source, encoding, tag, start: offset, contentStart, depth }, limit);
  }
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 5 || contentStart + count > limit) throw malformed("bad length");
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + source[contentStart + i]!;
    if (encoding === "der" && (length < 0x80 || source[contentStart] === 0)) {
      throw new MalformedError("asn1-not-der", "length not minimal");
    }
    contentStart += count;
  }
  const end = contentStart + length;
  if (end > limit) throw malformed("length beyond the end");
  return { source, encoding, tag, start: offset, contentStart, contentEnd: end, end, depth };
}

/** Where indefinite lengths end, by source and start: found once, not once for each shell around them. */
const knownEnds = new WeakMap<Bytes, Map<number, number>>();
/** Honest messages have ten. */
const maximumKnownEnds = 1_000;

/**
 * Finds the end-of-contents octets. One pass with a stack of the open lengths, no recursion and no
 * allocation for what is passed over: a message may hold millions of chunks, and an attacker's may nest as
 * deep as it is long.
 */
function readIndefinite(head: Omit<Element, "contentEnd" | "end">, limit: number): Element {
  const { source, tag, contentStart } = head;
  if (head.encoding === "der") throw new MalformedError("asn1-not-der", "indefinite length");
  if ((tag & 0x20) === 0) throw malformed("indefinite length on a primitive");
  let ends = knownEnds.get(source);
  if (ends === undefined) knownEnds.set(source, (ends = new Map()));
  const known = ends.get(head.start);
  if (known !== undefined && known <= limit) return { ...head, contentEnd: known - 2, end: known };
  const open = [head.start];
  let offset = contentStart;
  let elements = 0;
  while (open.length > 0) {
    // Every shell around it is looked through again: what nobody writes must not cost that much.
    if (++elements > maximumElements(offset - contentStart)) throw malformed("too many small elements");
    if (offset + 2 > limit) throw malformed("no end-of-contents");
    const first = source[offset + 1]!;
    if (source[offset] === 0) {
      if (first !== 0) throw malformed("end-of-contents with a length");
      offset += 2;
      const start = open.pop()!;
      if (ends.size < maximumKnownEnds) ends.set(start, offset);
    } else if (first === 0x80) {
      if ((source[offset]! & 0x20) === 0) throw malformed("indefinite length on a primitive");
      open.push(offset);
      if (head.depth + open.length > maximumDepth) throw malformed("nested too deeply");
      offset += 2;
    } else {
      offset = endOfDefinite(source, offset, limit);
    }
  }
  return { ...head, contentEnd: offset - 2, end: offset };
}

/** The two forms that chunks of strings have, without an object for each; the rest, and every error, by the book. */
function endOfDefinite(source: Bytes, offset: number, limit: number): number {
  const first = source[offset + 1]!;
  let end = Infinity;
  if (first < 0x80) end = offset + 2 + first;
  else if (first === 0x82) end = offset + 4 + source[offset + 2]! * 256 + source[offset + 3]!;
  // Beyond the end of the source the sum is NaN, which is not within any limit.
  const isPlain = (source[offset]! & 0x1f) !== 0x1f && end <= limit;
  return isPlain ? end : readElement(source, "ber", offset, limit).end;
}

/** The one element that fills `source`. Trailing octets are refused. @throws MalformedError */
export function readWhole(source: Bytes, encoding: Encoding): Element {
  // Whoever begins anew may have changed the octets.
  knownEnds.delete(source);
  const element = readElement(source, encoding);
  if (element.end !== source.length) throw malformed("trailing octets");
  return element;
}

/** A view of the contents octets. */
export function contents(element: Element): Bytes {
  return element.source.subarray(element.contentStart, element.contentEnd);
}

/** A view of the complete encoding, header included. Only meaningful as `Der` when read as DER. */
export function encoded(element: Element): Bytes {
  return element.source.subarray(element.start, element.end);
}

/** Re-reads the element and everything in it as DER, and gives the receipt. @throws MalformedError */
export function asDer(element: Element): Der {
  const view = encoded(element);
  requireDer(readWhole(view, "der"));
  return view as Der;
}

function requireDer(element: Element): void {
  if ((element.tag & 0x20) === 0) return;
  const universal = (element.tag & 0xc0) === 0;
  if (universal && element.tag !== tags.sequence && element.tag !== tags.set) {
    throw new MalformedError("asn1-not-der", "constructed string");
  }
  const { source, contentEnd, depth } = element;
  for (let offset = element.contentStart; offset < contentEnd;) {
    const child = readChild(source, "der", offset, contentEnd, depth + 1);
    requireDer(child);
    offset = child.end;
  }
}

/** The elements inside a constructed one, in order. @throws MalformedError */
export function children(element: Element): Element[] {
  const { source, encoding, contentEnd, depth } = element;
  requireConstructed(element);
  const found: Element[] = [];
  // Without a generator, which takes twice as long where JavaScript is interpreted.
  for (let offset = element.contentStart; offset < contentEnd;) {
    if (found.length === maximumChildren) throw malformed("too many elements");
    const child = readChild(source, encoding, offset, contentEnd, depth + 1);
    found.push(child);
    offset = child.end;
  }
  return found;
}

/** The same, one at a time, without a bound on their number. @throws MalformedError */
export function* eachChild(element: Element): Generator<Element, void> {
  const { source, encoding, contentEnd, depth } = element;
  requireConstructed(element);
  for (let offset = element.contentStart; offset < contentEnd;) {
    const child = readChild(source, encoding, offset, contentEnd, depth + 1);
    yield child;
    offset = child.end;
  }
}

function requireConstructed({ tag }: Element): void {
  if ((tag & 0x20) === 0) throw malformed("primitive where constructed is due");
}

// eslint-disable-next-line max-params -- as readElement
function readChild(source: Bytes, encoding: Encoding, offset: number, limit: number, depth: number): Element {
  const child = readElement(source, encoding, offset, limit, depth);
  if (child.tag === 0) throw malformed("end-of-contents inside a definite length");
  return child;
}

/**
 * Walks a SEQUENCE (or SET, or an implicitly tagged one) in the order of its ASN.1 definition.
 * `finish` refuses what the definition does not know.
 */
export class SequenceReader {
  readonly #items: readonly Element[];
  #index = 0;

  constructor(element: Element, tag: number = tags.sequence) {
    this.#items = children(expectTag(element, tag));
  }

  get done(): boolean {
    return this.#index >= this.#items.length;
  }

  peek(): Element | null {
    return this.#items[this.#index] ?? null;
  }

  /** The next element, whatever it is. */
  any(): Element {
    const element = this.peek();
    if (element === null) throw malformed("sequence ends early");
    this.#index++;
    return element;
  }

  next(tag: number): Element {
    return expectTag(this.any(), tag);
  }

  optional(tag: number): Element | null {
    return this.peek()?.tag === tag ? this.any() : null;
  }

  finish(): void {
    if (!this.done) throw malformed("unexpected element at the end of a sequence");
  }
}

export function expectTag(element: Element, tag: number): Element {
  if (element.tag !== tag) {
    throw malformed(`tag 0x${element.tag.toString(16)} where 0x${tag.toString(16)} is due`);
  }
  return element;
}
