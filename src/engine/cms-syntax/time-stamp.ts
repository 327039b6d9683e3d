/** TSTInfo (RFC 3161 §2.4.2): what a time-stamping authority signed. Structure alone. */
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, context, readWhole, tags } from "../base/der-reader.js";
import {
  readBoolean,
  readInteger,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  readTime,
} from "../base/der-values.js";
import { UnsupportedError } from "../base/errors.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "./algorithm-identifier.js";

export interface TimeStampInfo {
  readonly policy: string;
  /** of what was stamped */
  readonly imprint: { readonly algorithm: AlgorithmIdentifier; readonly digest: Bytes };
  /** contents of the INTEGER */
  readonly serialNumber: Bytes;
  /** milliseconds since the epoch */
  readonly time: number;
}

/** @throws MalformedError | UnsupportedError */
export function parseTimeStampInfo(der: Bytes): TimeStampInfo {
  const reader = new SequenceReader(readWhole(der, "der"));
  const version = readSmallInteger(reader.next(tags.integer));
  if (version !== 1) throw new UnsupportedError("version-unsupported", `TSTInfo ${version}`);
  const policy = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const imprint = new SequenceReader(reader.next(tags.sequence));
  const algorithm = parseAlgorithmIdentifier(imprint.next(tags.sequence));
  const digest = readOctetString(imprint.next(tags.octetString));
  imprint.finish();
  const serialNumber = readInteger(reader.next(tags.integer));
  const time = readTime(reader.next(tags.generalizedTime));
  // accuracy, ordering, nonce, tsa, extensions: nothing that we would show.
  reader.optional(tags.sequence);
  const ordering = reader.optional(tags.boolean);
  if (ordering !== null) readBoolean(ordering);
  reader.optional(tags.integer);
  reader.optional(context(0));
  reader.optional(context(1));
  reader.finish();
  return { policy, imprint: { algorithm, digest }, serialNumber, time };
}
