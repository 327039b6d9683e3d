/**
 * Which certificate of a key file belongs to which key, and who issued it. A label in the file proposes;
 * only the numbers decide.
 */
import { type Bytes, type Der, equal, toHex } from "../base/bytes.js";
import { BudgetExceededError, MalformedError, UnsupportedError } from "../base/errors.js";
import type { Certificate } from "../x509/certificate.js";
import { nameKey } from "../x509/distinguished-name.js";
import { parseCertificate } from "../x509/parse-certificate.js";
import { type PublicHalves, belongsOrUnknown } from "./match-certificate.js";
import type { Bag, CertificateBag, KeyBag } from "./pkcs12-bags.js";

/** What a key file holds of one identity. */
export interface Pkcs12Entry {
  /** the key's own; null where the file has none for it */
  readonly certificate: Certificate | null;
  /** issuers of the certificate as far as the file has them, nearest first, a root included */
  readonly chain: readonly Certificate[];
  /** PKCS #8 DER; null for a certificate that comes without its key. Wipe it after use. */
  readonly privateKey: Bytes | null;
  readonly friendlyName: string | null;
  /** whether the file keeps the key behind the password, or shows it to everybody; null without a key */
  readonly keyProtection: "password" | "none" | null;
  /** of a key without a certificate: what our own backup says of it; whoever made the file may say anything */
  readonly note?: Bytes;
}

interface NamedCertificate {
  readonly certificate: Certificate;
  readonly bag: CertificateBag;
}

/** Each key is compared with each certificate. Nobody has a hundred of both; who makes such a file means harm. */
const mostComparisons = 40_000;
/** Longer paths are not used. */
const longestChain = 10;

/** @returns an entry for each key and certificate of its own, for each key without, and each certificate that is neither a key's nor above one @throws BudgetExceededError */
export async function matchEntries(bags: readonly Bag[]): Promise<readonly Pkcs12Entry[]> {
  const certificates = await parseCertificates(bags.filter((bag) => bag.kind === "certificate"));
  const byName = bySubject(certificates);
  const entries: Pkcs12Entry[] = [];
  const keys = bags.filter((bag) => bag.kind === "key");
  if (keys.length * certificates.length > mostComparisons) throw new BudgetExceededError("keys in a file");
  const comparing: Comparing = { isOnly: keys.length === 1, halves: new Map() };
  for (const key of keys) {
    const own = await ownCertificates(key, certificates, comparing);
    const { protection: keyProtection } = key;
    for (const { certificate, bag } of own) {
      const friendlyName = key.friendlyName ?? bag.friendlyName;
      const chain = issuersOf(certificate, byName);
      entries.push({ certificate, chain, privateKey: key.der.slice(), friendlyName, keyProtection });
    }
    if (own.length > 0) continue;
    const { friendlyName, note } = key;
    const privateKey = key.der.slice();
    const said = { friendlyName, keyProtection, ...(note && { note: note.slice() }) };
    entries.push({ certificate: null, chain: [], privateKey, ...said });
  }
  const placed = new Set(entries.flatMap(({ certificate, chain }) => [certificate, ...chain]));
  for (const { certificate, bag } of certificates) {
    if (placed.has(certificate)) continue;
    const chain = issuersOf(certificate, byName);
    const { friendlyName } = bag;
    entries.push({ certificate, chain, privateKey: null, friendlyName, keyProtection: null });
  }
  return entries;
}

/** A certificate that we cannot read is as good as not there: the keys beside it are not less worth. */
async function parseCertificates(bags: readonly CertificateBag[]): Promise<readonly NamedCertificate[]> {
  const found: NamedCertificate[] = [];
  for (const bag of bags) {
    try {
      const certificate = await parseCertificate(bag.der.slice());
      const known = found.some((other) => other.certificate.fingerprint === certificate.fingerprint);
      if (!known) found.push({ certificate, bag });
    } catch (error) {
      if (!(error instanceof MalformedError) && !(error instanceof UnsupportedError)) throw error;
    }
  }
  return found;
}

interface Comparing {
  /** the file's only key */
  readonly isOnly: boolean;
  readonly halves: PublicHalves;
}

/** All of them: a renewed certificate may stand beside the old one that still opens old mail. */
async function ownCertificates(
  key: KeyBag,
  candidates: readonly NamedCertificate[],
  comparing: Comparing,
): Promise<readonly NamedCertificate[]> {
  const own: NamedCertificate[] = [];
  for (const candidate of candidates) {
    const belongs = await belongsOrBroken(key.der, candidate.certificate, comparing);
    // DSA, a broken key and the like: nothing will ever be done with the key, but the file may say whose it is.
    const labelled =
      belongs === null &&
      key.localKeyId !== null &&
      candidate.bag.localKeyId !== null &&
      equal(key.localKeyId, candidate.bag.localKeyId);
    if (belongs === true || labelled) own.push(candidate);
  }
  const isLabelled = ({ bag }: NamedCertificate): boolean =>
    bag.localKeyId !== null && key.localKeyId !== null && equal(bag.localKeyId, key.localKeyId);
  return [...own].sort((a, b) => Number(isLabelled(b)) - Number(isLabelled(a)));
}

/** A broken key beside others is as one of a kind that we do not know; alone, it is what the file is refused for. */
async function belongsOrBroken(
  pkcs8: Bytes,
  certificate: Certificate,
  { isOnly, halves }: Comparing,
): Promise<boolean | null> {
  try {
    return await belongsOrUnknown(pkcs8, certificate, halves);
  } catch (error) {
    if (isOnly || !(error instanceof MalformedError)) throw error;
    return null;
  }
}

type BySubject = ReadonlyMap<string, readonly Certificate[]>;

function bySubject(certificates: readonly NamedCertificate[]): BySubject {
  const found = new Map<string, Certificate[]>();
  for (const { certificate } of certificates) {
    const name = keyOf(certificate.subject);
    found.set(name, [...(found.get(name) ?? []), certificate]);
  }
  return found;
}

/** By name alone; whether one really signed the other is for path validation. */
function issuersOf(certificate: Certificate, byName: BySubject): readonly Certificate[] {
  const chain: Certificate[] = [];
  for (let last = certificate; chain.length < longestChain;) {
    const name = keyOf(last.issuer);
    if (name === keyOf(last.subject)) break;
    const issuer = byName.get(name)?.find((other) => other !== certificate && !chain.includes(other));
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** A name that cannot be read is its octets: the key beside it is not less worth. */
function keyOf(name: Der): string {
  try {
    return nameKey(name);
  } catch (error) {
    if (error instanceof MalformedError) return toHex(name);
    throw error;
  }
}
