/**
 * "My key was stolen" (RFC 8555 §7.6): the key stops sending before anybody is asked, its authority revokes the
 * certificate by whichever key it still knows, and what the authority answers is kept and told.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { stolenHandlers } from "../../../src/background/handlers/stolen-handlers.js";
import { problemTypes } from "../../../src/background/acme/order-problem.js";
import type { StolenView } from "../../../src/protocol/orders.js";
import { type Life, certified, freshDisk, live, newest } from "../../helpers/acme-life.js";
import { AcmeWorld } from "../../helpers/acme-world.js";
import { type Disk, testIdentity } from "../../helpers/background.js";
import { answerOf, origin, refused } from "../../helpers/getting.js";

let world: AcmeWorld;
before(async () => {
  world = await AcmeWorld.start();
});
after(() => world?.stop());
beforeEach(() => world.beginAnew());

const handlersOf = (life: Life) => stolenHandlers(life);

async function report(life: Life, directory: string | null = null): Promise<StolenView> {
  const [{ certificate } = assert.fail()] = await life.identities.all();
  const { fingerprint } = certificate;
  return answerOf(await handlersOf(life)["stolen:report"]({ fingerprint, directory }, origin));
}

test("the account that ordered it revokes it, with the reason keyCompromise (RFC 5280 §5.3.1)", async () => {
  const disk = await freshDisk();
  const life = await certified(world, disk);
  const [{ certificate } = assert.fail()] = await life.identities.all();
  const view = await report(life);
  assert.deepEqual([view.revokedAt, view.problem], [disk.time.toISOString(), null]);
  const [revoked, ...others] = world.acme.revoked;
  assert.equal(others.length, 0);
  assert.deepEqual([revoked!.reason, revoked!.by], [1, "account"]);
  assert.deepEqual(new Uint8Array(revoked!.certificate), new Uint8Array(certificate.der));
  // Asked again, nobody is told again.
  const asked = world.acme.asked.length;
  assert.deepEqual(await report(life), view);
  assert.equal(world.acme.asked.length, asked);
});

for (const kind of ["p-256", "rsa-3072", "ed25519"] as const)
  test(`where the account is gone, the certificate's own key asks: ${kind}`, async () => {
    const disk = await freshDisk();
    const life = await certified(world, disk, { kind });
    world.acme.forgetAccounts();
    assert.notEqual((await report(life)).revokedAt, null);
    assert.deepEqual(
      world.acme.revoked.map(({ by }) => by),
      ["key"],
    );
  });

test("with the key on another device than the one that ordered it: its directory is typed, the key itself asks", async () => {
  const disk = await freshDisk();
  const first = await certified(world, disk);
  const [identity] = await first.identities.all();
  const pkcs8 = (await first.identities.take(identity!.certificate.fingerprint))!;
  const second = live(world, await freshDisk());
  await second.identities.add([{ ...identity!, pkcs8 }]);
  const untold = await report(second);
  assert.deepEqual([untold.directory, untold.revokedAt, untold.problem], [null, null, null]);
  assert.notEqual((await report(second, world.acme.directory)).revokedAt, null);
  assert.deepEqual(
    world.acme.revoked.map(({ by }) => by),
    ["key"],
  );
  const typed = { fingerprint: identity!.certificate.fingerprint, directory: "http://ca.test/directory" };
  await assert.rejects(handlersOf(second)["stolen:report"](typed, origin), refused("acme-address"));
});

test("locked, with the account gone: it says that the keys must be open, and goes on when they are", async () => {
  const disk = await freshDisk("correct horse battery staple");
  const life = await certified(world, disk);
  world.acme.forgetAccounts();
  await life.vault.lock();
  assert.equal((await report(life)).problem, "vault-locked");
  await life.vault.unlock("correct horse battery staple", 5);
  assert.deepEqual([(await report(life)).problem, world.acme.revoked.length], [null, 1]);
});

test("alreadyRevoked is as good as revoked (RFC 8555 §7.6)", async () => {
  const life = await certified(world, await freshDisk());
  world.acme.behaviour.refusesRevocation = "alreadyRevoked";
  const view = await report(life);
  assert.notEqual(view.revokedAt, null);
  assert.equal(view.problem, null);
});

for (const [type, problem] of [
  ["unauthorized", "unauthorized"],
  ["badRevocationReason", "misunderstood"],
  ["rateLimited", "rate-limited"],
  ["malformed", "misunderstood"],
] as const)
  test(`an authority that says ${type}: the key stays stopped, its words are kept, and it can be told again`, async () => {
    const life = await certified(world, await freshDisk());
    world.acme.behaviour.refusesRevocation = type;
    const view = await report(life);
    assert.deepEqual([view.revokedAt, view.problem], [null, problem]);
    world.acme.behaviour.refusesRevocation = null;
    const again = await report(life);
    assert.deepEqual([again.problem, again.since], [null, view.since]);
    assert.notEqual(again.revokedAt, null);
  });

test("an authority that is down, or has no revokeCert: stopped all the same, before it was asked", async () => {
  const life = await certified(world, await freshDisk());
  let stoppedFirst = false;
  const before = world.acme.asked.length;
  world.acme.behaviour.isDown = (path) => path === "/revoke-cert";
  const [{ certificate } = assert.fail()] = await life.identities.all();
  const noticed = life.stolen.add.bind(life.stolen);
  life.stolen.add = async (...what) => {
    await noticed(...what);
    stoppedFirst ||= !world.acme.asked.slice(before).some(({ path }) => path === "/revoke-cert");
  };
  const view = await report(life);
  assert.equal(view.problem, "server-unreachable");
  assert.ok(stoppedFirst);
  assert.ok(await life.stolen.isStolen(certificate));
});

test("both certificates of a key that was kept are revoked, one for another key is not", async () => {
  const disk = await freshDisk();
  const life = await certified(world, disk);
  const { fingerprint } = await newest(life.orders);
  world.forgetMail();
  await certified(world, disk, { renews: fingerprint, key: "same" });
  await life.identities.add([await testIdentity("bob-p256")]);
  await answerOf(
    await handlersOf(life)["stolen:report"]({ fingerprint: fingerprint!, directory: null }, origin),
  );
  assert.equal(world.acme.revoked.length, 2);
  const stolen = await Promise.all(
    (await life.identities.all()).map(({ certificate }) => life.stolen.isStolen(certificate)),
  );
  assert.deepEqual(stolen.sort(), [false, true, true]);
});

test("it can be taken back until an authority has revoked it, and not after", async () => {
  const life = await certified(world, await freshDisk());
  const { fingerprint } = await newest(life.orders);
  world.acme.behaviour.isDown = (path) => path === "/revoke-cert";
  await report(life);
  answerOf(await handlersOf(life)["stolen:take-back"]({ fingerprint: fingerprint! }, origin));
  const [{ certificate } = assert.fail()] = await life.identities.all();
  assert.equal(await life.stolen.of(certificate), null);
  world.acme.behaviour.isDown = () => false;
  await report(life);
  const back = handlersOf(life)["stolen:take-back"]({ fingerprint: fingerprint! }, origin);
  await assert.rejects(back, refused("revoked-already"));
  assert.ok(await life.stolen.isStolen(certificate));
});

test("one whose certificate has expired is stopped, and nobody is asked", async () => {
  const disk: Disk = await freshDisk();
  const life = await certified(world, disk);
  const [{ certificate } = assert.fail()] = await life.identities.all();
  disk.time = new Date(certificate.notAfter + 1);
  const asked = world.acme.asked.length;
  assert.equal((await report(life)).revokedAt, null);
  assert.equal(world.acme.asked.length, asked);
});

test("every problem type of RFC 8555 §6.7 is known", () => {
  const named = [
    ...["accountDoesNotExist", "alreadyRevoked", "badCSR", "badNonce", "badPublicKey", "badRevocationReason"],
    ...["badSignatureAlgorithm", "caa", "compound", "connection", "dns", "externalAccountRequired"],
    ...["incorrectResponse", "invalidContact", "malformed", "orderNotReady", "rateLimited"],
    ...["rejectedIdentifier", "serverInternal", "tls", "unauthorized", "unsupportedContact"],
    ...["unsupportedIdentifier", "userActionRequired"],
  ];
  assert.deepEqual([...problemTypes].sort(), [...named].sort());
});
