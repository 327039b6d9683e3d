import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { concat, fromHex, toHex } from "../../../src/engine/base/bytes.js";
import { sequence, smallInteger, unsignedInteger } from "../../../src/engine/base/der-writer.js";
import { DecryptionError, MalformedError, UnsupportedError } from "../../../src/engine/base/errors.js";
import { fromBigInt, modularInverse } from "../../../src/engine/kernels/big-integers.js";
import { importPrivateKey } from "../../../src/engine/keys/import-private-key.js";
import { ecPkcs8 } from "../../../src/engine/keys/pkcs8-ec.js";
import { parsePkcs8 } from "../../../src/engine/keys/pkcs8.js";
import { privateKeyInfo, rsaAlgorithm } from "../../../src/engine/keys/private-key-info.js";
import { actAsGecko } from "../../helpers/as-gecko.js";
import { testKeys } from "../../helpers/test-keys.js";

async function key(name: string) {
  const pem = await readFile(`${await testKeys()}/${name}.key.pem`);
  const object = createPrivateKey(pem);
  const pkcs8 = new Uint8Array(object.export({ format: "der", type: "pkcs8" }) as Buffer) as Bytes;
  return { pkcs8, publicKey: createPublicKey(pem), object };
}
const data = new TextEncoder().encode("what is signed") as Bytes;

test("RSA signs by PKCS #1 v1.5 and PSS with a salt as long as the digest (RFC 8017 §8)", async () => {
  const { pkcs8, publicKey } = await key("alice-rsa");
  const imported = await importPrivateKey(pkcs8);
  assert.ok(imported.kind === "rsa");
  for (const [hash, salt] of [
    ["SHA-256", 32],
    ["SHA-384", 48],
    ["SHA-512", 64],
  ] as const) {
    const pkcs1 = await imported.sign("pkcs1", hash, data);
    assert.ok(verify(hash, data, publicKey, pkcs1));
    const pss = await imported.sign("pss", hash, data);
    const parameters = { key: publicKey, padding: 6, saltLength: salt };
    assert.ok(verify(hash, data, parameters, pss));
    assert.ok(!verify(hash, data, { ...parameters, saltLength: salt - 1 }, pss));
  }
  await assert.rejects(imported.sign("pkcs1", "SHA-1", data), RangeError);
});

for (const name of ["bob-p256", "carol-p384", "dave-p521"]) {
  test(`${name} signs DER signatures and agrees on the x coordinate (RFC 5753 §2.1.1, SEC 1 §3.3.1)`, async () => {
    const { pkcs8, publicKey, object } = await key(name);
    const imported = await importPrivateKey(pkcs8);
    assert.ok(imported.kind === "ec");
    for (let i = 0; i < 20; i++)
      assert.ok(verify("SHA-384", data, publicKey, await imported.sign("SHA-384", data)));
    const { namedCurve } = object.asymmetricKeyDetails as { namedCurve: string };
    const other = generateKeyPairSync("ec", { namedCurve });
    const jwk = other.publicKey.export({ format: "jwk" });
    const point = concat([
      Uint8Array.of(4),
      ...[jwk.x!, jwk.y!].map((c) => new Uint8Array(Buffer.from(c, "base64url")) as Bytes),
    ]);
    const expected = new Uint8Array(diffieHellman({ privateKey: object, publicKey: other.publicKey }));
    assert.deepEqual(await imported.agree(point), expected);
    // Not on the curve: the invalid-curve attack.
    point[point.length - 1]! ^= 1;
    await assert.rejects(imported.agree(point), DecryptionError);
    await assert.rejects(imported.agree(point.subarray(1)), DecryptionError);
  });
}

test("Ed25519 signs (RFC 8410)", async () => {
  const { pkcs8, publicKey } = await key("erin-ed25519");
  const imported = await importPrivateKey(pkcs8);
  assert.ok(imported.kind === "ed25519");
  assert.ok(verify(null, data, publicKey, await imported.sign(data)));
});

test("an EC key without its public point is given it, computed from its number (RFC 5915 §3, SEC 1 §3.2.1)", async () => {
  const { pkcs8, publicKey } = await key("bob-p256");
  const parsed = parsePkcs8(pkcs8);
  assert.ok(parsed.kind === "ec" && parsed.point !== null);
  const bare = fromHex(
    `3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420${toHex(parsed.privateKey)}`,
  );
  const again = parsePkcs8(bare);
  assert.ok(again.kind === "ec" && again.point === null);
  const imported = await importPrivateKey(bare);
  assert.ok(imported.kind === "ec");
  assert.ok(verify("SHA-256", data, publicKey, await imported.sign("SHA-256", data)));
});

test("zero and numbers beyond the order are no keys, with and without another's point, though the platform takes them as Gecko does (RFC 5915 §3)", async (t) => {
  actAsGecko(t);
  const orders = {
    "bob-p256": "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "carol-p384": `${"f".repeat(48)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`,
    "dave-p521": `01${"f".repeat(64)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
  };
  for (const [name, order] of Object.entries(orders)) {
    const parsed = parsePkcs8((await key(name)).pkcs8);
    assert.ok(parsed.kind === "ec" && parsed.point !== null);
    const { curve, privateKey, point } = parsed;
    assert.equal((await importPrivateKey(ecPkcs8(curve, privateKey, point))).kind, "ec");
    const ff = new Uint8Array(privateKey.length).fill(255);
    for (const number of [new Uint8Array(privateKey.length), fromHex(order), ff]) {
      const isKeyError = { name: "MalformedError", code: "key-malformed" };
      await assert.rejects(importPrivateKey(ecPkcs8(curve, number, point)), isKeyError, name);
      await assert.rejects(importPrivateKey(ecPkcs8(curve, number, null)), isKeyError, name);
    }
    const other = privateKey.slice();
    other[other.length - 1]! ^= 1;
    await assert.rejects(importPrivateKey(ecPkcs8(curve, other, point)), MalformedError, name);
  }
});

test("attributes after the key are passed over (RFC 5958 §2)", async () => {
  const { pkcs8 } = await key("alice-rsa");
  const attribute = fromHex("a00d300b0603551d0f310403020410");
  const inner = pkcs8.subarray(4);
  const length = inner.length + attribute.length;
  const longer = concat([Uint8Array.of(0x30, 0x82, length >> 8, length & 255), inner, attribute]);
  assert.equal((await importPrivateKey(longer)).kind, "rsa");
});

test("the string around an EC key may be called constructed, as GnuPG does, but only around a key", async () => {
  const { pkcs8 } = await key("bob-p256");
  const expected = parsePkcs8(pkcs8);
  const at = Buffer.from(pkcs8).indexOf(Buffer.from("046d306b", "hex"));
  pkcs8[at] = 0x24;
  assert.deepEqual(parsePkcs8(pkcs8), expected);
  pkcs8[at + 2] = 0x31;
  assert.throws(() => parsePkcs8(pkcs8), MalformedError);
});

test("RSA numbers that do not belong together are refused, each of them", async () => {
  const { pkcs8, object } = await key("alice-rsa");
  const jwk = object.export({ format: "jwk" });
  for (const part of ["n", "e", "p", "q", "dp", "dq", "qi"] as const) {
    const number = Buffer.from(jwk[part]!, "base64url");
    const at = Buffer.from(pkcs8).indexOf(number) + number.length - 1;
    const turned = pkcs8.slice() as Bytes;
    turned[at]! ^= 4;
    assert.throws(
      () => parsePkcs8(turned),
      (e) => e instanceof MalformedError && e.code === "key-malformed",
      part,
    );
  }
});

/** A key whose public exponent has so many bits, and whatever else is asked for in place of its numbers. */
async function withExponent(bits: number, change: Partial<Record<"e" | "d" | "p" | "qi", bigint>> = {}) {
  const jwk = (await key("alice-rsa")).object.export({ format: "jwk" });
  const [n, p, q, qi] = (["n", "p", "q", "qi"] as const).map((part) => number(jwk[part]!));
  const phi = (p! - 1n) * (q! - 1n);
  let e = (1n << BigInt(bits - 1)) + 1n;
  while (modularInverse(e % phi, phi) === null) e += 2n;
  const d = modularInverse(e % phi, phi)!;
  const numbers = [
    n!,
    change.e ?? e,
    change.d ?? d,
    change.p ?? p!,
    q!,
    d % (p! - 1n),
    d % (q! - 1n),
    change.qi ?? qi!,
  ];
  const octets = numbers.map((one) =>
    unsignedInteger(fromBigInt(one, Math.ceil(one.toString(16).length / 2))),
  );
  return privateKeyInfo(rsaAlgorithm, sequence(smallInteger(0), ...octets));
}
const number = (base64: string): bigint => BigInt(`0x${Buffer.from(base64, "base64url").toString("hex")}`);

test("an RSA exponent has at most 256 bits, and no number is longer than the modulus (FIPS 186-5 §5.1, RFC 8017 §3)", async () => {
  const parsed = parsePkcs8(await withExponent(256));
  assert.equal(parsed.kind === "rsa" && parsed.numbers.publicExponent.length, 32);
  const foreign = await withExponent(257);
  assert.throws(
    () => parsePkcs8(foreign),
    (e) => e instanceof UnsupportedError && e.detail === "RSA with an exponent of 257 bits",
  );
  const long = 1n << 400_000n;
  const hostile = [
    await withExponent(17, { d: long }),
    await withExponent(17, { p: long }),
    await withExponent(17, { qi: long }),
    await withExponent(17, { e: long }),
  ];
  for (const pkcs8 of hostile)
    assert.throws(
      () => parsePkcs8(pkcs8),
      (e) => e instanceof MalformedError && e.detail === "RSA number longer than its modulus",
    );
});

test("other algorithms are named, truncated and random octets refused", async () => {
  const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey.export({
    format: "der",
    type: "pkcs8",
  });
  assert.throws(
    () => parsePkcs8(new Uint8Array(dsa)),
    (e) => e instanceof UnsupportedError && e.detail === "1.2.840.10040.4.1",
  );
  const k1 = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey.export({
    format: "der",
    type: "pkcs8",
  });
  assert.throws(() => parsePkcs8(new Uint8Array(k1)), UnsupportedError);
  const { pkcs8 } = await key("bob-p256");
  for (let length = 0; length < pkcs8.length; length++) {
    assert.throws(() => parsePkcs8(pkcs8.slice(0, length)), MalformedError);
  }
});
