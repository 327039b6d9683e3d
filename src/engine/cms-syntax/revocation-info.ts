/**
 * Revocation data inside a CMS: RevocationInfoChoices (RFC 5652 §10.2.1), which are CRLs as they are, or
 * OCSP responses (RFC 5940 §2.1). Judges nothing: whoever wrote the message chose what it brings.
 */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, context, eachChild, encoded, tags } from "../base/der-reader.js";
import { readObjectIdentifier } from "../base/der-values.js";
import { oid } from "../base/oid.js";

export interface RevocationInfo {
  /** complete encodings */
  readonly crls: readonly Bytes[];
  readonly ocspResponses: readonly Bytes[];
}

/** of each kind; more are there to cost time */
const maximumPieces = 20;

/** What is of no known kind is left out. @throws MalformedError */
export function parseRevocationInfo(choices: Element): RevocationInfo {
  const crls: Bytes[] = [];
  const ocspResponses: Bytes[] = [];
  for (const choice of eachChild(choices)) {
    if (choice.tag === tags.sequence && crls.length < maximumPieces) crls.push(encoded(choice));
    if (choice.tag !== context(1)) continue;
    const reader = new SequenceReader(choice, context(1));
    const format = readObjectIdentifier(reader.next(tags.objectIdentifier));
    const info = reader.any();
    reader.finish();
    if (format !== oid.riOcspResponse) continue;
    if (ocspResponses.length === maximumPieces) break;
    ocspResponses.push(encoded(info));
  }
  return { crls, ocspResponses };
}
