import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, protect } from "../../../src/engine/index.js";
import { testCertificate, testIdentity } from "../../helpers/inspecting.js";
import {
  type Writing,
  blockersOf,
  protectedMessage,
  testPolicy,
  testRecipient,
} from "../../helpers/protecting.js";

const draft =
  "From: Alice <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\n" +
  "Content-Type: text/plain; charset=utf-8\r\n\r\nSee you at noon.\r\n";
const sealed: Writing = { draft, to: ["bob-p256"], policy: { encrypt: true } };
const past = async () => new Date((await testCertificate("alice-rsa")).notBefore - 1000);

for (const [says, from] of [
  ["several authors", "From: alice@example.test, bob@example.test\r\n"],
  ["two From fields", "From: alice@example.test\r\nFrom: alice@example.test\r\n"],
  ["a group", "From: us: alice@example.test;\r\n"],
  ["no From", ""],
  ["no address", "From: Alice\r\n"],
] as const) {
  test(`${says}: nobody is the author, so nobody signs (RFC 5322 §3.6.2)`, async () => {
    assert.deepEqual(await blockersOf({ draft: draft.replace(/^From.*\r\n/, from) }), ["author-ambiguous"]);
  });
}

test("the identity must name the author, be there, be valid, fit and be unlocked; all reasons at once", async () => {
  const about = (...codes: string[]) => codes.map((code) => `${code} alice@example.test`);
  assert.deepEqual(await blockersOf({ draft, as: null }), about("identity-missing"));
  assert.deepEqual(await blockersOf({ draft, as: "bob-p256" }), about("identity-address-mismatch"));
  assert.deepEqual(await blockersOf({ draft, as: "mallory" }), about("identity-address-mismatch"));
  assert.deepEqual(await blockersOf({ draft, as: "no-address" }), about("identity-address-mismatch"));
  assert.deepEqual(await blockersOf({ draft, as: "expired" }), about("identity-expired"));
  assert.deepEqual(await blockersOf({ draft, as: "server-eku" }), about("identity-unsuitable"));
  assert.deepEqual(
    await blockersOf({ draft, policy: { time: await past() } }),
    about("identity-not-yet-valid"),
  );
  const weak = draft.replaceAll("alice@", "weak@");
  assert.deepEqual(await blockersOf({ draft: weak, as: "weak-rsa1024" }), [
    "identity-unsuitable weak@example.test",
  ]);
  const identity = { ...(await testIdentity("expired")), privateKey: null };
  const bytes = new TextEncoder().encode(draft) as Bytes;
  const refused = await protect(bytes, identity, [], await testPolicy({ encrypt: true }));
  assert.ok(refused.kind === "refused");
  assert.deepEqual(
    refused.blockers.map(({ code }) => code),
    ["identity-expired", "identity-locked", "recipient-certificate-missing"],
  );
  assert.equal(refused.blockers[0]!.detail, "2021-01-01T00:00:00.000Z");
});

test("a locked identity still encrypts: only signing needs its key", async () => {
  const identity = { ...(await testIdentity("alice-rsa")), privateKey: null };
  const bytes = new TextEncoder().encode(draft) as Bytes;
  const recipients = [await testRecipient("bob-p256")];
  const sent = await protect(bytes, identity, recipients, await testPolicy({ sign: false, encrypt: true }));
  assert.equal(sent.kind, "protected");
});

test("every recipient needs a certificate that is theirs, in its time and fit; each is named", async () => {
  const bob = await testRecipient("bob-p256");
  const cases: readonly (readonly [string, Partial<typeof bob>])[] = [
    ["recipient-certificate-missing", { certificate: null }],
    ["recipient-certificate-expired", { certificate: await testCertificate("expired") }],
    ["recipient-certificate-unsuitable", { certificate: await testCertificate("carol-p384") }],
    ["recipient-certificate-unsuitable", { certificate: await testCertificate("no-address") }],
  ];
  for (const [code, change] of cases) {
    assert.deepEqual(await blockersOf({ ...sealed, to: [{ ...bob, ...change }] }), [
      `${code} bob@example.test`,
    ]);
  }
  const alices = { address: "alice@example.test", certificate: await testCertificate("server-eku") };
  assert.deepEqual(await blockersOf({ ...sealed, to: [bob, { ...bob, ...alices }] }), [
    "recipient-certificate-unsuitable alice@example.test",
  ]);
  const erin = await testRecipient("erin-ed25519");
  assert.deepEqual(await blockersOf({ ...sealed, to: [bob, erin] }), [
    "recipient-certificate-unsuitable erin@example.test",
  ]);
  await protectedMessage({ ...sealed, to: [{ ...bob, address: "BOB@Example.TEST" }] });
});

test("whoever stands in To or Cc and is no recipient is not forgotten; a list that nobody expanded is named", async () => {
  const refused = (to: string) => blockersOf({ ...sealed, draft: draft.replace("To: bob@example.test", to) });
  assert.deepEqual(await refused("To: bob@example.test\r\nCc: Carol <carol@example.test>"), [
    "recipient-certificate-missing carol@example.test",
  ]);
  assert.deepEqual(await refused("To: friends: bob@example.test, dave@example.test;"), [
    "recipient-certificate-missing dave@example.test",
  ]);
  assert.deepEqual(await refused("To: bob@example.test, Friends <Friends>"), [
    "recipient-list-unresolved Friends <Friends>",
  ]);
  assert.deepEqual(
    await blockersOf({ ...sealed, draft: draft.replace("To: bob@example.test\r\n", ""), to: [] }),
    ["recipients-missing"],
  );
  await protectedMessage({
    ...sealed,
    draft: draft.replace("To: bob@example.test", "To: undisclosed-recipients:;"),
  });
});

test("who has a key for signing alone reads his own copy with another certificate of his, or does not encrypt", async () => {
  const erins = draft.replaceAll("alice@", "erin@");
  const policy = { encrypt: true };
  assert.deepEqual(await blockersOf({ draft: erins, as: "erin-ed25519", to: ["bob-p256"], policy }), [
    "identity-unsuitable erin@example.test",
  ]);
});
