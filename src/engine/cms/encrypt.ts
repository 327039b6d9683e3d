/**
 * EnvelopedData (RFC 5652 §6) with AES-CBC, AuthEnvelopedData (RFC 5083, RFC 5084) with AES-GCM, as DER.
 * It comes out in parts, so that a ciphertext of 36 MB is not copied before it is written as base64.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { context, tags } from "../base/der-reader.js";
import { header, objectIdentifier, octetString, sequence, setOf, smallInteger } from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import type { SmimeType } from "../mime/build-entity.js";
import { type EncryptionRecipient, type RecipientInfo, encryptKey } from "./encrypt-key.js";
import { parseCapabilities } from "./smime-capabilities.js";

export interface ContentCipher {
  readonly mode: "AES-GCM" | "AES-CBC";
  readonly keyLength: 16 | 32;
}

/**
 * The best that everybody can read (RFC 8551 §2.7.1). Who says nothing of himself is taken to read
 * AES-256-CBC; who says that he reads AES-128 but not AES-256 gets what he asks for.
 */
export function chooseCipher(
  recipients: readonly EncryptionRecipient[],
  authenticatedEncryption: "when-all-can" | "always",
): ContentCipher {
  const known = recipients.map(({ capabilities }) => parseCapabilities(capabilities).algorithms);
  const all = (name: string): boolean => known.every((algorithms) => algorithms.has(name));
  if (authenticatedEncryption === "always" || all(oid.aes256Gcm)) return { mode: "AES-GCM", keyLength: 32 };
  if (known.every((set) => set.has(oid.aes256Gcm) || set.has(oid.aes128Gcm))) {
    return { mode: "AES-GCM", keyLength: 16 };
  }
  const weaker = known.some((set) => set.has(oid.aes128Cbc) && !set.has(oid.aes256Cbc));
  return { mode: "AES-CBC", keyLength: weaker ? 16 : 32 };
}

/** Whoever knows it: for files, and for people without a certificate. */
export interface PasswordRecipient {
  readonly password: string;
}

export interface EncryptedParts {
  /** behind each other, a complete ContentInfo */
  readonly parts: readonly Bytes[];
  readonly smimeType: SmimeType;
}

/**
 * @param recipients at least one: certificates whose keys can receive, passwords
 * @throws UnusableRecipientError
 */
export async function encryptInParts(
  content: Bytes,
  recipients: readonly (EncryptionRecipient | PasswordRecipient)[],
  cipher: ContentCipher,
): Promise<EncryptedParts> {
  if (recipients.length === 0) throw new RangeError("nobody to encrypt to");
  const contentKey = crypto.getRandomValues(new Uint8Array(cipher.keyLength));
  try {
    const infos = await Promise.all(recipients.map((recipient) => recipientInfo(contentKey, recipient)));
    return cipher.mode === "AES-GCM"
      ? await authEnveloped(content, contentKey, infos)
      : await enveloped(content, contentKey, infos);
  } finally {
    contentKey.fill(0);
  }
}

async function recipientInfo(
  contentKey: Bytes,
  recipient: EncryptionRecipient | PasswordRecipient,
): Promise<RecipientInfo> {
  if ("certificate" in recipient) return encryptKey(contentKey, recipient);
  const { sealByPassword } = await import("./encrypt-for-password.js");
  return { kind: "password", der: await sealByPassword(contentKey, recipient.password) };
}

async function enveloped(
  content: Bytes,
  contentKey: Bytes,
  infos: readonly RecipientInfo[],
): Promise<EncryptedParts> {
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const key = await crypto.subtle.importKey("raw", contentKey, "AES-CBC", false, ["encrypt"]);
  const ciphertext = await encryptCbc(key, iv, content);
  const name = contentKey.length === 32 ? oid.aes256Cbc : oid.aes128Cbc;
  const algorithm = sequence(objectIdentifier(name), octetString(iv));
  const version = envelopedDataVersion(infos);
  const parts = contentInfo({ type: oid.envelopedData, version, infos, algorithm, ciphertext, tail: [] });
  return { parts, smimeType: "enveloped-data" };
}

/** A multiple of the block; hosts copy what they are given, and this much memory is there already. */
const cbcStretch = 4 * 1024 * 1024;

/**
 * AES-CBC one stretch after the other, each chained to the one before by its last block: what comes out is
 * what one call would give. WebCrypto pads every stretch; only the padding of the last is kept.
 */
async function encryptCbc(key: CryptoKey, iv: Bytes, content: Bytes): Promise<readonly Bytes[]> {
  const parts: Bytes[] = [];
  let chained = iv;
  for (let at = 0; ; at += cbcStretch) {
    const stretch = content.subarray(at, at + cbcStretch);
    const parameters = { name: "AES-CBC", iv: chained };
    const encrypted = new Uint8Array(await crypto.subtle.encrypt(parameters, key, stretch));
    if (at + cbcStretch >= content.length) return [...parts, encrypted];
    const part = encrypted.subarray(0, cbcStretch);
    parts.push(part);
    chained = part.slice(-16);
  }
}

/** RFC 5652 §6.1, for what we write: no originatorInfo, no unprotectedAttrs, certificates named by issuer. */
function envelopedDataVersion(infos: readonly RecipientInfo[]): 0 | 2 | 3 {
  if (infos.some(({ kind }) => kind === "password" || kind === "kem")) return 3;
  return infos.every(({ kind }) => kind === "keyTransport") ? 0 : 2;
}

const nonceLength = 12;
const tagLength = 16;

async function authEnveloped(
  content: Bytes,
  contentKey: Bytes,
  infos: readonly RecipientInfo[],
): Promise<EncryptedParts> {
  const iv = crypto.getRandomValues(new Uint8Array(nonceLength));
  const key = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"]);
  const parameters = { name: "AES-GCM", iv, tagLength: tagLength * 8 };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters, key, content));
  const ciphertext = [sealed.subarray(0, sealed.length - tagLength)];
  const mac = octetString(sealed.subarray(sealed.length - tagLength));
  const name = contentKey.length === 32 ? oid.aes256Gcm : oid.aes128Gcm;
  // RFC 5084 §3.2: the default length of the tag is 12; ours is the full one.
  const algorithm = sequence(objectIdentifier(name), sequence(octetString(iv), smallInteger(tagLength)));
  const type = oid.authEnvelopedData;
  return {
    parts: contentInfo({ type, version: 0, infos, algorithm, ciphertext, tail: [mac] }),
    smimeType: "authEnveloped-data",
  };
}

interface Envelope {
  readonly type: string;
  readonly version: number;
  readonly infos: readonly RecipientInfo[];
  readonly algorithm: Der;
  readonly ciphertext: readonly Bytes[];
  readonly tail: readonly Bytes[];
}

/** Both types have one shape but for the MAC at the end. Lengths first, so that the ciphertext stays where it is. */
function contentInfo({ type, version, infos, algorithm, ciphertext, tail }: Envelope): readonly Bytes[] {
  const lengthOf = (parts: readonly Bytes[]): number =>
    parts.reduce((length, part) => length + part.length, 0);
  const wrap = (tag: number, parts: readonly Bytes[]): Bytes[] => [header(tag, lengthOf(parts)), ...parts];
  const encryptedContent = wrap(context(0, "primitive"), ciphertext);
  const encryptedContentInfo = wrap(tags.sequence, [
    objectIdentifier(oid.data),
    algorithm,
    ...encryptedContent,
  ]);
  const recipientInfos = setOf(infos.map(({ der }) => der));
  const body = [smallInteger(version), recipientInfos, ...encryptedContentInfo, ...tail];
  const content = wrap(context(0), wrap(tags.sequence, body));
  return wrap(tags.sequence, [objectIdentifier(type), ...content]);
}
