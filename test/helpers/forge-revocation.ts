/** CRLs and OCSP responses as no authority would make them: every field at will, over P-256 keys. */
import { createHash, sign } from "node:crypto";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { context } from "../../src/engine/base/der-reader.js";
import {
  bitString,
  boolean,
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
  time,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import type { Certificate } from "../../src/engine/index.js";
import type { EvidenceAnswer, EvidenceSource } from "../../src/engine/x509/evidence-source.js";
import { type Forged, extension } from "./forge-certificate.js";

export interface ListedCertificate {
  readonly serial: Bytes;
  readonly at?: string;
  /** complete Extensions */
  readonly extensions?: readonly Bytes[];
}

export interface CrlFields {
  /** who signs, and whose name the list bears */
  readonly by: Forged;
  /** another name */
  readonly issuer?: Bytes;
  readonly thisUpdate?: string;
  readonly nextUpdate?: string | null;
  readonly listed?: readonly ListedCertificate[];
  /** the contents of revokedCertificates, in place of `listed` */
  readonly entries?: Bytes;
  /** complete Extensions; null: a version 1 list */
  readonly extensions?: readonly Bytes[] | null;
  readonly digest?: "sha256" | "sha1";
  /** AlgorithmIdentifier of keys that are no P-256 keys */
  readonly algorithm?: Bytes;
}

const ecdsa = (digest: "sha256" | "sha1"): Bytes =>
  sequence(objectIdentifier(digest === "sha256" ? oid.ecdsaWithSha256 : oid.ecdsaWithSha1));

export const serialInteger = (serial: Bytes): Bytes => encode(0x02, serial);

export function crlEntry({ serial, at = "2026-06-01", extensions = [] }: ListedCertificate): Bytes {
  const list = extensions.length === 0 ? [] : [sequence(...extensions)];
  return sequence(serialInteger(serial), time(new Date(at)), ...list);
}

/** Current from June to August 2026, unless told otherwise. */
export function forgeCrl(fields: CrlFields): Bytes {
  const { by, listed = [], nextUpdate = "2026-08-01", digest = "sha256", extensions = [] } = fields;
  const entries = fields.entries ?? Buffer.concat(listed.map(crlEntry));
  const algorithm = fields.algorithm ?? ecdsa(digest);
  const tbs = sequence(
    ...(extensions === null ? [] : [smallInteger(1)]),
    algorithm,
    fields.issuer ?? by.name,
    time(new Date(fields.thisUpdate ?? "2026-06-15")),
    ...(nextUpdate === null ? [] : [time(new Date(nextUpdate))]),
    ...(entries.length === 0 ? [] : [sequence(new Uint8Array(entries))]),
    ...(extensions === null || extensions.length === 0 ? [] : [encode(context(0), sequence(...extensions))]),
  );
  return sequence(tbs, algorithm, bitString(new Uint8Array(sign(digest, tbs, by.key))));
}

export const crlNumber = (n: number): Bytes => extension(oid.crlNumber, smallInteger(n), false);
export const deltaOf = (n: number): Bytes => extension(oid.deltaCrlIndicator, smallInteger(n));
export const reason = (n: number): Bytes => extension(oid.reasonCode, encode(0x0a, Uint8Array.of(n)), false);
/** GeneralizedTime, always */
export function generalizedTime(at: string): Bytes {
  return encode(
    0x18,
    new TextEncoder().encode(`${new Date(at).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`),
  );
}
export const invalidSince = (at: string): Bytes => extension(oid.invalidityDate, generalizedTime(at), false);

const uri = (text: string): Bytes => encode(context(6, "primitive"), new TextEncoder().encode(text));
export const directoryName = (name: Bytes): Bytes => encode(context(4), name);

/** DistributionPointName with these GeneralNames. */
const fullName = (names: readonly Bytes[]): Bytes => encode(context(0), encode(context(0), ...names));

export interface PointFields {
  readonly urls?: readonly string[];
  /** bits of ReasonFlags, most significant first */
  readonly reasons?: number;
  readonly crlIssuer?: Bytes;
}

function point({ urls, reasons, crlIssuer }: PointFields): Bytes {
  return sequence(
    ...(urls === undefined ? [] : [fullName(urls.map(uri))]),
    ...(reasons === undefined ? [] : [encode(context(1, "primitive"), Uint8Array.of(0, reasons))]),
    ...(crlIssuer === undefined ? [] : [encode(context(2), directoryName(crlIssuer))]),
  );
}

export const distributionPoints = (...points: readonly PointFields[]): Bytes =>
  extension(oid.crlDistributionPoints, sequence(...points.map(point)), false);
export const freshest = (...points: readonly PointFields[]): Bytes =>
  extension(oid.freshestCrl, sequence(...points.map(point)), false);

export interface ScopeFields {
  readonly urls?: readonly string[];
  readonly only?: "users" | "authorities" | "attributes";
  readonly reasons?: number;
  readonly indirect?: boolean;
}

/** issuingDistributionPoint */
export function scope({ urls, only, reasons, indirect }: ScopeFields): Bytes {
  const flag = (n: number, value: boolean): Bytes[] =>
    value ? [encode(context(n, "primitive"), Uint8Array.of(0xff))] : [];
  return extension(
    oid.issuingDistributionPoint,
    sequence(
      ...(urls === undefined ? [] : [fullName(urls.map(uri))]),
      ...flag(1, only === "users"),
      ...flag(2, only === "authorities"),
      ...(reasons === undefined ? [] : [encode(context(3, "primitive"), Uint8Array.of(0, reasons))]),
      ...flag(4, indirect === true),
      ...flag(5, only === "attributes"),
    ),
  );
}

/** certificateIssuer of an entry in an indirect CRL */
export const entryOf = (name: Bytes): Bytes =>
  extension(oid.certificateIssuer, sequence(directoryName(name)));

/** authorityInfoAccess with OCSP or caIssuers URLs */
export function accessAt(ocsp: readonly string[], issuers: readonly string[] = []): Bytes {
  const description = (method: string, url: string): Bytes => sequence(objectIdentifier(method), uri(url));
  return extension(
    oid.authorityInfoAccess,
    sequence(
      ...ocsp.map((url) => description(oid.accessOcsp, url)),
      ...issuers.map((url) => description(oid.accessCaIssuers, url)),
    ),
    false,
  );
}

// ------------------------------------------------------------------ OCSP

export type ForgedStatus =
  | "good"
  | "unknown"
  | { readonly revokedAt: string; readonly reason?: number }
  /** CertStatus itself */
  | { readonly der: Bytes };

export interface SingleFields {
  readonly of: Certificate;
  readonly issuer: Certificate;
  readonly status?: ForgedStatus;
  readonly thisUpdate?: string;
  readonly nextUpdate?: string | null;
  readonly hash?: "sha1" | "sha256";
  /** complete Extensions */
  readonly extensions?: readonly Bytes[];
}

export interface OcspFields {
  readonly by: Forged;
  readonly responses: readonly SingleFields[];
  readonly producedAt?: string;
  /** certificates sent along */
  readonly certificates?: readonly Certificate[];
  readonly name?: "name" | "key";
  readonly nonce?: Bytes;
  /** complete Extensions */
  readonly extensions?: readonly Bytes[];
  /** of ResponseData, where it is said: v1 is 0 */
  readonly version?: number;
  readonly digest?: "sha256" | "sha1";
}

const hashOf = (name: string, octets: Bytes): Bytes =>
  new Uint8Array(createHash(name).update(octets).digest());

function single(fields: SingleFields): Bytes {
  const { of, issuer, status = "good", nextUpdate = "2026-08-01", hash = "sha1", extensions = [] } = fields;
  const algorithm = sequence(objectIdentifier(hash === "sha1" ? oid.sha1 : oid.sha256), nullValue);
  const id = sequence(
    algorithm,
    octetString(hashOf(hash, of.issuer)),
    octetString(hashOf(hash, issuer.subjectPublicKeyInfo.publicKey)),
    serialInteger(of.serialNumber),
  );
  return sequence(
    id,
    certStatus(status),
    generalizedTime(fields.thisUpdate ?? "2026-06-15"),
    ...(nextUpdate === null ? [] : [encode(context(0), generalizedTime(nextUpdate))]),
    ...(extensions.length === 0 ? [] : [encode(context(1), sequence(...extensions))]),
  );
}

function certStatus(status: ForgedStatus): Bytes {
  if (status === "good") return encode(context(0, "primitive"));
  if (status === "unknown") return encode(context(2, "primitive"));
  if ("der" in status) return status.der;
  const code = status.reason;
  const told = code === undefined ? [] : [encode(context(0), encode(0x0a, Uint8Array.of(code)))];
  return encode(context(1), generalizedTime(status.revokedAt), ...told);
}

/** Current from June to August 2026, unless told otherwise. */
export function forgeOcsp(fields: OcspFields): Bytes {
  const { by, certificates = [], digest = "sha256", nonce } = fields;
  const { subject, subjectPublicKeyInfo } = by.certificate;
  const responder =
    fields.name === "key"
      ? encode(context(2), octetString(hashOf("sha1", subjectPublicKeyInfo.publicKey)))
      : encode(context(1), subject);
  const extensions = [
    ...(nonce === undefined ? [] : [extension(oid.ocspNonce, octetString(nonce), false)]),
    ...(fields.extensions ?? []),
  ];
  const data = sequence(
    ...(fields.version === undefined ? [] : [encode(context(0), smallInteger(fields.version))]),
    responder,
    generalizedTime(fields.producedAt ?? "2026-06-15"),
    sequence(...fields.responses.map(single)),
    ...(extensions.length === 0 ? [] : [encode(context(1), sequence(...extensions))]),
  );
  const basic = sequence(
    data,
    ecdsa(digest),
    bitString(new Uint8Array(sign(digest, data, by.key))),
    ...(certificates.length === 0
      ? []
      : [encode(context(0), sequence(...certificates.map(({ der }) => der)))]),
  );
  return ocspShell(0, sequence(objectIdentifier(oid.ocspBasic), octetString(basic)));
}

/** OCSPResponse: a status, and what it carries. */
export function ocspShell(status: number, bytes: Bytes | null): Bytes {
  return sequence(
    encode(0x0a, Uint8Array.of(status)),
    ...(bytes === null ? [] : [encode(context(0), bytes)]),
  );
}

export const noCheck = extension(oid.ocspNoCheck, nullValue, false);
export const criticalUnknown = extension("1.2.3.4.5", boolean(true));

// ------------------------------------------------------------------ sources

export interface Held {
  readonly crls?: readonly Bytes[];
  readonly deltas?: readonly Bytes[];
  readonly ocsp?: readonly Bytes[] | ((request: Bytes) => Bytes);
}

/** Evidence at hand, and every question that was asked for it. */
export function heldEvidence(held: Held): EvidenceSource & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer = (list: readonly Bytes[] | undefined): Promise<EvidenceAnswer> => {
    if (list === undefined) return Promise.resolve({ kind: "not-asked" });
    if (list.length === 0) return Promise.resolve({ kind: "unavailable" });
    return Promise.resolve({ kind: "found", evidence: list.map((bytes) => ({ bytes, fetchedAt: 0 })) });
  };
  return {
    asked,
    crls: ({ kind, urls }) => {
      asked.push(`${kind} ${urls.join(" ")}`.trim());
      return answer(kind === "delta" ? held.deltas : held.crls);
    },
    ocspResponse: ({ request, urls }) => {
      asked.push(`ocsp ${urls.join(" ")}`.trim());
      return answer(typeof held.ocsp === "function" ? [held.ocsp(request)] : held.ocsp);
    },
    issuers: ({ urls }) => {
      asked.push(`issuers ${urls.join(" ")}`.trim());
      return Promise.resolve({ kind: "not-asked" });
    },
  };
}
