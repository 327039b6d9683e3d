/**
 * SignedData with one signer (RFC 5652 §5, RFC 8551 §2), as DER. The certificates that a reader needs
 * travel along; the trust anchor does not: whoever trusts it has it.
 */
import { type Bytes, type CanonicalMime, type Der, concat, equal, fromHex } from "../base/bytes.js";
import { context, tags } from "../base/der-reader.js";
import {
  encode,
  header,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
  time,
} from "../base/der-writer.js";
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { HashName, Identity, PrivateKey, RsaPrivateKey } from "../keys/private-key.js";
import { isNistCurve } from "../primitives/names.js";
import type { Certificate } from "../x509/certificate.js";
import { publicKeyKind } from "../x509/public-key.js";
import type { SignatureScheme } from "../x509/signature-scheme.js";
import { verifySignedBytes } from "../x509/verify-signed-bytes.js";
import { canEncrypt } from "./certificate-fitness.js";
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

type Signer = Identity & { readonly privateKey: PrivateKey };

/** What was signed must not leave. Carries no detail: a faulty signature can give the key away. */
export class SignatureFailure extends Error {
  override readonly name = "SignatureFailure";
}

interface Scheme {
  readonly hash: HashName;
  /** complete AlgorithmIdentifiers */
  readonly digestAlgorithm: Der;
  readonly signatureAlgorithm: Der;
  /** how a reader will check it */
  readonly verification: SignatureScheme;
  sign(data: Bytes): Promise<Bytes>;
}

const hashOids: Readonly<Record<HashName, string>> = {
  "SHA-1": oid.sha1,
  "SHA-256": oid.sha256,
  "SHA-384": oid.sha384,
  "SHA-512": oid.sha512,
};

/** The hash as strong as the curve (RFC 5753 §8, RFC 8551 §2.2). */
const curveSchemes = {
  "P-256": { hash: "SHA-256", algorithm: oid.ecdsaWithSha256 },
  "P-384": { hash: "SHA-384", algorithm: oid.ecdsaWithSha384 },
  "P-521": { hash: "SHA-512", algorithm: oid.ecdsaWithSha512 },
} as const;

/**
 * @throws UnsupportedError where key and certificate are not of one kind
 * @throws SignatureFailure where the signature does not hold against the certificate: a fault of the
 *   machine, or a key that is not the certificate's
 */
export async function signContent(signer: Signer, options: SigningOptions): Promise<Signature> {
  const scheme = schemeFor(signer, options.rsaSignature);
  const digest = new Uint8Array(await crypto.subtle.digest(scheme.hash, options.content));
  const attributes = signedAttributes(signer.certificate, digest, options.time);
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
  return { cms, micalg: scheme.hash.toLowerCase() };
}

interface Parts {
  readonly signer: Signer;
  readonly options: SigningOptions;
  readonly scheme: Scheme;
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

function certificateSet({ certificate, chain }: Signer): Der {
  const isSelfIssued = ({ issuer, subject }: Certificate): boolean => equal(issuer, subject);
  const sent = new Map<string, Bytes>([[certificate.fingerprint, certificate.der]]);
  for (const other of chain) if (!isSelfIssued(other)) sent.set(other.fingerprint, other.der);
  return setOf([...sent.values()], context(0));
}

function attribute(type: string, value: Bytes): Der {
  return sequence(objectIdentifier(type), setOf([value]));
}

function signedAttributes(certificate: Certificate, digest: Bytes, at: Date): readonly Der[] {
  const attributes = [
    attribute(oid.contentType, objectIdentifier(oid.data)),
    attribute(oid.messageDigest, octetString(digest)),
    attribute(oid.signingTime, time(at)),
    attribute(oid.signingCertificateV2, signingCertificateV2(certificate)),
    attribute(oid.smimeCapabilities, ownCapabilities(certificate)),
  ];
  if (canEncrypt(certificate)) {
    // RFC 8551 §2.5.3: [0] IMPLICIT IssuerAndSerialNumber.
    const preference = encode(context(0), certificate.issuer, serialNumber(certificate));
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

function schemeFor({ certificate, privateKey }: Signer, rsaSignature: "pkcs1" | "pss"): Scheme {
  const kind = publicKeyKind(certificate.subjectPublicKeyInfo);
  if (privateKey.kind === "rsa" && kind.kind === "rsa") {
    // A key that its certificate binds to PSS may do nothing else (RFC 4055 §1.2).
    return rsaScheme(privateKey, kind.pss ? "pss" : rsaSignature);
  }
  if (
    privateKey.kind === "ec" &&
    kind.kind === "ec" &&
    privateKey.curve === kind.curve &&
    isNistCurve(kind.curve)
  ) {
    const { curve } = kind;
    const { hash, algorithm } = curveSchemes[curve];
    return {
      ...digested(hash),
      signatureAlgorithm: sequence(objectIdentifier(algorithm)),
      verification: { name: "ECDSA", digest: hashOids[hash], curve },
      sign: (data) => privateKey.sign(hash, data),
    };
  }
  if (privateKey.kind === "ed25519" && kind.kind === "ed25519") {
    return {
      // RFC 8419 §2.3: SHA-512 for the message digest.
      ...digested("SHA-512"),
      signatureAlgorithm: sequence(objectIdentifier(oid.ed25519)),
      verification: { name: "Ed25519", digest: null },
      sign: (data) => privateKey.sign(data),
    };
  }
  throw new UnsupportedError("key-unsupported", kind.kind);
}

function rsaScheme(privateKey: RsaPrivateKey, form: "pkcs1" | "pss"): Scheme {
  const digest = oid.sha256;
  const sign = (data: Bytes): Promise<Bytes> => privateKey.sign(form, "SHA-256", data);
  if (form === "pkcs1") {
    // RFC 3370 §3.2: NULL must be there.
    const signatureAlgorithm = sequence(objectIdentifier(oid.rsaEncryption), nullValue);
    const verification = { name: "RSASSA-PKCS1-v1_5", digest } as const;
    return { ...digested("SHA-256"), signatureAlgorithm, verification, sign };
  }
  const signatureAlgorithm = sequence(objectIdentifier(oid.rsassaPss), pssParameters());
  const verification = { name: "RSASSA-PSS", digest, saltLength: 32 } as const;
  return { ...digested("SHA-256"), signatureAlgorithm, verification, sign };
}

/** RFC 4056 §3: the hash, its mask, a salt as long as the digest. */
function pssParameters(): Der {
  const hash = sequence(objectIdentifier(oid.sha256), nullValue);
  return sequence(
    encode(context(0), hash),
    encode(context(1), sequence(objectIdentifier(oid.mgf1), hash)),
    encode(context(2), smallInteger(32)),
  );
}

function digested(hash: HashName): Pick<Scheme, "hash" | "digestAlgorithm"> {
  // RFC 5754 §2: parameters absent.
  return { hash, digestAlgorithm: sequence(objectIdentifier(hashOids[hash])) };
}
