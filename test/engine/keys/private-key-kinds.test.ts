/** Private keys of every kind: their operations beside Node's own, their rejects, and that they can be wiped. */
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { type Bytes, concat, equal, fromHex } from "../../../src/engine/base/bytes.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { DecryptionError, MalformedError, UnsupportedError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import { importPrivateKey, wipePrivateKey } from "../../../src/engine/keys/import-private-key.js";
import { keyBelongsTo } from "../../../src/engine/keys/match-certificate.js";
import { privateKeyInfo } from "../../../src/engine/keys/private-key-info.js";
import * as mlKem from "../../../src/engine/primitives/ml-kem.js";
import { publicKeyOf } from "../../../src/engine/primitives/key-agreement.js";
import {
  keysFromSeed,
  publicKeyByLibrary,
  verifyByLibrary,
} from "../../../src/engine/primitives/signatures.js";
import { readCertificates } from "../../../src/engine/x509/read-certificates.js";
import { testKeys } from "../../helpers/test-keys.js";

const data = new TextEncoder().encode("what is signed") as Bytes;
const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

async function person(name: string) {
  const folder = await testKeys();
  const pem = await readFile(`${folder}/${name}.key.pem`);
  const object = createPrivateKey(pem);
  const pkcs8 = new Uint8Array(object.export({ format: "der", type: "pkcs8" }) as Buffer) as Bytes;
  const [certificate] = await readCertificates(new Uint8Array(await readFile(`${folder}/${name}.pem`)));
  return { object, pkcs8, publicKey: createPublicKey(pem), certificate: certificate! };
}

const people = [
  ...["alice-rsa", "judy-pss", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519", "ivan-ed448"],
  ...["frank-bp256", "grace-bp384", "heidi-bp512", "kim-x25519", "lee-x448"],
];

test("each key belongs to its own certificate and to nobody else's", async () => {
  const all = await Promise.all(people.map(person));
  for (const [i, { pkcs8 }] of all.entries()) {
    for (const [j, { certificate }] of all.entries()) {
      assert.equal(await keyBelongsTo(pkcs8, certificate), i === j, `${people[i]} and ${people[j]}`);
    }
  }
});

for (const name of ["frank-bp256", "grace-bp384", "heidi-bp512"]) {
  test(`${name}: brainpool signatures that Node verifies, and the same agreement (RFC 5639, RFC 5753 §2.1.1)`, async () => {
    const { object, pkcs8, publicKey } = await person(name);
    const key = await importPrivateKey(pkcs8);
    assert.ok(key.kind === "ec");
    const signature = await key.sign("SHA-384", data);
    assert.ok(verify("SHA-384", data, publicKey, signature));
    assert.ok(!verify("SHA-384", concat([data, data]), publicKey, signature));
    const { namedCurve } = object.asymmetricKeyDetails as { namedCurve: string };
    const other = generateKeyPairSync("ec", { namedCurve });
    const spki = new Uint8Array(other.publicKey.export({ format: "der", type: "spki" }));
    // An uncompressed point ends the structure: 04, and two coordinates of the curve's bits.
    const point = spki.slice(-1 - Number(/\d{3}/.exec(namedCurve)![0]) / 4);
    assert.equal(point[0], 4);
    const expected = new Uint8Array(diffieHellman({ privateKey: object, publicKey: other.publicKey }));
    assert.deepEqual(await key.agree(point), expected);
    point[point.length - 1]! ^= 1;
    await assert.rejects(key.agree(point), DecryptionError);
    wipePrivateKey(key);
    await assert.rejects(key.sign("SHA-384", data), RangeError);
    await assert.rejects(key.agree(point), RangeError);
  });
}

test("Ed448 signs (RFC 8032 §5.2, RFC 8410), until it is wiped", async () => {
  const { pkcs8, publicKey } = await person("ivan-ed448");
  const key = await importPrivateKey(pkcs8);
  assert.ok(key.kind === "ed448");
  assert.ok(verify(null, data, publicKey, await key.sign(data)));
  wipePrivateKey(key);
  await assert.rejects(key.sign(data), RangeError);
});

for (const [name, kind] of [
  ["kim-x25519", "x25519"],
  ["lee-x448", "x448"],
] as const) {
  test(`${name} agrees as Node does, and on nothing with points of small order (RFC 7748 §6)`, async () => {
    const { object, pkcs8 } = await person(name);
    const key = await importPrivateKey(pkcs8);
    assert.ok(key.kind === kind);
    const other = generateKeyPairSync(kind as "x25519");
    const length = kind === "x25519" ? 32 : 56;
    const raw = new Uint8Array(other.publicKey.export({ format: "der", type: "spki" })).slice(-length);
    const expected = new Uint8Array(diffieHellman({ privateKey: object, publicKey: other.publicKey }));
    assert.deepEqual(await key.agree(raw), expected);
    await assert.rejects(key.agree(new Uint8Array(length)), DecryptionError);
    await assert.rejects(key.agree(raw.slice(1)), DecryptionError);
  });
}

test("a platform without Ed25519 and X25519 (Chromium before 137 and 133) gets them from a library", async (t) => {
  const { importKey } = crypto.subtle;
  const without = (...given: Parameters<typeof importKey>): Promise<CryptoKey> => {
    const name = (given[2] as { name?: string }).name ?? (given[2] as unknown as string);
    if (/25519/.test(name)) return Promise.reject(new DOMException("none", "NotSupportedError"));
    return Reflect.apply(importKey, crypto.subtle, given) as Promise<CryptoKey>;
  };
  t.mock.method(crypto.subtle, "importKey", without as typeof importKey);
  const erin = await person("erin-ed25519");
  const ed25519 = await importPrivateKey(erin.pkcs8);
  assert.ok(ed25519.kind === "ed25519");
  assert.ok(verify(null, data, erin.publicKey, await ed25519.sign(data)));
  assert.ok(await keyBelongsTo(erin.pkcs8, erin.certificate));
  const kim = await person("kim-x25519");
  const x25519 = await importPrivateKey(kim.pkcs8);
  assert.ok(x25519.kind === "x25519");
  const other = generateKeyPairSync("x25519");
  const raw = new Uint8Array(other.publicKey.export({ format: "der", type: "spki" })).slice(-32);
  const expected = new Uint8Array(diffieHellman({ privateKey: kim.object, publicKey: other.publicKey }));
  assert.deepEqual(await x25519.agree(raw), expected);
  for (const key of [ed25519, x25519]) wipePrivateKey(key);
  await assert.rejects(ed25519.sign(data), RangeError);
  await assert.rejects(x25519.agree(raw), RangeError);
});

test("a public key beside the private one must be its own (RFC 5958 §2)", async () => {
  for (const [curve, algorithm] of [
    ["X25519", oid.x25519],
    ["X448", oid.x448],
  ] as const) {
    const secret = random(curve === "X25519" ? 32 : 56);
    const withPublic = (publicKey: Bytes): Bytes =>
      sequence(
        smallInteger(1),
        sequence(objectIdentifier(algorithm)),
        octetString(octetString(secret)),
        encode(0x81, Uint8Array.of(0), publicKey),
      );
    const right = await publicKeyOf(curve, secret);
    assert.equal((await importPrivateKey(withPublic(right))).kind, curve.toLowerCase());
    right[0]! ^= 1;
    await assert.rejects(importPrivateKey(withPublic(right)), MalformedError);
  }
  const edwards = [
    ["Ed25519", oid.ed25519, 32],
    ["Ed448", oid.ed448, 57],
  ] as const;
  for (const [name, algorithm, length] of edwards) {
    const secret = random(length);
    const right = await publicKeyByLibrary({ name }, secret);
    const withPublic = (publicKey: Bytes): Bytes =>
      sequence(
        smallInteger(1),
        sequence(objectIdentifier(algorithm)),
        octetString(octetString(secret)),
        encode(0x81, Uint8Array.of(0), publicKey),
      );
    assert.equal((await importPrivateKey(withPublic(right))).kind, name.toLowerCase());
    right[0]! ^= 1;
    await assert.rejects(importPrivateKey(withPublic(right)), MalformedError);
  }
  const { pkcs8 } = await person("frank-bp256");
  const turned = pkcs8.slice();
  turned[turned.length - 1]! ^= 1;
  await assert.rejects(importPrivateKey(turned), MalformedError);
});

test("a brainpool number of zero, or beyond the order, is no key (RFC 5915 §3)", async () => {
  const curve = sequence(objectIdentifier(oid.ecPublicKey), objectIdentifier(oid.brainpoolP256r1));
  for (const octet of [0, 255]) {
    const secret = octetString(new Uint8Array(32).fill(octet));
    const pkcs8 = privateKeyInfo(curve, sequence(smallInteger(1), secret));
    await assert.rejects(importPrivateKey(pkcs8), MalformedError);
  }
});

test("a curve written out instead of named is refused, though its numbers are a known curve's (RFC 5480 §2.1.1)", async () => {
  const explicit = generateKeyPairSync("ec", { namedCurve: "prime256v1", paramEncoding: "explicit" });
  const pkcs8 = new Uint8Array(explicit.privateKey.export({ format: "der", type: "pkcs8" }));
  await assert.rejects(
    importPrivateKey(pkcs8),
    (e) => e instanceof UnsupportedError && e.code === "key-unsupported" && e.detail === "explicit curve",
  );
});

const lattice = {
  "ML-DSA-44": [oid.mlDsa44, 32],
  "ML-DSA-65": [oid.mlDsa65, 32],
  "ML-DSA-87": [oid.mlDsa87, 32],
  "ML-KEM-512": [oid.mlKem512, 64],
  "ML-KEM-768": [oid.mlKem768, 64],
  "ML-KEM-1024": [oid.mlKem1024, 64],
} as const;

const signs = (set: keyof typeof lattice): set is "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87" =>
  set.startsWith("ML-DSA");

async function latticeKey(set: keyof typeof lattice) {
  const [algorithm, seedLength] = lattice[set];
  const seed = random(seedLength);
  const pair = signs(set)
    ? await keysFromSeed({ name: "ML-DSA", parameterSet: set }, seed)
    : await mlKem.keysFromSeed(set, seed);
  const identifier = sequence(objectIdentifier(algorithm));
  const forms = {
    seed: privateKeyInfo(identifier, encode(0x80, seed)),
    expanded: privateKeyInfo(identifier, octetString(pair.secretKey)),
    both: privateKeyInfo(identifier, sequence(octetString(seed), octetString(pair.secretKey))),
  };
  return { ...pair, forms };
}

for (const set of Object.keys(lattice) as (keyof typeof lattice)[]) {
  test(`${set}: seed, expanded key and both are one key; a bit turned in s, t0, dk, ek or a hash makes it none (RFC 9881 §6, RFC 9935 §6)`, async () => {
    const { forms, publicKey } = await latticeKey(set);
    for (const pkcs8 of Object.values(forms)) {
      const key = await importPrivateKey(pkcs8);
      if (key.kind === "ml-dsa" && signs(set)) {
        const signature = await key.sign(data);
        assert.ok(
          await verifyByLibrary({ name: "ML-DSA", parameterSet: set }, publicKey, { data, signature }),
        );
        wipePrivateKey(key);
        await assert.rejects(key.sign(data), RangeError);
      } else {
        assert.ok(key.kind === "ml-kem" && !signs(set));
        const { ciphertext, sharedSecret } = await mlKem.encapsulate(set, publicKey);
        assert.ok(equal(await key.decapsulate(ciphertext), sharedSecret));
        await assert.rejects(key.decapsulate(ciphertext.slice(1)), DecryptionError);
        wipePrivateKey(key);
        await assert.rejects(key.decapsulate(ciphertext), RangeError);
      }
    }
    for (const form of ["expanded", "both"] as const) {
      const pkcs8 = forms[form];
      const length = pkcs8.length;
      for (const at of [300, 1000, length - 1000, length - 200, length - 80]) {
        const turned = pkcs8.slice();
        turned[at]! ^= 1;
        await assert.rejects(importPrivateKey(turned), MalformedError, `${form} ${at}`);
      }
    }
    await assert.rejects(importPrivateKey(forms.seed.slice(0, -1)), MalformedError);
  });
}

test("SLH-DSA: the octets themselves, of the right length (RFC 9909 §5)", async () => {
  const scheme = { name: "SLH-DSA", parameterSet: "SLH-DSA-SHA2-128f" } as const;
  const { secretKey, publicKey } = await keysFromSeed(scheme, random(48));
  const identifier = sequence(objectIdentifier(oid.slhDsaSha2_128f));
  const key = await importPrivateKey(privateKeyInfo(identifier, secretKey));
  assert.ok(key.kind === "slh-dsa");
  const signature = await key.sign(data);
  assert.ok(await verifyByLibrary(scheme, publicKey, { data, signature }));
  wipePrivateKey(key);
  await assert.rejects(key.sign(data), RangeError);
  for (const wrong of [secretKey.slice(1), octetString(secretKey), new Uint8Array(0)]) {
    await assert.rejects(importPrivateKey(privateKeyInfo(identifier, wrong)), MalformedError);
  }
});

test("octet keys of another length, or without their inner OCTET STRING, are no keys (RFC 8410 §7)", async () => {
  const lengths = { [oid.ed25519]: 32, [oid.ed448]: 57, [oid.x25519]: 32, [oid.x448]: 56 };
  for (const [algorithm, length] of Object.entries(lengths)) {
    const identifier = sequence(objectIdentifier(algorithm));
    for (const inner of [
      octetString(random(length - 1)),
      octetString(random(length + 1)),
      random(length).fill(1),
    ]) {
      await assert.rejects(importPrivateKey(privateKeyInfo(identifier, inner)), MalformedError);
    }
  }
  await assert.rejects(importPrivateKey(fromHex("3000")), MalformedError);
});
