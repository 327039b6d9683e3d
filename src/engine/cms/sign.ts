/**
 * SignedData with one signer (RFC 5652 §5, RFC 8551 §2), as DER. The certificates that a reader needs
 * travel along; the trust anchor does not: whoever trusts it has it.
 */
import { type Bytes, type CanonicalMime, type Der, concat, equal, fromHex } from "../base/bytes.js";
import { context, tags } from "../base/der-reader.js";
import {
  encode,
  header,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
  time,
} from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import { digest as computeDigest } from "../primitives/digest.js";
import type { Certificate } from "../x509/certificate.js";
import { verifySignedBytes } from "../x509/verify-signed-bytes.js";
import { canEncrypt } from "./certificate-fitness.js";
import { type Signer, type SigningScheme, signingScheme } from "./signing-scheme.js";
import { ownCapabilities } from "./smime-capabilities.js";

export interface SigningOptions {
  readonly content: CanonicalMime;
  /** `encapsulated`: the content is inside (opaque-signed); `detached`: it stands beside */
  readonly form: "encapsulated" | "detached";
  readonly rsaSignature: "pkcs1" | "pss";
  readonly time: Date;
}

export interface Signature {
  /** complete ContentInfo */
  readonly cms: Bytes;
  /** RFC 8551 §3.5.3.2 */
  readonly micalg: string;
}

/** What was signed must not leave. Carries no detail: a faulty signature can give the key away. */
export class SignatureFailure extends Error {
  override readonly name = "SignatureFailure";
}

/**
 * @throws UnsupportedError where key and certificate are not of one kind
 * @throws SignatureFailure where the signature does not hold against the certificate: a fault of the
 *   machine, or a key that is not the certificate's
 */
export async function signContent(signer: Signer, options: SigningOptions): Promise<Signature> {
  const scheme = signingScheme(signer, options.rsaSignature);
  const digest = await computeDigest(scheme.digest, options.content);
  const attributes = signedAttributes(signer, digest, options.time);
  // RFC 5652 §5.4: what is signed is the SET OF (0x31), what is sent is [0] (0xA0); nothing else differs.
  const data = setOf(attributes);
  const signature = await scheme.sign(data);
  const { subjectPublicKeyInfo } = signer.certificate;
  if (!(await verifySignedBytes(subjectPublicKeyInfo, scheme.verification, { data, signature }))) {
    throw new SignatureFailure("the signature does not hold against its own certificate");
  }
  const signerInfo = sequence(
    smallInteger(1),
    issuerAndSerialNumber(signer.certificate),
    scheme.digestAlgorithm,
    setOf(attributes, context(0)),
    scheme.signatureAlgorithm,
    octetString(signature),
  );
  const cms = signedData({ signer, options, scheme, signerInfo });
  return { cms, micalg: scheme.micalg };
}

interface Parts {
  readonly signer: Signer;
  readonly options: SigningOptions;
  readonly scheme: SigningScheme;
  readonly signerInfo: Der;
}

/** Lengths first, from the inside out, so that the content is copied once. */
function signedData({ signer, options, scheme, signerInfo }: Parts): Bytes {
  const { content, form } = options;
  const version = smallInteger(1);
  const digestAlgorithms = setOf([scheme.digestAlgorithm]);
  const certificates = certificateSet(signer);
  const signerInfos = setOf([signerInfo]);
  const tail = concat([certificates, signerInfos]);
  const data = objectIdentifier(oid.data);
  const octets = header(tags.octetString, content.length);
  const explicit = header(context(0), octets.length + content.length);
  const inner = form === "detached" ? [data] : [data, explicit, octets, content];
  const innerLength = inner.reduce((length, part) => length + part.length, 0);
  const encapContentInfo = [header(tags.sequence, innerLength), ...inner];
  const body = [version, digestAlgorithms, ...encapContentInfo, tail];
  const bodyLength = body.reduce((length, part) => length + part.length, 0);
  const sequenceHeader = header(tags.sequence, bodyLength);
  const outerHeader = header(context(0), sequenceHeader.length + bodyLength);
  const type = objectIdentifier(oid.signedData);
  const whole = type.length + outerHeader.length + sequenceHeader.length + bodyLength;
  return concat([header(tags.sequence, whole), type, outerHeader, sequenceHeader, ...body]);
}

function certificateSet({ certificate, chain, encryptionCertificate }: Signer): Der {
  const isSelfIssued = ({ issuer, subject }: Certificate): boolean => equal(issuer, subject);
  const sent = new Map<string, Bytes>([[certificate.fingerprint, certificate.der]]);
  if (encryptionCertificate) sent.set(encryptionCertificate.fingerprint, encryptionCertificate.der);
  for (const other of chain) if (!isSelfIssued(other)) sent.set(other.fingerprint, other.der);
  return setOf([...sent.values()], context(0));
}

function attribute(type: string, value: Bytes): Der {
  return sequence(objectIdentifier(type), setOf([value]));
}

function signedAttributes(signer: Signer, digest: Bytes, at: Date): readonly Der[] {
  const { certificate } = signer;
  // What an answer is encrypted to, and with: the signer's own, or the one that he keeps for it.
  const receiving = signer.encryptionCertificate ?? certificate;
  const attributes = [
    attribute(oid.contentType, objectIdentifier(oid.data)),
    attribute(oid.messageDigest, octetString(digest)),
    attribute(oid.signingTime, time(at)),
    attribute(oid.signingCertificateV2, signingCertificateV2(certificate)),
    attribute(oid.smimeCapabilities, ownCapabilities(receiving)),
  ];
  if (canEncrypt(receiving)) {
    // RFC 8551 §2.5.3: [0] IMPLICIT IssuerAndSerialNumber.
    const preference = encode(context(0), receiving.issuer, serialNumber(receiving));
    attributes.push(attribute(oid.encryptionKeyPreference, preference));
  }
  return attributes;
}

/** RFC 5035 §3: SHA-256 is the default and therefore not written. */
function signingCertificateV2(certificate: Certificate): Der {
  const directoryName = encode(context(4), certificate.issuer);
  const issuerSerial = sequence(sequence(directoryName), serialNumber(certificate));
  return sequence(sequence(sequence(octetString(fromHex(certificate.fingerprint)), issuerSerial)));
}

function serialNumber(certificate: Certificate): Der {
  return encode(tags.integer, certificate.serialNumber);
}

export function issuerAndSerialNumber(certificate: Certificate): Der {
  return sequence(certificate.issuer, serialNumber(certificate));
}
