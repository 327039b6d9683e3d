/** RSA verified by big integers: OpenSSL signs honestly, then everything a forger has ever tried. */
import assert from "node:assert/strict";
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  sign,
} from "node:crypto";
import { test } from "node:test";
import { type Bytes, concat, fromHex } from "../../../src/engine/base/bytes.js";
import { toBigInt } from "../../../src/engine/kernels/big-integers.js";
import type { DigestName } from "../../../src/engine/primitives/digest.js";
import {
  type PssParameters,
  type RsaPublicKey,
  verifyPkcs1,
  verifyPss,
} from "../../../src/engine/primitives/rsa-signatures.js";

const data = new Uint8Array(Buffer.from("See you at noon."));
const other = new Uint8Array(Buffer.from("See you at nine."));

function newKey(bits: number, publicExponent = 65537) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits, publicExponent });
  const jwk = createPublicKey(privateKey).export({ format: "jwk" });
  const octets = (text: string): Bytes => new Uint8Array(Buffer.from(text, "base64url"));
  const key: RsaPublicKey = { modulus: octets(jwk.n!), exponent: octets(jwk.e!) };
  return { privateKey, key };
}

const rsa2048 = newKey(2048);

/** The private operation over any encoding. */
function signRaw(encoding: Bytes, { privateKey } = rsa2048): Bytes {
  return new Uint8Array(privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoding));
}

const nodeNames: readonly (readonly [DigestName, string])[] = [
  ["MD5", "md5"],
  ["SHA-1", "sha1"],
  ["SHA-224", "sha224"],
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
  ["SHA3-224", "sha3-224"],
  ["SHA3-256", "sha3-256"],
  ["SHA3-384", "sha3-384"],
  ["SHA3-512", "sha3-512"],
];

test("RSASSA-PKCS1-v1_5 with every digest, as OpenSSL signs it (RFC 8017 §8.2.2)", async () => {
  const { key, privateKey } = rsa2048;
  for (const [digest, name] of nodeNames) {
    const signature = new Uint8Array(sign(name, data, privateKey));
    assert.equal(await verifyPkcs1(key, digest, { data, signature }), true, digest);
    assert.equal(await verifyPkcs1(key, digest, { data: other, signature }), false, digest);
    const another = digest === "SHA-256" ? "SHA3-256" : "SHA-256";
    assert.equal(await verifyPkcs1(key, another, { data, signature }), false, digest);
  }
});

const sha256 = (octets: Bytes): Bytes => new Uint8Array(createHash("sha256").update(octets).digest());
const info = fromHex("3031300d060960864801650304020105000420");

/** EM = 00 01 PS 00 T */
function encoding(tail: Bytes, head = Uint8Array.of(0, 1), filler = 0xff): Bytes {
  const padding = new Uint8Array(256 - head.length - 1 - tail.length).fill(filler);
  return concat([head, padding, Uint8Array.of(0), tail]);
}

const forgeries: readonly (readonly [string, Bytes])[] = [
  ["block type 2", encoding(concat([info, sha256(data)]), Uint8Array.of(0, 2))],
  ["block type 0", encoding(concat([info, sha256(data)]), Uint8Array.of(0, 0))],
  ["padding of another octet", encoding(concat([info, sha256(data)]), Uint8Array.of(0, 1), 0xfe)],
  ["a digest without DigestInfo", encoding(sha256(data))],
  ["octets after the digest", encoding(concat([info, sha256(data), new Uint8Array(32)]))],
  [
    "parameters left out of DigestInfo",
    encoding(concat([fromHex("302f300b0609608648016503040201"), fromHex("0420"), sha256(data)])),
  ],
  [
    "garbage as parameters (Bleichenbacher 2006)",
    encoding(
      concat([
        fromHex("3041301d06096086480165030402010410"),
        new Uint8Array(16),
        fromHex("0420"),
        sha256(data),
      ]),
    ),
  ],
  [
    "lengths in the long form (BERserk)",
    encoding(concat([fromHex("308131300d060960864801650304020105000420"), sha256(data)])),
  ],
  [
    "the digest's length in the long form",
    encoding(concat([fromHex("3032300d06096086480165030402010500048120"), sha256(data)])),
  ],
  [
    "eight octets of padding, then rubbish",
    concat([
      Uint8Array.of(0, 1),
      new Uint8Array(8).fill(0xff),
      Uint8Array.of(0),
      info,
      sha256(data),
      new Uint8Array(256 - 2 - 8 - 1 - info.length - 32),
    ]),
  ],
  [
    "the identifier of another digest",
    encoding(concat([fromHex("3031300d060960864801650304020805000420"), sha256(data)])),
  ],
];

test("RSASSA-PKCS1-v1_5 compares with the one right encoding (RFC 8017 §8.2.2 step 4)", async () => {
  const { key } = rsa2048;
  const right = signRaw(encoding(concat([info, sha256(data)])));
  assert.equal(await verifyPkcs1(key, "SHA-256", { data, signature: right }), true);
  for (const [says, wrong] of forgeries) {
    assert.equal(await verifyPkcs1(key, "SHA-256", { data, signature: signRaw(wrong) }), false, says);
  }
});

test("a cube root of a half-right encoding is no signature under exponent 3 (Bleichenbacher 2006)", async () => {
  const { key } = newKey(2048, 3);
  // 00 01 FF×8 00 DigestInfo digest, and then whatever a cube root leaves.
  const head = concat([
    Uint8Array.of(0, 1),
    new Uint8Array(8).fill(0xff),
    Uint8Array.of(0),
    info,
    sha256(data),
  ]);
  const target = toBigInt(concat([head, new Uint8Array(256 - head.length).fill(0xff)]));
  let [low, high] = [0n, 1n << 800n];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** 3n <= target) low = middle;
    else high = middle - 1n;
  }
  assert.equal(
    (low ** 3n).toString(16).padStart(512, "0").startsWith(Buffer.from(head).toString("hex")),
    true,
  );
  const signature = fromHex(low.toString(16).padStart(512, "0"));
  assert.equal(await verifyPkcs1(key, "SHA-256", { data, signature }), false);
});

test("a signature is as long as the modulus and below it (RFC 8017 §8.2.2 step 1, §5.2.2)", async () => {
  const { key, privateKey } = rsa2048;
  const signature = new Uint8Array(sign("sha256", data, privateKey));
  const beyond = toBigInt(signature) + toBigInt(key.modulus);
  const shapes = [
    new Uint8Array(),
    signature.slice(1),
    Uint8Array.of(0, ...signature),
    Uint8Array.of(...signature, 0),
    fromHex(beyond.toString(16).padStart(514, "0")),
    key.modulus,
    new Uint8Array(256),
    new Uint8Array(256).fill(0xff),
  ];
  for (const wrong of shapes) {
    assert.equal(await verifyPkcs1(key, "SHA-256", { data, signature: wrong }), false);
    const parameters = { digest: "SHA-256", maskDigest: "SHA-256", saltLength: 32 } as const;
    assert.equal(await verifyPss(key, parameters, { data, signature: wrong }), false);
  }
});

test("a modulus that leaves no room for the digest verifies nothing", async () => {
  const key = { modulus: fromHex(`c0${"5a".repeat(38)}01`), exponent: fromHex("010001") };
  const signature = new Uint8Array(40).fill(1);
  assert.equal(await verifyPkcs1(key, "SHA-512", { data, signature }), false);
  const parameters = { digest: "SHA-512", maskDigest: "SHA-512", saltLength: 64 } as const;
  assert.equal(await verifyPss(key, parameters, { data, signature }), false);
});

/** EMSA-PSS-ENCODE (RFC 8017 §9.1.1) with every piece at will; SHA-256 and MGF1 with SHA-1. */
function pssEncoding(
  bits: number,
  {
    salt = new Uint8Array(20).fill(5),
    trailer = 0xbc,
    one = 1,
    filler = 0,
    clear = true,
  }: { salt?: Bytes; trailer?: number; one?: number; filler?: number; clear?: boolean } = {},
): Bytes {
  const length = Math.ceil(bits / 8);
  const hash = sha256(concat([new Uint8Array(8), sha256(data), salt]));
  const block = concat([
    new Uint8Array(length - salt.length - 32 - 2).fill(filler),
    Uint8Array.of(one),
    salt,
  ]);
  const mask = Buffer.concat(
    Array.from({ length: Math.ceil(block.length / 20) }, (_, counter) =>
      createHash("sha1")
        .update(hash)
        .update(Uint8Array.of(0, 0, 0, counter))
        .digest(),
    ),
  );
  for (let i = 0; i < block.length; i++) block[i]! ^= mask[i]!;
  if (clear) block[0]! &= 0xff >> (8 * length - bits);
  else block[0]! |= 0x80;
  return concat([block, hash, Uint8Array.of(trailer)]);
}

const sha256OverSha1: PssParameters = { digest: "SHA-256", maskDigest: "SHA-1", saltLength: 20 };

test("RSASSA-PSS whose mask has another digest (RFC 8017 §9.1.2, RFC 4055 §3.1)", async () => {
  const { key } = rsa2048;
  const right = signRaw(pssEncoding(2047));
  assert.equal(await verifyPss(key, sha256OverSha1, { data, signature: right }), true);
  assert.equal(await verifyPss(key, sha256OverSha1, { data: other, signature: right }), false);
  for (const change of [
    { maskDigest: "SHA-256" },
    { digest: "SHA-1" },
    { saltLength: 19 },
    { saltLength: 21 },
    { saltLength: 32 },
    { saltLength: 0 },
    { saltLength: 2 ** 30 },
  ] as const) {
    const parameters = { ...sha256OverSha1, ...change };
    assert.equal(await verifyPss(key, parameters, { data, signature: right }), false);
  }
  for (const change of [
    { trailer: 0xcc },
    { one: 2 },
    { one: 0 },
    { filler: 1 },
    { salt: new Uint8Array(21) },
  ]) {
    const signature = signRaw(pssEncoding(2047, change));
    assert.equal(await verifyPss(key, sha256OverSha1, { data, signature }), false);
  }
});

test("RSASSA-PSS by OpenSSL, of every digest, also where the modulus has a bit more than whole octets", async () => {
  for (const bits of [1024, 1025, 1026, 1031, 1032]) {
    const { key, privateKey } = newKey(bits);
    for (const [digest, name] of nodeNames.filter(([, hash]) => !hash.includes("512"))) {
      for (const saltLength of [0, 20]) {
        const padding = constants.RSA_PKCS1_PSS_PADDING;
        const signature = new Uint8Array(sign(name, data, { key: privateKey, padding, saltLength }));
        const parameters = { digest, maskDigest: digest, saltLength };
        assert.equal(await verifyPss(key, parameters, { data, signature }), true, `${bits} ${digest}`);
        assert.equal(await verifyPss(key, parameters, { data: other, signature }), false);
      }
    }
  }
});

test("bits beyond the modulus' own must be clear (RFC 8017 §9.1.2 step 6)", async () => {
  const { key, privateKey } = newKey(1031);
  // 1030 bits: two of the 129th octet are unused.
  const encode = (change: object): Bytes => pssEncoding(1030, change);
  const right = signRaw(encode({}), { key, privateKey });
  assert.equal(await verifyPss(key, sha256OverSha1, { data, signature: right }), true);
  const set = encode({});
  set[0]! |= 0x40;
  if (toBigInt(set) < toBigInt(key.modulus)) {
    const signature = signRaw(set, { key, privateKey });
    assert.equal(await verifyPss(key, sha256OverSha1, { data, signature }), false);
  }
});

test("SHAKE is its own mask (RFC 8702 §2.2.1)", async () => {
  const { key } = rsa2048;
  for (const [digest, name, h] of [
    ["SHAKE128", "shake128", 32],
    ["SHAKE256", "shake256", 64],
  ] as const) {
    const shake = (octets: Bytes, outputLength: number): Bytes =>
      new Uint8Array(createHash(name, { outputLength }).update(octets).digest());
    const salt = new Uint8Array(h).fill(6);
    const hash = shake(concat([new Uint8Array(8), shake(data, h), salt]), h);
    const block = concat([new Uint8Array(256 - 2 * h - 2), Uint8Array.of(1), salt]);
    const mask = shake(hash, block.length);
    for (let i = 0; i < block.length; i++) block[i]! ^= mask[i]!;
    block[0]! &= 0x7f;
    const signature = signRaw(concat([block, hash, Uint8Array.of(0xbc)]));
    const parameters = { digest, maskDigest: digest, saltLength: h } as const;
    assert.equal(await verifyPss(key, parameters, { data, signature }), true);
    assert.equal(await verifyPss(key, parameters, { data: other, signature }), false);
    const mgf1 = { ...parameters, maskDigest: "SHA-256" } as const;
    assert.equal(await verifyPss(key, mgf1, { data, signature }), false);
  }
});
