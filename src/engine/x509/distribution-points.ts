/**
 * Where CRLs are published, and for which certificates and reasons they speak: cRLDistributionPoints and
 * freshestCRL of certificates (RFC 5280 §4.2.1.13, §4.2.1.15), issuingDistributionPoint of CRLs (§5.2.5).
 */
import { type Bytes, type Der, equal, toAscii } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  asDer,
  children,
  contents,
  context,
  encoded,
  expectTag,
  readElement,
  tags,
} from "../base/der-reader.js";
import { encode, sequence } from "../base/der-writer.js";
import { readBoolean } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { sameName } from "./distinguished-name.js";
import { unwrap } from "./extension-list.js";

/** A GeneralName: distinguished names are compared as names, whatever else octet by octet. */
export type PointName =
  { readonly kind: "directoryName"; readonly name: Der } | { readonly kind: "other"; readonly der: Bytes };

export type PointNames =
  | { readonly kind: "full"; readonly names: readonly PointName[] }
  /** attributes below the name of the CRL's issuer */
  | { readonly kind: "relative"; readonly attributes: Bytes };

/** Bits 1 to 8 of ReasonFlags; bit 0 means nothing. */
export const allReasons = 0x1fe;

export interface DistributionPoint {
  readonly point: PointNames | null;
  /** bit n is reason n of ReasonFlags */
  readonly reasons: number;
  /** empty where the certificate's own issuer signs the CRL */
  readonly crlIssuers: readonly PointName[];
}

export interface IssuingDistributionPoint {
  /** complete, to be compared with another CRL's */
  readonly der: Bytes;
  readonly point: PointNames | null;
  readonly onlyUsers: boolean;
  readonly onlyAuthorities: boolean;
  readonly onlyAttributes: boolean;
  readonly reasons: number;
  readonly indirect: boolean;
}

/** @param value of cRLDistributionPoints or freshestCRL. @throws MalformedError */
export function parseDistributionPoints(value: Element): readonly DistributionPoint[] {
  return children(expectTag(value, tags.sequence)).map((element) => {
    const reader = new SequenceReader(element);
    const point = reader.optional(context(0));
    const reasons = reader.optional(context(1, "primitive"));
    const issuers = reader.optional(context(2));
    reader.finish();
    return {
      point: point === null ? null : parsePointNames(unwrap(point, context(0))),
      reasons: reasons === null ? allReasons : parseReasons(reasons),
      crlIssuers: issuers === null ? [] : parseNames(issuers),
    };
  });
}

/** @throws MalformedError */
export function parseIssuingDistributionPoint(value: Element): IssuingDistributionPoint {
  const reader = new SequenceReader(value);
  const point = reader.optional(context(0));
  const flag = (n: number): boolean => {
    const element = reader.optional(context(n, "primitive"));
    return element !== null && readBoolean({ ...element, tag: tags.boolean });
  };
  const onlyUsers = flag(1);
  const onlyAuthorities = flag(2);
  const reasons = reader.optional(context(3, "primitive"));
  const indirect = flag(4);
  const onlyAttributes = flag(5);
  reader.finish();
  return {
    der: encoded(value),
    point: point === null ? null : parsePointNames(unwrap(point, context(0))),
    onlyUsers,
    onlyAuthorities,
    onlyAttributes,
    reasons: reasons === null ? allReasons : parseReasons(reasons),
    indirect,
  };
}

function parsePointNames(element: Element): PointNames {
  if (element.tag === context(0)) return { kind: "full", names: parseNames(element) };
  return { kind: "relative", attributes: contents(expectTag(element, context(1))) };
}

function parseNames(element: Element): readonly PointName[] {
  return children(element).map((name): PointName => {
    if (name.tag !== context(4)) return { kind: "other", der: encoded(name) };
    return { kind: "directoryName", name: asDer(unwrap(name, context(4))) };
  });
}

/** The contents of CertificateIssuer (RFC 5280 §5.3.3): names of one issuer. @throws MalformedError */
export function parseIssuerNames(value: Element): readonly PointName[] {
  return parseNames(expectTag(value, tags.sequence));
}

function parseReasons(element: Element): number {
  const octets = contents(element);
  if (octets.length < 2 || octets.length > 3) throw new MalformedError("asn1-malformed", "ReasonFlags");
  let reasons = 0;
  for (let bit = 0; bit < 9; bit++) {
    if (((octets[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) reasons |= 1 << bit;
  }
  return reasons & allReasons;
}

/** All the names that it stands for. @param issuer of the CRL, below whose name a relative one lies */
export function namesOf(point: PointNames, issuer: Der): readonly PointName[] {
  if (point.kind === "full") return point.names;
  const above = contents(readElement(issuer, "der"));
  return [{ kind: "directoryName", name: sequence(above, encode(tags.set, point.attributes)) }];
}

/** Is there a name in both? @throws MalformedError */
export function share(a: readonly PointName[], b: readonly PointName[]): boolean {
  return a.some((one) => b.some((other) => sameGeneralName(one, other)));
}

function sameGeneralName(a: PointName, b: PointName): boolean {
  if (a.kind === "directoryName") return b.kind === "directoryName" && sameName(a.name, b.name);
  return b.kind === "other" && equal(a.der, b.der);
}

/** Does it name this issuer? @throws MalformedError */
export function namesIssuer(names: readonly PointName[], issuer: Der): boolean {
  return names.some((one) => one.kind === "directoryName" && sameName(one.name, issuer));
}

/** http and https; ldap is not ours to speak. */
export function urlsOf(points: readonly DistributionPoint[]): readonly string[] {
  const names = points.flatMap(({ point }) => (point?.kind === "full" ? point.names : []));
  return [...new Set(names.map(urlOf).filter((url) => url !== null))];
}

/** The URL of a GeneralName that is one. */
function urlOf(name: PointName): string | null {
  if (name.kind !== "other") return null;
  const element = readElement(name.der, "der");
  return element.tag === context(6, "primitive") ? httpUrl(contents(element)) : null;
}

/** Visible ASCII that begins as a web address does; anything else is nowhere to ask. */
export function httpUrl(octets: Bytes): string | null {
  const text = toAscii(octets);
  return /^https?:\/\/[\x21-\x7e]{1,2000}$/i.test(text) ? text : null;
}
