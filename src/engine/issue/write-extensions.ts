/** Names and extensions as we write them into certificates and requests (RFC 5280 §4.2, RFC 9598 §3). */
import { type Bytes, type Der, fromUtf8 } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import {
  boolean,
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
  utf8String,
} from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import { digest } from "../primitives/digest.js";
import type { SubjectPublicKeyInfo } from "../x509/certificate.js";
import { publicKeyKind } from "../x509/public-key.js";

/** Whom a new certificate is for. */
export interface NewSubject {
  readonly commonName: string;
  readonly organization?: string | undefined;
}

/** A Name, its attributes as UTF8String (RFC 5280 §4.1.2.4). */
export function writeName({ commonName, organization }: NewSubject): Der {
  const attribute = (type: string, text: string): Der =>
    setOf([sequence(objectIdentifier(type), utf8String(text))]);
  const parts = organization === undefined ? [] : [attribute(oid.organization, organization)];
  return sequence(...parts, attribute(oid.commonName, commonName));
}

export function extension(type: string, value: Der, critical: "critical" | "not critical"): Der {
  const mark = critical === "critical" ? [boolean(true)] : [];
  return sequence(objectIdentifier(type), ...mark, octetString(value));
}

/** rfc822Name, or SmtpUTF8Mailbox where the local part needs it. @param addresses normalised */
export function subjectAltName(addresses: readonly string[]): Der {
  return extension(oid.subjectAltName, sequence(...addresses.map(mailbox)), "not critical");
}

function mailbox(address: string): Der {
  if (/^[\x20-\x7e]+$/.test(address)) return encode(context(1, "primitive"), fromUtf8(address));
  // RFC 9598 §3: otherName with a UTF8String
  return encode(context(0), objectIdentifier(oid.smtpUtf8Mailbox), encode(context(0), utf8String(address)));
}

/** bits of RFC 5280 §4.2.1.3, from the left */
const usageBits = {
  digitalSignature: 0x80,
  keyEncipherment: 0x20,
  keyAgreement: 0x08,
  keyCertSign: 0x04,
  cRLSign: 0x02,
} as const;
export type WrittenUsage = keyof typeof usageBits;

export function keyUsage(uses: readonly WrittenUsage[]): Der {
  const bits = uses.reduce((sum, use) => sum | usageBits[use], 0);
  // X.690 §11.2.2: no trailing zero bits
  const unused = Math.clz32(bits & -bits) ^ 31;
  return extension(oid.keyUsage, encode(0x03, Uint8Array.of(unused, bits)), "critical");
}

/** What mail does with a key of this kind (RFC 3279, 5480 §3, 8410 §5, 9881, 9935 §5). */
export function mailUses(key: SubjectPublicKeyInfo): readonly WrittenUsage[] {
  switch (publicKeyKind(key).kind) {
    case "rsa":
      return ["digitalSignature", "keyEncipherment"];
    case "ec":
      return ["digitalSignature", "keyAgreement"];
    case "x25519":
    case "x448":
      return ["keyAgreement"];
    case "ml-kem":
      return ["keyEncipherment"];
    default:
      return ["digitalSignature"];
  }
}

export const forMail: Der = extension(
  oid.extendedKeyUsage,
  sequence(objectIdentifier(oid.emailProtection)),
  "not critical",
);

/** @param pathLength how many authorities may stand below; null for an end entity */
export function basicConstraints(pathLength: number | null): Der {
  const value = pathLength === null ? sequence() : sequence(boolean(true), smallInteger(pathLength));
  return extension(oid.basicConstraints, value, "critical");
}

/** RFC 7093 §2 (1): the leftmost 160 bits of SHA-256 over the key's octets. */
export async function keyIdentifier({ publicKey }: SubjectPublicKeyInfo): Promise<Bytes> {
  return (await digest("SHA-256", publicKey)).subarray(0, 20);
}

export function subjectKeyIdentifier(identifier: Bytes): Der {
  return extension(oid.subjectKeyIdentifier, octetString(identifier), "not critical");
}

export function authorityKeyIdentifier(identifier: Bytes): Der {
  const value = sequence(encode(context(0, "primitive"), identifier));
  return extension(oid.authorityKeyIdentifier, value, "not critical");
}

/** Mail addresses of these domains alone, their hosts not included (RFC 5280 §4.2.1.10). */
export function permittedMailDomains(domains: readonly string[]): Der {
  const trees = domains.map((domain) => sequence(encode(context(1, "primitive"), fromUtf8(domain))));
  return extension(oid.nameConstraints, sequence(encode(context(0), ...trees)), "critical");
}
