/**
 * From when to when a CRL or an OCSP response says it is up to date, read from its first few elements: for
 * a cache that has to know when to ask again. Nothing is judged here, and nobody may believe it.
 */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, context, readWhole, tags } from "../base/der-reader.js";
import { readOctetString, readSmallInteger, readTime } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";

/** Milliseconds since the epoch. */
export interface EvidenceTimes {
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
}

/** @returns null for whatever is no such thing, or an OCSP response that says no more than "try later" */
export function evidenceTimes(der: Bytes, kind: "crl" | "ocsp"): EvidenceTimes | null {
  try {
    return kind === "crl" ? crlTimes(der) : ocspTimes(der);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** RFC 5280 §5.1: version, signature, issuer, thisUpdate, nextUpdate */
function crlTimes(der: Bytes): EvidenceTimes {
  const certificateList = new SequenceReader(readWhole(der, "der"));
  const tbsCertList = new SequenceReader(certificateList.next(tags.sequence));
  tbsCertList.optional(tags.integer);
  tbsCertList.next(tags.sequence);
  tbsCertList.next(tags.sequence);
  const thisUpdate = readTime(tbsCertList.any());
  const next = tbsCertList.peek();
  const hasNext = next !== null && (next.tag === tags.utcTime || next.tag === tags.generalizedTime);
  return { thisUpdate, nextUpdate: hasNext ? readTime(next) : null };
}

/** RFC 6960 §4.2.1: of several answers it begins with the newest and ends with the one that is outdated first. */
function ocspTimes(der: Bytes): EvidenceTimes | null {
  const response = new SequenceReader(readWhole(der, "der"));
  if (readSmallInteger(response.next(tags.enumerated), tags.enumerated) !== 0) return null;
  const explicit = new SequenceReader(response.next(context(0)), context(0));
  const responseBytes = new SequenceReader(explicit.next(tags.sequence));
  responseBytes.next(tags.objectIdentifier);
  const basic = new SequenceReader(readWhole(readOctetString(responseBytes.any()), "der"));
  const data = new SequenceReader(basic.next(tags.sequence));
  data.optional(context(0));
  // responderID, producedAt
  data.any();
  data.any();
  const answers = new SequenceReader(data.next(tags.sequence));
  const times: EvidenceTimes[] = [];
  while (!answers.done) times.push(singleTimes(answers.any()));
  return times.reduce<EvidenceTimes | null>(together, null);
}

/** certID, certStatus, thisUpdate, nextUpdate */
function singleTimes(element: Element): EvidenceTimes {
  const single = new SequenceReader(element);
  single.any();
  single.any();
  const thisUpdate = readTime(single.any());
  const next = single.optional(context(0));
  const inside = next === null ? null : new SequenceReader(next, context(0)).any();
  return { thisUpdate, nextUpdate: inside === null ? null : readTime(inside) };
}

function together(a: EvidenceTimes | null, b: EvidenceTimes): EvidenceTimes {
  if (a === null) return b;
  const ends = [a.nextUpdate, b.nextUpdate].filter((end) => end !== null);
  return {
    thisUpdate: Math.max(a.thisUpdate, b.thisUpdate),
    nextUpdate: ends.length === 0 ? null : Math.min(...ends),
  };
}
