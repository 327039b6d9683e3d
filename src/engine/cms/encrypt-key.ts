/**
 * RecipientInfo (RFC 5652 §6.2): the content-encryption key, sealed for one certificate. RSA by key
 * transport, elliptic curves by ephemeral-static ECDH with AES key wrap (RFC 5753 §3.1).
 */
import { type Bytes, type Der, concat } from "../base/bytes.js";
import { SequenceReader, context, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import {
  bitString,
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../base/der-writer.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type NistCurve, coordinateLengths, isNistCurve } from "../primitives/names.js";
import type { HashName } from "../keys/private-key.js";
import { fromBigInt, modularPower, toBigInt } from "../kernels/big-integers.js";
import type { Certificate } from "../x509/certificate.js";
import { publicKeyKind } from "../x509/public-key.js";
import { issuerAndSerialNumber } from "./sign.js";
import { oaepParameters, parseCapabilities } from "./smime-capabilities.js";
import { deriveX963 } from "./x963-kdf.js";

export interface EncryptionRecipient {
  readonly certificate: Certificate;
  /** DER of SMIMECapabilities; null where nothing is known */
  readonly capabilities: Bytes | null;
}

export interface RecipientInfo {
  readonly kind: "keyTransport" | "keyAgreement";
  readonly der: Der;
}

/** A certificate whose key can receive nothing, whatever is wrong with it: `cause` knows. */
export class UnusableRecipientError extends Error {
  override readonly name = "UnusableRecipientError";
  readonly certificate: Certificate;

  constructor(certificate: Certificate, options: ErrorOptions) {
    super("a recipient's key cannot be encrypted to", options);
    this.certificate = certificate;
  }
}

/** @throws UnusableRecipientError */
export async function encryptKey(contentKey: Bytes, recipient: EncryptionRecipient): Promise<RecipientInfo> {
  try {
    return await sealKey(contentKey, recipient);
  } catch (cause) {
    if (!(cause instanceof MalformedError) && !(cause instanceof UnsupportedError)) throw cause;
    throw new UnusableRecipientError(recipient.certificate, { cause });
  }
}

async function sealKey(contentKey: Bytes, recipient: EncryptionRecipient): Promise<RecipientInfo> {
  const { certificate, capabilities } = recipient;
  const key = publicKeyKind(certificate.subjectPublicKeyInfo);
  if (key.kind === "ec" && isNistCurve(key.curve)) {
    return { kind: "keyAgreement", der: await keyAgreement(contentKey, certificate, key.curve) };
  }
  if (key.kind !== "rsa" || key.pss) throw new UnsupportedError("key-unsupported", key.kind);
  const { oaepHash } = parseCapabilities(capabilities);
  const der =
    oaepHash === null
      ? keyTransport(certificate, pkcs1Algorithm, encryptPkcs1(contentKey, certificate))
      : keyTransport(
          certificate,
          oaepAlgorithm(oaepHash),
          await encryptOaep(contentKey, certificate, oaepHash),
        );
  return { kind: "keyTransport", der };
}

const pkcs1Algorithm = sequence(objectIdentifier(oid.rsaEncryption), nullValue);

function oaepAlgorithm(hash: HashName): Der {
  return sequence(objectIdentifier(oid.rsaesOaep), oaepParameters(hash));
}

function keyTransport(certificate: Certificate, algorithm: Der, encryptedKey: Bytes): Der {
  return sequence(smallInteger(0), issuerAndSerialNumber(certificate), algorithm, octetString(encryptedKey));
}

/**
 * RSAES-PKCS1-v1_5 (RFC 8017 §7.2.1), which WebCrypto lacks. BigInt will do: the exponent is public, and
 * the number is used once, by us, with nobody's chosen input.
 */
export function encryptPkcs1(message: Bytes, { subjectPublicKeyInfo }: Certificate): Bytes {
  const reader = new SequenceReader(readWhole(subjectPublicKeyInfo.publicKey, "der"));
  const modulus = readUnsignedInteger(reader.next(tags.integer));
  const exponent = toBigInt(readUnsignedInteger(reader.next(tags.integer)));
  const size = modulus.length;
  const n = toBigInt(modulus);
  // An exponent of 1 would send the key in clear; an even modulus is no RSA key.
  if (exponent < 3n || (exponent & 1n) === 0n || (n & 1n) === 0n || message.length > size - 11) {
    throw new MalformedError("certificate-malformed", "RSA public key");
  }
  const padding = nonZeroRandom(size - message.length - 3);
  const padded = concat([Uint8Array.of(0, 2), padding, Uint8Array.of(0), message]);
  const encrypted = fromBigInt(modularPower(toBigInt(padded), exponent, n), size);
  padded.fill(0);
  return encrypted;
}

function nonZeroRandom(length: number): Bytes {
  const random = crypto.getRandomValues(new Uint8Array(length));
  for (let i = 0; i < length; i++) while (random[i] === 0) crypto.getRandomValues(random.subarray(i, i + 1));
  return random;
}

async function encryptOaep(
  message: Bytes,
  { subjectPublicKeyInfo }: Certificate,
  hash: HashName,
): Promise<Bytes> {
  const algorithm = { name: "RSA-OAEP", hash };
  const key = await importOrRefuse(
    crypto.subtle.importKey("spki", subjectPublicKeyInfo.der, algorithm, false, ["encrypt"]),
  );
  return new Uint8Array(await crypto.subtle.encrypt("RSA-OAEP", key, message));
}

async function importOrRefuse(imported: Promise<CryptoKey>): Promise<CryptoKey> {
  try {
    return await imported;
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new MalformedError("certificate-malformed", "public key", { cause });
  }
}

/** A fresh key for each recipient and message: nothing to keep, nothing to lose. */
async function keyAgreement(contentKey: Bytes, certificate: Certificate, curve: NistCurve): Promise<Der> {
  const ecdh = { name: "ECDH", namedCurve: curve };
  const spki = certificate.subjectPublicKeyInfo.der;
  const recipientKey = await importOrRefuse(crypto.subtle.importKey("spki", spki, ecdh, false, []));
  const ephemeral = (await crypto.subtle.generateKey(ecdh, false, ["deriveBits"])) as CryptoKeyPair;
  const agreement = { name: "ECDH", public: recipientKey };
  const bits = coordinateLengths[curve] * 8;
  const secret = new Uint8Array(await crypto.subtle.deriveBits(agreement, ephemeral.privateKey, bits));
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ephemeral.publicKey));
  const wrapAlgorithm = sequence(objectIdentifier(oid.aes256Wrap));
  const derivation = { secret, sharedInfo: sharedInfo(wrapAlgorithm), length: 32 };
  const wrapped = await wrapKey(contentKey, await deriveX963("SHA-256", derivation));
  secret.fill(0);
  // RFC 5753 §3.1.1: parameters of the originator's key may be absent: the curve is the recipient's.
  const publicKey = encode(context(1), sequence(objectIdentifier(oid.ecPublicKey)), bitString(point));
  return encode(
    context(1),
    smallInteger(3),
    encode(context(0), publicKey),
    sequence(objectIdentifier(oid.dhSinglePassStdDhSha256), wrapAlgorithm),
    sequence(sequence(issuerAndSerialNumber(certificate), octetString(wrapped))),
  );
}

/** ECC-CMS-SharedInfo (RFC 5753 §7.2) for a key of 256 bits. */
function sharedInfo(wrapAlgorithm: Der): Der {
  // No ukm, and therefore no entityUInfo at all: not an empty one.
  return sequence(wrapAlgorithm, encode(context(2), octetString(Uint8Array.of(0, 0, 1, 0))));
}

async function wrapKey(contentKey: Bytes, wrappingKey: Bytes): Promise<Bytes> {
  const wrapping = await crypto.subtle.importKey("raw", wrappingKey, "AES-KW", false, ["wrapKey"]);
  wrappingKey.fill(0);
  const content = await crypto.subtle.importKey("raw", contentKey, "AES-CBC", true, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.wrapKey("raw", content, wrapping, "AES-KW"));
}
