/** Certificates as no CA would issue them: every field and extension at will, over P-256 keys. */
import { type KeyObject, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { context } from "../../src/engine/base/der-reader.js";
import {
  bitString,
  boolean,
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
  time,
  utf8String,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { type Certificate, parseCertificate } from "../../src/engine/index.js";

export interface Forged {
  readonly certificate: Certificate;
  readonly key: KeyObject;
  readonly name: Bytes;
}

export interface CertificateFields {
  readonly subject?: Bytes;
  readonly issuer?: Bytes;
  /** who signs; itself where absent */
  readonly by?: Forged;
  readonly key?: KeyObject;
  /** SubjectPublicKeyInfo where Node has no such key; `key` then signs for it */
  readonly spki?: Bytes;
  readonly extensions?: readonly Bytes[];
  readonly from?: string;
  readonly to?: string;
  readonly serial?: number;
  readonly version?: number;
  readonly digest?: "sha256" | "sha1";
}

export function name(...parts: readonly string[]): Bytes {
  const attributes = parts.map((text) =>
    setOf([sequence(objectIdentifier(oid.commonName), utf8String(text))]),
  );
  return sequence(...attributes);
}

export function extension(type: string, value: Bytes, critical = true): Bytes {
  return sequence(objectIdentifier(type), ...(critical ? [boolean(true)] : []), octetString(value));
}

export const authority = extension(oid.basicConstraints, sequence(boolean(true)));
export const authorityOf = (length: number): Bytes =>
  extension(oid.basicConstraints, sequence(boolean(true), smallInteger(length)));

const mailbox = (text: string): Bytes =>
  encode(context(1, "primitive"), new Uint8Array(Buffer.from(text, "latin1")));
export const addressed = (...texts: readonly string[]): Bytes =>
  extension(oid.subjectAltName, sequence(...texts.map(mailbox)), false);

/** @param bits of KeyUsage, most significant first */
export const usage = (bits: number): Bytes =>
  extension(oid.keyUsage, encode(0x03, Uint8Array.of(bits === 0 ? 0 : Math.clz32(bits & -bits) ^ 31, bits)));

export const purposes = (...names: readonly string[]): Bytes =>
  extension(oid.extendedKeyUsage, sequence(...names.map(objectIdentifier)), false);

/** @param trees complete GeneralNames */
export function constraints(permitted: readonly Bytes[], excluded: readonly Bytes[]): Bytes {
  const list = (tag: number, trees: readonly Bytes[]): Bytes[] =>
    trees.length === 0 ? [] : [encode(context(tag), ...trees.map((tree) => sequence(tree)))];
  return extension(oid.nameConstraints, sequence(...list(0, permitted), ...list(1, excluded)));
}
export { mailbox };

let serials = 1;

export async function forgeCertificate(fields: CertificateFields = {}): Promise<Forged> {
  const key = fields.key ?? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const subject = fields.subject ?? name(`Person ${serials}`);
  const digest = fields.digest ?? "sha256";
  const algorithm = sequence(objectIdentifier(digest === "sha256" ? oid.ecdsaWithSha256 : oid.ecdsaWithSha1));
  const extensions = fields.extensions ?? [];
  const tbs = sequence(
    encode(context(0), smallInteger(fields.version ?? 2)),
    smallInteger(fields.serial ?? serials++),
    algorithm,
    fields.issuer ?? fields.by?.name ?? subject,
    sequence(time(new Date(fields.from ?? "2026-01-01")), time(new Date(fields.to ?? "2036-01-01"))),
    subject,
    fields.spki ?? new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" })),
    ...(extensions.length === 0 ? [] : [encode(context(3), sequence(...extensions))]),
  );
  const signature = new Uint8Array(sign(digest, tbs, fields.by?.key ?? key));
  return {
    certificate: await parseCertificate(sequence(tbs, algorithm, bitString(signature))),
    key,
    name: subject,
  };
}
