/**
 * Certificates as structures over the bytes they came in (RFC 5280 §4.1). Parsing believes nothing;
 * whether a certificate may speak for an address is decided by path validation.
 */
import type { Bytes, Der, Fingerprint } from "../base/bytes.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";

export type { AlgorithmIdentifier };

export interface SubjectPublicKeyInfo {
  /** complete DER of SubjectPublicKeyInfo, as WebCrypto's "spki" wants it */
  readonly der: Der;
  readonly algorithm: AlgorithmIdentifier;
  /** contents of the BIT STRING, without the count of unused bits */
  readonly publicKey: Bytes;
}

export interface Extension {
  readonly critical: boolean;
  /** contents of extnValue */
  readonly value: Bytes;
}

export interface Certificate {
  /** complete, as it stood */
  readonly der: Der;
  /** what the issuer signed */
  readonly tbsCertificate: Bytes;
  readonly fingerprint: Fingerprint;
  /** contents of the INTEGER, two's complement */
  readonly serialNumber: Bytes;
  /** complete DER of the Name */
  readonly issuer: Der;
  readonly subject: Der;
  /** milliseconds since the epoch, both inclusive */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly subjectPublicKeyInfo: SubjectPublicKeyInfo;
  /** by dotted OID; a repeated extension does not parse (RFC 5280 §4.2) */
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureValue: Bytes;
}
