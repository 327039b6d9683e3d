/**
 * Identities out of `.p12` and `.pfx` files, as OpenSSL, NSS, Windows, macOS and Java write them
 * (RFC 7292). A label in the file proposes which certificate belongs to which key; only the numbers decide.
 */
import { type Bytes, concat, equal, fromUtf8, toAscii, toHex } from "../base/bytes.js";
import { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { decodeBase64 } from "../kernels/base64.js";
import type { Certificate } from "../x509/certificate.js";
import { sameName } from "../x509/distinguished-name.js";
import { parseCertificate } from "../x509/parse-certificate.js";
import { belongsOrUnknown } from "./match-certificate.js";
import { type PasswordForm, RoundCounter } from "./password-encryption.js";
import { type Bag, type Pfx, checkMac, macPassword, parsePfx, readBags } from "./pkcs12-bags.js";

export interface Pkcs12Entry {
  /** the key's own; null where the file has none for it */
  readonly certificate: Certificate | null;
  /** issuers of the certificate as far as the file has them, nearest first, a root included */
  readonly chain: readonly Certificate[];
  /** PKCS #8 DER; null for a certificate that comes without its key. Wipe it after use. */
  readonly privateKey: Bytes | null;
  readonly friendlyName: string | null;
}

/** Key files are a few thousand octets. */
const maximumFileBytes = 4 * 1024 * 1024;

/**
 * @param bytes DER or BER, or either in PEM or bare base64
 * @returns an entry for each key and certificate of its own, one for each key without, and one for each
 *   certificate that is neither a key's nor above one
 * @throws DecryptionError for a wrong password; MalformedError, UnsupportedError, BudgetExceededError
 */
export async function readPkcs12(bytes: Bytes, password: string): Promise<readonly Pkcs12Entry[]> {
  if (bytes.length > maximumFileBytes) throw new BudgetExceededError("PKCS #12 file");
  try {
    const pfx = parsePfx(withoutArmour(bytes));
    return await matchEntries(await openWithAnyForm(pfx, passwordForms(password)));
  } catch (cause) {
    if (!(cause instanceof MalformedError) || cause.code === "key-malformed") throw cause;
    throw new MalformedError("pkcs12-malformed", cause.detail, { cause });
  }
}

/** DER begins with a SEQUENCE (0x30, "0"); base64 of one with "M". */
function withoutArmour(bytes: Bytes): Bytes {
  if (bytes[0] === 0x30) return bytes;
  const text = toAscii(bytes);
  const armoured = /-----BEGIN (?:PKCS12|PFX)-----([^-]*)-----END/.exec(text)?.[1];
  return decodeBase64(armoured === undefined ? bytes : fromUtf8(armoured));
}

/**
 * RFC 7292 §B.1 and RFC 8018 §3 say how a password becomes octets; programs have their own ways: no
 * octets at all for the empty one, UTF-8 taken for Latin-1 (OpenSSL before 1.1), UTF-16 for
 * PBKDF2 (NSS before 3.31).
 */
function passwordForms(password: string): readonly PasswordForm[] {
  const utf8 = fromUtf8(password);
  const bmp = utf16(password);
  const forms: PasswordForm[] = [{ bmp, octets: utf8 }];
  if (password === "") forms.push({ bmp: new Uint8Array(0), octets: utf8 });
  const asLatin1 = Array.from(utf8, (octet) => String.fromCharCode(octet)).join("");
  if (asLatin1 !== password) forms.push({ bmp: utf16(asLatin1), octets: utf8 });
  const latin1 = Uint8Array.from(password, (character) => character.charCodeAt(0));
  const fitsLatin1 = /^[\0-\xff]*$/.test(password) && !equal(latin1, utf8);
  if (fitsLatin1) forms.push({ bmp, octets: latin1 });
  forms.push({ bmp, octets: bmp });
  return forms;
}

function utf16(text: string): Bytes {
  const octets = Array.from({ length: text.length }, (_, i) => [
    text.charCodeAt(i) >> 8,
    text.charCodeAt(i) & 0xff,
  ]);
  return concat([Uint8Array.from(octets.flat()), new Uint8Array(2)]);
}

async function openWithAnyForm(pfx: Pfx, forms: readonly PasswordForm[]): Promise<readonly Bag[]> {
  const rounds = new RoundCounter();
  const macs = new Map<string, boolean>();
  for (const form of forms) {
    // Forms differ in one half or the other; a MAC of 600,000 rounds is not computed twice for the same.
    const half = pfx.mac === null ? "" : toHex(macPassword(pfx.mac, form));
    const holds = macs.get(half) ?? (pfx.mac === null || (await checkMac(pfx, pfx.mac, { form, rounds })));
    macs.set(half, holds);
    if (!holds) continue;
    try {
      return await readBags(pfx, { form, rounds });
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
    }
  }
  throw new DecryptionError();
}

interface NamedCertificate {
  readonly certificate: Certificate;
  readonly bag: Bag;
}

async function matchEntries(bags: readonly Bag[]): Promise<readonly Pkcs12Entry[]> {
  const certificates = await parseCertificates(bags.filter(({ kind }) => kind === "certificate"));
  const all = certificates.map(({ certificate }) => certificate);
  const entries: Pkcs12Entry[] = [];
  for (const key of bags.filter(({ kind }) => kind === "key")) {
    const own = await ownCertificates(key, certificates);
    for (const { certificate, bag } of own) {
      const friendlyName = key.friendlyName ?? bag.friendlyName;
      entries.push({
        certificate,
        chain: issuersOf(certificate, all),
        privateKey: key.der.slice(),
        friendlyName,
      });
    }
    if (own.length > 0) continue;
    entries.push({
      certificate: null,
      chain: [],
      privateKey: key.der.slice(),
      friendlyName: key.friendlyName,
    });
  }
  const placed = new Set(entries.flatMap(({ certificate, chain }) => [certificate, ...chain]));
  for (const { certificate, bag } of certificates) {
    if (placed.has(certificate)) continue;
    const { friendlyName } = bag;
    entries.push({ certificate, chain: issuersOf(certificate, all), privateKey: null, friendlyName });
  }
  return entries;
}

/** A certificate that we cannot read is as good as not there: the keys beside it are not less worth. */
async function parseCertificates(bags: readonly Bag[]): Promise<readonly NamedCertificate[]> {
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

/** All of them: a renewed certificate may stand beside the old one that still opens old mail. */
async function ownCertificates(
  key: Bag,
  candidates: readonly NamedCertificate[],
): Promise<readonly NamedCertificate[]> {
  const own: NamedCertificate[] = [];
  for (const candidate of candidates) {
    const belongs = await belongsOrUnknown(key.der, candidate.certificate);
    // DSA and the like: nothing will ever be done with the key, but the file may say whose it is.
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

/** By name alone; whether one really signed the other is for path validation. */
function issuersOf(certificate: Certificate, all: readonly Certificate[]): readonly Certificate[] {
  const chain: Certificate[] = [];
  for (let last = certificate; !sameName(last.issuer, last.subject);) {
    const issuer = all.find(
      (other) => other !== certificate && !chain.includes(other) && sameName(other.subject, last.issuer),
    );
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}
