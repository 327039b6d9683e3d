/** The next certificate before the last one ends: told once and in time, with a new key or with the same. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { orderHandlers } from "../../../src/background/handlers/order-handlers.js";
import { viewIdentity } from "../../../src/background/identity-view.js";
import { isOld } from "../../../src/pages/options/old-keys.js";
import type { NewOrderAsk } from "../../../src/protocol/orders.js";
import {
  type Life,
  carryThrough,
  certified,
  freshDisk,
  live,
  newest,
  wishFor,
} from "../../helpers/acme-life.js";
import { AcmeWorld, address } from "../../helpers/acme-world.js";
import type { Disk } from "../../helpers/background.js";
import { answerOf, origin, refused } from "../../helpers/getting.js";

let world: AcmeWorld;
before(async () => {
  world = await AcmeWorld.start();
});
after(() => world?.stop());
beforeEach(() => {
  world.beginAnew();
  world.acme.behaviour.validity = 365;
});

const day = 24 * 3_600_000;

const handlersOf = (life: Life) => orderHandlers({ ...life, addresses: async () => [], byHand: false });

/** An order that is done, a year of validity, and the moment when its end is near. */
async function ending(): Promise<{ readonly disk: Disk; readonly life: Life; readonly end: number }> {
  const disk = await freshDisk();
  const life = await certified(world, disk);
  const [identity] = await life.identities.all();
  return { disk, life, end: identity!.certificate.notAfter };
}

/** The authority's clock goes with ours. */
function jump(disk: Disk, time: number): void {
  disk.time = new Date(time);
  world.mailing.writing = { date: disk.time };
  world.acme.behaviour.validity = 365 + 400;
}

async function renew(disk: Disk, life: Life, kind: NewOrderAsk["kind"]): Promise<void> {
  const { directory, fingerprint } = await newest(life.orders);
  const ask = { directory, address, kind, renews: fingerprint, contract: null };
  answerOf(await handlersOf(life)["order:begin"](ask, origin));
  const order = await carryThrough(disk, life.orders);
  assert.deepEqual([order.step, order.problem], ["done", null]);
}

test("the end is told 30 days before it comes, once, and not a moment earlier; the alarm is set for then", async () => {
  const { disk, life, end } = await ending();
  assert.equal(life.scheduled.at(-1), end - 30 * day);
  disk.time = new Date(end - 30 * day - 1);
  assert.deepEqual(await life.orders.dueForRenewal(), []);
  disk.time = new Date(end - 30 * day);
  assert.deepEqual(
    (await life.orders.dueForRenewal()).map((order) => order.address),
    [address],
  );
  assert.deepEqual(await life.orders.dueForRenewal(), [], "once");
  const [shown] = answerOf(await handlersOf(life)["order:list"]({}, origin));
  assert.equal(shown!.renewBefore, new Date(end - 30 * day).toISOString());
});

test("a certificate of 90 days is thought of in its last third", async () => {
  const disk = await freshDisk();
  world.acme.behaviour.validity = 60;
  const life = await certified(world, disk);
  const [identity] = await life.identities.all();
  const { notBefore, notAfter } = identity!.certificate;
  assert.equal(life.scheduled.at(-1), notAfter - (notAfter - notBefore) / 3);
});

for (const kind of ["p-256", "same"] as const)
  test(`renewed with ${kind === "same" ? "the same" : "a new"} key: it signs from now on, and the old one stays in its list`, async () => {
    const { disk, life, end } = await ending();
    const [before] = await life.identities.all();
    jump(disk, end - 20 * day);
    await renew(disk, life, kind);
    const all = await life.identities.all();
    assert.equal(all.length, 2);
    const next = all.find(({ certificate }) => certificate.fingerprint !== before!.certificate.fingerprint)!;
    const keys = [before!, next].map(({ certificate }) => Buffer.from(certificate.subjectPublicKeyInfo.der));
    assert.equal(keys[0]!.equals(keys[1]!), kind === "same");
    assert.notEqual(next.privateKey, null);
    assert.equal(await (await life.database()).count("pendingKeys"), 0);
    // Issued by a real clock in the same minute: a second apart is what tells the next from the last.
    const later = { ...next.certificate, notBefore: before!.certificate.notBefore + 1000 };
    const views = await Promise.all(
      [before!, { ...next, certificate: later }].map((identity) => viewIdentity(identity, disk.time)),
    );
    assert.deepEqual(
      views.map((view) => [isOld(view, views, disk.time.getTime()), view.canDecrypt]),
      [
        [true, true],
        [false, true],
      ],
    );
    assert.deepEqual(await life.orders.dueForRenewal(), [], "nobody is told of one that is renewed");
    const list = answerOf(await handlersOf(life)["order:list"]({}, origin));
    assert.ok(list.every(({ renewBefore }) => renewBefore === null));
  });

test("while the next one is on its way, and after it failed: the old one is untouched and told again only then", async () => {
  const { disk, life, end } = await ending();
  jump(disk, end - 20 * day);
  world.acme.behaviour.refusesOrders = "rateLimited";
  const { directory, fingerprint } = await newest(life.orders);
  const ask = { directory, address, kind: "same", renews: fingerprint, contract: null } as const;
  answerOf(await handlersOf(life)["order:begin"](ask, origin));
  assert.deepEqual(await life.orders.awaitingRenewal(), []);
  assert.equal((await carryThrough(disk, life.orders)).step, "failed");
  assert.equal((await life.orders.awaitingRenewal()).length, 1);
  assert.equal((await life.identities.all()).length, 1);
});

test("the same key, while the vault is locked: nobody is asked, and nothing begins", async () => {
  const disk = await freshDisk("correct horse battery staple");
  const life = await certified(world, disk);
  await life.vault.lock();
  const asked = world.acme.asked.length;
  const { fingerprint } = await newest(life.orders);
  const wish = wishFor(world, { renews: fingerprint, key: "same" });
  await assert.rejects(life.orders.begin(wish), refused("vault-locked"));
  assert.equal(world.acme.asked.length, asked);
  assert.equal((await life.orders.all()).length, 1);
});

test("an authority that issues for another key than the one that was kept gets nothing stored", async () => {
  const { disk, life, end } = await ending();
  jump(disk, end - 20 * day);
  world.acme.behaviour.issues = "another-key";
  const { fingerprint } = await newest(life.orders);
  await life.orders.begin(wishFor(world, { renews: fingerprint, key: "same" }));
  const order = await carryThrough(disk, life.orders);
  assert.deepEqual(
    [order.step, order.problem?.code, order.problem?.detail],
    ["failed", "certificate-wrong", "key"],
  );
  assert.equal((await life.identities.all()).length, 1);
});

test("a certificate that was removed here is not renewed, and a stolen key gets no other", async () => {
  const { disk, life, end } = await ending();
  jump(disk, end - 20 * day);
  const [{ certificate } = assert.fail()] = await life.identities.all();
  await life.stolen.add(certificate);
  const handlers = handlersOf(life);
  const [shown] = answerOf(await handlers["order:list"]({}, origin));
  assert.equal(shown!.renewBefore, null);
  const ask = { directory: shown!.directory, address, renews: certificate.fingerprint, contract: null };
  await assert.rejects(handlers["order:begin"]({ ...ask, kind: "same" }, origin), refused("key-stolen"));
  await life.identities.remove(certificate.fingerprint);
  await assert.rejects(handlers["order:begin"]({ ...ask, kind: "same" }, origin), refused("not-found"));
  assert.deepEqual(await life.orders.dueForRenewal(), []);
});

test("a certificate whose end is near wakes nobody at once and for ever: not one that was removed, nor one that could not be told", async () => {
  for (const isRemoved of [false, true]) {
    const { disk, life, end } = await ending();
    jump(disk, end - 20 * day);
    const [{ certificate } = assert.fail()] = await life.identities.all();
    if (isRemoved) await life.identities.remove(certificate.fingerprint);
    life.orders.carryOn();
    await life.orders.settled();
    const next = life.scheduled.at(-1);
    if (isRemoved) assert.equal(next, null);
    else
      assert.ok(
        next! >= disk.time.getTime() + 60_000,
        "whoever is woken tells it, so the next wake is for later",
      );
  }
  const { disk, life, end } = await ending();
  disk.time = new Date(end - 40 * day);
  life.orders.carryOn();
  await life.orders.settled();
  assert.equal(life.scheduled.at(-1), end - 30 * day);
});

test("another life of the background goes on with a renewal that keeps the key", async () => {
  const { disk, life, end } = await ending();
  jump(disk, end - 20 * day);
  world.acme.behaviour.looksUntilIssued = 1;
  const { fingerprint } = await newest(life.orders);
  await life.orders.begin(wishFor(world, { renews: fingerprint, key: "same" }));
  await life.orders.settled();
  const { orders, identities } = live(world, disk);
  assert.equal((await carryThrough(disk, orders)).step, "done");
  assert.equal((await identities.all()).length, 2);
});
