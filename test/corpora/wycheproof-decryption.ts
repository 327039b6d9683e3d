/** Wycheproof's files of key transport, key agreement, KEM, key wrap and content ciphers. */
import { type Bytes, fromHex } from "../../src/engine/base/bytes.js";
import { readWhole } from "../../src/engine/base/der-reader.js";
import { octetString, sequence, smallInteger } from "../../src/engine/base/der-writer.js";
import { MalformedError, UnsupportedError } from "../../src/engine/base/errors.js";
import { oid } from "../../src/engine/base/oid.js";
import type { EncryptedEnvelope } from "../../src/engine/cms-syntax/enveloped-data.js";
import { unwrapAesKey } from "../../src/engine/cms/aes-key-wrap.js";
import { contentCipher, decryptContent } from "../../src/engine/cms/content-cipher.js";
import { importPrivateKey } from "../../src/engine/index.js";
import type { PrivateKey } from "../../src/engine/keys/private-key.js";
import { agree } from "../../src/engine/primitives/key-agreement.js";
import { decapsulate, keysFromSeed } from "../../src/engine/primitives/ml-kem.js";
import { coordinateLengths } from "../../src/engine/primitives/names.js";
import { parseSubjectPublicKeyInfo } from "../../src/engine/x509/parse-certificate.js";
import { publicKeyKind } from "../../src/engine/x509/public-key.js";
import { type Answer, type Attempt, type Group, hex, sameOctets, wycheproofFile } from "./wycheproof.js";

// ------------------------------------------------------------------ RSA

const rsaKeys = new WeakMap<Group, Promise<Extract<PrivateKey, { kind: "rsa" }>>>();

function rsaKeyOf(group: Group): Promise<Extract<PrivateKey, { kind: "rsa" }>> {
  let key = rsaKeys.get(group);
  if (key === undefined) rsaKeys.set(group, (key = importRsa(hex(group, "privateKeyPkcs8"))));
  return key;
}

async function importRsa(pkcs8: Bytes): Promise<Extract<PrivateKey, { kind: "rsa" }>> {
  const key = await importPrivateKey(pkcs8);
  if (key.kind !== "rsa") throw new UnsupportedError("key-unsupported", key.kind);
  return key;
}

/**
 * Implicit rejection: whoever expects a key of some length gets one. So a wrong padding must give octets
 * that are not in the block, and the same ones each time.
 */
const pkcs1: Attempt = async (vector, group) => {
  const key = await rsaKeyOf(group);
  const ciphertext = hex(vector, "ct");
  const wanted = hex(vector, "msg");
  const found = await key.decryptPkcs1(ciphertext, wanted.length);
  if (vector.result === "valid") return sameOctets(found, wanted);
  for (const length of [16, 24, 32]) {
    const [once, twice] = [
      await key.decryptPkcs1(ciphertext, length),
      await key.decryptPkcs1(ciphertext, length),
    ];
    if (sameOctets(once, twice) !== "right") return "wrong";
  }
  return wanted.length > 0 && sameOctets(found, wanted) === "right" ? "right" : "refused";
};

const oaep: Attempt = async (vector, group) => {
  const key = await rsaKeyOf(group);
  const [hash, mgfHash] = [group["sha"] as "SHA-256", group["mgfSha"] as "SHA-256"];
  const parameters = { hash, mgfHash, label: hex(vector, "label") };
  return sameOctets(await key.decryptOaep(hex(vector, "ct"), parameters), hex(vector, "msg"));
};

// ------------------------------------------------------------------ elliptic curves

/** The other side's key as a certificate has it, strict DER and a named curve; ours as a number. */
const ecdh: Attempt = async (vector, group) => {
  const info = parseSubjectPublicKeyInfo(readWhole(hex(vector, "public"), "der"));
  const kind = publicKeyKind(info);
  const expected = { secp256r1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }[
    group["curve"] as "secp256r1"
  ];
  if (kind.kind !== "ec" || kind.curve !== expected) return "refused";
  const secret = coordinate(vector["private"] as string, coordinateLengths[kind.curve]);
  return sameOctets(await agree(kind.curve, secret, info.publicKey), hex(vector, "shared"));
};

function coordinate(number: string, length: number): Bytes {
  const plain = number.replace(/^(00)+/, "");
  return fromHex(plain.padStart(2 * length, "0"));
}

const montgomery: Attempt = async (vector) => {
  const key = await importPrivateKey(hex(vector, "private"));
  const info = parseSubjectPublicKeyInfo(readWhole(hex(vector, "public"), "der"));
  const kind = publicKeyKind(info).kind;
  if ((key.kind !== "x25519" && key.kind !== "x448") || kind !== key.kind) return "refused";
  return sameOctets(await key.agree(info.publicKey), hex(vector, "shared"));
};

// ------------------------------------------------------------------ ML-KEM

const kemFromSeed: Attempt = async (vector) => {
  const { publicKey, secretKey } = await keysFromSeed("ML-KEM-768", hex(vector, "seed"));
  const found = await decapsulate("ML-KEM-768", secretKey, hex(vector, "c"));
  if (sameOctets(publicKey, hex(vector, "ek")) !== "right") return "wrong";
  return sameOctets(found, hex(vector, "K"));
};

const kemExpanded: Attempt = async (vector) =>
  sameOctets(await decapsulate("ML-KEM-768", hex(vector, "dk"), hex(vector, "c")), hex(vector, "K"));

// ------------------------------------------------------------------ symmetric

const keyWrap: Attempt = async (vector) => {
  const key = await unwrapAesKey(hex(vector, "key"), hex(vector, "ct"));
  return key === null ? "refused" : sameOctets(key, hex(vector, "msg"));
};

type Envelope = Pick<EncryptedEnvelope, "contentEncryptionAlgorithm" | "encryptedContent" | "authentication">;

async function open(envelope: Envelope, key: Bytes, wanted: Bytes): Promise<Answer> {
  const whole = { recipientInfos: [], contentType: oid.data, ...envelope };
  const cipher = contentCipher(whole);
  if (cipher.keyLength !== key.length) throw new MalformedError("key-malformed", "length");
  return sameOctets(await decryptContent(cipher, key, whole), wanted);
}

const cbcNames: Readonly<Record<number, string>> = {
  16: oid.aes128Cbc,
  24: oid.aes192Cbc,
  32: oid.aes256Cbc,
};
const gcmNames: Readonly<Record<number, string>> = {
  16: oid.aes128Gcm,
  24: oid.aes192Gcm,
  32: oid.aes256Gcm,
};

const cbc: Attempt = async (vector) => {
  const key = hex(vector, "key");
  const algorithm = { algorithm: cbcNames[key.length]!, parameters: octetString(hex(vector, "iv")) };
  const envelope = {
    contentEncryptionAlgorithm: algorithm,
    encryptedContent: hex(vector, "ct"),
    authentication: null,
  };
  return open(envelope, key, hex(vector, "msg"));
};

const gcm: Attempt = async (vector) => {
  const key = hex(vector, "key");
  const mac = hex(vector, "tag");
  const parameters = sequence(octetString(hex(vector, "iv")), smallInteger(mac.length));
  const envelope = {
    contentEncryptionAlgorithm: { algorithm: gcmNames[key.length]!, parameters },
    encryptedContent: hex(vector, "ct"),
    authentication: { mac, additionalData: hex(vector, "aad") },
  };
  return open(envelope, key, hex(vector, "msg"));
};

/** id-aes128-CCM and its kin (RFC 5084 §3.1), as a message would name them. */
const ccm: Attempt = async (vector) => {
  const key = hex(vector, "key");
  const mac = hex(vector, "tag");
  const algorithm = `2.16.840.1.101.3.4.1.${{ 16: 7, 24: 27, 32: 47 }[key.length as 16]}`;
  const parameters = sequence(octetString(hex(vector, "iv")), smallInteger(mac.length));
  const envelope = {
    contentEncryptionAlgorithm: { algorithm, parameters },
    encryptedContent: hex(vector, "ct"),
    authentication: { mac, additionalData: hex(vector, "aad") },
  };
  return open(envelope, key, hex(vector, "msg"));
};

export const wycheproofDecryption = [
  wycheproofFile(/\/rsa_pkcs1_/, pkcs1),
  wycheproofFile(/\/rsa_oaep_/, oaep),
  wycheproofFile(/\/ecdh_/, ecdh),
  wycheproofFile(/\/x(25519|448)_/, montgomery),
  wycheproofFile(/\/mlkem_768_test/, kemFromSeed),
  wycheproofFile(/\/mlkem_768_semi_expanded/, kemExpanded),
  wycheproofFile(/\/aes_wrap_/, keyWrap),
  wycheproofFile(/\/aes_cbc_/, cbc),
  wycheproofFile(/\/aes_gcm_/, gcm),
  wycheproofFile(/\/aes_ccm_/, ccm),
];
