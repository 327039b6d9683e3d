/** From a signed mail that was read to the certificate that an answer is encrypted to. Mail by OpenSSL. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mock, test } from "node:test";
import { promisify } from "node:util";

import { certificateFor, identitiesFor, inspectWith } from "../../src/background/evidence.js";
import { oid } from "../../src/engine/base/oid.js";
import { type Bytes, type Certificate, loadIssuing } from "../../src/engine/index.js";
import { Disk, testCertificate, testIdentity, wake } from "../helpers/background.js";
import { context } from "../../src/engine/base/der-reader.js";
import { encode, time as derTime } from "../../src/engine/base/der-writer.js";
import {
  addressed,
  authority,
  extension,
  forgeCertificate,
  name,
  usage,
} from "../helpers/forge-certificate.js";
import { forgeChain, letterBy } from "../helpers/forge-chain.js";
import { attribute } from "../helpers/forge-signed-data.js";
import { lunch } from "../helpers/inspecting.js";
import { testKeys } from "../helpers/test-keys.js";

const oneDay = 24 * 60 * 60_000;

async function background(...anchors: readonly string[]) {
  const disk = new Disk();
  disk.time = new Date((await testCertificate("alice-rsa")).notBefore + oneDay);
  const life = wake(disk);
  await life.anchors.add(await Promise.all(anchors.map(testCertificate)));
  return { disk, life, time: disk.time };
}

/** A mail from Bob, signed by `signer`, as `openssl cms -sign` makes it. */
async function signedMail(signer: string, ...options: readonly string[]): Promise<Bytes> {
  const keys = await testKeys();
  const run = promisify(execFile)(
    "openssl",
    ["cms", "-sign", "-signer", `${keys}/${signer}.pem`, "-inkey", `${keys}/${signer}.key.pem`]
      .concat(["-from", "Bob <bob@example.test>", "-to", "alice@example.test", "-subject", "Hello"])
      .concat(options),
    { encoding: "buffer" },
  );
  run.child.stdin?.end("Content-Type: text/plain\r\n\r\nHello\r\n");
  return new Uint8Array((await run).stdout);
}

const withLink = async (): Promise<readonly string[]> => [
  "-certfile",
  `${await testKeys()}/intermediate.pem`,
];

test("a certificate seen on good mail encrypts the answer, its links remembered", async () => {
  const { disk, life, time } = await background("root");
  const raw = await signedMail("bob-p256", ...(await withLink()));
  const { verdict } = await inspectWith(life, { raw, purpose: "display", time });
  assert.match(verdict.summary.state, /^2[ab]$/);
  const answer = await certificateFor(wake(disk), "bob@EXAMPLE.test", time);
  assert.ok(answer.kind === "usable");
  assert.equal(answer.certificate.fingerprint, (await testCertificate("bob-p256")).fingerprint);
  assert.notEqual(answer.capabilities, null);
});

test("a later mail without the link is good too, because the link was kept", async () => {
  const { life, time } = await background("root");
  const bare = await signedMail("bob-p256");
  assert.equal((await inspectWith(life, { raw: bare, purpose: "display", time })).verdict.summary.state, "5");
  const raw = await signedMail("bob-p256", ...(await withLink()));
  await inspectWith(life, { raw, purpose: "display", time });
  assert.match(
    (await inspectWith(life, { raw: bare, purpose: "display", time })).verdict.summary.state,
    /^2[ab]$/,
  );
});

test("a mail without any certificate is judged with the one that was kept", async () => {
  const { life, time } = await background("root");
  const raw = await signedMail("bob-p256", ...(await withLink()));
  await inspectWith(life, { raw, purpose: "display", time });
  const naked = await signedMail("bob-p256", "-nocerts");
  assert.match(
    (await inspectWith(life, { raw: naked, purpose: "display", time })).verdict.summary.state,
    /^2[ab]$/,
  );
});

test("our own mail does not make us one of the people we write to", async () => {
  const { life, time } = await background("root");
  await life.vault.create(null);
  await life.identities.add([await testIdentity("bob-p256")]);
  const raw = await signedMail("bob-p256", ...(await withLink()));
  assert.match((await inspectWith(life, { raw, purpose: "display", time })).verdict.summary.state, /^2[ab]$/);
  assert.deepEqual(await life.certificates.list(), []);
});

test("old mail that is read again does not bring back what an older program could read", async () => {
  const { disk, life, time } = await background("root");
  const now = await signedMail("bob-p256", ...(await withLink()));
  await inspectWith(life, { raw: now, purpose: "display", time });
  const [before] = await (
    await life.database()
  ).getAllFromIndex("certificates", "address", "bob@example.test");
  const claimed = before?.capabilities?.time ?? "";
  assert.ok(claimed < time.toISOString(), "the signer's time, not ours");
  disk.time = new Date(time.getTime() + oneDay);
  await inspectWith(life, { raw: now, purpose: "display", time: disk.time });
  const [after] = await (
    await life.database()
  ).getAllFromIndex("certificates", "address", "bob@example.test");
  assert.equal(after?.capabilities?.time, claimed);
});

test("a full disk takes nothing away from the verdict", async () => {
  const { life, time } = await background("root");
  const raw = await signedMail("bob-p256", ...(await withLink()));
  const keep = async (): Promise<never> => {
    throw new DOMException("", "QuotaExceededError");
  };
  const certificates = Object.assign(Object.create(life.certificates) as typeof life.certificates, {
    keep,
    authorities: () => life.certificates.authorities(),
    byAddress: (address: string) => life.certificates.byAddress(address),
  });
  const warned = mock.method(console, "warn", () => undefined);
  const { verdict } = await inspectWith({ ...life, certificates }, { raw, purpose: "display", time });
  assert.match(verdict.summary.state, /^2[ab]$/);
  assert.equal(warned.mock.callCount(), 1);
});

test("nothing is learnt from a file that was opened", async () => {
  const { life, time } = await background("root");
  const raw = await signedMail("bob-p256", ...(await withLink()));
  assert.match((await inspectWith(life, { raw, purpose: "file", time })).verdict.summary.state, /^2[ab]$/);
  assert.deepEqual(await certificateFor(life, "bob@example.test", time), { kind: "none", problem: null });
});

for (const [name, signer, anchors] of [
  ["that nobody vouches for", "bob-p256", []],
  ["that somebody else signed", "carol-p384", ["root"]],
  ["under another authority", "mallory", ["root"]],
] as const) {
  test(`nothing is learnt from mail ${name}`, async () => {
    const { life, time } = await background(...anchors);
    const raw = await signedMail(signer, ...(await withLink()));
    await inspectWith(life, { raw, purpose: "display", time });
    assert.deepEqual(await life.certificates.list(), []);
    assert.deepEqual(await life.certificates.authorities(), []);
  });
}

const person = async (name: string) => ({
  certificate: await testCertificate(name),
  role: "person" as const,
  capabilities: null,
});
const link = async (name: string) => ({ ...(await person(name)), role: "authority" as const });

test("an imported certificate without a path to an anchor encrypts to nobody", async () => {
  const { life, time } = await background();
  await life.certificates.keep([await person("bob-p256"), await link("intermediate")], "imported");
  const answer = await certificateFor(life, "bob@example.test", time);
  assert.ok(answer.kind === "none");
  assert.equal(answer.problem?.code, "path-not-found");
  await life.anchors.add([await testCertificate("root")]);
  assert.equal((await certificateFor(life, "bob@example.test", time)).kind, "usable");
});

test("of several the one that may is taken, and an expired one alone says so", async () => {
  const { life, time } = await background("root");
  await life.certificates.keep([await person("expired"), await link("intermediate")], "imported");
  const expired = await certificateFor(life, "alice@example.test", time);
  assert.ok(expired.kind === "none");
  assert.equal(expired.problem?.code, "certificate-expired");
  await life.certificates.keep([await person("server-eku"), await person("alice-rsa")], "imported");
  const answer = await certificateFor(life, "alice@example.test", time);
  assert.ok(answer.kind === "usable");
  assert.equal(answer.certificate.fingerprint, (await testCertificate("alice-rsa")).fingerprint);
});

test("a signing certificate of the Edwards kind encrypts to nobody (RFC 8410)", async () => {
  const { life, time } = await background("root");
  await life.certificates.keep([await person("erin-ed25519"), await link("intermediate")], "imported");
  const answer = await certificateFor(life, "erin@example.test", time);
  assert.equal(answer.kind, "none");
});

test("our own certificate needs no anchor for an address that we write from: we hold its key", async () => {
  const { life, time } = await background();
  await life.vault.create(null);
  await life.identities.add([await testIdentity("alice-rsa")]);
  const from = (...own: readonly string[]) =>
    certificateFor({ ...life, writesFrom: async () => own }, "alice@example.test", time);
  for (const own of ["alice@example.test", "ALICE@Example.Test"]) {
    const answer = await from("al@example.test", own);
    assert.ok(answer.kind === "usable");
    assert.equal(answer.origin.source, "own");
  }
  // Somebody else's address, or nobody knows whose: a path, as everybody needs one (RFC 8550 §4.4).
  for (const answer of [await from(), await from("bob@example.test"), await from("no address")]) {
    assert.ok(answer.kind === "none");
    assert.equal(answer.problem?.code, "path-not-found");
  }
  await life.anchors.add([await testCertificate("root")]);
  assert.equal((await from()).kind, "usable");
});

test("somebody else's address in a certificate of ours takes nobody's place: their own goes on being used (RFC 8550 §3)", async () => {
  const { life, time } = await background("root");
  await life.vault.create(null);
  await life.certificates.keep([await person("bob-p256"), await link("intermediate")], "imported");
  const bob = await testCertificate("bob-p256");
  const { generateKey, selfSigned } = await loadIssuing();
  const key = await generateKey("p-256");
  const subject = { commonName: "Alice", addresses: ["alice@example.test", "bob@example.test"] };
  const validity = { notBefore: time, notAfter: new Date(time.getTime() + 365 * oneDay) };
  const both = await selfSigned(key, subject, validity);
  assert.ok(both.notBefore > bob.notBefore, "the newest");
  await life.identities.add([{ certificate: both, chain: [], pkcs8: key.pkcs8 }]);
  const usedFor = async (address: string, ...own: readonly string[]) => {
    const answer = await certificateFor({ ...life, writesFrom: async () => own }, address, time);
    return answer.kind === "usable" ? answer.certificate.fingerprint : answer.problem?.code;
  };
  for (const own of [["alice@example.test"], []])
    assert.equal(await usedFor("bob@example.test", ...own), bob.fingerprint);
  assert.equal(await usedFor("alice@example.test", "alice@example.test"), both.fingerprint);
  // Of a mailbox that both write from, it is hers.
  assert.equal(await usedFor("bob@example.test", "bob@example.test"), both.fingerprint);
  await life.certificates.remove(bob.fingerprint);
  assert.equal(await usedFor("bob@example.test", "alice@example.test"), "path-not-found");
});

test("what is no address has no certificate", async () => {
  const { life, time } = await background("root");
  for (const address of ["", "bob", "Friends: bob@example.test;", "bob@example.test, carol@example.test"]) {
    assert.deepEqual(await certificateFor(life, address, time), { kind: "none", problem: null });
  }
});

test("of several own identities the usable come first, then the newest; others' addresses find none", async () => {
  const { life, time } = await background();
  await life.vault.create(null);
  for (const name of ["expired", "alice-rsa", "bob-p256"])
    await life.identities.add([await testIdentity(name)]);
  const found = await identitiesFor(await life.identities.all(), "alice@example.test", time);
  const expected = [await testCertificate("alice-rsa"), await testCertificate("expired")];
  assert.deepEqual(
    found.map(({ certificate }) => certificate.fingerprint),
    expected.map(({ fingerprint }) => fingerprint),
  );
  assert.deepEqual(await identitiesFor(await life.identities.all(), "carol@example.test", time), []);
});

test("of several the newest that may be used is taken, and said to be it: neither a newer unusable one nor a newer guess (RFC 8551 §2.5.3)", async () => {
  const { disk, life } = await background();
  const time = new Date(Date.UTC(2026, 5, 1));
  disk.time = time;
  const root = await forgeCertificate({ subject: name("Root of ages"), extensions: [authority] });
  await life.anchors.add([root.certificate]);
  const address = "newest@example.test";
  const person = async (from: string, to: string, purpose: readonly Bytes[] = []) =>
    (await forgeCertificate({ by: root, from, to, extensions: [addressed(address), ...purpose] }))
      .certificate;
  const until = "2030-01-01";
  const [old, current, older] = [
    await person("2024-01-01", until),
    await person("2026-01-01", until),
    await person("2022-01-01", until),
  ];
  // digitalSignature alone: not for encryption
  const signsOnly = extension(oid.keyUsage, Uint8Array.of(3, 2, 7, 0x80));
  const unusable = [
    await person("2026-03-01", "2026-04-01"),
    await person("2027-01-01", until),
    await person("2026-04-01", until, [signsOnly]),
  ];
  const keep = (list: readonly Certificate[], preferredAt?: string) =>
    life.certificates.keep(
      list.map((certificate) => ({ certificate, role: "person", capabilities: null, preferredAt })),
      "seen-on-mail",
    );
  const used = async () => {
    const answer = await certificateFor(life, address, time);
    assert.ok(answer.kind === "usable");
    return answer;
  };
  await keep([old!]);
  assert.equal((await used()).origin.newestOfSeveral, undefined, "there is no other");
  for (const list of [[older!], [current!], unusable]) await keep(list);
  const newest = await used();
  assert.equal(newest.certificate.fingerprint, current!.fingerprint);
  assert.equal(newest.origin.newestOfSeveral, true);
  // A wish from before it was issued does not count against it; one said since does, and is told as the reason.
  await keep([old!], "2025-06-01T00:00:00Z");
  assert.equal((await used()).certificate.fingerprint, current!.fingerprint);
  await keep([old!], "2026-05-01T00:00:00Z");
  const wished = await used();
  assert.equal(wished.certificate.fingerprint, old!.fingerprint);
  assert.deepEqual(
    [wished.origin.preferredAt, wished.origin.newestOfSeveral],
    ["2026-05-01T00:00:00Z", undefined],
  );
  // A wish for what must not be used changes nothing.
  await keep([unusable[2]!], "2026-05-20T00:00:00Z");
  assert.equal((await used()).certificate.fingerprint, old!.fingerprint);
});

test("what a signed letter asks for is what the answer is encrypted to: from the attribute to the recipient (RFC 8551 §2.5.3)", async () => {
  const address = "alice@example.test";
  const [signs, receives] = [usage(0b10000000), usage(0b00001000)];
  const chain = await forgeChain({ person: { extensions: [addressed(address), signs] } });
  const received = async (from: string) =>
    (
      await forgeCertificate({
        ...{ by: chain.intermediate, subject: chain.person.name, from },
        extensions: [addressed(address), receives],
      })
    ).certificate;
  const [wanted, newer] = [await received("2026-01-01"), await received("2026-03-01")];
  const { disk, life } = await background();
  disk.time = new Date("2026-06-01T00:00:00Z");
  await life.anchors.add([chain.root.certificate]);
  const read = async (certificate: Certificate, isWish: boolean) => {
    const { issuer, serialNumber } = certificate;
    const wish = encode(context(0), issuer, encode(0x02, serialNumber));
    const said = attribute(oid.signingTime, derTime(new Date("2026-05-20T00:00:00Z")));
    const attributes = isWish ? [attribute(oid.encryptionKeyPreference, wish), said] : [];
    const raw = letterBy([chain], lunch, { more: [certificate], attributes });
    await inspectWith(life, { raw, purpose: "display", time: disk.time });
    const answer = await certificateFor(life, address, disk.time);
    assert.ok(answer.kind === "usable");
    return [answer.certificate.fingerprint, answer.origin.preferredAt, answer.origin.newestOfSeveral];
  };
  assert.deepEqual(await read(wanted, false), [wanted.fingerprint, null, undefined]);
  assert.deepEqual(await read(newer, false), [newer.fingerprint, null, true]);
  const [used, preferredAt, newest] = await read(wanted, true);
  assert.deepEqual([used, newest], [wanted.fingerprint, undefined]);
  assert.match(String(preferredAt), /^2026-05-20/);
});

test("of two certificates the one that its owner asked for is used, until they get a newer one (RFC 8551 §2.5.3)", async () => {
  const { life, time } = await background("root");
  const link = await testCertificate("intermediate");
  await life.certificates.keep([{ certificate: link, role: "authority", capabilities: null }], "imported");
  const wanted = await testCertificate("alice-rsa");
  const other = await testCertificate("alice-p256");
  const keep = (certificate: typeof wanted, preferredAt?: string) =>
    life.certificates.keep(
      [{ certificate, role: "person", capabilities: null, ...(preferredAt && { preferredAt }) }],
      "seen-on-mail",
    );
  await keep(wanted);
  await keep(other);
  const used = async () => {
    const answer = await certificateFor(life, "alice@example.test", time);
    assert.ok(answer.kind === "usable");
    return answer;
  };
  for (const certificate of [wanted, other]) {
    const said = new Date(time.getTime() - (certificate === wanted ? 2_000 : 1_000)).toISOString();
    await keep(certificate, said);
    const answer = await used();
    assert.equal(answer.certificate.fingerprint, certificate.fingerprint);
    assert.deepEqual([answer.origin.source, answer.origin.preferredAt], ["seen-on-mail", said]);
  }
  // Old mail that is read again does not take a later wish back.
  await keep(wanted, new Date(time.getTime() - 3_000).toISOString());
  assert.equal((await used()).certificate.fingerprint, other.fingerprint);
  // A wish from before the newest certificate was made says nothing about it.
  const { life: second } = await background("root");
  await second.certificates.keep([{ certificate: link, role: "authority", capabilities: null }], "imported");
  const [older, newer] = [wanted, other].sort((a, b) => a.notBefore - b.notBefore);
  const before = new Date(newer!.notBefore - 1).toISOString();
  await second.certificates.keep(
    [
      { certificate: older!, role: "person", capabilities: null, preferredAt: before },
      { certificate: newer!, role: "person", capabilities: null },
    ],
    "seen-on-mail",
  );
  const answer = await certificateFor(second, "alice@example.test", time);
  assert.ok(answer.kind === "usable");
  if (older!.notBefore < newer!.notBefore) assert.equal(answer.certificate.fingerprint, newer!.fingerprint);
});
