/**
 * Attributes (RFC 5652 §5.3): signedAttrs, authAttrs and their unprotected siblings. The bytes that a
 * signature or a tag covers are kept beside what was read out of them.
 */
import { type Der, equal } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  asDer,
  children,
  encoded,
  readWhole,
  tags,
} from "../base/der-reader.js";
import { readObjectIdentifier } from "../base/der-values.js";
import { reencodeAsDer, setOf } from "../base/der-writer.js";
import { MalformedError } from "../base/errors.js";

export interface Attribute {
  readonly type: string;
  readonly values: readonly Element[];
}

export interface Attributes {
  /** what is hashed: the SET OF under its universal tag (RFC 5652 §5.4), in the order that was sent */
  readonly der: Der;
  readonly list: readonly Attribute[];
}

/**
 * @param element implicitly tagged SET OF Attribute
 * @throws MalformedError
 */
export function parseAttributes(element: Element): Attributes {
  // RFC 5652 §5.4: the digest covers the SET OF tag (0x31), not the [0] that was sent; and DER, even
  // where the message itself is BER.
  const der = tryDer(element) ?? reencodeAsDer(element, tags.set);
  return { der, list: children(readWhole(der, "der")).map(parseAttribute) };
}

function tryDer(element: Element): Der | null {
  const copy = encoded(element).slice();
  copy[0] = tags.set;
  try {
    return asDer(readWhole(copy, "der"));
  } catch (error) {
    if (error instanceof MalformedError && error.code === "asn1-not-der") return null;
    throw error;
  }
}

function parseAttribute(element: Element): Attribute {
  const reader = new SequenceReader(element);
  const type = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const values = children(reader.next(tags.set));
  reader.finish();
  return { type, values };
}

/**
 * What may have been signed: DER sorts a SET OF (X.690 §11.6), and so the RFC would have it; OpenSSL, NSS
 * and Windows sign and check the order that they send. Both say the same.
 */
export function* signedForms({ der }: Attributes): Generator<Der, void> {
  yield der;
  const sorted = setOf(children(readWhole(der, "der")).map(encoded));
  if (!equal(sorted, der)) yield sorted;
}

/** Attributes that nothing covers, as BER. @throws MalformedError */
export function parseUnsignedAttributes(element: Element): readonly Attribute[] {
  return children(element).map(parseAttribute);
}

/**
 * The single value of an attribute that may stand at most once (RFC 5652 §11).
 * @returns null where the attribute is absent
 * @throws MalformedError where there are several attributes or values: readers would differ about which counts
 */
export function singleValue(attributes: Attributes | null, type: string): Element | null {
  const found = attributes?.list.filter((attribute) => attribute.type === type) ?? [];
  if (found.length === 0) return null;
  const [value] = found[0]!.values;
  if (found.length > 1 || found[0]!.values.length !== 1 || value === undefined) {
    throw new MalformedError("cms-malformed", `attribute ${type} not exactly once`);
  }
  return value;
}
