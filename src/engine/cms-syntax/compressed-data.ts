/** CompressedData (RFC 3274 §1.1) as structure. Compression protects nothing; it is a wrapping like base64. */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, context, tags } from "../base/der-reader.js";
import { readObjectIdentifier, readOctetString, readSmallInteger } from "../base/der-values.js";
import { UnsupportedError } from "../base/errors.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "./algorithm-identifier.js";
import { unwrapExplicit } from "./content-info.js";

export interface CompressedData {
  readonly compressionAlgorithm: AlgorithmIdentifier;
  /** of what is inside */
  readonly eContentType: string;
  /** null where it is not in the message */
  readonly eContent: Bytes | null;
}

/** @throws MalformedError | UnsupportedError */
export function parseCompressedData(element: Element): CompressedData {
  const reader = new SequenceReader(element);
  const version = readSmallInteger(reader.next(tags.integer));
  if (version !== 0) throw new UnsupportedError("version-unsupported", `CompressedData ${version}`);
  const compressionAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const content = new SequenceReader(reader.next(tags.sequence));
  reader.finish();
  const eContentType = readObjectIdentifier(content.next(tags.objectIdentifier));
  const explicit = content.optional(context(0));
  content.finish();
  const eContent = explicit === null ? null : readOctetString(unwrapExplicit(explicit, context(0)));
  return { compressionAlgorithm, eContentType, eContent };
}
