/**
 * SignedData (RFC 5652 §5) as structure: BER outside, DER for what is hashed or is a certificate.
 * Judges nothing; each signerInfo is parsed on its own, so that one broken signer does not hide another.
 */
import type { Bytes } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  children,
  context,
  encoded,
  expectTag,
  tags,
} from "../base/der-reader.js";
import { readObjectIdentifier, readOctetString, readSmallInteger } from "../base/der-values.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "./algorithm-identifier.js";
import { type Attributes, parseAttributes } from "./attributes.js";
import { type CertificateIdentifier, parseCertificateIdentifier } from "./certificate-identifier.js";
import { unwrapExplicit } from "./content-info.js";

export interface SignedData {
  readonly digestAlgorithms: readonly AlgorithmIdentifier[];
  readonly eContentType: string;
  /** null where the content is detached */
  readonly eContent: Bytes | null;
  /** complete encodings of the X.509 certificates, unparsed; attribute certificates are left out */
  readonly certificates: readonly Bytes[];
  /** CRLs and OCSP responses, for `revocation-info.ts`: whatever they are, they take nothing from a signature */
  readonly revocationInfo: Element | null;
  /** for `parseSignerInfo` */
  readonly signerInfos: readonly Element[];
}

export interface SignerInfo {
  readonly sid: CertificateIdentifier;
  readonly digestAlgorithm: AlgorithmIdentifier;
  readonly signedAttrs: Attributes | null;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
  /** for `parseUnsignedAttributes`: whatever they are, they take nothing from the signature */
  readonly unsignedAttrs: Element | null;
}

/** @throws MalformedError | UnsupportedError */
export function parseSignedData(element: Element): SignedData {
  const reader = new SequenceReader(element);
  const version = readSmallInteger(reader.next(tags.integer));
  if (version > 5) throw new UnsupportedError("version-unsupported", `SignedData ${version}`);
  const digestAlgorithms = children(reader.next(tags.set)).map((item) => parseAlgorithmIdentifier(item));
  const content = parseEncapsulatedContentInfo(reader.next(tags.sequence));
  const certificates = reader.optional(context(0));
  const revocationInfo = reader.optional(context(1));
  const signerInfos = children(reader.next(tags.set));
  reader.finish();
  return {
    digestAlgorithms,
    ...content,
    certificates: certificates === null ? [] : x509Certificates(certificates),
    revocationInfo,
    signerInfos,
  };
}

function parseEncapsulatedContentInfo(element: Element): Pick<SignedData, "eContentType" | "eContent"> {
  const reader = new SequenceReader(element);
  const eContentType = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const explicit = reader.optional(context(0));
  reader.finish();
  if (explicit === null) return { eContentType, eContent: null };
  return { eContentType, eContent: readOctetString(unwrapExplicit(explicit, context(0))) };
}

/** CertificateSet (RFC 5652 §10.2.3): SEQUENCE is X.509, tagged choices are the obsolete others. */
function x509Certificates(set: Element): readonly Bytes[] {
  return children(set)
    .filter(({ tag }) => tag === tags.sequence)
    .map(encoded);
}

/** @throws MalformedError | UnsupportedError; "cms-malformed" with signedAttrs in the detail where those broke */
export function parseSignerInfo(element: Element): SignerInfo {
  const reader = new SequenceReader(expectTag(element, tags.sequence));
  const version = readSmallInteger(reader.next(tags.integer));
  if (version !== 1 && version !== 3)
    throw new UnsupportedError("version-unsupported", `SignerInfo ${version}`);
  const sid = parseCertificateIdentifier(reader.any());
  const digestAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const attributes = reader.optional(context(0));
  const signatureAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const signature = readOctetString(reader.any());
  const unsignedAttrs = reader.optional(context(1));
  reader.finish();
  return {
    sid,
    digestAlgorithm,
    signedAttrs: attributes === null ? null : parseSignedAttrs(attributes),
    signatureAlgorithm,
    signature,
    unsignedAttrs,
  };
}

/** A SignerInfo whose signedAttrs do not parse was not made by any signer as it stands. */
export class SignedAttributesError extends MalformedError {
  constructor(cause: MalformedError) {
    super("cms-malformed", `signedAttrs: ${cause.detail}`, { cause });
  }
}

function parseSignedAttrs(element: Element): Attributes {
  try {
    return parseAttributes(element);
  } catch (error) {
    if (error instanceof MalformedError) throw new SignedAttributesError(error);
    throw error;
  }
}
