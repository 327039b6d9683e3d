/**
 * EnvelopedData (RFC 5652 §6.1) and AuthEnvelopedData (RFC 5083 §2.1) as structure. They differ by the
 * tag at the end, and by what an attacker can do to their content.
 */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, children, context, tags } from "../base/der-reader.js";
import { readObjectIdentifier, readOctetString, readSmallInteger } from "../base/der-values.js";
import { UnsupportedError } from "../base/errors.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "./algorithm-identifier.js";
import { parseAttributes } from "./attributes.js";

export interface EncryptedEnvelope {
  /** for `parseRecipientInfo` */
  readonly recipientInfos: readonly Element[];
  /** of what is inside */
  readonly contentType: string;
  readonly contentEncryptionAlgorithm: AlgorithmIdentifier;
  /** null where it is not in the message */
  readonly encryptedContent: Bytes | null;
  /** AuthEnvelopedData only */
  readonly authentication: { readonly mac: Bytes; readonly additionalData: Bytes } | null;
}

/** @throws MalformedError | UnsupportedError */
export function parseEnvelopedData(element: Element): EncryptedEnvelope {
  const reader = new SequenceReader(element);
  const recipientInfos = parseHead(reader);
  const content = parseEncryptedContentInfo(reader.next(tags.sequence));
  reader.optional(context(1));
  reader.finish();
  return { recipientInfos, ...content, authentication: null };
}

/** @throws MalformedError | UnsupportedError */
export function parseAuthEnvelopedData(element: Element): EncryptedEnvelope {
  const reader = new SequenceReader(element);
  const recipientInfos = parseHead(reader);
  const content = parseEncryptedContentInfo(reader.next(tags.sequence));
  const authAttrs = reader.optional(context(1));
  const mac = readOctetString(reader.any());
  reader.optional(context(2));
  reader.finish();
  // RFC 5083 §2.2: the tag covers authAttrs as a SET OF in DER; nothing where there are none.
  const additionalData = authAttrs === null ? new Uint8Array(0) : parseAttributes(authAttrs).der;
  return { recipientInfos, ...content, authentication: { mac, additionalData } };
}

function parseHead(reader: SequenceReader): readonly Element[] {
  const version = readSmallInteger(reader.next(tags.integer));
  if (version > 4) throw new UnsupportedError("version-unsupported", `EnvelopedData ${version}`);
  reader.optional(context(0));
  return children(reader.next(tags.set));
}

function parseEncryptedContentInfo(element: Element) {
  const reader = new SequenceReader(element);
  const contentType = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const contentEncryptionAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const content = reader.done ? null : readOctetString(reader.any(), context(0, "primitive"));
  reader.finish();
  return { contentType, contentEncryptionAlgorithm, encryptedContent: content };
}
