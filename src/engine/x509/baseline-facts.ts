/** What the rules of the S/MIME Baseline Requirements look at in a certificate, read as far as they need it. */
import {
  type Element,
  SequenceReader,
  children,
  context,
  expectTag,
  readWhole,
  tags,
} from "../base/der-reader.js";
import { readBitString, readObjectIdentifier } from "../base/der-values.js";
import { oid } from "../base/oid.js";
import { normalizeAddress } from "../mime/address.js";
import type { Certificate } from "./certificate.js";
import { attributeTexts } from "./distinguished-name.js";
import { type GeneralName, parseGeneralName, parseGeneralNames } from "./general-name.js";

/** A URL's scheme and host; what is no URL has neither. */
export interface Location {
  readonly scheme: string;
  readonly host: string;
}

function read<T>({ extensions }: Certificate, name: string, parse: (value: Element) => T): T | null {
  const extension = extensions.get(name);
  return extension === undefined ? null : parse(readWhole(extension.value, "der"));
}

/** Numbers of the bits that are set: 0 digitalSignature … 8 decipherOnly; null where there is no extension. @throws MalformedError */
export function keyUsageBits(certificate: Certificate): ReadonlySet<number> | null {
  return read(certificate, oid.keyUsage, (element) => {
    const { octets } = readBitString(element);
    const bits = Array.from({ length: 9 }, (_, bit) => bit);
    return new Set(bits.filter((bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0));
  });
}

/** By access method; null where there is no extension. @throws MalformedError */
export function accessLocations(certificate: Certificate): ReadonlyMap<string, readonly Location[]> | null {
  return read(certificate, oid.authorityInfoAccess, (element) => {
    const found = new Map<string, Location[]>();
    for (const description of children(expectTag(element, tags.sequence))) {
      const reader = new SequenceReader(description);
      const method = readObjectIdentifier(reader.next(tags.objectIdentifier));
      const location = locationOf(parseGeneralName(reader.any()));
      found.set(method, [...(found.get(method) ?? []), location]);
    }
    return found;
  });
}

/** For each distribution point its full names; null where there is no extension. @throws MalformedError */
export function crlLocations(certificate: Certificate): readonly (readonly Location[])[] | null {
  return read(certificate, oid.crlDistributionPoints, (element) =>
    children(expectTag(element, tags.sequence)).map((point) => {
      const name = new SequenceReader(point).optional(context(0));
      const [full] = name === null ? [] : children(name);
      if (full?.tag !== context(0)) return [];
      return children(full).map((one) => locationOf(parseGeneralName(one)));
    }),
  );
}

/** Not `new URL`: it repairs what it reads. */
function locationOf(name: GeneralName): Location {
  const text = name.kind === "uniformResourceIdentifier" ? name.text : "";
  const parts = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(text);
  return { scheme: parts?.[1]?.toLowerCase() ?? "", host: parts?.[2]?.toLowerCase() ?? "" };
}

/** Fields of AuthorityKeyIdentifier that are there, by their tag; null where there is no extension. @throws MalformedError */
export function authorityKeyFields(certificate: Certificate): readonly number[] | null {
  return read(certificate, oid.authorityKeyIdentifier, (element) =>
    children(expectTag(element, tags.sequence)).map(({ tag }) => tag),
  );
}

/** @returns null where there is no extension. @throws MalformedError */
export function alternativeNames({ extensions }: Certificate): readonly GeneralName[] | null {
  const extension = extensions.get(oid.subjectAltName);
  return extension === undefined ? null : parseGeneralNames(extension.value);
}

/** Addresses of the alternative name, as they compare. @throws MalformedError */
export function alternativeMailboxes(certificate: Certificate): ReadonlySet<string> {
  const names = alternativeNames(certificate) ?? [];
  const texts = names.flatMap((name) =>
    name.kind === "rfc822Name" || name.kind === "smtpUtf8Mailbox" ? [name.text] : [],
  );
  return new Set(texts.map((text) => normalizeAddress(text) ?? text));
}

/** Mailboxes of the subject: emailAddress, and a common name that is one. @throws MalformedError */
export function subjectMailboxes({ subject }: Certificate): readonly string[] {
  const named = [
    ...attributeTexts(subject, oid.emailAddress),
    ...attributeTexts(subject, oid.commonName).filter((text) => text.includes("@")),
  ];
  return named.map((text) => normalizeAddress(text) ?? text);
}

/** A country of one letter pair (ISO 3166-1), or XX: there is none (§7.1.4.2.2 n). */
export function isCountry(text: string): boolean {
  return countries.includes(` ${text} `);
}

const countries =
  " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ" +
  " CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO" +
  " FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE" +
  " JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO" +
  " MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW" +
  " PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM" +
  " TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XX YE YT ZA ZM ZW ";

/** A host that means something else, or nothing, outside of one network: no dot in it, or a name kept for that use. */
export function isInternalHost(host: string): boolean {
  if (/^\[.*\]$|^\d+(?:\.\d+){3}$/.test(host)) return false;
  const [, last] = /\.([^.]+)\.?$/.exec(host) ?? [];
  return last === undefined || internalEndings.has(last);
}

/** RFC 6761, RFC 6762 §3 and appendix G, RFC 9476, ICANN's .internal. */
const internalEndings: ReadonlySet<string> = new Set(
  "test invalid localhost local internal intranet private corp home lan alt onion".split(" "),
);
