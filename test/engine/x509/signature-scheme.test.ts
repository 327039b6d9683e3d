/** Which scheme an identifier means for a key: what fits, as it is really written, and what does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, type Der, fromHex } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  sequence,
  smallInteger,
  unsignedInteger,
} from "../../../src/engine/base/der-writer.js";
import { UnsupportedError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import type { AlgorithmIdentifier } from "../../../src/engine/cms-syntax/algorithm-identifier.js";
import type { SubjectPublicKeyInfo } from "../../../src/engine/x509/certificate.js";
import { signatureScheme } from "../../../src/engine/x509/signature-scheme.js";

const bare = (algorithm: string, parameters: Bytes | null = null): AlgorithmIdentifier => ({
  algorithm,
  parameters,
});
const withNull = (algorithm: string): AlgorithmIdentifier => bare(algorithm, nullValue);
const key = (algorithm: AlgorithmIdentifier, publicKey: Bytes): SubjectPublicKeyInfo => ({
  der: new Uint8Array() as Der,
  algorithm,
  publicKey,
});

const modulus = fromHex(`c0${"5a".repeat(254)}01`);
const rsaBits = sequence(unsignedInteger(modulus), unsignedInteger(fromHex("010001")));
const rsa = key(withNull(oid.rsaEncryption), rsaBits);
const point = (length: number): Bytes => Uint8Array.of(4, ...new Uint8Array(2 * length));
const ec = (curve: string, length: number): SubjectPublicKeyInfo =>
  key(bare(oid.ecPublicKey, objectIdentifier(curve)), point(length));
const p256 = ec(oid.secp256r1, 32);
const ed448 = key(bare(oid.ed448), new Uint8Array(57).fill(5));
const ed25519 = key(bare(oid.ed25519), new Uint8Array(32).fill(5));
const mlDsa44 = key(bare(oid.mlDsa44), new Uint8Array(1312));
const slhDsa = key(bare(oid.slhDsaShake_192s), new Uint8Array(48));

type Asked = readonly [
  signature: AlgorithmIdentifier,
  key: SubjectPublicKeyInfo,
  digest: AlgorithmIdentifier | null,
];

function refuses(...[signature, keyInfo, digest]: Asked): void {
  assert.throws(() => signatureScheme(signature, keyInfo, digest), UnsupportedError);
}

test("rsaEncryption takes the digest beside it, and means nothing in a certificate (RFC 3370 §3.2)", () => {
  for (const signature of [bare(oid.rsaEncryption), withNull(oid.rsaEncryption)]) {
    for (const [digest, name] of [
      [oid.sha256, "SHA-256"],
      [oid.sha3_512, "SHA3-512"],
      [oid.sha1, "SHA-1"],
      [oid.md5, "MD5"],
    ] as const) {
      const expected = { name: "RSASSA-PKCS1-v1_5", digest: name };
      assert.deepEqual(signatureScheme(signature, rsa, bare(digest)), expected);
      assert.deepEqual(signatureScheme(signature, rsa, withNull(digest)), expected);
    }
    refuses(signature, rsa, null);
    // RFC 8702 §3.2.1: SHAKE with PSS alone.
    refuses(signature, rsa, bare(oid.shake256));
  }
});

test("a signature's identifier as digestAlgorithm names its digest, as Windows writes it", () => {
  for (const [digest, signature] of [
    [oid.sha256WithRsaEncryption, oid.rsaEncryption],
    [oid.sha256WithRsaEncryption, oid.sha256WithRsaEncryption],
    [oid.sha384WithRsaEncryption, oid.sha384WithRsaEncryption],
    [oid.rsaWithSha3_256, oid.rsaWithSha3_256],
  ] as const) {
    assert.equal(signatureScheme(withNull(signature), rsa, withNull(digest)).name, "RSASSA-PKCS1-v1_5");
  }
  const scheme = signatureScheme(bare(oid.ecdsaWithSha256), p256, withNull(oid.sha256WithRsaEncryption));
  assert.deepEqual(scheme, { name: "ECDSA", digest: "SHA-256", curve: "P-256" });
  // It still has to be the same digest.
  refuses(withNull(oid.sha256WithRsaEncryption), rsa, withNull(oid.sha384WithRsaEncryption));
  refuses(withNull(oid.sha256WithRsaEncryption), rsa, withNull(oid.sha1));
  refuses(bare(oid.ecdsaWithSha384), p256, withNull(oid.sha256WithRsaEncryption));
});

test("ecPublicKey as signature algorithm means ECDSA with the digest beside it, and nothing where there is none", () => {
  for (const signature of [bare(oid.ecPublicKey), bare(oid.ecPublicKey, objectIdentifier(oid.secp256r1))]) {
    const expected = { name: "ECDSA", digest: "SHA-384", curve: "P-256" };
    assert.deepEqual(signatureScheme(signature, p256, bare(oid.sha384)), expected);
    refuses(signature, p256, null);
    refuses(signature, rsa, bare(oid.sha384));
  }
});

test("ECDSA over brainpool curves and with SHA-3 and SHAKE (RFC 5639, RFC 8692 §3)", () => {
  for (const [curve, length, name] of [
    [oid.brainpoolP256r1, 32, "brainpoolP256r1"],
    [oid.brainpoolP384r1, 48, "brainpoolP384r1"],
    [oid.brainpoolP512r1, 64, "brainpoolP512r1"],
  ] as const) {
    for (const [signature, digest] of [
      [oid.ecdsaWithSha512, "SHA-512"],
      [oid.ecdsaWithSha3_256, "SHA3-256"],
      [oid.ecdsaWithShake128, "SHAKE128"],
    ] as const) {
      const expected = { name: "ECDSA", digest, curve: name };
      assert.deepEqual(signatureScheme(bare(signature), ec(curve, length), null), expected);
    }
  }
  // Curves of less than 256 bits, and of 320, are refused by name.
  refuses(bare(oid.ecdsaWithSha256), ec(oid.brainpoolP224r1, 28), null);
  refuses(bare(oid.ecdsaWithSha256), ec(oid.brainpoolP320r1, 40), null);
});

const pss = (...fields: readonly Bytes[]): AlgorithmIdentifier => bare(oid.rsassaPss, sequence(...fields));
const hash = (algorithm: string): Bytes =>
  encode(context(0), sequence(objectIdentifier(algorithm), nullValue));
const mask = (algorithm: string): Bytes =>
  encode(context(1), sequence(objectIdentifier(oid.mgf1), sequence(objectIdentifier(algorithm), nullValue)));
const salt = (length: number): Bytes => encode(context(2), smallInteger(length));

test("RSASSA-PSS: every digest, a mask of its own, and what is left out (RFC 4055 §3.1)", () => {
  const scheme = (identifier: AlgorithmIdentifier) => signatureScheme(identifier, rsa, null);
  const sha1 = { name: "RSASSA-PSS", digest: "SHA-1", maskDigest: "SHA-1", saltLength: 20 };
  assert.deepEqual(scheme(pss()), sha1);
  assert.deepEqual(scheme(bare(oid.rsassaPss)), sha1);
  const mixed = pss(hash(oid.sha256), salt(7));
  assert.deepEqual(scheme(mixed), { ...sha1, digest: "SHA-256", saltLength: 7 });
  const sha3 = pss(hash(oid.sha3_256), mask(oid.sha512), salt(32));
  assert.deepEqual(scheme(sha3), { ...sha1, digest: "SHA3-256", maskDigest: "SHA-512", saltLength: 32 });
  refuses(pss(hash(oid.sha256), mask(oid.sha256), salt(32)), rsa, bare(oid.sha512));
  refuses(pss(hash(oid.sha256), encode(context(3), smallInteger(2))), rsa, null);
  refuses(pss(hash(oid.shake256), mask(oid.sha256)), rsa, null);
  refuses(pss(hash(oid.sha256), mask(oid.shake128)), rsa, null);
  refuses(pss(hash(oid.sha256WithRsaEncryption)), rsa, null);
});

test("RSASSA-PSS with SHAKE has no parameters (RFC 8702 §3.2.1)", () => {
  const scheme = signatureScheme(bare(oid.rsassaPssShake256), rsa, bare(oid.shake256));
  assert.deepEqual(scheme, {
    name: "RSASSA-PSS",
    digest: "SHAKE256",
    maskDigest: "SHAKE256",
    saltLength: 64,
  });
  refuses(withNull(oid.rsassaPssShake256), rsa, null);
  refuses(bare(oid.rsassaPssShake128), rsa, bare(oid.shake256));
  refuses(bare(oid.rsassaPssShake128), p256, null);
});

test("a key bound to PSS makes what it is bound to and nothing else (RFC 4055 §3.3)", () => {
  const bound = (...fields: readonly Bytes[]) => key(pss(...fields), rsaBits);
  const exact = pss(hash(oid.sha256), mask(oid.sha256), salt(32));
  const all = [hash(oid.sha256), mask(oid.sha256), salt(32)] as const;
  assert.equal(signatureScheme(exact, bound(...all), null).name, "RSASSA-PSS");
  assert.equal(signatureScheme(exact, key(bare(oid.rsassaPss), rsaBits), null).name, "RSASSA-PSS");
  assert.equal(
    signatureScheme(exact, bound(hash(oid.sha256), mask(oid.sha256), salt(20)), null).name,
    "RSASSA-PSS",
  );
  refuses(withNull(oid.sha256WithRsaEncryption), bound(...all), null);
  refuses(withNull(oid.rsaEncryption), key(bare(oid.rsassaPss), rsaBits), bare(oid.sha256));
  refuses(pss(hash(oid.sha256), mask(oid.sha256), salt(31)), bound(...all), null);
  refuses(pss(hash(oid.sha512), mask(oid.sha512), salt(64)), bound(...all), null);
  refuses(pss(hash(oid.sha256), mask(oid.sha1), salt(32)), bound(...all), null);
});

test("EdDSA, ML-DSA and SLH-DSA are named by their key, without parameters (RFC 8410 §3, RFC 9882 §2, RFC 9814 §2)", () => {
  for (const [identifier, keyInfo, name] of [
    [oid.ed25519, ed25519, "Ed25519"],
    [oid.ed448, ed448, "Ed448"],
    [oid.mlDsa44, mlDsa44, "ML-DSA"],
    [oid.slhDsaShake_192s, slhDsa, "SLH-DSA"],
  ] as const) {
    assert.equal(signatureScheme(bare(identifier), keyInfo, bare(oid.sha512)).name, name);
    assert.equal(signatureScheme(bare(identifier), keyInfo, null).name, name);
    refuses(withNull(identifier), keyInfo, null);
    for (const other of [oid.ed25519, oid.ed448, oid.mlDsa65, oid.slhDsaShake_192f, oid.ecdsaWithSha256]) {
      if (other !== identifier) refuses(bare(other), keyInfo, null);
    }
  }
});

test("beside EdDSA and the post-quantum schemes any digest that is not broken will do (RFC 8419 §3.1, RFC 9882 §3.3)", () => {
  for (const digest of [oid.sha256, oid.sha384, oid.sha512, oid.sha3_512, oid.shake256]) {
    assert.equal(signatureScheme(bare(oid.ed448), ed448, bare(digest)).name, "Ed448");
    assert.equal(signatureScheme(bare(oid.mlDsa44), mlDsa44, bare(digest)).name, "ML-DSA");
  }
  const length = (bits: number) => bare(oid.shake256Len, smallInteger(bits));
  assert.equal(signatureScheme(bare(oid.ed448), ed448, length(512)).name, "Ed448");
  refuses(bare(oid.ed448), ed448, length(256));
  refuses(bare(oid.ed448), ed448, bare(oid.shake256Len));
  refuses(bare(oid.ed448), ed448, bare("1.2.3.4"));
});

test("what nobody should sign with any more is refused by its identifier", () => {
  const dsa = key(bare(oid.dsa, sequence()), new Uint8Array(20));
  for (const [signature, keyInfo, named] of [
    [bare(oid.dsaWithSha256), dsa, oid.dsa],
    [bare("1.2.840.113549.1.1.3"), rsa, "1.2.840.113549.1.1.3"],
    [bare("1.3.6.1.5.5.7.6.2"), rsa, "1.3.6.1.5.5.7.6.2"],
    [bare(oid.ecdsaWithSha256), rsa, oid.ecdsaWithSha256],
    [withNull(oid.sha256WithRsaEncryption), p256, oid.sha256WithRsaEncryption],
    [bare(oid.x448), key(bare(oid.x448), new Uint8Array(56)), oid.x448],
  ] as const) {
    assert.throws(() => signatureScheme(signature, keyInfo, bare(oid.sha256)), {
      code: "algorithm-unsupported",
      detail: named,
    });
  }
});
