/** Key files that are made to cost: many keys beside many certificates, and certificates in endless rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concat } from "../../../src/engine/base/bytes.js";
import { readWhole } from "../../../src/engine/base/der-reader.js";
import {
  bitString,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { BudgetExceededError, MalformedError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import { generateKey, newKeyKinds } from "../../../src/engine/issue/generate-key.js";
import { issueFor, privateRoot } from "../../../src/engine/issue/issue-certificate.js";
import { fromBigInt } from "../../../src/engine/kernels/big-integers.js";
import {
  ComparedKey,
  isAmong,
  keyBelongsTo,
  publicOctets,
} from "../../../src/engine/keys/match-certificate.js";
import { matchEntries } from "../../../src/engine/keys/match-entries.js";
import type { CertificateBag, KeyBag } from "../../../src/engine/keys/pkcs12-bags.js";
import { privateKeyInfo } from "../../../src/engine/keys/private-key-info.js";
import { ecPkcs8 } from "../../../src/engine/keys/pkcs8-ec.js";
import { publicKeyOf } from "../../../src/engine/primitives/key-agreement.js";
import { keysFromSeed } from "../../../src/engine/primitives/signatures.js";
import type { Certificate, SubjectPublicKeyInfo } from "../../../src/engine/x509/certificate.js";
import { parseSubjectPublicKeyInfo } from "../../../src/engine/x509/parse-certificate.js";

const validity = { notBefore: new Date("2026-01-01"), notAfter: new Date("2030-01-01") };
const addresses = ["alice@example.org"];
const unlabelled = { localKeyId: null, friendlyName: null };
const certificateBag = (der: Bytes): CertificateBag => ({ kind: "certificate", der, ...unlabelled });
const keyBag = (der: Bytes): KeyBag => ({ kind: "key", der, protection: "none", ...unlabelled });

const tooMuch =
  (what: string) =>
  (error: unknown): boolean =>
    error instanceof BudgetExceededError && error.detail === what;

const key = await generateKey("ed25519");
const root = await privateRoot(key, { commonName: "Root", domains: ["example.org"] }, validity);

/** Each issued by the one before. */
async function row(length: number): Promise<readonly Certificate[]> {
  const made = [root];
  while (made.length < length) {
    const issuer = { certificate: made.at(-1)!, privateKey: key.privateKey };
    made.push(await issueFor(key, { commonName: `Link ${made.length}`, addresses }, { issuer, validity }));
  }
  return made;
}

test("a row of issuers is followed as far as a path may be, and no further (RFC 5280 §6.1)", async () => {
  const certificates = await row(40);
  const entries = await matchEntries(certificates.map(({ der }) => certificateBag(der)));
  assert.equal(entries.length, 40);
  assert.deepEqual(
    entries.map(({ chain }) => chain.length),
    certificates.map((_, index) => Math.min(index, 10)),
  );
  assert.equal(entries[7]!.chain[0]!.fingerprint, certificates[6]!.fingerprint);
});

/** So many certificates of one key, each with another number at its end, where its signature stands. */
const certificatesOf = (certificate: Certificate, count: number): readonly CertificateBag[] =>
  Array.from({ length: count }, (_, index) => {
    const der = certificate.der.slice();
    new DataView(der.buffer).setUint32(der.length - 8, index);
    return certificateBag(der);
  });

const issued = async (publicKey: SubjectPublicKeyInfo): Promise<Certificate> => {
  const issuer = { certificate: root, privateKey: key.privateKey };
  return issueFor({ publicKey }, { commonName: "Alice", addresses }, { issuer, validity });
};

const publicKeyInfo = (algorithm: Bytes, octets: Bytes): SubjectPublicKeyInfo =>
  parseSubjectPublicKeyInfo(readWhole(sequence(algorithm, bitString(octets)), "der"));

test("two hundred keys of a file are read, one more is too much", async () => {
  const bags = (count: number) => Array.from({ length: count }, () => keyBag(key.pkcs8.slice()));
  const certificate = certificateBag((await issued((await generateKey("p-256")).publicKey)).der);
  assert.equal((await matchEntries([...bags(200), certificate])).length, 201);
  assert.equal((await matchEntries(bags(200))).length, 200);
  await assert.rejects(matchEntries([...bags(201), certificate]), tooMuch("keys in a file"));
  await assert.rejects(matchEntries(bags(201)), tooMuch("keys in a file"));
});

test("a key has a hundred certificates in a file, and all keys together two hundred; one more is too much", async () => {
  const kinds = ["ed25519", "p-256", "x25519"] as const;
  const keys = await Promise.all(kinds.map((kind) => generateKey(kind)));
  const certificates = await Promise.all(keys.map(({ publicKey }) => issued(publicKey)));
  const file = (...counts: readonly number[]) =>
    counts.flatMap((count, index) => [
      keyBag(keys[index]!.pkcs8.slice()),
      ...certificatesOf(certificates[index]!, count),
    ]);
  const refusal = tooMuch("certificates of keys in a file");
  assert.equal((await matchEntries(file(100))).length, 100);
  await assert.rejects(matchEntries(file(101)), refusal);
  assert.equal((await matchEntries(file(100, 100))).length, 200);
  await assert.rejects(matchEntries(file(100, 100, 1)), refusal);
  // Those of other people are not counted: an address book may be long.
  const others = certificatesOf(certificates[2]!, 500);
  assert.equal((await matchEntries([...file(100, 100), ...others])).length, 700);
});

test("a file full of keys with their certificates and a long issuer above each gives no more than 16 MB", async () => {
  const long = { commonName: "Root", domains: Array.from({ length: 9_000 }, (_, i) => `d${i}.example.org`) };
  const issuer = { certificate: await privateRoot(key, long, validity), privateKey: key.privateKey };
  const certificate = await issueFor(key, { commonName: "Alice", addresses }, { issuer, validity });
  const above = certificateBag(issuer.certificate.der);
  const size = issuer.certificate.der.length + certificate.der.length + key.pkcs8.length;
  const fits = Math.floor((16 * 1024 * 1024) / size);
  assert.ok(fits > 10 && fits < 100);
  const file = (count: number) => [keyBag(key.pkcs8.slice()), above, ...certificatesOf(certificate, count)];
  // The key is the issuer's too: one entry is hers.
  assert.equal((await matchEntries(file(fits - 1))).length, fits);
  await assert.rejects(matchEntries(file(fits + 1)), tooMuch("octets in a key file"));
});

/** Of a kind that we know; its halves are of two keys. */
const brokenKey = (): Bytes => {
  const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));
  const both = sequence(octetString(random(32)), octetString(random(4896)));
  return sequence(smallInteger(0), sequence(objectIdentifier(oid.mlDsa87)), octetString(both));
};

test("a key's public half is made once, and one that cannot be made is tried once (RFC 9881 §8.1)", async () => {
  for (const kind of newKeyKinds) {
    const [own, other] = [await generateKey(kind), await generateKey(kind)];
    const compared = new ComparedKey(own.pkcs8);
    const half = await compared.publicHalf();
    assert.equal(await compared.publicHalf(), half, kind);
    assert.ok(isAmong(half, publicOctets(own.publicKey)), kind);
    assert.ok(!isAmong(half, publicOctets(other.publicKey)), kind);
  }
  const broken = new ComparedKey(brokenKey());
  const faults = [await broken.publicHalf().catch(String), await broken.publicHalf().catch(String)];
  assert.match(faults.join(), /seed and expanded key differ.*seed and expanded key differ/);
  assert.equal(broken.publicHalf(), broken.publicHalf());
});

test("each key is read once and never compared with a certificate of another kind, however many stand beside it", async () => {
  const certificates = [
    ...certificatesOf(await issued((await generateKey("ml-dsa-65")).publicKey), 50),
    ...certificatesOf(await issued((await generateKey("p-256")).publicKey), 50),
  ];
  let read = 0;
  const der = brokenKey();
  const counted: KeyBag = {
    ...keyBag(der),
    get der() {
      read++;
      return der;
    },
  };
  // That it is broken shows only where somebody makes its public half.
  assert.equal((await matchEntries([counted, ...certificates])).length, 101);
  assert.equal(read, 2, "once to read it, once to hand it on");
  const alike = certificateBag(
    (await issued(publicKeyInfo(sequence(objectIdentifier(oid.mlDsa87)), new Uint8Array(2592)))).der,
  );
  await assert.rejects(matchEntries([counted, alike]), MalformedError);
  assert.equal((await matchEntries([counted, keyBag(brokenKey()), alike])).length, 3);
});

test("a label makes no certificate a key's: beside a key that cannot be used it says why, and what numbers prove has no fault", async () => {
  const [own, other] = [await generateKey("p-256"), await generateKey("p-256")];
  const label = { localKeyId: Uint8Array.of(1), friendlyName: null };
  const mine = { ...certificateBag((await issued(own.publicKey)).der), ...label };
  const curve = sequence(objectIdentifier(oid.ecPublicKey), objectIdentifier(oid.secp256r1));
  const zero = privateKeyInfo(curve, sequence(smallInteger(1), octetString(new Uint8Array(32))));
  const dsa = privateKeyInfo(sequence(objectIdentifier("1.2.840.10040.4.1")), smallInteger(1));
  for (const [der, code] of [
    [zero, "key-malformed"],
    [dsa, "key-unsupported"],
  ] as const) {
    const entries = await matchEntries([{ ...keyBag(der), ...label }, keyBag(other.pkcs8), mine]);
    assert.deepEqual(
      entries.map(({ certificate, keyFault }) => [certificate !== null, keyFault?.code]),
      [
        [true, code],
        [false, undefined],
      ],
    );
  }
  const theirs = await matchEntries([{ ...keyBag(other.pkcs8), ...label }, keyBag(own.pkcs8), mine]);
  assert.deepEqual(
    theirs.map(({ certificate, keyFault }) => [certificate !== null, keyFault]),
    [
      [false, undefined],
      [true, undefined],
    ],
  );
});

test("an SLH-DSA key with another's public half behind it belongs to nobody: its root is computed (FIPS 205 §9.1)", async () => {
  for (const [set, identifier, length] of [
    ["SLH-DSA-SHA2-128f", oid.slhDsaSha2_128f, 16],
    ["SLH-DSA-SHA2-128s", oid.slhDsaSha2_128s, 16],
    ["SLH-DSA-SHAKE-256f", oid.slhDsaShake_256f, 32],
  ] as const) {
    const seed = crypto.getRandomValues(new Uint8Array(3 * length));
    const { secretKey, publicKey } = await keysFromSeed({ name: "SLH-DSA", parameterSet: set }, seed);
    const algorithm = sequence(objectIdentifier(identifier));
    const certificate = await issued(publicKeyInfo(algorithm, publicKey));
    assert.ok(await keyBelongsTo(privateKeyInfo(algorithm, secretKey), certificate), set);
    const noise = crypto.getRandomValues(new Uint8Array(2 * length));
    const claimed = privateKeyInfo(algorithm, concat([noise, publicKey]));
    await assert.rejects(keyBelongsTo(claimed, certificate), MalformedError, set);
    const [entry] = await matchEntries([keyBag(claimed), keyBag(key.pkcs8), certificateBag(certificate.der)]);
    assert.equal(entry!.certificate, null, set);
  }
});

test("ten keys whose public half takes a second are read, one more is too much; where no certificate is of their kind, they cost nothing", async () => {
  const algorithm = sequence(objectIdentifier(oid.slhDsaSha2_128s));
  const keys = (count: number) =>
    Array.from({ length: count }, () =>
      keyBag(privateKeyInfo(algorithm, crypto.getRandomValues(new Uint8Array(64)))),
    );
  const alike = certificateBag((await issued(publicKeyInfo(algorithm, new Uint8Array(32).fill(1)))).der);
  assert.equal((await matchEntries([...keys(10), alike])).length, 11);
  await assert.rejects(matchEntries([...keys(11), alike]), tooMuch("slow keys in a file"));
  assert.equal((await matchEntries([...keys(11), certificateBag(root.der)])).length, 12);
});

test("between keys others are heard: whoever reads a file is asked to pause after each", async () => {
  const certificate = certificateBag((await issued((await generateKey("p-256")).publicKey)).der);
  const keys = Array.from({ length: 7 }, () => keyBag(brokenKey()));
  let pauses = 0;
  const pause = async (): Promise<void> => void pauses++;
  await matchEntries([...keys, certificate], pause);
  assert.equal(pauses, 7);
});

/** The other number with the same x coordinate: its point ends with the other parity. */
const negated = (secret: bigint, order: bigint): Bytes => fromBigInt(order - secret, 32);

test("a compressed point is the key's own or its mirror's, and only the first is taken (SEC 1 §2.3.3)", async () => {
  const curves = [
    ["P-256", oid.secp256r1, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
    [
      "brainpoolP256r1",
      oid.brainpoolP256r1,
      0xa9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7n,
    ],
  ] as const;
  for (const [curve, identifier, order] of curves) {
    const secret = 0x123456789abcdef123456789abcdefn;
    const point = await publicKeyOf(curve, fromBigInt(secret, 32));
    const compressed = concat([Uint8Array.of(2 + (point.at(-1)! & 1)), point.subarray(1, 33)]);
    const algorithm = sequence(objectIdentifier(oid.ecPublicKey), objectIdentifier(identifier));
    for (const claimed of [null, point]) {
      const mirror = claimed === null ? null : await publicKeyOf(curve, negated(secret, order));
      for (const octets of [point, compressed]) {
        const certificate = await issued(publicKeyInfo(algorithm, octets));
        assert.ok(await keyBelongsTo(ecPkcs8(curve, fromBigInt(secret, 32), claimed), certificate), curve);
        const other = ecPkcs8(curve, negated(secret, order), mirror);
        assert.ok(!(await keyBelongsTo(other, certificate)), curve);
        // Its point is another's: with that claim the key is nobody's.
        if (curve === "P-256" && claimed !== null)
          assert.ok(!(await keyBelongsTo(ecPkcs8(curve, negated(secret, order), point), certificate)));
      }
    }
  }
});
