import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, type Der, fromHex } from "../../../src/engine/base/bytes.js";
import { sequence, unsignedInteger } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { publicKeyKind } from "../../../src/engine/x509/public-key.js";

const key = (algorithm: string, publicKey: Bytes) =>
  publicKeyKind({ der: new Uint8Array() as Der, algorithm: { algorithm, parameters: null }, publicKey });
const rsa = (modulus: string, exponent: string) =>
  key(oid.rsaEncryption, sequence(unsignedInteger(fromHex(modulus)), unsignedInteger(fromHex(exponent))));
const modulus = `c0${"5a".repeat(254)}01`;

test("reads RSA keys with an odd exponent of 3 or more (RFC 8017 §3.1)", () => {
  for (const exponent of ["03", "11", "010001"])
    assert.deepEqual(rsa(modulus, exponent), { kind: "rsa", modulusBits: 2048, pss: false });
});

test("takes no RSA key whose private operation anybody can do (RFC 8017 §3.1)", () => {
  for (const exponent of ["00", "01", "02", "010000"]) assert.equal(rsa(modulus, exponent).kind, "other");
  assert.equal(rsa(`${modulus.slice(0, -2)}02`, "010001").kind, "other");
});

test("takes no Ed25519 key of small order, in any encoding (RFC 8032 §5.1.7)", () => {
  const ed25519 = (hex: string) => key(oid.ed25519, fromHex(hex)).kind;
  assert.equal(ed25519("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), "ed25519");
  for (const y of ["00".repeat(32), `01${"00".repeat(31)}`, `01${"00".repeat(30)}80`, `ec${"ff".repeat(31)}`])
    assert.equal(ed25519(y), "other");
});

test("takes no Ed448 key of small order, in any encoding (RFC 8032 §5.2.7)", () => {
  const ed448 = (hex: string) => key(oid.ed448, fromHex(hex)).kind;
  assert.equal(ed448("05".repeat(57)), "ed448");
  const p = `${"ff".repeat(28)}fe${"ff".repeat(27)}`;
  const wrong = [
    "00".repeat(57),
    `${"00".repeat(56)}80`,
    `01${"00".repeat(56)}`,
    `fe${p.slice(2)}00`,
    `${p}00`,
    `${"00".repeat(28)}${"ff".repeat(28)}80`,
  ];
  for (const y of wrong) assert.equal(ed448(y), "other", y);
});

test("a key of another length than its kind has is none (FIPS 203 §8, FIPS 204 §4, FIPS 205 §11)", () => {
  for (const [algorithm, length] of [
    [oid.ed25519, 32],
    [oid.ed448, 57],
    [oid.x25519, 32],
    [oid.x448, 56],
    [oid.mlDsa44, 1312],
    [oid.mlDsa65, 1952],
    [oid.mlDsa87, 2592],
    [oid.mlKem512, 800],
    [oid.mlKem768, 1184],
    [oid.mlKem1024, 1568],
    [oid.slhDsaSha2_128s, 32],
    [oid.slhDsaShake_192f, 48],
    [oid.slhDsaShake_256s, 64],
  ] as const) {
    assert.notEqual(key(algorithm, new Uint8Array(length).fill(9)).kind, "other", algorithm);
    for (const wrong of [0, length - 1, length + 1])
      assert.equal(key(algorithm, new Uint8Array(wrong).fill(9)).kind, "other", algorithm);
  }
});
