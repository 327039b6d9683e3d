/**
 * Fuzz target: the reader of DER and BER (X.690). Any octets are walked to the last leaf, in both encodings;
 * what is DER is BER too and the same tree, and is written again to the same octets.
 */
import { type Bytes, equal } from "../../../src/engine/base/bytes.js";
import {
  type Element,
  type Encoding,
  asDer,
  contents,
  eachChild,
  encoded,
  maximumElements,
  readElement,
  readWhole,
  tags,
} from "../../../src/engine/base/der-reader.js";
import {
  readBitString,
  readBoolean,
  readInteger,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  readString,
  readTime,
  readUnsignedInteger,
} from "../../../src/engine/base/der-values.js";
import { encode, objectIdentifier, reencodeAsDer } from "../../../src/engine/base/der-writer.js";
import { insist, parsed } from "./oracle.js";

const values: readonly ((element: Element) => unknown)[] = [
  readBoolean,
  readInteger,
  readUnsignedInteger,
  readSmallInteger,
  readBitString,
  readString,
  readTime,
];

export function fuzz(data: Uint8Array): void {
  const bytes: Bytes = new Uint8Array(data);
  const [der, ber] = [tree(bytes, "der"), tree(bytes, "ber")];
  if (der !== undefined) insist(der === ber, "what is DER is the same as BER");
  parsed(() => readElement(bytes, "ber"));
  const whole = parsed(() => readWhole(bytes, "der"));
  if (whole === undefined) return;
  const strict = parsed(() => asDer(whole));
  if (strict === undefined) return;
  insist(equal(reencodeAsDer(whole), bytes), "DER is written again as it was read");
}

/** The shape of everything inside, as text. */
function tree(bytes: Bytes, encoding: Encoding): string | undefined {
  return parsed(() => {
    const shape: string[] = [];
    walk(readWhole(bytes, encoding), shape);
    return shape.join(" ");
  });
}

function walk(element: Element, shape: string[]): void {
  const { source, start, contentStart, contentEnd, end } = element;
  const ordered = 0 <= start && start < contentStart && contentStart <= contentEnd && contentEnd <= end;
  insist(ordered && end <= source.length, "an element lies inside its source");
  insist(shape.length <= source.length, "no more elements than octets");
  shape.push(`${element.tag}:${start}-${contentEnd}`);
  for (const read of values) parsed(() => read(element));
  identifier(element);
  string(element);
  if ((element.tag & 0x20) === 0) return;
  for (const child of eachChild(element)) walk(child, shape);
}

function identifier(element: Element): void {
  const dotted = parsed(() => readObjectIdentifier(element));
  if (dotted === undefined) return;
  const again = objectIdentifier(dotted);
  insist(
    equal(again, encode(tags.objectIdentifier, contents(element))),
    "an identifier is written as it was read",
  );
}

function string(element: Element): void {
  const octets = parsed(() => readOctetString(element));
  if (octets === undefined) return;
  insist(octets.length <= encoded(element).length, "a string is no longer than its encoding");
  insist(maximumElements(octets.length) > 0, "the bound grows with the input");
}
