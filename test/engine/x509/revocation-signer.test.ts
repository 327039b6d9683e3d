/**
 * Whose word a CRL is (RFC 5280 §6.3.3 (f), (g)), where there are many who bear the name: key identifiers
 * order the search, what cannot be read has signed nothing, and a weak or unwanted algorithm is no proof.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { Budget, defaultLimits } from "../../../src/engine/base/budget.js";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { type Element, children, context, encoded, readWhole } from "../../../src/engine/base/der-reader.js";
import {
  bitString,
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import { defaultReadPolicy } from "../../../src/engine/index.js";
import { withInheritedParameters } from "../../../src/engine/x509/dsa.js";
import { authority, extension, forgeCertificate, usage } from "../../helpers/forge-certificate.js";
import { type CrlFields, forgeCrl, heldEvidence } from "../../helpers/forge-revocation.js";
import { forgePath, judge, julyFirst, statusOf } from "../../helpers/judging-revocation.js";

const ours = await forgePath();
const { issuer, root } = ours;
const path = ours.path.slice(0, 2);

const keyName = (octet: number): Bytes => new Uint8Array(20).fill(octet);
const subjectKey = (octet: number): Bytes =>
  extension(oid.subjectKeyIdentifier, octetString(keyName(octet)), false);
const authorityKey = (octet: number): Bytes =>
  extension(oid.authorityKeyIdentifier, sequence(encode(context(0, "primitive"), keyName(octet))), false);
const signsLists = usage(0b00000010);

test("among many of one name the key's identifier says who is tried first, and excludes nobody (RFC 5280 §5.2.1)", async () => {
  const clerk = (octet: number) =>
    forgeCertificate({ subject: issuer.name, by: root, extensions: [signsLists, subjectKey(octet)] });
  const right = await clerk(1);
  const crowd = await Promise.all(Array.from({ length: 9 }, () => clerk(2)));
  const status = (extensions: readonly Bytes[]): Promise<string> =>
    statusOf(ours.path, {
      policy: "when-available",
      evidence: heldEvidence({ crls: [forgeCrl({ by: right, extensions })] }),
      candidates: [...crowd, right].map(({ certificate }) => certificate),
    });
  assert.equal(await status([authorityKey(1)]), "good · crl");
  // Without a word on the key the crowd comes first, and the search has an end.
  assert.equal(await status([]), "unknown · crl-untrusted: signature");
  const few = await statusOf(ours.path, {
    policy: "when-available",
    evidence: heldEvidence({ crls: [forgeCrl({ by: right, extensions: [authorityKey(7)] })] }),
    candidates: [crowd[0]!, right].map(({ certificate }) => certificate),
  });
  assert.equal(few, "good · crl");
});

test("a certificate of the signer's name that cannot be read has signed nothing, and harms nobody else", async () => {
  const right = await forgeCertificate({ subject: issuer.name, by: root, extensions: [signsLists] });
  const unreadable = await forgeCertificate({
    ...{ subject: issuer.name, by: root },
    extensions: [extension(oid.keyUsage, octetString(Uint8Array.of(1)))],
  });
  const keyless = await forgeCertificate({
    ...{ subject: issuer.name, by: root, extensions: [signsLists] },
    spki: sequence(sequence(objectIdentifier(oid.rsaEncryption), nullValue), bitString(Uint8Array.of(1, 2))),
  });
  for (const broken of [unreadable, keyless]) {
    const status = await statusOf(ours.path, {
      policy: "when-available",
      evidence: heldEvidence({ crls: [forgeCrl({ by: right })] }),
      candidates: [broken.certificate, right.certificate],
    });
    assert.equal(status, "good · crl");
  }
});

test("an authority of the path tells of revocations after its own end too, as of a proven time before it", async () => {
  const lapsed = await forgeCertificate({ by: root, extensions: [authority], to: "2026-06-01" });
  const person = await forgeCertificate({ by: lapsed });
  const chain = [person, lapsed, root].map(({ certificate }) => certificate);
  const listed = [{ serial: person.certificate.serialNumber, at: "2026-02-01" }];
  const conditions = { time: Date.parse("2026-03-01"), now: julyFirst, timeIsProven: true };
  const status = (fields: Partial<CrlFields>) =>
    statusOf(chain, {
      ...conditions,
      evidence: heldEvidence({ crls: [forgeCrl({ by: lapsed, ...fields })] }),
    });
  assert.equal(await status({ listed }), "revoked · crl");
  assert.equal(await status({}), "good · crl");
});

test("an authority that nobody answers for is told once, and not again at a signer below it", async () => {
  const clerk = await forgeCertificate({ by: issuer, subject: issuer.name, extensions: [signsLists] });
  const evidence = heldEvidence({
    crls: [forgeCrl({ by: clerk }), forgeCrl({ by: issuer, nextUpdate: "2026-06-20" })],
  });
  const { certificates, faults } = await judge(ours.path, { evidence, candidates: [clerk.certificate] });
  assert.deepEqual(
    certificates.map(({ status }) => status),
    ["good", "unknown"],
  );
  assert.deepEqual(
    faults.map(({ code }) => code),
    ["revocation-unknown"],
  );
});

test("signatures of lists cost their budget, and an empty one ends the search", async () => {
  const budget = (signatures: number) => new Budget({ ...defaultLimits, signatures });
  const evidence = heldEvidence({ crls: [forgeCrl({ by: issuer })] });
  assert.equal(await statusOf(path, { evidence, budget: budget(9) }), "good · crl");
  await assert.rejects(statusOf(path, { evidence, budget: budget(0) }), BudgetExceededError);
});

const dsaWithSha = (n: 1 | 256): Bytes =>
  sequence(objectIdentifier(n === 1 ? oid.dsaWithSha1 : oid.dsaWithSha256));

test("a list that is signed with DSA speaks where the policy verifies DSA, and its digest is not weak", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const signer = await forgeCertificate({ by: root, extensions: [authority], spki });
  const dsa = { ...signer, key: privateKey };
  const person = await forgeCertificate({ issuer: signer.name });
  const chain = [person.certificate, signer.certificate];
  const status = (
    n: 1 | 256,
    readPolicy = { ...defaultReadPolicy, dsa: "verify" as "verify" | "refuse" },
  ) => {
    const crl = forgeCrl({ by: dsa, digest: n === 1 ? "sha1" : "sha256", algorithm: dsaWithSha(n) });
    return statusOf(chain, { readPolicy, evidence: heldEvidence({ crls: [crl] }) });
  };
  assert.equal(await status(256), "good · crl");
  assert.equal(await status(1), "unknown · crl-untrusted: weak digest");
  assert.match(
    await status(256, { ...defaultReadPolicy, dsa: "refuse" }),
    /^unknown · crl-untrusted: 1\.2\.840/,
  );
  const other = forgeCrl({ by: issuer, issuer: signer.name, algorithm: dsaWithSha(256) });
  const readPolicy = { ...defaultReadPolicy, dsa: "verify" as const };
  assert.equal(
    await statusOf(chain, { readPolicy, evidence: heldEvidence({ crls: [other] }) }),
    "unknown · crl-untrusted: signature",
  );
  const broken = forgeCrl({ by: dsa, algorithm: dsaWithSha(256) });
  const [tbs, algorithm] = children(readWhole(broken, "der")).map(encoded) as [Bytes, Bytes];
  for (const value of [
    new Uint8Array(0),
    Uint8Array.of(0x30, 3, 2, 1, 1),
    sequence(smallInteger(0), smallInteger(1)),
  ]) {
    const crls = [sequence(tbs, algorithm, bitString(value))];
    assert.equal(
      await statusOf(chain, { readPolicy, evidence: heldEvidence({ crls }) }),
      "unknown · crl-untrusted: signature",
    );
  }
  const misnamed = forgeCrl({ by: dsa, algorithm: sequence(objectIdentifier(oid.ecdsaWithSha256)) });
  assert.match(
    await statusOf(chain, { readPolicy, evidence: heldEvidence({ crls: [misnamed] }) }),
    /^unknown · crl-untrusted: 1\.2\.840\.10045/,
  );
  // A key of another kind is not asked for DSA's signature.
  const curved = forgeCrl({ by: issuer });
  assert.equal(
    await statusOf(path, { readPolicy, evidence: heldEvidence({ crls: [curved] }) }),
    "good · crl",
  );
});

test("a DSA key takes over the parameters of the DSA key above it, and no other key does (RFC 5280 §6.1.4 (d)–(f))", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const [algorithm, bits] = children(readWhole(spki, "der")) as [Element, Element];
  const [identifier, parameters] = children(algorithm).map(encoded) as [Bytes, Bytes];
  const bare = sequence(sequence(identifier), encoded(bits));
  const edwards = sequence(sequence(objectIdentifier(oid.ed25519)), bitString(new Uint8Array(32)));
  const made = async (key: Bytes) => (await forgeCertificate({ spki: key, key: privateKey })).certificate;
  const completed = async (...keys: readonly Bytes[]) =>
    withInheritedParameters(await Promise.all(keys.map(made))).map(
      ({ subjectPublicKeyInfo }) => subjectPublicKeyInfo.algorithm.parameters,
    );
  const own = new Uint8Array(parameters);
  assert.deepEqual(await completed(bare, bare, spki), [own, own, own]);
  assert.deepEqual(await completed(edwards, spki), [null, own]);
  assert.deepEqual(await completed(bare, edwards, spki), [null, null, own]);
  assert.deepEqual(await completed(bare), [null]);
});
