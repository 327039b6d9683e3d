/**
 * AlgorithmIdentifier (RFC 5280 §4.1.1.2), as it stands in certificates and in CMS. What an algorithm
 * means, and whether its parameters are right, is for those who use it.
 */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, encoded, tags } from "../base/der-reader.js";
import { readObjectIdentifier } from "../base/der-values.js";

export interface AlgorithmIdentifier {
  /** dotted object identifier */
  readonly algorithm: string;
  /** complete encoding of the parameters; null where absent */
  readonly parameters: Bytes | null;
}

/** @param tag where the SEQUENCE is implicitly tagged. @throws MalformedError */
export function parseAlgorithmIdentifier(element: Element, tag?: number): AlgorithmIdentifier {
  const reader = new SequenceReader(element, tag);
  const algorithm = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const parameters = reader.done ? null : encoded(reader.any());
  reader.finish();
  return { algorithm, parameters };
}

/** Parameters that are absent or NULL: both are written for the same thing (RFC 5754 §2). */
export function hasNoParameters({ parameters }: AlgorithmIdentifier): boolean {
  return parameters === null || isNull(parameters);
}

/** Byte for byte, but absent and NULL parameters are one. */
export function sameAlgorithm(a: AlgorithmIdentifier, b: AlgorithmIdentifier): boolean {
  if (a.algorithm !== b.algorithm) return false;
  if (hasNoParameters(a) || hasNoParameters(b)) return hasNoParameters(a) && hasNoParameters(b);
  const other = b.parameters!;
  return a.parameters!.length === other.length && a.parameters!.every((octet, i) => octet === other[i]);
}

function isNull(der: Bytes): boolean {
  return der.length === 2 && der[0] === tags.null && der[1] === 0;
}
