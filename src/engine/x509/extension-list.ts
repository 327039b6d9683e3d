/** Extensions (RFC 5280 §4.1) as they stand in CRLs, their entries and OCSP responses. */
import { type Element, SequenceReader, expectTag, readElement, tags } from "../base/der-reader.js";
import { readBoolean, readObjectIdentifier, readOctetString } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import type { Extension } from "./certificate.js";

export type Extensions = ReadonlyMap<string, Extension>;

export const noExtensions: Extensions = new Map<string, Extension>();

/** @param list the SEQUENCE OF Extension. @throws MalformedError */
export function parseExtensionList(list: Element): Extensions {
  const items = new SequenceReader(list);
  const extensions = new Map<string, Extension>();
  while (!items.done) {
    const reader = new SequenceReader(items.next(tags.sequence));
    const name = readObjectIdentifier(reader.next(tags.objectIdentifier));
    const criticality = reader.optional(tags.boolean);
    const value = readOctetString(reader.next(tags.octetString));
    reader.finish();
    if (extensions.has(name)) throw new MalformedError("asn1-malformed", `extension ${name} twice`);
    extensions.set(name, { critical: criticality !== null && readBoolean(criticality), value });
  }
  return extensions;
}

/** The value of one, or null where it is absent. @throws MalformedError */
export function readExtension<T>(
  extensions: Extensions,
  name: string,
  parse: (value: Element) => T,
): T | null {
  const extension = extensions.get(name);
  if (extension === undefined) return null;
  const element = readElement(extension.value, "der");
  if (element.end !== extension.value.length) throw new MalformedError("asn1-malformed", `extension ${name}`);
  return parse(element);
}

/** The first that is critical and not among those that the reader knows. */
export function unknownCritical(extensions: Extensions, known: ReadonlySet<string>): string | null {
  for (const [name, { critical }] of extensions) if (critical && !known.has(name)) return name;
  return null;
}

/** Inside of an EXPLICIT tag. @throws MalformedError */
export function unwrap(element: Element, tag: number): Element {
  const reader = new SequenceReader(expectTag(element, tag), tag);
  const inner = reader.any();
  reader.finish();
  return inner;
}
