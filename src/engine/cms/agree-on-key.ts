/**
 * KeyAgreeRecipientInfo (RFC 5652 §6.2.2): ephemeral-static ECDH over NIST's curves and brainpool's
 * (RFC 5753 §3.1), X25519 and X448 (RFC 8418), with AES-256 key wrap. NIST's curves by WebCrypto alone.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import {
  bitString,
  encode,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../base/der-writer.js";
import { DecryptionError, MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { hkdf } from "../primitives/hkdf.js";
import type { AgreementCurve } from "../primitives/key-agreement.js";
import { type CurveName, type NistCurve, coordinateLengths, isNistCurve } from "../primitives/names.js";
import type { Certificate } from "../x509/certificate.js";
import { wrapAesKey } from "./aes-key-wrap.js";
import { importOrRefuse } from "./import-or-refuse.js";
import { issuerAndSerialNumber } from "./sign.js";
import { eccCmsSharedInfo } from "./unwrap-agreed-key.js";
import { deriveX963 } from "./x963-kdf.js";

interface Agreement {
  readonly secret: Bytes;
  /** of the key pair made for this one recipient */
  readonly ephemeral: Bytes;
}

interface Scheme {
  readonly identifier: string;
  /** of the originator's key; RFC 5753 §3.1.1: without parameters, for the curve is the recipient's */
  readonly keyType: string;
  derive(secret: Bytes, sharedInfo: Bytes): Promise<Bytes>;
}

/** octets of the key-encryption key */
const length = 32;

const ecScheme: Scheme = {
  identifier: oid.dhSinglePassStdDhSha256,
  keyType: oid.ecPublicKey,
  derive: (secret, sharedInfo) => deriveX963("SHA-256", { secret, sharedInfo, length }),
};

/** RFC 8418 §2.2; no ukm, hence no salt: the key pair is new each time. */
const salt = new Uint8Array(0);
const schemes: Readonly<Record<Exclude<AgreementCurve, CurveName>, Scheme>> = {
  X25519: {
    identifier: oid.stdDhHkdfSha256,
    keyType: oid.x25519,
    derive: (secret, info) => hkdf("SHA-256", { secret, salt, info, length }),
  },
  X448: {
    identifier: oid.stdDhHkdfSha512,
    keyType: oid.x448,
    derive: (secret, info) => hkdf("SHA-512", { secret, salt, info, length }),
  },
};

const wrapAlgorithm = sequence(objectIdentifier(oid.aes256Wrap));

/** @throws MalformedError("certificate-malformed") */
export async function sealByAgreement(
  contentKey: Bytes,
  certificate: Certificate,
  curve: AgreementCurve,
): Promise<Der> {
  const scheme = curve === "X25519" || curve === "X448" ? schemes[curve] : ecScheme;
  const { secret, ephemeral } = await agreement(certificate, curve);
  const sharedInfo = eccCmsSharedInfo(wrapAlgorithm, null, length);
  const wrapped = await wrapAesKey(await scheme.derive(secret, sharedInfo), contentKey);
  secret.fill(0);
  const publicKey = encode(context(1), sequence(objectIdentifier(scheme.keyType)), bitString(ephemeral));
  return encode(
    context(1),
    smallInteger(3),
    encode(context(0), publicKey),
    sequence(objectIdentifier(scheme.identifier), wrapAlgorithm),
    sequence(sequence(issuerAndSerialNumber(certificate), octetString(wrapped))),
  );
}

/** A fresh key for each recipient and message: nothing to keep, nothing to lose. */
async function agreement(certificate: Certificate, curve: AgreementCurve): Promise<Agreement> {
  const isNist = curve !== "X25519" && curve !== "X448" && isNistCurve(curve);
  return isNist ? agreeByPlatform(certificate, curve) : agreeByLibrary(certificate, curve);
}

async function agreeByPlatform(certificate: Certificate, curve: NistCurve): Promise<Agreement> {
  const ecdh = { name: "ECDH", namedCurve: curve };
  const { der, publicKey } = certificate.subjectPublicKeyInfo;
  // A point as it is goes in three times faster in Node; not every platform takes a compressed one.
  const [form, octets] = publicKey[0] === 4 ? (["raw", publicKey] as const) : (["spki", der] as const);
  const recipientKey = await importOrRefuse(crypto.subtle.importKey(form, octets, ecdh, false, []));
  const ephemeral = (await crypto.subtle.generateKey(ecdh, false, ["deriveBits"])) as CryptoKeyPair;
  const parameters = { name: "ECDH", public: recipientKey };
  const bits = coordinateLengths[curve] * 8;
  return {
    secret: new Uint8Array(await crypto.subtle.deriveBits(parameters, ephemeral.privateKey, bits)),
    ephemeral: new Uint8Array(await crypto.subtle.exportKey("raw", ephemeral.publicKey)),
  };
}

async function agreeByLibrary(certificate: Certificate, curve: AgreementCurve): Promise<Agreement> {
  const { agree, generateKeyPair } = await import("../primitives/key-agreement.js");
  const ephemeral = await generateKeyPair(curve);
  try {
    const secret = await agree(curve, ephemeral.secret, certificate.subjectPublicKeyInfo.publicKey);
    return { secret, ephemeral: ephemeral.publicKey };
  } catch (cause) {
    if (!(cause instanceof DecryptionError)) throw cause;
    throw new MalformedError("certificate-malformed", "public key", { cause });
  } finally {
    ephemeral.secret.fill(0);
  }
}
