/**
 * RecipientInfo (RFC 5652 §6.2): key transport and key agreement, one entry for each recipient.
 * Other kinds (KEK, password, KEM) are told apart but not read.
 */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, children, context, expectTag, tags } from "../base/der-reader.js";
import { readBitStringOctets, readOctetString } from "../base/der-values.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "./algorithm-identifier.js";
import {
  type CertificateIdentifier,
  parseCertificateIdentifier,
  parseIssuerAndSerialNumber,
} from "./certificate-identifier.js";
import { unwrapExplicit } from "./content-info.js";

export type RecipientInfo =
  | {
      readonly kind: "keyTransport";
      readonly rid: CertificateIdentifier;
      readonly keyEncryptionAlgorithm: AlgorithmIdentifier;
      readonly encryptedKey: Bytes;
    }
  | {
      readonly kind: "keyAgreement";
      readonly rid: CertificateIdentifier;
      /** null where the sender's key is a static one, named instead of sent */
      readonly originator: OriginatorPublicKey | null;
      readonly ukm: Bytes | null;
      readonly keyEncryptionAlgorithm: AlgorithmIdentifier;
      readonly encryptedKey: Bytes;
    };

export interface OriginatorPublicKey {
  readonly algorithm: AlgorithmIdentifier;
  /** for ECDH: the point */
  readonly publicKey: Bytes;
}

/** @returns none for the kinds that we do not read. @throws MalformedError */
export function parseRecipientInfo(element: Element): readonly RecipientInfo[] {
  switch (element.tag) {
    case tags.sequence:
      return [parseKeyTransport(element)];
    case context(1):
      return parseKeyAgreement(element);
    default:
      return [];
  }
}

function parseKeyTransport(element: Element): RecipientInfo {
  const reader = new SequenceReader(element);
  reader.next(tags.integer);
  const rid = parseCertificateIdentifier(reader.any());
  const keyEncryptionAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const encryptedKey = readOctetString(reader.any());
  reader.finish();
  return { kind: "keyTransport", rid, keyEncryptionAlgorithm, encryptedKey };
}

function parseKeyAgreement(element: Element): readonly RecipientInfo[] {
  const reader = new SequenceReader(element, context(1));
  reader.next(tags.integer);
  const originator = parseOriginator(unwrapExplicit(reader.next(context(0)), context(0)));
  const ukm = reader.optional(context(1));
  const keyEncryptionAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const keys = children(reader.next(tags.sequence));
  reader.finish();
  const shared = {
    kind: "keyAgreement" as const,
    originator,
    ukm: ukm === null ? null : readOctetString(unwrapExplicit(ukm, context(1))),
    keyEncryptionAlgorithm,
  };
  return keys.map((key) => ({ ...shared, ...parseRecipientEncryptedKey(key) }));
}

function parseOriginator(element: Element): OriginatorPublicKey | null {
  if (element.tag !== context(1)) return null;
  const reader = new SequenceReader(element, context(1));
  const algorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const publicKey = readBitStringOctets(reader.next(tags.bitString));
  reader.finish();
  return { algorithm, publicKey };
}

function parseRecipientEncryptedKey(element: Element): { rid: CertificateIdentifier; encryptedKey: Bytes } {
  const reader = new SequenceReader(element);
  const rid = parseKeyAgreementRid(reader.any());
  const encryptedKey = readOctetString(reader.any());
  reader.finish();
  return { rid, encryptedKey };
}

function parseKeyAgreementRid(element: Element): CertificateIdentifier {
  if (element.tag === tags.sequence) return parseIssuerAndSerialNumber(element);
  // RecipientKeyIdentifier: date and other key attributes may follow; they name no certificate.
  const reader = new SequenceReader(expectTag(element, context(0)), context(0));
  return { kind: "subjectKeyIdentifier", keyIdentifier: readOctetString(reader.any()) };
}
