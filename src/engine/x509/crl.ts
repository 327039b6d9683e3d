/**
 * CertificateList as structure over its bytes (RFC 5280 §5.1). CRLs reach 50 MB: the frame is parsed, the
 * entries stay octets until somebody asks for a serial number. Believes nothing: whose word a CRL is, and
 * for whom, is for `judge-crls.ts`.
 */
import type { Bytes, Der } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  asDer,
  contents,
  context,
  encoded,
  readElement,
  readWhole,
  tags,
} from "../base/der-reader.js";
import {
  readBitStringOctets,
  readInteger,
  readOctetString,
  readSmallInteger,
  readTime,
  readUnsignedInteger,
} from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import {
  type AlgorithmIdentifier,
  parseAlgorithmIdentifier,
  sameAlgorithm,
} from "../cms-syntax/algorithm-identifier.js";
import { type FoundEntry, findCrlEntries, maximumSerialOctets } from "../kernels/crl-entries.js";
import {
  type IssuingDistributionPoint,
  type PointName,
  parseIssuerNames,
  parseIssuingDistributionPoint,
} from "./distribution-points.js";
import type { RevocationReason } from "./evidence-source.js";
import {
  type Extensions,
  noExtensions,
  parseExtensionList,
  readExtension,
  unknownCritical,
  unwrap,
} from "./extension-list.js";

export interface CertificateList {
  /** all of it, as it was handed in */
  readonly der: Bytes;
  /** what the issuer signed */
  readonly tbsCertList: Bytes;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureValue: Bytes;
  /** complete DER of the Name */
  readonly issuer: Der;
  /** milliseconds since the epoch */
  readonly thisUpdate: number;
  /** RFC 5280 demands one; null where there is none */
  readonly nextUpdate: number | null;
  /** contents of revokedCertificates */
  readonly entries: Bytes;
  readonly extensions: Extensions;
  /** magnitude of cRLNumber */
  readonly number: Bytes | null;
  /** of a delta: the number of the CRL that it adds to */
  readonly baseNumber: Bytes | null;
  readonly scope: IssuingDistributionPoint | null;
  readonly authorityKey: Bytes | null;
  /** from when on expired certificates stay listed */
  readonly expiredSince: number | null;
  /** a critical extension that we do not know; such a list proves nothing (RFC 5280 §5.2) */
  readonly unknownCritical: string | null;
}

/** One revoked certificate. */
export interface CrlEntry {
  /** milliseconds since the epoch */
  readonly revocationDate: number;
  readonly reason: RevocationReason | null;
  readonly invalidityDate: number | null;
  /** whose certificate it is, where the CRL is indirect and says so; null: the CRL's issuer's own */
  readonly certificateIssuer: readonly PointName[] | null;
}

function malformed(detail: string, options?: ErrorOptions): MalformedError {
  return new MalformedError("crl-malformed", detail, options);
}

/** Whatever is wrong inside is the CRL's fault. */
function guarded<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof MalformedError) || cause.code === "crl-malformed") throw cause;
    throw malformed(cause.detail, { cause });
  }
}

/**
 * @param der one complete CertificateList, nothing after it; the result holds views of it
 * @throws MalformedError("crl-malformed")
 */
export function parseCrl(der: Bytes): CertificateList {
  return guarded(() => {
    const reader = new SequenceReader(readWhole(der, "der"));
    const tbs = reader.next(tags.sequence);
    const signatureAlgorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
    const signatureValue = readBitStringOctets(reader.next(tags.bitString));
    reader.finish();
    const { signature, ...fields } = parseTbs(tbs);
    // RFC 5280 §5.1.1.2: the algorithm stands twice, once where the signature covers it.
    if (!sameAlgorithm(signature, signatureAlgorithm)) throw malformed("two signature algorithms");
    return { der, tbsCertList: encoded(tbs), ...fields, signatureAlgorithm, signatureValue };
  });
}

function parseTbs(tbs: Element) {
  const reader = new SequenceReader(tbs);
  const version = reader.optional(tags.integer);
  if (version !== null && readSmallInteger(version) !== 1) throw malformed("version");
  const signature = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const issuer = asDer(reader.next(tags.sequence));
  const thisUpdate = readTime(reader.any());
  const next = reader.peek();
  const hasNext = next?.tag === tags.utcTime || next?.tag === tags.generalizedTime;
  const nextUpdate = hasNext ? readTime(reader.any()) : null;
  const list = reader.optional(tags.sequence);
  const extensionList = reader.optional(context(0));
  reader.finish();
  if (version === null && extensionList !== null) throw malformed("extensions before version 2");
  const extensions =
    extensionList === null ? noExtensions : parseExtensionList(unwrap(extensionList, context(0)));
  const entries = list === null ? new Uint8Array(0) : contents(list);
  return { signature, issuer, thisUpdate, nextUpdate, entries, extensions, ...readExtensions(extensions) };
}

const understood: ReadonlySet<string> = new Set([
  oid.authorityKeyIdentifier,
  oid.issuerAltName,
  oid.crlNumber,
  oid.deltaCrlIndicator,
  oid.issuingDistributionPoint,
  oid.freshestCrl,
  oid.authorityInfoAccess,
  oid.expiredCertsOnCrl,
]);

function readExtensions(extensions: Extensions) {
  return {
    number: readExtension(extensions, oid.crlNumber, readUnsignedInteger),
    baseNumber: readExtension(extensions, oid.deltaCrlIndicator, readUnsignedInteger),
    scope: readExtension(extensions, oid.issuingDistributionPoint, parseIssuingDistributionPoint),
    authorityKey: readExtension(extensions, oid.authorityKeyIdentifier, keyIdentifier),
    expiredSince: readExtension(extensions, oid.expiredCertsOnCrl, readTime),
    unknownCritical: unknownCritical(extensions, understood),
  };
}

function keyIdentifier(value: Element): Bytes | null {
  const identifier = new SequenceReader(value).optional(context(0, "primitive"));
  return identifier === null ? null : readOctetString(identifier, context(0, "primitive"));
}

// ------------------------------------------------------------------ entries

export interface Lookup {
  /** in the list's order; of an indirect CRL, those of other issuers too */
  readonly entries: readonly CrlEntry[];
  /** some entry has a critical extension that we do not know; such a list proves nothing (RFC 5280 §5.3) */
  readonly unknownCritical: boolean;
}

/**
 * The entries that bear a serial number, in one pass over the list.
 * @param serial contents of the INTEGER
 * @throws MalformedError("crl-malformed") where any entry is broken, found or not
 */
export function lookUp(list: CertificateList, serial: Bytes): Lookup {
  if (serial.length > maximumSerialOctets) throw malformed("serial number too long to look for");
  const result = findCrlEntries(list.entries, serial);
  if ("brokenAt" in result) throw malformed(`entry at octet ${result.brokenAt}`);
  // RFC 5280 §5.3.3: without indirectCRL every entry is the CRL's issuer's.
  if (result.namesIssuers && list.scope?.indirect !== true) throw malformed("certificateIssuer");
  return {
    entries: result.found.map((found) => guarded(() => parseEntry(found))),
    unknownCritical: result.unknownCritical,
  };
}

function parseEntry({ entry, issuer }: FoundEntry): CrlEntry {
  const { revocationDate, extensions } = entryFields(readWhole(entry, "der"));
  const named = issuer === null ? noExtensions : entryFields(readElement(issuer, "der")).extensions;
  return {
    revocationDate,
    reason: readExtension(extensions, oid.reasonCode, readReason),
    invalidityDate: readExtension(extensions, oid.invalidityDate, readTime),
    certificateIssuer: readExtension(named, oid.certificateIssuer, parseIssuerNames),
  };
}

function entryFields(element: Element) {
  const reader = new SequenceReader(element);
  readInteger(reader.next(tags.integer));
  const revocationDate = readTime(reader.any());
  const list = reader.optional(tags.sequence);
  reader.finish();
  return { revocationDate, extensions: list === null ? noExtensions : parseExtensionList(list) };
}

const reasons: Readonly<Record<number, RevocationReason>> = {
  0: "unspecified",
  1: "keyCompromise",
  2: "cACompromise",
  3: "affiliationChanged",
  4: "superseded",
  5: "cessationOfOperation",
  6: "certificateHold",
  8: "removeFromCRL",
  9: "privilegeWithdrawn",
  10: "aACompromise",
};

/** CRLReason (RFC 5280 §5.3.1). A number without a meaning is still a revocation. @throws MalformedError */
export function readReason(element: Element): RevocationReason {
  return reasons[readSmallInteger(element, tags.enumerated)] ?? "unspecified";
}
