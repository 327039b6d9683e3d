/**
 * What signed attributes must say (RFC 5652 §5.3, §11; RFC 5035; RFC 6211). Every check answers the
 * faults it found; those of what is not there are the caller's to tell.
 */
import { type Bytes, equal } from "../base/bytes.js";
import { SequenceReader, children, context, expectTag, readWhole, tags } from "../base/der-reader.js";
import { readInteger, readObjectIdentifier, readOctetString, readTime } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { parseAlgorithmIdentifier, sameAlgorithm } from "../cms-syntax/algorithm-identifier.js";
import { type Attributes, singleValue } from "../cms-syntax/attributes.js";
import type { SignerInfo } from "../cms-syntax/signed-data.js";
import type { Fault } from "../fault/faults.js";
import type { Certificate } from "../x509/certificate.js";
import { digest as computeDigest } from "../primitives/digest.js";
import { digestName } from "../x509/digest-algorithm.js";

/**
 * RFC 5652 §11.1: the attribute is there, once, and names the type of what is signed.
 * @param eContentType null where it should not be there (§11.4); Windows writes id-data all the same
 */
export function checkContentType(attributes: Attributes, eContentType: string | null): Fault | undefined {
  const value = singleValue(attributes, oid.contentType);
  if (eContentType === null && value === null) return undefined;
  if (value === null) return { code: "content-type-mismatch", detail: "absent" };
  const stated = readObjectIdentifier(value);
  return stated === (eContentType ?? oid.data)
    ? undefined
    : { code: "content-type-mismatch", detail: stated };
}

/** RFC 5652 §11.2. @returns null where the attribute is absent. @throws MalformedError */
export function messageDigest(attributes: Attributes): Bytes | null {
  const value = singleValue(attributes, oid.messageDigest);
  return value === null ? null : readOctetString(value);
}

/** RFC 5652 §11.3. @returns ISO 8601; null where there is none, or none that can be read */
export function signingTime(attributes: Attributes | null): string | null {
  const value = attributes?.list.find(({ type }) => type === oid.signingTime)?.values[0];
  if (value === undefined) return null;
  try {
    return new Date(readTime(value)).toISOString();
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** RFC 6211 §2: the algorithms stand a second time, where the signature covers them. @throws MalformedError */
export function checkAlgorithmProtection(signerInfo: SignerInfo): Fault | undefined {
  const value = singleValue(signerInfo.signedAttrs, oid.cmsAlgorithmProtection);
  if (value === null) return undefined;
  const reader = new SequenceReader(value);
  const digest = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const signature = parseAlgorithmIdentifier(reader.next(context(1)), context(1));
  reader.finish();
  return sameAlgorithm(digest, signerInfo.digestAlgorithm) &&
    sameAlgorithm(signature, signerInfo.signatureAlgorithm)
    ? undefined
    : { code: "algorithm-protection-mismatch" };
}

/**
 * RFC 5035 §3–4, RFC 2634 §5.4: the signer names her own certificate, so that nobody can put another
 * one with the same key, or the same name, in its place.
 * @throws MalformedError | UnsupportedError
 */
export async function checkSigningCertificate(
  attributes: Attributes,
  signer: Certificate,
): Promise<Fault | undefined> {
  for (const type of [oid.signingCertificate, oid.signingCertificateV2]) {
    const value = singleValue(attributes, type);
    if (value === null) continue;
    const reader = new SequenceReader(value);
    const [first] = children(reader.next(tags.sequence));
    if (first === undefined) throw new MalformedError("cms-malformed", "signingCertificate is empty");
    const fallback = type === oid.signingCertificate ? oid.sha1 : oid.sha256;
    const named = parseEssCertId(new SequenceReader(first), fallback);
    const digest = await computeDigest(digestName(named.hash), signer.der);
    const sameSerial = named.serial === null || equal(named.serial, signer.serialNumber);
    if (!equal(digest, named.digest) || !sameSerial) {
      return { code: "signing-certificate-mismatch" };
    }
  }
  return undefined;
}

function parseEssCertId(
  reader: SequenceReader,
  fallback: string,
): { hash: string; digest: Bytes; serial: Bytes | null } {
  const algorithm = reader.optional(tags.sequence);
  const digest = readOctetString(reader.next(tags.octetString));
  const issuerSerial = reader.optional(tags.sequence);
  reader.finish();
  return {
    hash: algorithm === null ? fallback : parseAlgorithmIdentifier(algorithm).algorithm,
    digest,
    serial: issuerSerial === null ? null : serialOf(new SequenceReader(issuerSerial)),
  };
}

function serialOf(issuerSerial: SequenceReader): Bytes {
  issuerSerial.next(tags.sequence);
  return readInteger(issuerSerial.next(tags.integer));
}

/**
 * Does content that was signed without attributes look like attributes? A signature over attributes can
 * be presented as one over a message that consists of them; no honest mail begins so.
 */
export function looksLikeSignedAttributes(content: Bytes): boolean {
  if (content[0] !== tags.set) return false;
  try {
    return children(expectTag(readWhole(content, "ber"), tags.set)).some((attribute) => {
      const [type] = children(attribute);
      return type?.tag === tags.objectIdentifier;
    });
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
