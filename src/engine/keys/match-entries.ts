/** What a key file holds, put in order: each key with its certificates, and each certificate with who issued it. */
import { type Bytes, type Der, toHex } from "../base/bytes.js";
import { BudgetExceededError, MalformedError, UnsupportedError } from "../base/errors.js";
import type { Certificate } from "../x509/certificate.js";
import { nameKey } from "../x509/distinguished-name.js";
import { parseCertificate } from "../x509/parse-certificate.js";
import { type KeyFault, type NamedCertificate, type Pause, ownCertificates } from "./own-certificates.js";
import type { Bag, CertificateBag, KeyBag } from "./pkcs12-bags.js";

/** What a key file holds of one identity. */
export interface Pkcs12Entry {
  /** the key's own; null where the file has none for it */
  readonly certificate: Certificate | null;
  /** the key cannot be used, and that the certificate is its own is what a label says; absent where numbers prove it */
  readonly keyFault?: KeyFault;
  /** issuers of the certificate as far as the file has them, nearest first, a root included */
  readonly chain: readonly Certificate[];
  /** PKCS #8 DER; null for a certificate that comes without its key. Wipe it after use. */
  readonly privateKey: Bytes | null;
  readonly friendlyName: string | null;
  /** whether the file keeps the key behind the password, or shows it to everybody; null without a key */
  readonly keyProtection: "password" | "none" | null;
  /** of a key: what our own backup says of it; whoever made the file may say anything */
  readonly note?: Bytes;
}

/** Longer paths are not used. */
const longestChain = 10;
/**
 * Octets of keys with their certificates and what stands above those, all entries together: ten times what a file of
 * 200 usual ones gives. The same long certificate may stand above each of them.
 */
const mostOctets = 16 * 1024 * 1024;

/**
 * @param pause awaited between costly steps
 * @returns an entry for each key and certificate of its own, for each key without, and each certificate that is neither a key's nor above one
 * @throws BudgetExceededError
 */
export async function matchEntries(bags: readonly Bag[], pause?: Pause): Promise<readonly Pkcs12Entry[]> {
  const certificates = await parseCertificates(bags.filter((bag) => bag.kind === "certificate"));
  const byName = bySubject(certificates);
  const keys = bags.filter((bag) => bag.kind === "key");
  const own = await ownCertificates(keys, certificates, pause);
  const entries: Pkcs12Entry[] = [];
  let octets = 0;
  for (const key of keys) {
    const { certificates: its = [], keyFault = null } = own.get(key) ?? {};
    for (const found of its) {
      const chain = issuersOf(found.certificate, byName);
      for (const { der } of [key, found.certificate, ...chain]) octets += der.length;
      if (octets > mostOctets) throw new BudgetExceededError("octets in a key file");
      entries.push({ ...identity(key, found, chain), ...(keyFault && { keyFault }) });
    }
    if (!own.has(key)) entries.push(waiting(key));
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

function identity(
  key: KeyBag,
  { certificate, bag }: NamedCertificate,
  chain: readonly Certificate[],
): Pkcs12Entry {
  return { certificate, chain, ...said(key), friendlyName: key.friendlyName ?? bag.friendlyName };
}

function waiting(key: KeyBag): Pkcs12Entry {
  return { certificate: null, chain: [], ...said(key) };
}

function said({ der, friendlyName, protection, note }: KeyBag): Omit<Pkcs12Entry, "certificate" | "chain"> {
  const facts = { privateKey: der.slice(), friendlyName, keyProtection: protection };
  return { ...facts, ...(note && { note: note.slice() }) };
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
