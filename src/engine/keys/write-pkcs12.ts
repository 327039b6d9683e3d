/**
 * A key with its certificates as a `.p12` file (RFC 7292) that other programs open. Two ways of
 * protecting it, and no third: every reader has its own list of what it takes.
 *
 * - "modern": PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256, MAC with SHA-256: OpenSSL, Firefox and
 *   Thunderbird, Java, GnuPG from 2.4 (2.2 reads none of them); as others tell, Windows from 10 1709 and macOS from 15.
 * - "compatible": 3DES and SHA-1, for those before. What was strong in 1999.
 *
 * docs/key-files.md says which of these were run, and where we rely on what others tell.
 */
import { type Bytes, type Der, concat, fromUtf8 } from "../base/bytes.js";
import { context, tags } from "../base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
} from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import { digest } from "../primitives/digest.js";
import type { Certificate } from "../x509/certificate.js";
import { encrypt3Des } from "./legacy-ciphers.js";
import { bmpPassword, utf16 } from "./password-secret.js";
import { noteAttribute, pbmac1 } from "./pkcs12-bags.js";
import { type Pkcs12Hash, computeHmac, deriveByPkcs12, digestLength } from "./pkcs12-kdf.js";
import { portablePkcs8 } from "./portable-pkcs8.js";

export interface Pkcs12Content {
  /** PKCS #8, DER or BER; the caller wipes it */
  readonly privateKey: Bytes;
  /** the key's own */
  readonly certificate: Certificate;
  /** issuers to send along, in any order */
  readonly chain: readonly Certificate[];
  /** what other programs call it; any text */
  readonly friendlyName: string | null;
  /** what else its owner has to know when it comes back; it stands in the file in clear, as names do */
  readonly note?: Bytes;
}

/** A key whose certificate is still asked for. */
export interface Pkcs12WaitingKey {
  /** PKCS #8, DER; written as it is; the caller wipes it */
  readonly privateKey: Bytes;
  readonly friendlyName: string;
  /** whatever its owner has to know when it comes back; it stands in the file in clear, as names do */
  readonly note: Bytes;
}

export interface Pkcs12Protection {
  readonly password: string;
  readonly profile: "modern" | "compatible";
  /**
   * of each derivation. .NET's loader stops at 300,000 each and a million in all, Java at five million;
   * an attacker takes the cheapest of the three, so they are alike.
   */
  readonly iterations?: number;
  /** RFC 9579, with "modern" only: no reader before OpenSSL 3.4 knows it. Default: the MAC of RFC 7292 */
  readonly mac?: "pbmac1";
}

const usualIterations = { modern: 250_000, compatible: 100_000 } as const;

/**
 * @returns DER of the PFX
 * @throws MalformedError, UnsupportedError where the private key is none that we use
 */
export function writePkcs12(content: Pkcs12Content, protection: Pkcs12Protection): Promise<Der> {
  return writePkcs12Bundle([content], protection);
}

/**
 * Several keys in one file, each with its certificate; issuers stand in it once.
 *
 * @param contents the keys are derived for one by one: `iterations` counts for each
 * @param waiting keys without a certificate; other programs see a key and its name
 * @returns, @throws as `writePkcs12`
 */
export async function writePkcs12Bundle(
  contents: readonly Pkcs12Content[],
  protection: Pkcs12Protection,
  waiting: readonly Pkcs12WaitingKey[] = [],
): Promise<Der> {
  const lock = lockFor(protection);
  const keyBags: Der[] = [];
  const certificateBags = new Map<string, Der>();
  for (const content of contents) {
    const { certificate, friendlyName, note } = content;
    const own = { localKeyId: await digest("SHA-1", certificate.der), friendlyName };
    keyBags.push(await shroudedKeyBag(content, lock, bagAttributes({ ...own, ...(note && { note }) })));
    certificateBags.set(certificate.fingerprint, certificateBag(certificate, bagAttributes(own)));
  }
  for (const issuer of contents.flatMap(({ chain }) => chain)) {
    if (!certificateBags.has(issuer.fingerprint))
      certificateBags.set(issuer.fingerprint, certificateBag(issuer, null));
  }
  for (const key of waiting) keyBags.push(await waitingKeyBag(key, lock));
  const certificates = await lock.encrypt(sequence(...certificateBags.values()));
  const authSafe = sequence(
    ...(certificateBags.size === 0 ? [] : [contentInfo(oid.encryptedData, encryptedData(certificates))]),
    contentInfo(oid.data, octetString(sequence(...keyBags))),
  );
  return sequence(smallInteger(3), contentInfo(oid.data, octetString(authSafe)), await lock.mac(authSafe));
}

async function shroudedKeyBag(content: Pkcs12Content, lock: Lock, attributes: Der): Promise<Der> {
  const privateKey = portablePkcs8(content.privateKey, content.certificate);
  try {
    const { algorithm, ciphertext } = await lock.encrypt(privateKey);
    return safeBag(bagTypes.shroudedKey, sequence(algorithm, octetString(ciphertext)), attributes);
  } finally {
    privateKey.fill(0);
  }
}

async function waitingKeyBag({ privateKey, friendlyName, note }: Pkcs12WaitingKey, lock: Lock): Promise<Der> {
  const { algorithm, ciphertext } = await lock.encrypt(privateKey);
  const attributes = bagAttributes({ friendlyName, note });
  return safeBag(bagTypes.shroudedKey, sequence(algorithm, octetString(ciphertext)), attributes);
}

// ------------------------------------------------------------------ the two profiles

interface Encrypted {
  /** complete AlgorithmIdentifier */
  readonly algorithm: Der;
  readonly ciphertext: Bytes;
}

interface Lock {
  encrypt(plain: Bytes): Promise<Encrypted>;
  /** complete MacData over the contents */
  mac(authSafe: Bytes): Promise<Der>;
}

function lockFor({ password, profile, iterations = usualIterations[profile], mac }: Pkcs12Protection): Lock {
  const bmp = bmpPassword(password);
  const modernMac = (authSafe: Bytes): Promise<Der> =>
    mac === "pbmac1"
      ? pbmac1Data(authSafe, fromUtf8(password), iterations)
      : macData("SHA-256", authSafe, { password: bmp, iterations });
  return profile === "modern"
    ? {
        encrypt: (plain) => encryptPbes2(plain, fromUtf8(password), iterations),
        mac: modernMac,
      }
    : {
        encrypt: (plain) => encryptBySha1And3Des(plain, bmp, iterations),
        mac: (authSafe) => macData("SHA-1", authSafe, { password: bmp, iterations }),
      };
}

function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

async function encryptPbes2(plain: Bytes, password: Bytes, iterations: number): Promise<Encrypted> {
  const [salt, iv] = [random(16), random(16)];
  const base = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveKey"]);
  const derivation = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  const aes = { name: "AES-CBC", length: 256 };
  const key = await crypto.subtle.deriveKey(derivation, base, aes, false, ["encrypt"]);
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, plain));
  const algorithm = sequence(
    objectIdentifier(oid.pbes2),
    sequence(
      pbkdf2(octetString(salt), smallInteger(iterations), hmacWithSha256),
      sequence(objectIdentifier(oid.aes256Cbc), octetString(iv)),
    ),
  );
  return { algorithm, ciphertext };
}

const hmacWithSha256 = sequence(objectIdentifier(oid.hmacWithSha256), nullValue);

function pbkdf2(...parameters: readonly Der[]): Der {
  return sequence(objectIdentifier(oid.pbkdf2), sequence(...parameters));
}

const pbeWithSha1And3Des = "1.2.840.113549.1.12.1.3";

async function encryptBySha1And3Des(plain: Bytes, password: Bytes, iterations: number): Promise<Encrypted> {
  const salt = random(8);
  const derivation = { hash: "SHA-1", password, salt, iterations } as const;
  const key = await deriveByPkcs12(derivation, 1, 24);
  const iv = await deriveByPkcs12(derivation, 2, 8);
  const algorithm = sequence(
    objectIdentifier(pbeWithSha1And3Des),
    sequence(octetString(salt), smallInteger(iterations)),
  );
  return { algorithm, ciphertext: await encrypt3Des({ key, iv, plain }) };
}

const hashIdentifiers = { "SHA-1": oid.sha1, "SHA-256": oid.sha256 } as const;

/** RFC 7292 §4, §B.4. */
async function macData(
  hash: Pkcs12Hash & keyof typeof hashIdentifiers,
  authSafe: Bytes,
  { password, iterations }: { readonly password: Bytes; readonly iterations: number },
): Promise<Der> {
  // Eight octets, as OpenSSL has them: macOS is told to refuse files with sixteen.
  const salt = random(8);
  const key = await deriveByPkcs12({ hash, password, salt, iterations }, 3, digestLength(hash));
  const algorithm = sequence(objectIdentifier(hashIdentifiers[hash]), nullValue);
  const digestInfo = sequence(algorithm, octetString(computeHmac(hash, key, authSafe)));
  return sequence(digestInfo, octetString(salt), smallInteger(iterations));
}

/** RFC 9579 §5: the derivation stands in the algorithm, its keyLength must; macSalt and iterations mean nothing. */
async function pbmac1Data(authSafe: Bytes, password: Bytes, iterations: number): Promise<Der> {
  const salt = random(16);
  const base = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const derivation = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  const key = new Uint8Array(await crypto.subtle.deriveBits(derivation, base, 256));
  const derived = pbkdf2(octetString(salt), smallInteger(iterations), smallInteger(32), hmacWithSha256);
  const algorithm = sequence(objectIdentifier(pbmac1), sequence(derived, hmacWithSha256));
  const digestInfo = sequence(algorithm, octetString(computeHmac("SHA-256", key, authSafe)));
  key.fill(0);
  return sequence(digestInfo, octetString(random(8)));
}

// ------------------------------------------------------------------ the structure

const bagTypes = {
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
} as const;

function contentInfo(type: string, content: Der): Der {
  return sequence(objectIdentifier(type), encode(context(0), content));
}

function encryptedData({ algorithm, ciphertext }: Encrypted): Der {
  const info = sequence(objectIdentifier(oid.data), algorithm, encode(context(0, "primitive"), ciphertext));
  return sequence(smallInteger(0), info);
}

function safeBag(type: string, value: Der, attributes: Der | null): Der {
  return sequence(objectIdentifier(type), encode(context(0), value), attributes ?? concat([]));
}

function certificateBag({ der }: Certificate, attributes: Der | null): Der {
  const x509Certificate = objectIdentifier("1.2.840.113549.1.9.22.1");
  const value = sequence(x509Certificate, encode(context(0), octetString(der)));
  return safeBag(bagTypes.certificate, value, attributes);
}

const localKeyIdAttribute = "1.2.840.113549.1.9.21";
const friendlyNameAttribute = "1.2.840.113549.1.9.20";

function attribute(type: string, value: Der): Der {
  return sequence(objectIdentifier(type), encode(tags.set, value));
}

/** localKeyID says which certificate is the key's: Windows and macOS believe it (RFC 7292 §4.2). */
interface BagFacts {
  readonly localKeyId?: Bytes;
  readonly friendlyName: string | null;
  readonly note?: Bytes;
}

function bagAttributes({ localKeyId, friendlyName, note }: BagFacts): Der {
  return setOf([
    ...(friendlyName === null
      ? []
      : [attribute(friendlyNameAttribute, encode(tags.bmpString, utf16(friendlyName)))]),
    ...(localKeyId === undefined ? [] : [attribute(localKeyIdAttribute, octetString(localKeyId))]),
    ...(note === undefined ? [] : [attribute(noteAttribute, octetString(note))]),
  ]);
}
