/**
 * Requests for a certificate as they come (PKCS #10, RFC 2986), DER or PEM (RFC 7468 §7): for who runs a small
 * authority. Whoever signed one has the private key (§3); that the names in it are theirs it does not prove,
 * and people ask each other for that.
 */
import { type Bytes, type Der, fromUtf8, toAscii } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  asDer,
  children,
  context,
  encoded,
  expectTag,
  readWhole,
  tags,
} from "../base/der-reader.js";
import { readBitStringOctets, readObjectIdentifier, readSmallInteger } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { decodeBase64 } from "../kernels/base64.js";
import { normalizeAddress } from "../mime/address.js";
import type { SubjectPublicKeyInfo } from "../x509/certificate.js";
import { attributeText, attributeTexts } from "../x509/distinguished-name.js";
import { type Extensions, noExtensions, parseExtensionList } from "../x509/extension-list.js";
import { parseGeneralNames } from "../x509/general-name.js";
import { parseSubjectPublicKeyInfo } from "../x509/parse-certificate.js";
import { signatureScheme } from "../x509/signature-scheme.js";
import { verifySignedBytes } from "../x509/verify-signed-bytes.js";

/** ML-DSA keys and signatures with a dozen addresses are a tenth of it. */
const maximumRequestBytes = 64 * 1024;
/** nobody has more, and each will be shown to a person */
const maximumAddresses = 50;

export interface CertificationRequest {
  readonly der: Der;
  /** what its owner signed: CertificationRequestInfo */
  readonly requestInfo: Bytes;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly commonName: string | null;
  readonly organization: string | null;
  /** normalised, each once; as the request says, proven by nothing */
  readonly addresses: readonly string[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
}

/** @throws MalformedError */
export function parseCertificationRequest(file: Bytes): CertificationRequest {
  if (file.length > maximumRequestBytes) throw malformed("too large");
  const whole = readWhole(file[0] === tags.sequence ? file : fromPem(file), "der");
  const reader = new SequenceReader(whole);
  const info = reader.next(tags.sequence);
  const signatureAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const signature = readBitStringOctets(reader.next(tags.bitString));
  reader.finish();
  const { subject, publicKey, extensions } = parseInfo(info);
  return {
    der: asDer(whole),
    requestInfo: encoded(info),
    publicKey,
    commonName: attributeText(subject, oid.commonName),
    organization: attributeText(subject, oid.organization),
    addresses: addressesOf(subject, extensions),
    signatureAlgorithm,
    signature,
  };
}

/**
 * RFC 2986 §3: does the private key of this public key stand behind the request?
 *
 * @throws UnsupportedError where the algorithm is none that we know
 */
export async function verifyCertificationRequest(request: CertificationRequest): Promise<boolean> {
  const { publicKey, signatureAlgorithm, requestInfo: data, signature } = request;
  const scheme = signatureScheme(signatureAlgorithm, publicKey, null);
  // MD5 and the like prove no possession.
  if (scheme.digest !== null && !scheme.digest.startsWith("SHA-")) return false;
  if (scheme.digest === "SHA-1") return false;
  return verifySignedBytes(publicKey, scheme, { data, signature });
}

function malformed(detail: string): MalformedError {
  return new MalformedError("asn1-malformed", `certification request: ${detail}`);
}

const begin = /-----BEGIN ((?:NEW )?CERTIFICATE REQUEST)-----/;

function fromPem(file: Bytes): Bytes {
  const text = toAscii(file);
  const found = begin.exec(text);
  const start = found === null ? -1 : found.index + found[0].length;
  const end = found === null ? -1 : text.indexOf(`-----END ${found[1]!}-----`, start);
  if (end < 0) throw malformed("no PEM");
  return decodeBase64(fromUtf8(text.slice(start, end)));
}

interface Info {
  readonly subject: Der;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly extensions: Extensions;
}

function parseInfo(info: Element): Info {
  const reader = new SequenceReader(info);
  if (readSmallInteger(reader.next(tags.integer)) !== 0) throw malformed("version");
  const subject = asDer(reader.next(tags.sequence));
  const publicKey = parseSubjectPublicKeyInfo(reader.next(tags.sequence));
  // Some leave the empty set of attributes away.
  const attributes = reader.optional(context(0));
  reader.finish();
  return { subject, publicKey, extensions: attributes === null ? noExtensions : requested(attributes) };
}

/** RFC 2985 §5.4.2: one extensionRequest, with one value. */
function requested(attributes: Element): Extensions {
  const found: Extensions[] = [];
  for (const attribute of children(attributes)) {
    const reader = new SequenceReader(attribute);
    const type = readObjectIdentifier(reader.next(tags.objectIdentifier));
    const values = children(reader.next(tags.set));
    reader.finish();
    if (type !== oid.extensionRequest) continue;
    const [value, ...more] = values;
    if (value === undefined || more.length > 0) throw malformed("extensionRequest");
    found.push(parseExtensionList(expectTag(value, tags.sequence)));
  }
  if (found.length > 1) throw malformed("extensionRequest twice");
  return found[0] ?? noExtensions;
}

/** The subject's emailAddress counts beside them: older programs write nothing else. */
function addressesOf(subject: Der, extensions: Extensions): readonly string[] {
  const alternative = extensions.get(oid.subjectAltName);
  const names = alternative === undefined ? [] : parseGeneralNames(alternative.value);
  const written = names.flatMap((name) =>
    name.kind === "rfc822Name" || name.kind === "smtpUtf8Mailbox" ? [name.text] : [],
  );
  const all = [...written, ...attributeTexts(subject, oid.emailAddress)].map(normalizeAddress);
  const addresses = [...new Set(all.filter((address) => address !== null))];
  if (addresses.length > maximumAddresses) throw malformed("too many addresses");
  return addresses;
}
