/** How CMS names a certificate: issuer and serial number, or key identifier (RFC 5652 §5.3, §6.2.1, §10.2.4). */
import type { Bytes, Der } from "../base/bytes.js";
import { type Element, SequenceReader, asDer, context, tags } from "../base/der-reader.js";
import { readInteger, readOctetString } from "../base/der-values.js";

export type CertificateIdentifier =
  | { readonly kind: "issuerAndSerialNumber"; readonly issuer: Der; readonly serialNumber: Bytes }
  | { readonly kind: "subjectKeyIdentifier"; readonly keyIdentifier: Bytes };

/** SignerIdentifier and RecipientIdentifier. @throws MalformedError */
export function parseCertificateIdentifier(element: Element): CertificateIdentifier {
  if (element.tag === tags.sequence) return parseIssuerAndSerialNumber(element);
  return { kind: "subjectKeyIdentifier", keyIdentifier: readOctetString(element, context(0, "primitive")) };
}

export function parseIssuerAndSerialNumber(element: Element, tag?: number): CertificateIdentifier {
  const reader = new SequenceReader(element, tag);
  const issuer = asDer(reader.next(tags.sequence));
  const serialNumber = readInteger(reader.next(tags.integer));
  reader.finish();
  return { kind: "issuerAndSerialNumber", issuer, serialNumber };
}
