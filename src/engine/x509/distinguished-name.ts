/**
 * Distinguished names (RFC 5280 §4.1.2.4): reading, showing (RFC 4514 §2) and comparing them
 * (RFC 5280 §7.1).
 */
import { type Bytes, type Der, equal, toHex } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  children,
  encoded,
  expectTag,
  readWhole,
  tags,
} from "../base/der-reader.js";
import { readObjectIdentifier, readString } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { withoutInvisible } from "../base/visible-text.js";

export interface NameAttribute {
  readonly type: string;
  /** null where the value is not a string that we read */
  readonly text: string | null;
  /** complete DER of the value */
  readonly der: Bytes;
}

/** One set of attributes; nearly always one attribute. */
export type RelativeName = readonly NameAttribute[];

const parsed = new WeakMap<Bytes, readonly RelativeName[]>();

/** Remembered with the view: a name is compared, searched for addresses and shown. @throws MalformedError */
export function parseName(name: Bytes): readonly RelativeName[] {
  let relativeNames = parsed.get(name);
  if (relativeNames === undefined) parsed.set(name, (relativeNames = readName(name)));
  return relativeNames;
}

function readName(name: Bytes): readonly RelativeName[] {
  return children(expectTag(readWhole(name, "der"), tags.sequence)).map((set) =>
    children(expectTag(set, tags.set)).map(parseAttribute),
  );
}

function parseAttribute(element: Element): NameAttribute {
  const reader = new SequenceReader(element);
  const type = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const value = reader.any();
  reader.finish();
  return { type, text: textOf(value), der: encoded(value) };
}

function textOf(value: Element): string | null {
  try {
    return readString(value);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** The most specific value of this type; null where there is none. @throws MalformedError */
export function attributeText(name: Bytes, type: string): string | null {
  return attributeTexts(name, type).at(-1) ?? null;
}

/** @throws MalformedError */
export function attributeTexts(name: Bytes, type: string): readonly string[] {
  return parseName(name)
    .flat()
    .filter((attribute) => attribute.type === type && attribute.text !== null)
    .map(({ text }) => text!);
}

const shortNames: Readonly<Record<string, string>> = {
  [oid.commonName]: "CN",
  [oid.surname]: "SN",
  [oid.givenName]: "GN",
  [oid.country]: "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  [oid.organization]: "O",
  [oid.organizationalUnit]: "OU",
  [oid.emailAddress]: "emailAddress",
  "0.9.2342.19200300.100.1.25": "DC",
  "2.5.4.5": "serialNumber",
};

/** Most specific first, as RFC 4514 has it. @throws MalformedError */
export function nameToText(name: Bytes): string {
  return [...parseName(name)]
    .reverse()
    .map((set) => set.map(attributeToText).join("+"))
    .join(", ");
}

function attributeToText({ type, text, der }: NameAttribute): string {
  const value = text === null ? `#${toHex(der)}` : withoutInvisible(text.replace(/[,+"\\<>;]/g, "\\$&"));
  return `${shortNames[type] ?? type}=${value}`;
}

/** Byte for byte, or equal after RFC 5280 §7.1: case, width and runs of white space do not count. */
export function sameName(a: Der, b: Der): boolean {
  return equal(a, b) || comparableName(a).join("\n") === comparableName(b).join("\n");
}

/** RFC 5280 §6.1: whose issuer has its own name; what it may do does not hang on its key. @throws MalformedError */
export function isSelfIssued({ subject, issuer }: { readonly subject: Der; readonly issuer: Der }): boolean {
  return sameName(subject, issuer);
}

/** Is `name` equal to `base`, or below it (RFC 5280 §4.2.1.10)? @throws MalformedError */
export function isWithin(name: Der, base: Der): boolean {
  const [inner, outer] = [comparableName(name), comparableName(base)];
  return outer.length <= inner.length && outer.every((set, i) => set === inner[i]);
}

const keys = new WeakMap<Bytes, string>();

/** The same for two names exactly where `sameName` says so: to look a name up. @throws MalformedError */
export function nameKey(name: Der): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = comparableName(name).join("\n");
  keys.set(name, key);
  return key;
}

const comparable = new WeakMap<Bytes, readonly string[]>();

/** One line for each relative name. Remembered, because path building compares every name with every other. */
function comparableName(name: Bytes): readonly string[] {
  const known = comparable.get(name);
  if (known !== undefined) return known;
  const lines = parseName(name).map((set) => set.map(comparableAttribute).sort().join("+"));
  comparable.set(name, lines);
  return lines;
}

function comparableAttribute({ type, text, der }: NameAttribute): string {
  if (text === null) return `${type}=#${toHex(der)}`;
  const folded = text.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
  return `${type}=${JSON.stringify(folded)}`;
}
