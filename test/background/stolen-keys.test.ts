/** A key that was stolen sends nothing: not signed by it, not encrypted to it, no draft kept by it. It opens old mail. */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { type Core, createCore } from "../../src/background/core.js";
import { makePlan, writePolicy } from "../../src/background/mail/compose-plan.js";
import { Sending } from "../../src/background/mail/compose-send.js";
import type { ComposeMode } from "../../src/protocol/messages.js";
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
    const sending = new Sending(core.services, client as never, locks as never);
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
