/** A key that was stolen sends nothing: not signed by it, not encrypted to it, no draft kept by it. It opens old mail. */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { type Core, createCore } from "../../src/background/core.js";
import { backupHandlers } from "../../src/background/handlers/backup-handlers.js";
import { identityHandlers } from "../../src/background/handlers/identity-handlers.js";
import { makePlan, writePolicy } from "../../src/background/mail/compose-plan.js";
import { Sending } from "../../src/background/mail/compose-send.js";
import { type Bytes, type Pkcs12Content, writePkcs12Bundle } from "../../src/engine/index.js";
import type { ComposeMode } from "../../src/protocol/messages.js";
import { newRecoveryCode } from "../../src/protocol/recovery-code.js";
import { FakeArea, testCertificate, testIdentity } from "../helpers/background.js";
import { startThreads } from "../helpers/engines.js";
import { useLocale } from "../ui/locale.js";

const threads: Worker[] = [];
const alice = "alice@example.test";
let lives = 0;
before(() => useLocale());
after(() => Promise.all(threads.map((thread) => thread.terminate())));

async function background(names: readonly string[]): Promise<Core> {
  const now = (await testCertificate("alice-rsa")).notBefore + 24 * 3_600_000;
  const core = createCore({
    ...{ databaseName: `stolen-${process.pid}-${lives++}`, broadcast: () => undefined },
    session: new FakeArea(["vault"]),
    local: new FakeArea(["settings", "composeModes", "attempts", "backup", "managedPolicy"]),
    now: () => new Date(now),
    startWorker: startThreads(threads),
  });
  await core.vault.create(null);
  await core.identities.add(await Promise.all(names.map(testIdentity)));
  return core;
}

async function steal(core: Core, name: string): Promise<void> {
  await core.stolen.add(await testCertificate(name));
}

function planFor(core: Core, mode: ComposeMode, to = alice, fingerprint: string | null = null) {
  const input = { lock: { mode, fingerprint }, from: alice, fields: { to: [to], cc: [], bcc: [] } };
  return makePlan(core.services, async () => null, input as never);
}

for (const mode of ["sign", "encrypt", "sign-and-encrypt"] as const)
  test(`nothing leaves by it, and it is said why: ${mode}`, async () => {
    const core = await background(["alice-rsa"]);
    const codes = async () => (await planFor(core, mode)).blockers.map(({ code }) => code);
    assert.deepEqual(await codes(), []);
    await steal(core, "alice-rsa");
    assert.ok((await codes()).includes("identity-stolen"));
    if (mode !== "sign") assert.ok((await codes()).includes("recipient-certificate-missing"), "to oneself");
  });

test("another certificate for the same address takes its place by itself", async () => {
  const core = await background(["alice-rsa", "alice-p256"]);
  await steal(core, "alice-rsa");
  const other = (await testCertificate("alice-p256")).fingerprint;
  const plan = await planFor(core, "sign-and-encrypt");
  assert.deepEqual([plan.blockers, plan.identity?.certificate.fingerprint], [[], other]);
  const answer = await core.services.certificateFor(alice, core.services.now(), alice);
  assert.equal(answer.kind === "usable" && answer.certificate.fingerprint, other);
  // Chosen by name in the composer, it is refused all the same.
  const { fingerprint } = await testCertificate("alice-rsa");
  const chosen = await planFor(core, "sign", "bob@example.test", fingerprint);
  assert.deepEqual(
    chosen.blockers.map(({ code }) => code),
    ["identity-stolen"],
  );
});

test("somebody else's copy of our certificate, kept among other people's, brings it back no more", async () => {
  const core = await background(["alice-rsa"]);
  const certificate = await testCertificate("alice-rsa");
  await core.anchors.add([await testCertificate("root")]);
  await core.certificates.keep([{ certificate, role: "person", capabilities: null }], "imported");
  await steal(core, "alice-rsa");
  assert.equal((await core.services.certificateFor(alice, core.services.now(), alice)).kind, "none");
});

test("no draft is kept by it: encrypted to another key of the same person, or refused", async () => {
  for (const [names, kept] of [
    [["alice-rsa"], false],
    [["alice-rsa", "bob-p256"], true],
  ] as const) {
    const core = await background(names);
    await steal(core, "alice-rsa");
    const client = { expandList: async () => null };
    const locks = { get: async () => ({ mode: "sign", fingerprint: null }), keepWith: async () => undefined };
    const sending = new Sending(core.services, client as never, { locks, said: null } as never);
    const mime = new TextEncoder().encode(`From: ${alice}\r\nSubject: x\r\n\r\nwords\r\n`);
    const message = { tabId: 1, from: alice, to: "", cc: "", bcc: "", mime, deliverMode: "draft" };
    const saved = await sending.assembled(message as never);
    assert.equal("mime" in saved, kept);
  }
});

test("it still opens what was encrypted to it, and it is listed with what was said", async () => {
  const core = await background(["alice-rsa"]);
  const bob = await testIdentity("bob-p256");
  await core.identities.add([bob]);
  const [identity] = await core.services.identitiesFor(alice);
  const draft = new TextEncoder().encode(`From: ${alice}\r\nTo: ${alice}\r\nSubject: x\r\n\r\nold words\r\n`);
  const { certificate } = identity!;
  const recipient = { address: alice, field: "to", certificate, capabilities: null } as const;
  const policy = await writePolicy(core.services, { sign: false, encrypt: true, purpose: "submit" });
  const sent = await core.services.protect(draft, identity!, [recipient], policy);
  assert.ok(sent.kind === "protected");
  await steal(core, "alice-rsa");
  const { verdict } = await core.services.inspect(sent.message, "file");
  assert.equal(verdict.summary.encryption, "encrypted");
  const view = (await core.services.identityViews()).find(({ certificate: one }) =>
    one.addresses.includes(alice),
  );
  assert.deepEqual([view!.canSign, view!.canDecrypt, view!.stolen?.revokedAt], [false, true, null]);
});

// ------------------------------------------------------------------ on the next device

const origin = { tabId: 1, path: "/pages/options/options.html" };
const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));
const authority = "https://authority.example/directory";

async function backup(core: Core): Promise<Bytes> {
  const made = await backupHandlers(core)["backup:make"]({ passphrase: null, code }, origin);
  assert.ok(made.ok);
  return core.handover.get(made.answer.file)!.slice();
}

async function restore(core: Core, file: Bytes): Promise<void> {
  const parts = { ...core, views: () => core.services.identityViews() };
  const ask = { file: core.handover.put(file.slice()), password: code };
  assert.ok((await identityHandlers(parts)["identity:import"](ask, origin)).ok);
}

const marked = async (core: Core): Promise<readonly (string | undefined)[]> =>
  (await core.services.identityViews()).map(({ stolen }) => stolen?.since);

test("a backup takes the mark along: the key sends nothing on the next device either, and the others do", async () => {
  const first = await background(["alice-rsa", "alice-p256"]);
  await steal(first, "alice-rsa");
  const second = await background([]);
  await restore(second, await backup(first));
  const [stolen, other] = [await testCertificate("alice-rsa"), await testCertificate("alice-p256")];
  const since = (await first.stolen.of(stolen))!.since;
  assert.equal((await second.stolen.of(stolen))?.since, since);
  assert.equal(await second.stolen.of(other), null);
  assert.equal((await planFor(second, "sign")).identity?.certificate.fingerprint, other.fingerprint);
  const chosen = await planFor(second, "sign", "bob@example.test", stolen.fingerprint);
  assert.deepEqual(
    chosen.blockers.map(({ code: blocker }) => blocker),
    ["identity-stolen"],
  );
  assert.equal(await second.stolen.takeBack(stolen), true, "its owner may say there that it was not");
});

test("what an authority revoked stays with the device that asked it: on the next one the mark alone arrives, and can be taken back", async () => {
  const first = await background(["alice-rsa"]);
  const certificate = await testCertificate("alice-rsa");
  const revokedAt = "2026-05-01T00:00:00.000Z";
  const note = { fingerprint: certificate.fingerprint, directory: authority, revokedAt, problem: null };
  await first.stolen.add(certificate, note);
  const second = await background([]);
  await restore(second, await backup(first));
  const { since } = (await first.stolen.of(certificate))!;
  const bare = { since, directory: null, revokedAt: null, problem: null };
  assert.deepEqual(await second.stolen.of(certificate), bare);
  assert.equal(await second.stolen.takeBack(certificate), true);
  assert.equal(await first.stolen.takeBack(certificate), false);
  assert.equal((await first.stolen.of(certificate))!.revokedAt, revokedAt);
});

test("a backup from before the theft takes no mark away, and one from after it marks no key that was here: the person's own word on this device counts", async () => {
  const first = await background(["alice-rsa"]);
  const before = await backup(first);
  const second = await background(["alice-rsa"]);
  await steal(first, "alice-rsa");
  await restore(first, before);
  const [since] = await marked(first);
  assert.notEqual(since, undefined);
  await restore(second, await backup(first));
  assert.deepEqual(await marked(second), [undefined]);
  // Taken back, it stays so, whichever backup comes for whichever other key of it.
  const after = await backup(first);
  assert.equal(await first.stolen.takeBack(await testCertificate("alice-rsa")), true);
  await restore(first, after);
  assert.deepEqual(await marked(first), [undefined]);
  // Where the key was not here, the mark comes with it: nobody has said anything there.
  const third = await background([]);
  await restore(third, after);
  assert.deepEqual(await marked(third), [since]);
});

test("a stranger's file silences no key of ours, and a note that is none marks nothing", async () => {
  const own = await testIdentity("alice-rsa");
  const good = { version: 1, stolen: "2026-01-01T00:00:00Z" };
  const contentOf = (note: unknown, who: typeof own, certificate = who.certificate): Pkcs12Content => {
    const octets = new TextEncoder().encode(JSON.stringify(note)) as Bytes;
    return { privateKey: who.pkcs8.slice(), certificate, chain: [], friendlyName: null, note: octets };
  };
  const fileOf = (...contents: readonly Pkcs12Content[]): Promise<Bytes> =>
    writePkcs12Bundle(contents, { password: code, profile: "modern", iterations: 10 });
  const stranger = await testIdentity("bob-p256");
  const core = await background(["alice-p256"]);
  // His key under our certificate: no key of ours is proven to lie there.
  const ours = await testCertificate("alice-p256");
  const [his, other] = [contentOf(good, stranger, ours), contentOf(good, await testIdentity("alice-rsa"))];
  await assert.rejects(async () => restore(core, await fileOf(his)));
  await restore(core, await fileOf(other, his));
  assert.equal(await core.stolen.of(ours), null);
  assert.notEqual(await core.stolen.of(other.certificate), null);
  const lies: readonly unknown[] = [
    ...["stolen", null, [], { ...good, version: 2 }, { ...good, stolen: "soon" }, { ...good, stolen: 1 }],
    { ...good, stolen: `2026-01-01${" ".repeat(70_000)}` },
  ];
  for (const lie of lies) {
    const one = await background([]);
    await restore(one, await fileOf(contentOf(lie, own)));
    assert.deepEqual(await marked(one), [undefined], JSON.stringify(lie).slice(0, 100));
  }
  // Said in a file, a revocation would be final, and the real one never asked for.
  const { fingerprint } = own.certificate;
  const lie = { fingerprint, directory: authority, revokedAt: "2026-01-01T00:00:00Z", problem: null };
  const one = await background([]);
  await restore(one, await fileOf(contentOf({ ...good, revoked: [lie], notes: [lie] }, own)));
  const bare = { since: good.stolen, directory: null, revokedAt: null, problem: null };
  assert.deepEqual(await one.stolen.of(own.certificate), bare, "the mark stands, the rest is dropped");
  assert.equal(await one.stolen.takeBack(own.certificate), true);
});
