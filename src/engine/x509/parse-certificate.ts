/**
 * Certificates from bytes to structure (RFC 5280 §4.1), as strict DER. Believes nothing: whether a
 * certificate may be used, and for whom, is decided by `validate-path.ts`.
 */
import type { Bytes, Fingerprint } from "../base/bytes.js";
import { equal, toHex } from "../base/bytes.js";
import { BoundedMap } from "../base/bounded-map.js";
import {
  type Element,
  SequenceReader,
  asDer,
  context,
  encoded,
  readWhole,
  tags,
} from "../base/der-reader.js";
import {
  readBitStringOctets,
  readBoolean,
  readInteger,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  readTime,
} from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { parseAlgorithmIdentifier, sameAlgorithm } from "../cms-syntax/algorithm-identifier.js";
import type { Certificate, Extension, SubjectPublicKeyInfo } from "./certificate.js";

/** Thirty times the largest that are used; what is longer is there to cost time. */
const maximumCertificateBytes = 256 * 1024;

function malformed(detail: string, options?: ErrorOptions): MalformedError {
  return new MalformedError("certificate-malformed", detail, options);
}

/**
 * Those seen lately: the same authorities, and the same people, stand in one message after the other. What
 * was derived from one (keys, names) is kept by the object, so the same octets give the same object.
 */
const parsed = new BoundedMap<string, Certificate>(500);
/** The largest that are used fit; 500 of those that do not would be 128 MB that strangers fill. */
const maximumRemembered = 64 * 1024;

/**
 * @param der one complete certificate, nothing after it; copied, so that it keeps no message in memory
 * @throws MalformedError("certificate-malformed")
 */
export async function parseCertificate(der: Bytes): Promise<Certificate> {
  if (der.length > maximumCertificateBytes) throw malformed("too large");
  // The end of the signature: as good as random among honest certificates. The octets decide, not the name.
  const name = `${der.length} ${String.fromCharCode(...der.subarray(-24))}`;
  const known = parsed.get(name);
  if (known !== undefined && equal(known.der, der)) return known;
  const fields = parseFields(der.slice());
  const certificate = { ...fields, fingerprint: await fingerprintOf(fields.der) };
  if (der.length <= maximumRemembered) parsed.set(name, certificate);
  return certificate;
}

/** @returns null for what does not parse: nobody's certificate */
export async function parseCertificateOrNull(der: Bytes): Promise<Certificate | null> {
  try {
    return await parseCertificate(der);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** Lower-case hexadecimal SHA-256 of the DER. */
export async function fingerprintOf(der: Bytes): Promise<Fingerprint> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", der))) as Fingerprint;
}

function parseFields(der: Bytes): Omit<Certificate, "fingerprint"> {
  try {
    const whole = readWhole(der, "der");
    const reader = new SequenceReader(whole);
    const tbs = reader.next(tags.sequence);
    const signatureAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
    const signatureValue = readBitStringOctets(reader.next(tags.bitString));
    reader.finish();
    const fields = parseTbsCertificate(tbs);
    // RFC 5280 §4.1.1.2: the algorithm stands twice, once where the signature covers it.
    if (!sameAlgorithm(fields.signature, signatureAlgorithm)) throw malformed("two signature algorithms");
    const { signature: _, ...rest } = fields;
    return { der: asDer(whole), tbsCertificate: encoded(tbs), ...rest, signatureAlgorithm, signatureValue };
  } catch (cause) {
    if (!(cause instanceof MalformedError) || cause.code === "certificate-malformed") throw cause;
    throw malformed(cause.detail, { cause });
  }
}

function parseTbsCertificate(tbs: Element) {
  const reader = new SequenceReader(tbs);
  const version = parseVersion(reader.optional(context(0)));
  const serialNumber = readInteger(reader.next(tags.integer));
  const signature = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const issuer = asDer(reader.next(tags.sequence));
  const validity = new SequenceReader(reader.next(tags.sequence));
  const notBefore = readTime(validity.any());
  const notAfter = readTime(validity.any());
  validity.finish();
  const subject = asDer(reader.next(tags.sequence));
  const subjectPublicKeyInfo = parseSubjectPublicKeyInfo(reader.next(tags.sequence));
  // issuerUniqueID and subjectUniqueID: nobody uses them (RFC 5280 §4.1.2.8).
  reader.optional(context(1, "primitive"));
  reader.optional(context(2, "primitive"));
  const list = reader.optional(context(3));
  reader.finish();
  if (list !== null && version !== 3) throw malformed("extensions before version 3");
  const extensions = list === null ? new Map<string, Extension>() : parseExtensions(list);
  return { serialNumber, signature, issuer, notBefore, notAfter, subject, subjectPublicKeyInfo, extensions };
}

function parseVersion(element: Element | null): number {
  if (element === null) return 1;
  const reader = new SequenceReader(element, context(0));
  const version = readSmallInteger(reader.next(tags.integer)) + 1;
  reader.finish();
  if (version > 3) throw malformed("version");
  return version;
}

/** One that stands alone. @throws MalformedError */
export function readPublicKey(der: Bytes): SubjectPublicKeyInfo {
  return parseSubjectPublicKeyInfo(readWhole(der, "der"));
}

/** @throws MalformedError */
export function parseSubjectPublicKeyInfo(element: Element): SubjectPublicKeyInfo {
  const reader = new SequenceReader(element);
  const algorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const publicKey = readBitStringOctets(reader.next(tags.bitString));
  reader.finish();
  return { der: asDer(element), algorithm, publicKey };
}

function parseExtensions(explicit: Element): ReadonlyMap<string, Extension> {
  const outer = new SequenceReader(explicit, context(3));
  const list = new SequenceReader(outer.next(tags.sequence));
  outer.finish();
  const extensions = new Map<string, Extension>();
  while (!list.done) {
    const reader = new SequenceReader(list.next(tags.sequence));
    const name = readObjectIdentifier(reader.next(tags.objectIdentifier));
    const criticality = reader.optional(tags.boolean);
    const value = readOctetString(reader.next(tags.octetString));
    reader.finish();
    // RFC 5280 §4.2: not more than one of a kind; two would let an attacker choose which is read.
    if (extensions.has(name)) throw malformed(`extension ${name} twice`);
    extensions.set(name, { critical: criticality !== null && readBoolean(criticality), value });
  }
  return extensions;
}
