/** Key files that are made to cost: many keys beside many certificates, and certificates in endless rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { generateKey, newKeyKinds } from "../../../src/engine/issue/generate-key.js";
import { issueFor, privateRoot } from "../../../src/engine/issue/issue-certificate.js";
import { keyBelongsTo } from "../../../src/engine/keys/match-certificate.js";
import { matchEntries } from "../../../src/engine/keys/match-entries.js";
import type { CertificateBag, KeyBag } from "../../../src/engine/keys/pkcs12-bags.js";
import type { Certificate } from "../../../src/engine/x509/certificate.js";

const validity = { notBefore: new Date("2026-01-01"), notAfter: new Date("2030-01-01") };
const addresses = ["alice@example.org"];
const unlabelled = { localKeyId: null, friendlyName: null };
const certificateBag = (der: Bytes): CertificateBag => ({ kind: "certificate", der, ...unlabelled });
const keyBag = (der: Bytes): KeyBag => ({ kind: "key", der, protection: "none", ...unlabelled });

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

test("hundreds of keys beside hundreds of certificates are too much; as many as a person has are not", async () => {
  const certificates = Array.from({ length: 201 }, (_, index) => {
    const der = root.der.slice();
    new DataView(der.buffer).setUint32(der.length - 8, index);
    return certificateBag(der);
  });
  const keys = Array.from({ length: 200 }, () => keyBag(key.pkcs8.slice()));
  await assert.rejects(matchEntries([...keys, ...certificates]), BudgetExceededError);
  assert.equal((await matchEntries([keys[0]!, ...certificates])).length, 201);
});

test("a key's public half is made once, however many certificates it is compared with", async () => {
  for (const kind of newKeyKinds.filter((one) => /^(?:x25519|ed25519|ml-)/.test(one))) {
    const [own, other] = [await generateKey(kind), await generateKey(kind)];
    const issuer = { certificate: root, privateKey: key.privateKey };
    const made = async (of: typeof own) =>
      issueFor(of, { commonName: "Alice", addresses }, { issuer, validity });
    const halves = new Map<Bytes, Bytes>();
    assert.equal(await keyBelongsTo(own.pkcs8, await made(own), halves), true, kind);
    assert.deepEqual([...halves.values()], [own.publicKey.publicKey], kind);
    assert.equal(await keyBelongsTo(own.pkcs8, await made(other), halves), false, kind);
    assert.equal(halves.size, 1, kind);
  }
});
