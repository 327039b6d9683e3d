/**
 * RecipientInfo (RFC 5652 §6.2): key transport, key agreement (one entry for each recipient), KEK, password,
 * and of the "other" kinds KEM (RFC 9629 §3). Structure only; other kinds than these are nobody's.
 */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, children, context, expectTag, tags } from "../base/der-reader.js";
import {
  readBitStringOctets,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
} from "../base/der-values.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "./algorithm-identifier.js";
import {
  type CertificateIdentifier,
  parseCertificateIdentifier,
  parseIssuerAndSerialNumber,
} from "./certificate-identifier.js";
import { unwrapExplicit } from "./content-info.js";

export interface KeyTransportRecipient {
  readonly kind: "keyTransport";
  readonly rid: CertificateIdentifier;
  readonly keyEncryptionAlgorithm: AlgorithmIdentifier;
  readonly encryptedKey: Bytes;
}

export interface KeyAgreementRecipient {
  readonly kind: "keyAgreement";
  readonly rid: CertificateIdentifier;
  /** null where the sender's key is a static one, named instead of sent */
  readonly originator: OriginatorPublicKey | null;
  /** null where absent; an empty one is another thing */
  readonly ukm: Bytes | null;
  readonly keyEncryptionAlgorithm: AlgorithmIdentifier;
  readonly encryptedKey: Bytes;
}

export interface KemRecipient {
  readonly kind: "kem";
  readonly rid: CertificateIdentifier;
  readonly kem: AlgorithmIdentifier;
  readonly ciphertext: Bytes;
  readonly kdf: AlgorithmIdentifier;
  /** octets */
  readonly kekLength: number;
  readonly ukm: Bytes | null;
  readonly wrap: AlgorithmIdentifier;
  readonly encryptedKey: Bytes;
}

/** Whoever has a key that was handed over before, by its identifier. */
export interface KekRecipient {
  readonly kind: "kek";
  readonly keyIdentifier: Bytes;
  readonly keyEncryptionAlgorithm: AlgorithmIdentifier;
  readonly encryptedKey: Bytes;
}

/** Whoever knows the password. */
export interface PasswordRecipient {
  readonly kind: "password";
  /** null where the key is made of the password by other means */
  readonly keyDerivationAlgorithm: AlgorithmIdentifier | null;
  readonly keyEncryptionAlgorithm: AlgorithmIdentifier;
  readonly encryptedKey: Bytes;
}

export type CertificateRecipient = KeyTransportRecipient | KeyAgreementRecipient | KemRecipient;
export type RecipientInfo = CertificateRecipient | KekRecipient | PasswordRecipient;

export interface OriginatorPublicKey {
  readonly algorithm: AlgorithmIdentifier;
  /** for ECDH: the point */
  readonly publicKey: Bytes;
}

/** @returns none for the kinds that we do not know. @throws MalformedError */
export function parseRecipientInfo(element: Element): readonly RecipientInfo[] {
  switch (element.tag) {
    case tags.sequence:
      return [parseKeyTransport(element)];
    case context(1):
      return parseKeyAgreement(element);
    case context(2):
      return [parseKek(element)];
    case context(3):
      return [parsePassword(element)];
    case context(4):
      return parseOther(element);
    default:
      return [];
  }
}

function parseKeyTransport(element: Element): KeyTransportRecipient {
  const reader = new SequenceReader(element);
  reader.next(tags.integer);
  const rid = parseCertificateIdentifier(reader.any());
  const keyEncryptionAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const encryptedKey = readOctetString(reader.any());
  reader.finish();
  return { kind: "keyTransport", rid, keyEncryptionAlgorithm, encryptedKey };
}

function parseKeyAgreement(element: Element): readonly KeyAgreementRecipient[] {
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

/** KEKRecipientInfo (RFC 5652 §6.2.3); date and other attributes of the identifier name nothing that we know. */
function parseKek(element: Element): KekRecipient {
  const reader = new SequenceReader(element, context(2));
  reader.next(tags.integer);
  const keyIdentifier = readOctetString(new SequenceReader(reader.next(tags.sequence)).any());
  const keyEncryptionAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const encryptedKey = readOctetString(reader.any());
  reader.finish();
  return { kind: "kek", keyIdentifier, keyEncryptionAlgorithm, encryptedKey };
}

/** PasswordRecipientInfo (RFC 5652 §6.2.4). */
function parsePassword(element: Element): PasswordRecipient {
  const reader = new SequenceReader(element, context(3));
  reader.next(tags.integer);
  const derivation = reader.optional(context(0));
  const keyEncryptionAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const encryptedKey = readOctetString(reader.any());
  reader.finish();
  return {
    kind: "password",
    keyDerivationAlgorithm: derivation === null ? null : parseAlgorithmIdentifier(derivation, context(0)),
    keyEncryptionAlgorithm,
    encryptedKey,
  };
}

/** OtherRecipientInfo (RFC 5652 §6.2.5), of which KEMRecipientInfo is one (RFC 9629 §3). */
function parseOther(element: Element): readonly KemRecipient[] {
  const reader = new SequenceReader(element, context(4));
  const oriType = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const oriValue = reader.any();
  reader.finish();
  return oriType === oid.oriKem ? parseKem(oriValue) : [];
}

function parseKem(element: Element): readonly KemRecipient[] {
  const reader = new SequenceReader(element);
  if (readSmallInteger(reader.next(tags.integer)) !== 0) return [];
  const rid = parseCertificateIdentifier(reader.any());
  const kem = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const ciphertext = readOctetString(reader.any());
  const kdf = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const kekLength = readSmallInteger(reader.next(tags.integer));
  const ukm = reader.optional(context(0));
  const wrap = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const encryptedKey = readOctetString(reader.any());
  reader.finish();
  const keyingMaterial = ukm === null ? null : readOctetString(unwrapExplicit(ukm, context(0)));
  return [{ kind: "kem", rid, kem, ciphertext, kdf, kekLength, ukm: keyingMaterial, wrap, encryptedKey }];
}
