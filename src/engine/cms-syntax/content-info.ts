/** ContentInfo (RFC 5652 §3): the outermost shell of everything in CMS, as BER. */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, context, readWhole, tags } from "../base/der-reader.js";
import { readObjectIdentifier } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";

export interface ContentInfo {
  readonly contentType: string;
  /** null where it is absent, which PKCS #7 allows */
  readonly content: Element | null;
}

/** @param bytes one complete ContentInfo, BER, nothing after it. @throws MalformedError */
export function parseContentInfo(bytes: Bytes): ContentInfo {
  const reader = new SequenceReader(readWhole(bytes, "ber"));
  const contentType = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const explicit = reader.optional(context(0));
  reader.finish();
  return { contentType, content: explicit === null ? null : unwrapExplicit(explicit, context(0)) };
}

/** The one element inside an explicit tag. @throws MalformedError */
export function unwrapExplicit(element: Element, tag: number): Element {
  const reader = new SequenceReader(element, tag);
  const inner = reader.any();
  reader.finish();
  return inner;
}

/** What says "cms-malformed" to whoever reads the verdict, whichever layer of the syntax broke. */
export function cmsMalformed(detail: string, options?: ErrorOptions): MalformedError {
  return new MalformedError("cms-malformed", detail, options);
}
