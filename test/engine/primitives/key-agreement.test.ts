import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, fromHex, toHex } from "../../../src/engine/base/bytes.js";
import { DecryptionError, MalformedError } from "../../../src/engine/base/errors.js";
import {
  type AgreementCurve,
  agree,
  generateKeyPair,
  publicKeyOf,
  uncompressedPoint,
} from "../../../src/engine/primitives/key-agreement.js";

const curves: readonly AgreementCurve[] = [
  "P-256",
  "P-384",
  "P-521",
  "brainpoolP256r1",
  "brainpoolP384r1",
  "brainpoolP512r1",
  "X25519",
  "X448",
];

for (const curve of curves) {
  test(`both sides of ${curve} agree`, async () => {
    const [one, other] = [await generateKeyPair(curve), await generateKeyPair(curve)];
    const shared = await agree(curve, one.secret, other.publicKey);
    assert.deepEqual(await agree(curve, other.secret, one.publicKey), shared);
    assert.deepEqual(await publicKeyOf(curve, one.secret), one.publicKey);
  });

  test(`${curve} refuses keys of a wrong length, and none`, async () => {
    const { secret, publicKey } = await generateKeyPair(curve);
    for (const wrong of [publicKey.subarray(1), new Uint8Array(0), new Uint8Array([...publicKey, 0])]) {
      await assert.rejects(agree(curve, secret, wrong), DecryptionError);
    }
    await assert.rejects(agree(curve, secret.subarray(1), publicKey), DecryptionError);
    await assert.rejects(publicKeyOf(curve, secret.subarray(1)), MalformedError);
  });
}

for (const curve of ["P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP512r1"] as const) {
  test(`${curve} refuses points off the curve and at infinity (SEC 1 §3.2.2.1)`, async () => {
    const { secret, publicKey } = await generateKeyPair(curve);
    const off = publicKey.slice();
    off[off.length - 1]! ^= 1;
    for (const wrong of [off, Uint8Array.of(0), new Uint8Array(publicKey.length)]) {
      await assert.rejects(agree(curve, secret, wrong), DecryptionError);
      await assert.rejects(uncompressedPoint(curve, wrong), DecryptionError);
    }
    await assert.rejects(agree(curve, new Uint8Array(secret.length), publicKey), DecryptionError);
  });

  test(`${curve} takes a compressed point (SEC 1 §2.3.4)`, async () => {
    const [{ secret }, { publicKey }] = [await generateKeyPair(curve), await generateKeyPair(curve)];
    const length = (publicKey.length - 1) / 2;
    const compressed: Bytes = publicKey.slice(0, 1 + length);
    compressed[0] = 2 + (publicKey[publicKey.length - 1]! & 1);
    assert.deepEqual(await agree(curve, secret, compressed), await agree(curve, secret, publicKey));
    assert.deepEqual(await uncompressedPoint(curve, compressed), publicKey);
  });
}

const rfc7748 = [
  {
    curve: "X25519",
    alice: "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    alicePublic: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    bob: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    shared: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
  },
  {
    curve: "X448",
    alice:
      "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
    alicePublic:
      "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
    bob: "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
    shared:
      "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d",
  },
] as const;

for (const { curve, alice, alicePublic, bob, shared } of rfc7748) {
  test(`${curve} gives the numbers of RFC 7748 §6`, async () => {
    assert.equal(toHex(await publicKeyOf(curve, fromHex(alice))), alicePublic);
    assert.equal(toHex(await agree(curve, fromHex(bob), fromHex(alicePublic))), shared);
  });
}

test("X25519 and X448 refuse points of small order (RFC 7748 §6)", async () => {
  const small = [
    ["X25519", "00".repeat(32)],
    ["X25519", `01${"00".repeat(31)}`],
    ["X25519", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"],
    ["X25519", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"],
    ["X25519", `ec${"ff".repeat(30)}7f`],
    ["X448", "00".repeat(56)],
    ["X448", `01${"00".repeat(55)}`],
    ["X448", `${"ff".repeat(28).replace(/^ff/, "fe")}fe${"ff".repeat(27)}`],
  ] as const;
  for (const [curve, point] of small) {
    const { secret } = await generateKeyPair(curve);
    const refused = await agree(curve, secret, fromHex(point)).then(toHex, (error: unknown) => error);
    assert.ok(refused instanceof DecryptionError, `${curve} ${point}`);
  }
});
