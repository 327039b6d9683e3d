/**
 * RecipientInfo (RFC 5652 §6.2): the content-encryption key, sealed for one certificate. Which way goes with
 * which key, and RSA by key transport; the other ways are in files of their own.
 */
import { type Bytes, type Der, concat } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import { nullValue, objectIdentifier, octetString, sequence, smallInteger } from "../base/der-writer.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { HashName } from "../keys/private-key.js";
import { fromBigInt, modularPower, toBigInt } from "../kernels/big-integers.js";
import type { Certificate } from "../x509/certificate.js";
import { publicKeyKind } from "../x509/public-key.js";
import { sealByAgreement } from "./agree-on-key.js";
import { importOrRefuse } from "./import-or-refuse.js";
import { issuerAndSerialNumber } from "./sign.js";
import { oaepParameters, parseCapabilities } from "./smime-capabilities.js";

export interface EncryptionRecipient {
  readonly certificate: Certificate;
  /** DER of SMIMECapabilities; null where nothing is known */
  readonly capabilities: Bytes | null;
}

export interface RecipientInfo {
  readonly kind: "keyTransport" | "keyAgreement" | "password" | "kem";
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
  const { certificate } = recipient;
  const key = publicKeyKind(certificate.subjectPublicKeyInfo);
  switch (key.kind) {
    case "rsa":
      if (key.pss) throw new UnsupportedError("key-unsupported", "RSASSA-PSS");
      return { kind: "keyTransport", der: await sealByRsa(contentKey, recipient) };
    case "ec":
      return { kind: "keyAgreement", der: await sealByAgreement(contentKey, certificate, key.curve) };
    case "x25519":
      return { kind: "keyAgreement", der: await sealByAgreement(contentKey, certificate, "X25519") };
    case "x448":
      return { kind: "keyAgreement", der: await sealByAgreement(contentKey, certificate, "X448") };
    case "ml-kem": {
      const { sealByEncapsulation } = await import("./encapsulate-key.js");
      return { kind: "kem", der: await sealByEncapsulation(contentKey, certificate, key.parameterSet) };
    }
    default:
      throw new UnsupportedError("key-unsupported", key.kind);
  }
}

async function sealByRsa(
  contentKey: Bytes,
  { certificate, capabilities }: EncryptionRecipient,
): Promise<Der> {
  const { oaepHash } = parseCapabilities(capabilities);
  if (oaepHash === null) {
    return keyTransport(certificate, pkcs1Algorithm, encryptPkcs1(contentKey, certificate));
  }
  const encryptedKey = await encryptOaep(contentKey, certificate, oaepHash);
  return keyTransport(certificate, oaepAlgorithm(oaepHash), encryptedKey);
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
