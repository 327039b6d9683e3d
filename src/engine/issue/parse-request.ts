/**
 * Requests for a certificate as they come (PKCS #10, RFC 2986), DER or PEM (RFC 7468 §7): for who runs a small
 * authority. Whoever signed one has the private key (§3); that the names in it are theirs it does not prove,
 * and people ask each other for that.
 */
import { type Bytes, type Der, equal, fromUtf8, toAscii } from "../base/bytes.js";
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
import { publicKeyKind } from "../x509/public-key.js";
import { signatureScheme } from "../x509/signature-scheme.js";
import { verifySignedBytes } from "../x509/verify-signed-bytes.js";
import { type PossessionStatement, parsePossessionStatement, speakingKey } from "./possession-statement.js";

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
  /** RFC 9883: the key that asks for this one; `null` where it asks for itself */
  readonly statement: PossessionStatement | null;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
}

/** a key that signs, and one that cannot */
const maximumRequests = 2;

/** @returns as many as the file holds, one or two @throws MalformedError */
export function parseCertificationRequests(file: Bytes): readonly CertificationRequest[] {
  if (file.length > maximumRequestBytes) throw malformed("too large");
  return (file[0] === tags.sequence ? [file] : fromPem(file)).map(parseOne);
}

/** @throws MalformedError also where there are two */
export function parseCertificationRequest(file: Bytes): CertificationRequest {
  const [request, ...more] = parseCertificationRequests(file);
  if (request === undefined || more.length > 0) throw malformed("more than one");
  return request;
}

function parseOne(der: Bytes): CertificationRequest {
  const whole = readWhole(der, "der");
  const reader = new SequenceReader(whole);
  const info = reader.next(tags.sequence);
  const signatureAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const signature = readBitStringOctets(reader.next(tags.bitString));
  reader.finish();
  const { subject, publicKey, extensions, statement } = parseInfo(info);
  return {
    der: asDer(whole),
    requestInfo: encoded(info),
    publicKey,
    commonName: attributeText(subject, oid.commonName),
    organization: attributeText(subject, oid.organization),
    addresses: addressesOf(subject, extensions),
    statement,
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

/** They cannot sign, and ask by another key; all others prove themselves. */
const silentKinds: ReadonlySet<string> = new Set(["x25519", "x448", "ml-kem"]);

/**
 * RFC 9883 §3: does the key of the first request ask for the second's as well, for the same person? It states that it
 * has it; a lie would only make mail unreadable that is written to the liar.
 *
 * @param companion beside `signing` in one file
 */
export async function verifyCompanionRequest(
  companion: CertificationRequest,
  signing: CertificationRequest,
): Promise<boolean> {
  const { statement, publicKey, commonName, organization, addresses } = companion;
  if (statement === null || !equal((await speakingKey(statement)).der, signing.publicKey.der)) return false;
  if (!silentKinds.has(publicKeyKind(publicKey).kind)) return false;
  const isSamePerson =
    commonName === signing.commonName &&
    organization === signing.organization &&
    addresses.join("\n") === signing.addresses.join("\n");
  return isSamePerson && verifyCertificationRequest({ ...companion, publicKey: signing.publicKey });
}

function malformed(detail: string): MalformedError {
  return new MalformedError("asn1-malformed", `certification request: ${detail}`);
}

const block = /-----BEGIN ((?:NEW )?CERTIFICATE REQUEST)-----([^-]*)-----END \1-----/g;

function fromPem(file: Bytes): readonly Bytes[] {
  const found = [...toAscii(file).matchAll(block)];
  if (found.length === 0) throw malformed("no PEM");
  if (found.length > maximumRequests) throw malformed("too many");
  return found.map(([, , base64]) => decodeBase64(fromUtf8(base64!)));
}

interface Info {
  readonly subject: Der;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly extensions: Extensions;
  readonly statement: PossessionStatement | null;
}

function parseInfo(info: Element): Info {
  const reader = new SequenceReader(info);
  if (readSmallInteger(reader.next(tags.integer)) !== 0) throw malformed("version");
  const subject = asDer(reader.next(tags.sequence));
  const publicKey = parseSubjectPublicKeyInfo(reader.next(tags.sequence));
  // Some leave the empty set of attributes away.
  const attributes = reader.optional(context(0));
  reader.finish();
  const asked = attributes === null ? new Map<string, readonly Element[]>() : attributesIn(attributes);
  const statement = asked.get(oid.statementOfPossession);
  return {
    ...{ subject, publicKey, extensions: requestedExtensions(asked.get(oid.extensionRequest)) },
    statement: statement === undefined ? null : parsePossessionStatement(statement),
  };
}

/** by type; one that comes twice is what only an attacker writes */
function attributesIn(attributes: Element): ReadonlyMap<string, readonly Element[]> {
  const found = new Map<string, readonly Element[]>();
  for (const attribute of children(attributes)) {
    const reader = new SequenceReader(attribute);
    const type = readObjectIdentifier(reader.next(tags.objectIdentifier));
    const values = children(reader.next(tags.set));
    reader.finish();
    if (found.has(type)) throw malformed("an attribute twice");
    found.set(type, values);
  }
  return found;
}

/** RFC 2985 §5.4.2: one extensionRequest, with one value. */
function requestedExtensions(values: readonly Element[] | undefined): Extensions {
  if (values === undefined) return noExtensions;
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) throw malformed("extensionRequest");
  return parseExtensionList(expectTag(value, tags.sequence));
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
