/**
 * GeneralName (RFC 5280 §4.2.1.6): the kinds that mail needs or that name constraints compare; of the others
 * only that they are there.
 */
import { type Bytes, type Der, toAscii } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  asDer,
  children,
  contents,
  context,
  expectTag,
  readWhole,
  tags,
} from "../base/der-reader.js";
import { readObjectIdentifier, readString } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";

export type GeneralName =
  /** an address in a certificate; in name constraints also a host or a domain */
  | { readonly kind: "rfc822Name"; readonly text: string }
  /** RFC 9598 */
  | { readonly kind: "smtpUtf8Mailbox"; readonly text: string }
  | { readonly kind: "directoryName"; readonly name: Der }
  /** a name, in name constraints all below it; as written */
  | { readonly kind: "dNSName"; readonly text: string }
  | { readonly kind: "uniformResourceIdentifier"; readonly text: string }
  /** in certificates 4 or 16 octets, in name constraints followed by as many of a mask */
  | { readonly kind: "iPAddress"; readonly octets: Bytes }
  /** `tag`: x400Address 3, ediPartyName 5, registeredID 8; otherName 0 has its type as well */
  | { readonly kind: "other"; readonly tag: number; readonly typeId: string | null };

/** @param value contents of the extension: GeneralNames. @throws MalformedError */
export function parseGeneralNames(value: Bytes): readonly GeneralName[] {
  return children(expectTag(readWhole(value, "der"), tags.sequence)).map(parseGeneralName);
}

/** @throws MalformedError */
export function parseGeneralName(element: Element): GeneralName {
  switch (element.tag) {
    case context(0):
      return parseOtherName(element);
    case context(1, "primitive"):
      return { kind: "rfc822Name", text: ascii(element, "rfc822Name") };
    case context(2, "primitive"):
      return { kind: "dNSName", text: ascii(element, "dNSName") };
    case context(6, "primitive"):
      return { kind: "uniformResourceIdentifier", text: ascii(element, "uniformResourceIdentifier") };
    case context(7, "primitive"):
      return { kind: "iPAddress", octets: contents(element) };
    case context(4): {
      const [name, ...rest] = children(element);
      if (name === undefined || rest.length > 0) throw new MalformedError("asn1-malformed", "directoryName");
      return { kind: "directoryName", name: asDer(expectTag(name, tags.sequence)) };
    }
    default:
      if ((element.tag & 0xc0) !== 0x80) throw new MalformedError("asn1-malformed", "GeneralName");
      return { kind: "other", tag: element.tag & 0x1f, typeId: null };
  }
}

function parseOtherName(element: Element): GeneralName {
  const reader = new SequenceReader(element, context(0));
  const typeId = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const explicit = new SequenceReader(reader.next(context(0)), context(0));
  const value = explicit.any();
  explicit.finish();
  reader.finish();
  if (typeId !== oid.smtpUtf8Mailbox) return { kind: "other", tag: 0, typeId };
  return { kind: "smtpUtf8Mailbox", text: readString(expectTag(value, tags.utf8String)) };
}

function ascii(element: Element, kind: string): string {
  const text = toAscii(contents(element));
  // An octet outside ASCII, or NUL, and readers begin to differ about what the name is.
  if (/[\0\ufffd]/.test(text)) throw new MalformedError("asn1-malformed", kind);
  return text;
}
