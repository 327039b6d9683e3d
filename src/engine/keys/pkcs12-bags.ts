/**
 * PKCS #12 files from bytes to bags (RFC 7292 §4, PBMAC1 of RFC 9579). Which certificate belongs to
 * which key is decided in `pkcs12.ts`, by their numbers.
 */
import { type Bytes, equal } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  children,
  contents,
  context,
  encoded,
  expectTag,
  readElement,
  readWhole,
  tags,
} from "../base/der-reader.js";
import { readObjectIdentifier, readOctetString, readSmallInteger } from "../base/der-values.js";
import { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { parseAlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { deriveByPbkdf2 } from "./password-derivation.js";
import { decryptWithPassword } from "./password-encryption.js";
import type { PasswordForm, Secret } from "./password-secret.js";
import { computeHmac, deriveByPkcs12, digestLength, pkcs12Hashes } from "./pkcs12-kdf.js";

interface Labels {
  readonly localKeyId: Bytes | null;
  readonly friendlyName: string | null;
  /** what Signet wrote beside a key without a certificate; whoever made the file may have written anything */
  readonly note?: Bytes;
}

export interface KeyBag extends Labels {
  readonly kind: "key";
  /** PKCS #8 */
  readonly der: Bytes;
  /** "none": it stood there in clear */
  readonly protection: "password" | "none";
}

export interface CertificateBag extends Labels {
  readonly kind: "certificate";
  readonly der: Bytes;
}

export type Bag = KeyBag | CertificateBag;

export interface Pfx {
  /** what the MAC covers: AuthenticatedSafe */
  readonly authSafe: Bytes;
  readonly mac: Element | null;
}

const maximumBags = 1_000;
const bagTypes: Readonly<Record<string, "key" | "shroudedKey" | "certificate" | "nested">> = {
  "1.2.840.113549.1.12.10.1.1": "key",
  "1.2.840.113549.1.12.10.1.2": "shroudedKey",
  "1.2.840.113549.1.12.10.1.3": "certificate",
  "1.2.840.113549.1.12.10.1.6": "nested",
};
const friendlyNameAttribute = "1.2.840.113549.1.9.20";
const localKeyIdAttribute = "1.2.840.113549.1.9.21";
/** an OCTET STRING of our own, under the UUID ec10f03c-99a3-41df-88d6-853ae4074022 (ITU-T X.667): others pass over it */
export const noteAttribute = "2.25.313785756334519902992685467077066571810";
const x509Certificate = "1.2.840.113549.1.9.22.1";
export const pbmac1 = "1.2.840.113549.1.5.14";

/** @throws MalformedError, UnsupportedError */
export function parsePfx(bytes: Bytes): Pfx {
  // What stands after the PFX (a line end, a block's rest) has no meaning, and is not read.
  const reader = new SequenceReader(readElement(bytes, "ber"));
  const version = readSmallInteger(reader.next(tags.integer));
  if (version !== 3) throw new UnsupportedError("version-unsupported", `PKCS #12 version ${version}`);
  const { type, content } = contentInfo(reader.next(tags.sequence));
  // signedData would be a file sealed for a public key instead of a password (RFC 7292 §3.1).
  if (type !== oid.data) throw new UnsupportedError("content-type-unsupported", type);
  return { authSafe: readOctetString(content), mac: reader.optional(tags.sequence) };
}

function contentInfo(element: Element): { readonly type: string; readonly content: Element } {
  const reader = new SequenceReader(element);
  const type = readObjectIdentifier(reader.next(tags.objectIdentifier));
  const [content] = children(reader.next(context(0)));
  if (content === undefined) throw new MalformedError("pkcs12-malformed", "empty content");
  return { type, content };
}

/** The half of a password's form that the MAC is made from. */
export function macPassword(mac: Element, form: PasswordForm): Bytes {
  const info = new SequenceReader(new SequenceReader(mac).next(tags.sequence));
  const { algorithm } = parseAlgorithmIdentifier(info.next(tags.sequence));
  return algorithm === pbmac1 ? form.octets : form.bmp;
}

/** Does this password make the file's MAC? (RFC 7292 §4, §B.4) */
export async function checkMac({ authSafe }: Pfx, mac: Element, secret: Secret): Promise<boolean> {
  const reader = new SequenceReader(mac);
  const info = new SequenceReader(reader.next(tags.sequence));
  const algorithm = parseAlgorithmIdentifier(info.next(tags.sequence));
  const expected = readOctetString(info.any());
  const salt = readOctetString(reader.any());
  const count = reader.optional(tags.integer);
  if (algorithm.algorithm === pbmac1) {
    const { hash, key } = await pbmac1Key(algorithm.parameters, secret);
    return equal(expected, computeHmac(hash, key, authSafe));
  }
  const hash = pkcs12Hashes[algorithm.algorithm];
  if (hash === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm.algorithm);
  const iterations = count === null ? 1 : readSmallInteger(count);
  secret.rounds.spend(iterations);
  const derivation = { hash, password: secret.form.bmp, salt, iterations };
  const key = await deriveByPkcs12(derivation, 3, digestLength(hash));
  return equal(expected, computeHmac(hash, key, authSafe));
}

async function pbmac1Key(parameters: Bytes | null, secret: Secret) {
  if (parameters === null) throw new MalformedError("pkcs12-malformed", "PBMAC1 without parameters");
  const reader = new SequenceReader(readWhole(parameters, "ber"));
  const derivation = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const { algorithm } = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const hash = pkcs12Hashes[algorithm];
  if (hash === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm);
  // RFC 9579 §4: keyLength must be there; a short key makes a MAC that anybody can guess.
  const key = await deriveByPbkdf2(derivation, secret, null);
  if (key.length < 20) throw new MalformedError("pkcs12-malformed", "PBMAC1 key length");
  return { hash, key };
}

/**
 * Everything in the file, decrypted.
 * @throws DecryptionError where the password is not the right one
 */
export async function readBags({ authSafe }: Pfx, secret: Secret): Promise<readonly Bag[]> {
  const found: Bag[] = [];
  let passedOver: string | undefined;
  for (const element of children(expectTag(readWhole(authSafe, "ber"), tags.sequence))) {
    const { type, content } = contentInfo(element);
    if (type === oid.data) {
      await collectBags(readWhole(readOctetString(content), "ber"), { secret, protection: "none" }, found);
    } else if (type === oid.encryptedData) {
      await collectBags(await decryptSafe(content, secret), { secret, protection: "password" }, found);
    } else {
      // envelopedData: a part sealed for a public key (RFC 7292 §3.1). What else there is may do.
      passedOver = type;
    }
  }
  if (found.length === 0 && passedOver !== undefined) {
    throw new UnsupportedError("content-type-unsupported", passedOver);
  }
  return found;
}

async function decryptSafe(encryptedData: Element, secret: Secret): Promise<Element> {
  const outer = new SequenceReader(encryptedData);
  outer.next(tags.integer);
  const info = new SequenceReader(outer.next(tags.sequence));
  info.next(tags.objectIdentifier);
  const algorithm = parseAlgorithmIdentifier(info.next(tags.sequence));
  const ciphertext = readOctetString(info.any(), context(0, "primitive"));
  return parseDecrypted(await decryptWithPassword(algorithm, ciphertext, secret));
}

/** One time in 256 a wrong password leaves a padding that looks right, and garbage. */
function parseDecrypted(plain: Bytes): Element {
  try {
    return expectTag(readWhole(plain, "ber"), tags.sequence);
  } catch (cause) {
    if (cause instanceof MalformedError) throw new DecryptionError();
    throw cause;
  }
}

interface Safe {
  readonly secret: Secret;
  /** of what stands in it as it is */
  readonly protection: KeyBag["protection"];
}

async function collectBags(safeContents: Element, safe: Safe, found: Bag[]): Promise<void> {
  for (const element of children(expectTag(safeContents, tags.sequence))) {
    if (found.length >= maximumBags) throw new BudgetExceededError("PKCS #12 bags");
    const reader = new SequenceReader(element);
    const type = bagTypes[readObjectIdentifier(reader.next(tags.objectIdentifier))];
    const [value] = children(reader.next(context(0)));
    if (value === undefined) throw new MalformedError("pkcs12-malformed", "empty bag");
    const attributes = readAttributes(reader.optional(tags.set));
    switch (type) {
      case "key":
        found.push({ kind: "key", der: encoded(value), protection: safe.protection, ...attributes });
        break;
      case "shroudedKey": {
        const der = await decryptKey(value, safe.secret);
        found.push({ kind: "key", der, protection: "password", ...attributes });
        break;
      }
      case "certificate": {
        const der = certificateOf(value);
        if (der !== null) found.push({ kind: "certificate", der, ...attributes });
        break;
      }
      case "nested":
        await collectBags(value, safe, found);
        break;
      // Revocation lists and secrets of other programs.
      case undefined:
    }
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3). @throws DecryptionError */
export async function decryptKey(shrouded: Element, secret: Secret): Promise<Bytes> {
  const reader = new SequenceReader(shrouded);
  const algorithm = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const plain = await decryptWithPassword(algorithm, readOctetString(reader.any()), secret);
  parseDecrypted(plain);
  return plain;
}

function certificateOf(value: Element): Bytes | null {
  const reader = new SequenceReader(value);
  if (readObjectIdentifier(reader.next(tags.objectIdentifier)) !== x509Certificate) return null;
  return readOctetString(readWhole(contents(reader.next(context(0))), "ber"));
}

function readAttributes(set: Element | null): Labels {
  let localKeyId: Bytes | null = null;
  let friendlyName: string | null = null;
  let note: Bytes | null = null;
  for (const element of set === null ? [] : children(set)) {
    const reader = new SequenceReader(element);
    const type = readObjectIdentifier(reader.next(tags.objectIdentifier));
    const [value] = children(reader.next(tags.set));
    if (value === undefined) continue;
    if (type === localKeyIdAttribute && value.tag === tags.octetString) localKeyId = contents(value);
    if (type === friendlyNameAttribute && value.tag === tags.bmpString)
      friendlyName = fromUtf16(contents(value));
    if (type === noteAttribute && value.tag === tags.octetString) note = contents(value);
  }
  return { localKeyId, friendlyName, ...(note && { note }) };
}

/** Any sixteen bits, half a pair as well: a name that is broken must not cost the key beside it. */
function fromUtf16(octets: Bytes): string {
  let text = "";
  for (let i = 0; i + 1 < octets.length; i += 2)
    text += String.fromCharCode(octets[i]! * 256 + octets[i + 1]!);
  return text;
}
