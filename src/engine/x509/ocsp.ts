/**
 * OCSP requests and responses as structure (RFC 6960 §4, RFC 9654). Believes nothing: who signed a response,
 * and whether it answers the question, is for `judge-ocsp.ts`.
 */
import { type Bytes, type Der, equal } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  asDer,
  children,
  contents,
  context,
  encoded,
  expectTag,
  readWhole,
  tags,
} from "../base/der-reader.js";
import {
  readBitStringOctets,
  readInteger,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  readTime,
} from "../base/der-values.js";
import { encode, nullValue, objectIdentifier, octetString, sequence } from "../base/der-writer.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { digest } from "../primitives/digest.js";
import type { Certificate } from "./certificate.js";
import { readReason } from "./crl.js";
import type { RevocationReason } from "./evidence-source.js";
import { type Extensions, noExtensions, parseExtensionList, unwrap } from "./extension-list.js";

export interface CertificateId {
  readonly hashAlgorithm: AlgorithmIdentifier;
  readonly issuerNameHash: Bytes;
  readonly issuerKeyHash: Bytes;
  readonly serialNumber: Bytes;
}

export type CertificateStatus =
  | { readonly kind: "good" | "unknown" }
  | { readonly kind: "revoked"; readonly revokedAt: number; readonly reason: RevocationReason | null };

export interface SingleResponse {
  readonly certificateId: CertificateId;
  readonly status: CertificateStatus;
  /** milliseconds since the epoch */
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
  readonly extensions: Extensions;
}

export type ResponderId =
  | { readonly kind: "name"; readonly name: Der }
  /** SHA-1 of the public key's octets */
  | { readonly kind: "key"; readonly hash: Bytes };

export interface BasicResponse {
  /** what the responder signed */
  readonly tbsResponseData: Bytes;
  readonly responderId: ResponderId;
  readonly producedAt: number;
  readonly responses: readonly SingleResponse[];
  readonly extensions: Extensions;
  readonly nonce: Bytes | null;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
  /** complete DER, unparsed; believed by nobody */
  readonly certificates: readonly Bytes[];
}

export type OcspResponse =
  | { readonly kind: "basic"; readonly basic: BasicResponse }
  /** e.g. "tryLater"; nothing in it is signed */
  | { readonly kind: "refused"; readonly status: string };

// ------------------------------------------------------------------ the request

export interface OcspQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/**
 * One certificate, by SHA-1 identifiers: what every responder has ready (RFC 5019 §2.1.1). They name, they
 * prove nothing.
 * @param nonce 32 octets (RFC 9654 §2.1), or null
 */
export async function buildOcspRequest(question: OcspQuestion, nonce: Bytes | null): Promise<Der> {
  const { certificate, issuer } = question;
  const id = sequence(
    sequence(objectIdentifier(oid.sha1), nullValue),
    octetString(await digest("SHA-1", certificate.issuer)),
    octetString(await digest("SHA-1", issuer.subjectPublicKeyInfo.publicKey)),
    encode(tags.integer, certificate.serialNumber),
  );
  const list = sequence(sequence(id));
  if (nonce === null) return sequence(sequence(list));
  const extension = sequence(objectIdentifier(oid.ocspNonce), octetString(octetString(nonce)));
  return sequence(sequence(list, encode(context(2), sequence(extension))));
}

// ------------------------------------------------------------------ the response

const statuses = [
  "successful",
  "malformedRequest",
  "internalError",
  "tryLater",
  "4",
  "sigRequired",
  "unauthorized",
];

/** More answers than anybody asks questions. */
const maximumResponses = 1_000;
const maximumCertificates = 20;

/** @param der one complete OCSPResponse; the result holds views of it. @throws MalformedError("ocsp-malformed") */
export function parseOcspResponse(der: Bytes): OcspResponse {
  try {
    const reader = new SequenceReader(readWhole(der, "der"));
    const status = readSmallInteger(reader.next(tags.enumerated), tags.enumerated);
    const explicit = reader.optional(context(0));
    reader.finish();
    if (status !== 0) return { kind: "refused", status: statuses[status] ?? String(status) };
    if (explicit === null) throw malformed("no response");
    const bytes = new SequenceReader(unwrap(explicit, context(0)));
    const type = readObjectIdentifier(bytes.next(tags.objectIdentifier));
    const response = readOctetString(bytes.next(tags.octetString));
    bytes.finish();
    if (type !== oid.ocspBasic) throw malformed(`response type ${type}`);
    return { kind: "basic", basic: parseBasicResponse(readWhole(response, "der")) };
  } catch (cause) {
    if (!(cause instanceof MalformedError) || cause.code === "ocsp-malformed") throw cause;
    throw malformed(cause.detail, { cause });
  }
}

function malformed(detail: string, options?: ErrorOptions): MalformedError {
  return new MalformedError("ocsp-malformed", detail, options);
}

function parseBasicResponse(element: Element): BasicResponse {
  const reader = new SequenceReader(element);
  const data = reader.next(tags.sequence);
  const signatureAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const signature = readBitStringOctets(reader.next(tags.bitString));
  const certificates = reader.optional(context(0));
  reader.finish();
  const list = certificates === null ? [] : children(unwrap(certificates, context(0)));
  if (list.length > maximumCertificates) throw malformed("too many certificates");
  return {
    tbsResponseData: encoded(data),
    ...parseResponseData(data),
    signatureAlgorithm,
    signature,
    certificates: list.map(encoded),
  };
}

function parseResponseData(element: Element) {
  const reader = new SequenceReader(element);
  const version = reader.optional(context(0));
  if (version !== null && readSmallInteger(unwrap(version, context(0))) !== 0) throw malformed("version");
  const responderId = parseResponderId(reader.any());
  const producedAt = readTime(reader.next(tags.generalizedTime));
  const list = children(reader.next(tags.sequence));
  if (list.length > maximumResponses) throw malformed("too many responses");
  const responses = list.map(parseSingleResponse);
  const extensions = parseOptionalExtensions(reader.optional(context(1)), 1);
  reader.finish();
  return { responderId, producedAt, responses, extensions, nonce: readNonce(extensions) };
}

/** RFC 9654 §2.1 makes it an OCTET STRING; older responders put the octets there bare. */
function readNonce(extensions: Extensions): Bytes | null {
  const value = extensions.get(oid.ocspNonce)?.value;
  if (value === undefined) return null;
  const isWrapped = value[0] === tags.octetString && value[1] === value.length - 2;
  return isWrapped ? value.subarray(2) : value;
}

function parseOptionalExtensions(element: Element | null, tag: number): Extensions {
  return element === null ? noExtensions : parseExtensionList(unwrap(element, context(tag)));
}

function parseResponderId(element: Element): ResponderId {
  if (element.tag === context(1)) {
    return { kind: "name", name: asDer(expectTag(unwrap(element, context(1)), tags.sequence)) };
  }
  return { kind: "key", hash: readOctetString(unwrap(element, context(2))) };
}

function parseSingleResponse(element: Element): SingleResponse {
  const reader = new SequenceReader(element);
  const certificateId = parseCertificateId(reader.next(tags.sequence));
  const status = parseStatus(reader.any());
  const thisUpdate = readTime(reader.next(tags.generalizedTime));
  const next = reader.optional(context(0));
  const extensions = parseOptionalExtensions(reader.optional(context(1)), 1);
  reader.finish();
  const nextUpdate =
    next === null ? null : readTime(expectTag(unwrap(next, context(0)), tags.generalizedTime));
  return { certificateId, status, thisUpdate, nextUpdate, extensions };
}

function parseCertificateId(element: Element): CertificateId {
  const reader = new SequenceReader(element);
  const hashAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const issuerNameHash = readOctetString(reader.next(tags.octetString));
  const issuerKeyHash = readOctetString(reader.next(tags.octetString));
  const serialNumber = readInteger(reader.next(tags.integer));
  reader.finish();
  return { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber };
}

function parseStatus(element: Element): CertificateStatus {
  switch (element.tag) {
    case context(0, "primitive"):
    case context(2, "primitive"):
      if (contents(element).length > 0) throw malformed("status");
      return { kind: element.tag === context(0, "primitive") ? "good" : "unknown" };
    case context(1): {
      const reader = new SequenceReader(element, context(1));
      const revokedAt = readTime(reader.next(tags.generalizedTime));
      const reason = reader.optional(context(0));
      reader.finish();
      return {
        kind: "revoked",
        revokedAt,
        reason: reason === null ? null : readReason(unwrap(reason, context(0))),
      };
    }
    default:
      throw malformed("status");
  }
}

// ------------------------------------------------------------------ who is meant

const identifierDigests = {
  [oid.sha1]: "SHA-1",
  [oid.sha256]: "SHA-256",
  [oid.sha384]: "SHA-384",
  [oid.sha512]: "SHA-512",
} as const;

type DigestName = (typeof identifierDigests)[keyof typeof identifierDigests];

/**
 * Does an identifier name this certificate of this issuer (RFC 6960 §4.1.1)? For all identifiers of a response:
 * each digest is made once, because there may be a thousand, and nobody has checked who wrote them.
 */
export function identifierOf({ certificate, issuer }: OcspQuestion): (id: CertificateId) => Promise<boolean> {
  const made = new Map<string, Promise<readonly [Bytes, Bytes]>>();
  const digestsBy = (name: DigestName): Promise<readonly [Bytes, Bytes]> => {
    const digests =
      made.get(name) ??
      Promise.all([
        digest(name, certificate.issuer),
        digest(name, issuer.subjectPublicKeyInfo.publicKey),
      ] as const);
    made.set(name, digests);
    return digests;
  };
  return async ({ hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }) => {
    if (!equal(serialNumber, certificate.serialNumber)) return false;
    const name = identifierDigests[hashAlgorithm.algorithm as keyof typeof identifierDigests];
    if (name === undefined) return false;
    const [ofName, ofKey] = await digestsBy(name);
    return equal(issuerNameHash, ofName) && equal(issuerKeyHash, ofKey);
  };
}

/** RFC 6960 §4.2.2.3: by its name, octet for octet or as names compare, or by SHA-1 of its key. */
export async function isResponder(id: ResponderId, certificate: Certificate): Promise<boolean> {
  if (id.kind === "name") return equal(id.name, certificate.subject);
  return equal(id.hash, await digest("SHA-1", certificate.subjectPublicKeyInfo.publicKey));
}
