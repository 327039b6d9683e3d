/**
 * Small messages that want much work: each is answered, not good, in a time that nobody would call a hang. Like
 * `hostile.test.ts`, but for what the cryptography costs: slow signatures times signers times candidates, slow digests
 * over long contents, rounds of key derivation, compression, layers in layers. Bounds are those of `Budget`; the
 * patience of a test is many times what its message takes.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { context, readWhole } from "../../src/engine/base/der-reader.js";
import {
  bitString,
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
  time,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { parseAlgorithmIdentifier } from "../../src/engine/cms-syntax/algorithm-identifier.js";
import { BudgetExceededError, type Bytes, type Inspection, inspect } from "../../src/engine/index.js";
import { deriveByPbkdf2, deriveKey } from "../../src/engine/keys/password-derivation.js";
import { RoundCounter } from "../../src/engine/keys/password-secret.js";
import { name } from "../helpers/forge-certificate.js";
import { testContext } from "../helpers/inspecting.js";

const timeout = 60_000;
const issuer = name("Bomb CA");
const random = (length: number): Bytes => new Uint8Array(randomBytes(length));
const identifier = (dotted: string, ...parameters: readonly Bytes[]): Bytes =>
  sequence(objectIdentifier(dotted), ...parameters);
const contentInfo = (type: string, content: Bytes): Bytes =>
  sequence(objectIdentifier(type), encode(context(0), content));
const text = (length: number): Bytes =>
  new Uint8Array(Buffer.concat([Buffer.from("\r\n"), Buffer.alloc(length, "to be hashed\r\n")]));

async function answered(message: Bytes): Promise<Inspection> {
  const inspection = await inspect(message, await testContext());
  assert.notEqual(inspection.verdict.summary.state, "2");
  return inspection;
}

function codes({ verdict }: Inspection): readonly string[] {
  return verdict.summary.faults.map(({ code, detail }) =>
    detail === undefined ? code : `${code} ${detail}`,
  );
}

// ------------------------------------------------------------------ structure

test("millions of tiny elements in thirty shells of indefinite length are passed over once, not thirty times", async () => {
  const shell = (tag: number, ...inside: readonly Uint8Array[]): Bytes =>
    new Uint8Array(Buffer.concat([Uint8Array.of(tag, 0x80), ...inside, Uint8Array.of(0, 0)]));
  // The first thousand ends are remembered: these are a thousand that nobody asks for again.
  const decoys = Buffer.alloc(4 * 1100, Uint8Array.of(0x30, 0x80, 0, 0));
  let nested = shell(0x30, decoys, Buffer.alloc(16 * 1024 * 1024, Uint8Array.of(5, 0)));
  for (let i = 0; i < 30; i++) nested = shell(0x30, nested);
  const signedData = shell(0x30, smallInteger(1), shell(0x31), shell(0x30, nested));
  const message = shell(0x30, objectIdentifier(oid.signedData), shell(0xa0, signedData));
  const inspection = await answered(message);
  assert.deepEqual(codes(inspection), ["asn1-malformed too many small elements"]);
});

test("recipients whose names take megabytes do not make the verdict as long", async () => {
  const part = setOf([sequence(objectIdentifier("2.5.4.3"), encode(0x0c, text(1_000)))]);
  const recipient = sequence(
    smallInteger(0),
    sequence(sequence(...Array.from({ length: 200 }, () => part)), smallInteger(1)),
    identifier(oid.rsaEncryption, nullValue),
    octetString(random(256)),
  );
  const envelope = sequence(
    smallInteger(0),
    encode(0x31, ...Array.from({ length: 50 }, () => recipient)),
    sequence(objectIdentifier(oid.data), identifier(oid.aes256Cbc, octetString(random(16)))),
  );
  const { verdict } = await answered(contentInfo(oid.envelopedData, envelope));
  assert.equal(verdict.summary.encryption, "key-missing");
  assert.ok(JSON.stringify(verdict).length < 100_000);
});

// ------------------------------------------------------------------ signatures

interface Slow {
  readonly algorithm: string;
  readonly digest: string;
  /** octets */
  readonly key: number;
  readonly signature: number;
}

const slow = {
  "SLH-DSA": { algorithm: oid.slhDsaShake_256f, digest: oid.shake256, key: 64, signature: 49_856 },
  "ML-DSA": { algorithm: oid.mlDsa87, digest: oid.sha512, key: 2_592, signature: 4_627 },
  Ed448: { algorithm: oid.ed448, digest: oid.shake256, key: 57, signature: 114 },
} as const satisfies Record<string, Slow>;

/** All have one name, so that each of them may be the signer's. */
function certificate({ algorithm, key }: Slow): Bytes {
  const signed = identifier(oid.ecdsaWithSha256);
  const tbs = sequence(
    encode(context(0), smallInteger(2)),
    smallInteger(7),
    signed,
    issuer,
    sequence(time(new Date("2026-01-01")), time(new Date("2036-01-01"))),
    name("Signer"),
    sequence(identifier(algorithm), bitString(random(key))),
  );
  return sequence(tbs, signed, bitString(random(70)));
}

interface Signatures {
  readonly content: Bytes;
  readonly signers: readonly Bytes[];
  readonly certificates: readonly Bytes[];
}

function signedData({ content, signers, certificates }: Signatures): Bytes {
  return contentInfo(
    oid.signedData,
    sequence(
      smallInteger(1),
      setOf([]),
      contentInfo(oid.data, octetString(content)),
      encode(context(0), ...certificates),
      encode(0x31, ...signers),
    ),
  );
}

function signerInfo({ algorithm, digest, signature }: Slow, attributes: readonly Bytes[] = []): Bytes {
  return sequence(
    smallInteger(1),
    sequence(issuer, smallInteger(7)),
    identifier(digest),
    ...(attributes.length === 0 ? [] : [setOf(attributes, context(0))]),
    identifier(algorithm),
    octetString(random(signature)),
  );
}

const times = <T>(count: number, make: () => T): readonly T[] => Array.from({ length: count }, make);

for (const [says, scheme] of Object.entries(slow)) {
  for (const length of [1_000, 20_000_000]) {
    test(`20 signers and 8 candidates with ${says} over ${length} octets`, { timeout }, async () => {
      const message = signedData({
        content: text(length),
        signers: times(20, () => signerInfo(scheme)),
        certificates: times(8, () => certificate(scheme)),
      });
      assert.ok(codes(await answered(message)).some((code) => code.startsWith("budget-exceeded")));
    });
  }
}

test("a dozen digests, each of them over all of the content", { timeout }, async () => {
  const digests = [oid.md5, oid.sha224, oid.sha3_224, oid.sha3_256, oid.sha3_384, oid.sha3_512, oid.shake128];
  const attributes = [
    sequence(objectIdentifier(oid.contentType), setOf([objectIdentifier(oid.data)])),
    sequence(objectIdentifier(oid.messageDigest), setOf([octetString(random(32))])),
  ];
  const message = signedData({
    content: text(40_000_000),
    signers: digests.map((digest) => signerInfo({ ...slow["ML-DSA"], digest }, attributes)),
    certificates: [certificate(slow["ML-DSA"])],
  });
  const found = codes(await answered(message));
  assert.ok(found.includes("budget-exceeded hashedBytes"), found.join(", "));
});

test("a certificate of a megabyte", { timeout }, async () => {
  const long = sequence(octetString(random(1_000_000)));
  const message = signedData({
    content: text(10),
    signers: [signerInfo(slow["ML-DSA"])],
    certificates: [long],
  });
  assert.ok(codes(await answered(message)).includes("budget-exceeded certificates"));
});

// ------------------------------------------------------------------ compression, layers

function compressed(content: Bytes, type: string = oid.data): Bytes {
  const inner = contentInfo(type, octetString(new Uint8Array(deflateSync(content, { level: 9 }))));
  return contentInfo(oid.compressedData, sequence(smallInteger(0), identifier(oid.zlibCompress), inner));
}

test("a compressed gigabyte (RFC 3274 §2)", { timeout }, async () => {
  const before = process.memoryUsage.rss();
  const message = compressed(new Uint8Array(1_000_000_000));
  const { verdict } = await answered(message);
  assert.match(JSON.stringify(verdict.layers), /budget-exceeded/);
  // Ours is 64 times the message and a megabyte; the rest is the gigabyte that this test itself compressed.
  assert.ok(process.memoryUsage.rss() - before < 1_400_000_000);
});

test("compression in compression in compression", { timeout }, async () => {
  const head = Buffer.from("Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n");
  let message = compressed(new Uint8Array(200_000_000));
  for (let i = 0; i < 7; i++) message = compressed(new Uint8Array(Buffer.concat([head, message])));
  const { verdict } = await answered(message);
  assert.match(JSON.stringify(verdict), /budget-exceeded/);
});

test("a thousand layers of signatures that nobody made", { timeout }, async () => {
  let message: Bytes = text(10);
  for (let i = 0; i < 1_000; i++) {
    message = contentInfo(
      oid.signedData,
      sequence(smallInteger(1), setOf([]), contentInfo(oid.data, octetString(message)), setOf([])),
    );
  }
  const { verdict } = await answered(message);
  assert.ok(verdict.layers.length <= 9);
});

// ------------------------------------------------------------------ recipients, passwords

function enveloped(recipients: readonly Bytes[], content: Bytes = random(64)): Bytes {
  const algorithm = identifier(oid.aes256Cbc, octetString(random(16)));
  return contentInfo(
    oid.envelopedData,
    sequence(
      smallInteger(3),
      encode(0x31, ...recipients),
      sequence(objectIdentifier(oid.data), algorithm, encode(context(0, "primitive"), content)),
    ),
  );
}

function passwordRecipient(derivation: Bytes): Bytes {
  const wrap = identifier(oid.pwriKek, identifier(oid.aes256Cbc, octetString(random(16))));
  // [0] IMPLICIT AlgorithmIdentifier
  const implicit = derivation.slice();
  implicit[0] = 0xa0;
  return encode(context(3), smallInteger(0), implicit, wrap, octetString(random(48)));
}

const pbkdf2 = (rounds: number, prf: string, ...length: readonly Bytes[]): Bytes =>
  identifier(
    oid.pbkdf2,
    sequence(octetString(random(8)), smallInteger(rounds), ...length, identifier(prf, nullValue)),
  );

for (const [says, derivation, count] of [
  ["five million rounds of PBKDF2", pbkdf2(5_000_000, oid.hmacWithSha512), 20],
  ["rounds with SHA-224, which no platform has", pbkdf2(600_000, oid.hmacWithSha224), 20],
  ["two thousand recipients with a thousand rounds", pbkdf2(1_000, oid.hmacWithSha256), 2_000],
  ["two thousand million rounds", pbkdf2(2_000_000_000, oid.hmacWithSha256), 1],
] as const) {
  test(`a password and ${says} (RFC 5652 §6.2.4)`, { timeout }, async () => {
    const message = enveloped(times(count, () => passwordRecipient(derivation)));
    const { verdict } = await inspect(message, await testContext({ passwords: ["signet"] }));
    assert.match(JSON.stringify(verdict), /budget-exceeded|decryption-failed/);
  });
}

// ------------------------------------------------------------------ key files

const octets: Bytes = new TextEncoder().encode("signet");
const scrypt = (...numbers: readonly number[]): Bytes =>
  identifier("1.3.6.1.4.1.11591.4.11", sequence(octetString(random(8)), ...numbers.map(smallInteger)));

for (const [says, algorithm, length] of [
  [
    "a key of 1,024 octets, each twenty of them derived anew",
    pbkdf2(1_000_000, oid.hmacWithSha1, smallInteger(1_024)),
    null,
  ],
  ["rounds that only a library has", pbkdf2(4_000_000, oid.hmacWithSha224), 24],
  ["scrypt with blocks of a megabyte", scrypt(2, 1_000_000, 1), 32],
  ["scrypt side by side a million times", scrypt(2, 1, 1_000_000), 32],
] as const) {
  test(`key files: ${says}`, { timeout }, async () => {
    const parsed = parseAlgorithmIdentifier(readWhole(algorithm, "der"));
    const secret = { form: { bmp: octets, octets }, rounds: new RoundCounter() };
    const derived =
      length === null ? deriveByPbkdf2(parsed, secret, null) : deriveKey(parsed, secret, length);
    await assert.rejects(derived, BudgetExceededError);
  });
}
