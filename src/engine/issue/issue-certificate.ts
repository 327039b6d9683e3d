/**
 * Certificates that people make themselves (RFC 5280 §4): one that vouches for itself, the root of a small
 * authority for a family or a team, and what that root issues. The root speaks for its own domains only,
 * so that whoever trusts it trusts it with nothing else.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import { encode, sequence, smallInteger, time, unsignedInteger } from "../base/der-writer.js";
import type { PrivateKey } from "../keys/private-key.js";
import type { Certificate, SubjectPublicKeyInfo } from "../x509/certificate.js";
import { parseCertificate } from "../x509/parse-certificate.js";
import { subjectKeyIdentifier as readKeyIdentifier } from "../x509/extensions.js";
import { signStructure, structureSigning } from "./sign-structure.js";
import {
  type NewSubject,
  authorityKeyIdentifier,
  basicConstraints,
  forMail,
  keyIdentifier,
  keyUsage,
  mailUses,
  permittedMailDomains,
  subjectAltName,
  subjectKeyIdentifier,
  writeName,
} from "./write-extensions.js";

/** milliseconds; both ends belong to it */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface KeyToCertify {
  readonly publicKey: SubjectPublicKeyInfo;
}

export interface KeyPair extends KeyToCertify {
  readonly privateKey: PrivateKey;
}

export interface Issuer {
  readonly certificate: Certificate;
  readonly privateKey: PrivateKey;
}

/**
 * For people who confirm each other in person: nobody else vouches for it.
 *
 * @throws UnsupportedError for a key that cannot sign
 */
export async function selfSigned(
  key: KeyPair,
  subject: NewSubject & { readonly addresses: readonly string[] },
  validity: Validity,
): Promise<Certificate> {
  const name = writeName(subject);
  const extensions = [
    basicConstraints(null),
    keyUsage(mailUses(key.publicKey)),
    forMail,
    subjectAltName(subject.addresses),
    subjectKeyIdentifier(await keyIdentifier(key.publicKey)),
  ];
  return write({ issuer: name, subject: name, validity, extensions, ...key });
}

/** @param domains that its certificates may speak for, as A-labels @throws UnsupportedError */
export async function privateRoot(
  key: KeyPair,
  subject: NewSubject & { readonly domains: readonly string[] },
  validity: Validity,
): Promise<Certificate> {
  const name = writeName(subject);
  const extensions = [
    basicConstraints(0),
    keyUsage(["keyCertSign", "cRLSign"]),
    forMail,
    permittedMailDomains(subject.domains),
    subjectKeyIdentifier(await keyIdentifier(key.publicKey)),
  ];
  return write({ issuer: name, subject: name, validity, extensions, ...key });
}

/** A person's certificate by a root of one's own. @throws UnsupportedError, MalformedError */
export async function issueFor(
  { publicKey }: KeyToCertify,
  subject: NewSubject & { readonly addresses: readonly string[] },
  { issuer, validity }: { readonly issuer: Issuer; readonly validity: Validity },
): Promise<Certificate> {
  const identifier = readKeyIdentifier(issuer.certificate);
  const extensions = [
    basicConstraints(null),
    keyUsage(mailUses(publicKey)),
    forMail,
    subjectAltName(subject.addresses),
    subjectKeyIdentifier(await keyIdentifier(publicKey)),
    ...(identifier === null ? [] : [authorityKeyIdentifier(identifier)]),
  ];
  const { privateKey } = issuer;
  return write({
    ...{ issuer: issuer.certificate.subject, subject: writeName(subject) },
    ...{ validity, extensions, publicKey, privateKey },
  });
}

interface Writing {
  readonly issuer: Bytes;
  readonly subject: Bytes;
  readonly validity: Validity;
  readonly extensions: readonly Der[];
  readonly publicKey: SubjectPublicKeyInfo;
  /** the issuer's */
  readonly privateKey: PrivateKey;
}

async function write(writing: Writing): Promise<Certificate> {
  const signing = structureSigning(writing.privateKey);
  const { notBefore, notAfter } = writing.validity;
  const toBeSigned = sequence(
    encode(context(0), smallInteger(2)),
    serialNumber(),
    signing.algorithm,
    writing.issuer,
    sequence(time(notBefore), time(notAfter)),
    writing.subject,
    writing.publicKey.der,
    encode(context(3), sequence(...writing.extensions)),
  );
  return parseCertificate(await signStructure(toBeSigned, signing));
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets; 127 bits of chance, so that none comes twice. */
function serialNumber(): Der {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = (octets[0]! & 0x7f) | 0x40;
  return unsignedInteger(octets);
}
