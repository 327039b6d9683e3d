/** Signatures by libraries, with Node's OpenSSL as the other side where it can; each accept has its rejects. */
import assert from "node:assert/strict";
import { type KeyObject, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import { type Bytes, fromHex, toHex } from "../../../src/engine/base/bytes.js";
import { fromBigInt, toBigInt } from "../../../src/engine/kernels/big-integers.js";
import type { CurveName } from "../../../src/engine/primitives/names.js";
import {
  type LibraryScheme,
  type SeededScheme,
  keysFromSeed,
  publicKeyByLibrary,
  signByLibrary,
  verifyByLibrary,
} from "../../../src/engine/primitives/signatures.js";

const data = new Uint8Array(Buffer.from("See you at noon."));
const other = new Uint8Array(Buffer.from("See you at nine."));

const ecdsa = (curve: CurveName, digest: Extract<LibraryScheme, { name: "ECDSA" }>["digest"]) =>
  ({ name: "ECDSA", curve, digest }) as const;

/** Right for its data; wrong for other data, with any octet turned, longer, shorter, or under another key. */
async function holdsOnlyAsItIs(
  scheme: LibraryScheme,
  publicKey: Bytes,
  signature: Bytes,
  stranger: Bytes | null = null,
): Promise<void> {
  assert.equal(await verifyByLibrary(scheme, publicKey, { data, signature }), true);
  assert.equal(await verifyByLibrary(scheme, publicKey, { data: other, signature }), false);
  for (const at of [0, signature.length >> 1, signature.length - 1]) {
    const turned = signature.slice();
    turned[at]! ^= 1;
    assert.equal(await verifyByLibrary(scheme, publicKey, { data, signature: turned }), false);
  }
  for (const wrong of [new Uint8Array(), signature.slice(1), Uint8Array.of(...signature, 0)]) {
    assert.equal(await verifyByLibrary(scheme, publicKey, { data, signature: wrong }), false);
  }
  for (const wrong of [new Uint8Array(), publicKey.slice(1), Uint8Array.of(...publicKey, 0)]) {
    assert.equal(await verifyByLibrary(scheme, wrong, { data, signature }), false);
  }
  if (stranger !== null) assert.equal(await verifyByLibrary(scheme, stranger, { data, signature }), false);
}

function rawPublic(key: KeyObject): Bytes {
  const jwk = createPublicKey(key).export({ format: "der", type: "spki" });
  return new Uint8Array(jwk);
}

for (const [curve, length] of [
  ["brainpoolP256r1", 32],
  ["brainpoolP384r1", 48],
  ["brainpoolP512r1", 64],
] as const) {
  test(`ECDSA over ${curve}, both ways with OpenSSL (RFC 5639, RFC 5753 §2.1.1)`, async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
    const spki = rawPublic(privateKey);
    const point = spki.slice(spki.length - 2 * length - 1);
    // SEC 1 §C.4: version, then the number.
    const sec1 = new Uint8Array(privateKey.export({ format: "der", type: "sec1" }));
    const start = Buffer.from(sec1).indexOf(Buffer.of(0x04, length)) + 2;
    const secret = sec1.slice(start, start + length);
    for (const digest of ["SHA-256", "SHA-384", "SHA-512", "SHA3-256"] as const) {
      const scheme = ecdsa(curve, digest);
      const name = digest === "SHA3-256" ? "sha3-256" : digest.replace("-", "").toLowerCase();
      const theirs = sign(name, data, { key: privateKey, dsaEncoding: "ieee-p1363" });
      await holdsOnlyAsItIs(scheme, point, new Uint8Array(theirs));
      const ours = await signByLibrary(scheme, secret, data);
      const key = createPublicKey(privateKey);
      assert.equal(verify(name, data, { key, dsaEncoding: "ieee-p1363" }, ours), true);
    }
    assert.deepEqual(await publicKeyByLibrary(ecdsa(curve, "SHA-256"), secret), point);
  });
}

test("ECDSA takes a compressed point, and none in the hybrid form, at infinity or off the curve (SEC 1 §2.3.3)", async () => {
  const scheme = ecdsa("brainpoolP256r1", "SHA-256");
  const secret = new Uint8Array(32).fill(7);
  const point = await publicKeyByLibrary(scheme, secret);
  const signature = await signByLibrary(scheme, secret, data);
  const even = (point[64]! & 1) === 0;
  const compressed = Uint8Array.of(even ? 2 : 3, ...point.slice(1, 33));
  assert.equal(await verifyByLibrary(scheme, compressed, { data, signature }), true);
  const offCurve = point.slice();
  offCurve[64]! ^= 1;
  const otherRoot = Uint8Array.of(even ? 3 : 2, ...point.slice(1, 33));
  const hybrid = Uint8Array.of(even ? 6 : 7, ...point.slice(1));
  for (const wrong of [
    offCurve,
    otherRoot,
    hybrid,
    Uint8Array.of(0),
    new Uint8Array(65),
    new Uint8Array(33),
  ]) {
    assert.equal(await verifyByLibrary(scheme, wrong, { data, signature }), false);
  }
});

test("ECDSA takes r and s from 1 to n - 1, and nothing equal modulo n (SEC 1 §4.1.4)", async () => {
  const scheme = ecdsa("brainpoolP256r1", "SHA-256");
  const secret = new Uint8Array(32).fill(7);
  const point = await publicKeyByLibrary(scheme, secret);
  const signature = await signByLibrary(scheme, secret, data);
  const n = toBigInt(fromHex("a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"));
  const [r, s] = [toBigInt(signature.slice(0, 32)), toBigInt(signature.slice(32))];
  const pair = (a: bigint, b: bigint): Bytes => Uint8Array.of(...fromBigInt(a, 32), ...fromBigInt(b, 32));
  // The other root of the same equation holds too: only Bitcoin forbids it.
  assert.equal(await verifyByLibrary(scheme, point, { data, signature: pair(r, n - s) }), true);
  const wrong: readonly (readonly [bigint, bigint])[] = [
    [0n, 0n],
    [0n, s],
    [r, 0n],
    [n, s],
    [r, n],
    [1n, 1n],
    [n - 1n, n - 1n],
    [s, r],
  ];
  for (const [a, b] of wrong) {
    assert.equal(await verifyByLibrary(scheme, point, { data, signature: pair(a, b) }), false);
  }
});

test("ECDSA over NIST curves with digests that WebCrypto lacks (RFC 8692 §3, NIST CSOR)", async () => {
  for (const [curve, name, digest] of [
    ["P-256", "prime256v1", "SHA3-256"],
    ["P-384", "secp384r1", "SHA3-384"],
    ["P-521", "secp521r1", "SHA3-512"],
    ["P-256", "prime256v1", "SHA-224"],
    // longer than the order: the leftmost bits count (FIPS 186-5 §6.4.1)
    ["P-256", "prime256v1", "SHA3-512"],
  ] as const) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: name });
    const spki = rawPublic(privateKey);
    const length = { "P-256": 65, "P-384": 97, "P-521": 133 }[curve];
    const hash = digest === "SHA-224" ? "sha224" : digest.toLowerCase();
    const signature = sign(hash, data, { key: privateKey, dsaEncoding: "ieee-p1363" });
    await holdsOnlyAsItIs(ecdsa(curve, digest), spki.slice(-length), new Uint8Array(signature));
  }
});

for (const [name, length, type] of [
  ["Ed25519", 32, "ed25519"],
  ["Ed448", 57, "ed448"],
] as const) {
  test(`${name} as OpenSSL signs it, octet for octet (RFC 8032 §5)`, async () => {
    const { privateKey } = type === "ed448" ? generateKeyPairSync("ed448") : generateKeyPairSync("ed25519");
    const publicKey = rawPublic(privateKey).slice(-length);
    const secret = new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" })).slice(-length);
    const theirs = new Uint8Array(sign(null, data, privateKey));
    await holdsOnlyAsItIs({ name }, publicKey, theirs);
    assert.equal(toHex(await signByLibrary({ name }, secret, data)), toHex(theirs));
    assert.deepEqual(await publicKeyByLibrary({ name }, secret), publicKey);
  });
}

test("Ed448 takes no key of small order, under which one signature fits any message (RFC 8032 §5.2.7)", async () => {
  const zero = new Uint8Array(57);
  const one = Uint8Array.of(1, ...new Uint8Array(56));
  const minusOne = fromHex(`fe${"ff".repeat(27)}fe${"ff".repeat(27)}00`);
  // y = 1 written as p + 1: not canonical either.
  const long = fromHex(`${"00".repeat(28)}${"ff".repeat(28)}00`);
  for (const key of [zero, one, minusOne, long]) {
    const signature = Uint8Array.of(...one, ...new Uint8Array(57));
    assert.equal(await verifyByLibrary({ name: "Ed448" }, key, { data, signature }), false);
  }
});

test("Ed448 takes S below the order of the group alone (RFC 8032 §5.2.7)", async () => {
  const secret = new Uint8Array(57).fill(9);
  const publicKey = await publicKeyByLibrary({ name: "Ed448" }, secret);
  const signature = await signByLibrary({ name: "Ed448" }, secret, data);
  const order = 2n ** 446n - toBigInt(fromHex("8335dc163bb124b65129c96fde933d8d723a70aadc873d6d54a7bb0d"));
  const s = toBigInt(signature.slice(57).reverse());
  const malleable = Uint8Array.of(...signature.slice(0, 57), ...fromBigInt(s + order, 57).reverse());
  assert.equal(await verifyByLibrary({ name: "Ed448" }, publicKey, { data, signature }), true);
  assert.equal(await verifyByLibrary({ name: "Ed448" }, publicKey, { data, signature: malleable }), false);
});

const seeded: readonly (readonly [SeededScheme, number])[] = [
  [{ name: "ML-DSA", parameterSet: "ML-DSA-44" }, 32],
  [{ name: "ML-DSA", parameterSet: "ML-DSA-65" }, 32],
  [{ name: "ML-DSA", parameterSet: "ML-DSA-87" }, 32],
  [{ name: "SLH-DSA", parameterSet: "SLH-DSA-SHA2-128f" }, 48],
  [{ name: "SLH-DSA", parameterSet: "SLH-DSA-SHAKE-192f" }, 72],
  [{ name: "SLH-DSA", parameterSet: "SLH-DSA-SHA2-256f" }, 96],
];

for (const [scheme, length] of seeded) {
  test(`${scheme.parameterSet}: keys of a seed sign, and nothing else verifies (FIPS 204, FIPS 205)`, async () => {
    const seed = new Uint8Array(length).fill(3);
    const { publicKey, secretKey } = await keysFromSeed(scheme, seed);
    assert.deepEqual(await publicKeyByLibrary(scheme, secretKey), publicKey);
    const stranger = await keysFromSeed(scheme, new Uint8Array(length).fill(4));
    await holdsOnlyAsItIs(
      scheme,
      publicKey,
      await signByLibrary(scheme, secretKey, data),
      stranger.publicKey,
    );
  });
}

test("hash trees of the small kind are slow to sign with and quick to check (FIPS 205 §11)", async () => {
  const scheme = { name: "SLH-DSA", parameterSet: "SLH-DSA-SHA2-128s" } as const;
  const { publicKey, secretKey } = await keysFromSeed(scheme, new Uint8Array(48).fill(3));
  const signature = await signByLibrary(scheme, secretKey, data);
  assert.equal(signature.length, 7856);
  assert.equal(await verifyByLibrary(scheme, publicKey, { data, signature }), true);
  assert.equal(await verifyByLibrary(scheme, publicKey, { data: other, signature }), false);
});

test("two signatures of one content differ where the scheme is hedged (FIPS 204 §3.4)", async () => {
  const mlDsa = { name: "ML-DSA", parameterSet: "ML-DSA-44" } as const;
  const { secretKey } = await keysFromSeed(mlDsa, new Uint8Array(32));
  const brainpool = ecdsa("brainpoolP256r1", "SHA-256");
  for (const [scheme, secret] of [
    [mlDsa, secretKey],
    [brainpool, new Uint8Array(32).fill(7)],
  ] as const) {
    const [a, b] = [await signByLibrary(scheme, secret, data), await signByLibrary(scheme, secret, data)];
    assert.notDeepEqual(a, b);
  }
});

test("a private key that is none signs nothing", async () => {
  for (const scheme of [{ name: "Ed448" }, ecdsa("brainpoolP256r1", "SHA-256"), seeded[0]![0]] as const) {
    await assert.rejects(signByLibrary(scheme, new Uint8Array(5), data));
    await assert.rejects(publicKeyByLibrary(scheme, new Uint8Array(5)));
  }
  // Zero is no private key of a curve.
  await assert.rejects(signByLibrary(ecdsa("brainpoolP256r1", "SHA-256"), new Uint8Array(32), data));
});
