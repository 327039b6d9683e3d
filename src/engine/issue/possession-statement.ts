/**
 * "I hold this other key, too" (RFC 9883): the attribute with which the signing key of a person asks for a certificate
 * for a key that cannot sign. It names a certificate of the signing key, and carries it along.
 */
import { type Bytes, type Der, equal } from "../base/bytes.js";
import { type Element, SequenceReader, encoded, expectTag, tags } from "../base/der-reader.js";
import { encode, objectIdentifier, sequence, setOf } from "../base/der-writer.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Certificate, SubjectPublicKeyInfo } from "../x509/certificate.js";
import { parseCertificate } from "../x509/parse-certificate.js";

export interface PossessionStatement {
  /** IssuerAndSerialNumber, DER */
  readonly signer: Bytes;
  /** DER, as it came along; nobody vouches for it here */
  readonly certificate: Bytes;
}

/** @returns the complete Attribute */
export function possessionStatement(certificate: Certificate): Der {
  return sequence(
    objectIdentifier(oid.statementOfPossession),
    setOf([sequence(nameOf(certificate), certificate.der)]),
  );
}

/** @param values of the attribute @returns `null` where the certificate is only named: we have no store to look in */
export function parsePossessionStatement(values: readonly Element[]): PossessionStatement | null {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) throw malformed("statement of possession");
  const reader = new SequenceReader(expectTag(value, tags.sequence));
  const signer = encoded(reader.next(tags.sequence));
  const carried = reader.optional(tags.sequence);
  reader.finish();
  return carried === null ? null : { signer, certificate: encoded(carried) };
}

/** The key that speaks. @throws MalformedError also where another certificate came along than is named */
export async function speakingKey({
  signer,
  certificate,
}: PossessionStatement): Promise<SubjectPublicKeyInfo> {
  const parsed = await parseCertificate(certificate);
  if (!equal(nameOf(parsed), signer)) throw malformed("another certificate than the one named");
  return parsed.subjectPublicKeyInfo;
}

/** RFC 5652 §10.2.4 */
function nameOf({ issuer, serialNumber }: Certificate): Der {
  return sequence(issuer, encode(tags.integer, serialNumber));
}

function malformed(detail: string): MalformedError {
  return new MalformedError("asn1-malformed", `certification request: ${detail}`);
}
