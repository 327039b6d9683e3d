/**
 * Orders from the click to the certificate, against a stand-in that follows RFC 8555 and RFC 8823 strictly, with
 * real HTTP and real mail over loopback. "Another life" is the background after the browser stopped it.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { ChallengeMailbox } from "../../../src/background/acme/challenge-mailbox.js";
import type { Orders } from "../../../src/background/acme/orders.js";
import type { OrderRecord, OrderStep } from "../../../src/background/acme/records.js";
import { emailAddresses } from "../../../src/engine/index.js";
import { AcmeWorld, address } from "../../helpers/acme-world.js";
import { carryThrough, freshDisk, live as lifeOf, newest, wishFor } from "../../helpers/acme-life.js";
import { Disk } from "../../helpers/background.js";

let world: AcmeWorld;
before(async () => {
  world = await AcmeWorld.start();
});
after(() => world?.stop());
beforeEach(() => world.beginAnew());

const wish = () => wishFor(world);
const live = (disk: Disk, mailbox?: ChallengeMailbox | null) => lifeOf(world, disk, mailbox);

async function only(orders: Orders): Promise<OrderRecord> {
  assert.equal((await orders.all()).length, 1);
  return newest(orders);
}

test("from the order to a certificate that belongs to its key, with its chain (RFC 8555 §7, RFC 8823 §3)", async () => {
  const disk = await freshDisk();
  const { orders, identities, database } = live(disk);
  world.acme.behaviour.looksUntilIssued = 2;
  await orders.begin(wish());
  const order = await carryThrough(disk, orders);
  assert.deepEqual([order.step, order.problem, world.acme.refusedAnswers], ["done", null, []]);
  const [identity] = await identities.all();
  assert.deepEqual([...emailAddresses(identity!.certificate)], [address]);
  assert.equal(identity!.chain.length, 1);
  assert.notEqual(identity!.privateKey, null);
  assert.equal(identity!.certificate.fingerprint, order.fingerprint);
  assert.equal((await (await database()).get("orders", order.id))?.key, null);
  assert.equal(await (await database()).count("pendingKeys"), 0);
});

test("the key is sealed before the first request leaves, and no record holds it in clear", async () => {
  const disk = await freshDisk();
  const { orders, database } = live(disk);
  world.acme.behaviour.isDown = () => true;
  const before = world.acme.asked.length;
  const order = await orders.begin(wish());
  assert.equal(world.acme.asked.length, before);
  const pending = await (await database()).get("pendingKeys", order.key!.id!);
  assert.ok(pending!.privateKey.ciphertext.length > 100);
  await orders.settled();
  const account = await (await database()).get("accounts", order.directory);
  assert.equal(account!.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("pkcs8", account!.privateKey));
});

test("the background may die at every step: each life takes one, none begins anew", async () => {
  const disk = await freshDisk();
  const steps: OrderStep[] = [];
  const first = live(disk);
  world.acme.behaviour.isDown = () => true;
  await first.orders.begin(wish());
  await first.orders.settled();
  for (let lives = 0; lives < 30; lives++) {
    const { orders } = live(disk);
    const order = await only(orders);
    steps.push(order.step);
    if (order.step === "done") break;
    // It dies after two requests, in the middle of whatever it is at.
    let posts = 0;
    world.acme.behaviour.isDown = (path) => !/directory|nonce|account/.test(path) && ++posts > 2;
    disk.time = new Date(Math.max(order.nextTry ?? 0, disk.time.getTime()));
    orders.carryOn();
    await orders.settled();
  }
  assert.equal(steps.at(-1), "done");
  assert.ok(new Set(steps).size >= 4, steps.join(" "));
  assert.equal((await live(disk).identities.all()).length, 1);
});

test("the challenge may come an hour later, to another life", async () => {
  const disk = await freshDisk();
  world.mailing.kind = "not at all";
  const first = live(disk);
  await first.orders.begin(wish());
  await first.orders.settled();
  assert.equal((await only(first.orders)).step, "mail");
  assert.ok(first.scheduled.at(-1)! > disk.time.getTime());
  world.mailing.kind = "signed";
  await world.sendChallenge(world.acme.orders.at(-1)!.challenge);
  disk.time = new Date(disk.time.getTime() + 3_600_000);
  const { orders } = live(disk);
  orders.carryOn();
  assert.equal((await carryThrough(disk, orders)).step, "done");
});

test("a mail that nothing proves is not answered until a person says so, and then goes to the authority's own address", async () => {
  const disk = await freshDisk();
  world.mailing.kind = "unsigned";
  world.acme.behaviour.replyTo = "stranger@elsewhere.test";
  const { orders } = live(disk);
  const sent = world.mail.captured.length;
  await orders.begin(wish());
  await orders.settled();
  const order = await only(orders);
  assert.deepEqual([order.step, order.doubtful?.confirmed], ["mail", false]);
  assert.equal(world.mail.captured.length, sent + 1, "only the challenge");
  await orders.confirmMail(order.id);
  await orders.settled();
  assert.deepEqual(world.mail.captured.at(-1)!.to, ["acme-challenge@ca.test"]);
});

test("Reply-To counts where DKIM proves the mail (RFC 8823 §3.2)", async () => {
  const disk = await freshDisk();
  world.acme.behaviour.replyTo = "replies@ca.test";
  const { orders } = live(disk);
  await orders.begin(wish());
  await orders.settled();
  assert.deepEqual(world.mail.captured.at(-1)!.to, ["replies@ca.test"]);
});

test("a forged half of the token: the authority refuses, says why, and trying again works", async () => {
  const disk = await freshDisk();
  world.mailing.writing = { subject: `ACME: ${"A".repeat(32)}` };
  const { orders, identities } = live(disk);
  await orders.begin(wish());
  const failed = await carryThrough(disk, orders);
  assert.deepEqual([failed.step, failed.problem?.type], ["failed", "incorrectResponse"]);
  assert.equal((await identities.all()).length, 0);
  world.mailing.writing = {};
  await orders.tryAgain(failed.id);
  assert.equal((await carryThrough(disk, orders)).step, "done");
});

test("what the authority says no with is kept, and nothing is tried again by itself (RFC 8555 §6.7)", async () => {
  for (const type of ["rejectedIdentifier", "rateLimited"]) {
    const disk = await freshDisk();
    world.acme.behaviour.refusesOrders = type;
    const { orders } = live(disk);
    await orders.begin(wish());
    const order = await carryThrough(disk, orders);
    assert.deepEqual([order.step, order.failedAt, order.problem?.type], ["failed", "order", type]);
    const asked = world.acme.asked.length;
    orders.carryOn();
    await orders.settled();
    assert.equal(world.acme.asked.length, asked);
  }
});

test("a server that is down in the middle is asked again, later each time, and a week at most", async () => {
  const disk = await freshDisk();
  world.acme.behaviour.isDown = (path) => path.startsWith("/order");
  const { orders } = live(disk);
  const begun = disk.time.getTime();
  await orders.begin(wish());
  const waits: number[] = [];
  for (let tries = 0; tries < 500; tries++) {
    await orders.settled();
    const order = await only(orders);
    if (order.nextTry === null) break;
    assert.equal(order.problem?.code, "server-unreachable");
    waits.push(order.nextTry - disk.time.getTime());
    disk.time = new Date(order.nextTry);
    orders.carryOn();
  }
  const order = await only(orders);
  assert.deepEqual([order.step, order.problem?.code], ["failed", "took-too-long"]);
  assert.ok(waits[3]! > waits[0]! && Math.max(...waits) <= 3_600_000);
  assert.ok(disk.time.getTime() - begun < 8 * 24 * 3_600_000);
});

test("Retry-After is kept (RFC 8555 §7.5.1)", async () => {
  const disk = await freshDisk();
  world.acme.behaviour.looksUntilIssued = 1;
  world.acme.behaviour.retryAfter = "120";
  const { orders } = live(disk);
  await orders.begin(wish());
  await orders.settled();
  const order = await only(orders);
  assert.deepEqual([order.step, order.nextTry! - disk.time.getTime()], ["issuing", 120_000]);
});

for (const [issues, why] of [
  ["another-key", "key"],
  ["another-address", "address"],
  ["rubbish", "malformed"],
] as const)
  test(`a certificate that is ${issues} is not taken, and what was there stays`, async () => {
    const disk = await freshDisk();
    world.acme.behaviour.issues = issues;
    const { orders, identities } = live(disk);
    await orders.begin(wish());
    const order = await carryThrough(disk, orders);
    assert.deepEqual(
      [order.step, order.problem?.code, order.problem?.detail],
      ["failed", "certificate-wrong", why],
    );
    assert.notEqual(order.key, null);
    assert.equal((await identities.all()).length, 0);
  });

test("the certificate comes while the vault is locked: it waits, and is put in when the vault opens", async () => {
  const disk = new Disk();
  const { vault, orders, identities } = live(disk);
  await vault.create("correct horse battery staple");
  world.acme.behaviour.looksUntilIssued = 1;
  await orders.begin(wish());
  await orders.settled();
  await vault.lock();
  const waiting = await carryThrough(disk, orders);
  assert.deepEqual([waiting.step, waiting.nextTry], ["install", null]);
  await vault.unlock("correct horse battery staple", 5);
  assert.equal((await carryThrough(disk, orders)).step, "done");
  assert.equal((await identities.all()).length, 1);
});

test("without an open vault no order begins, and nobody is asked", async () => {
  const disk = new Disk();
  const { vault, orders } = live(disk);
  await vault.create("correct horse battery staple");
  await vault.lock();
  const asked = world.acme.asked.length;
  await assert.rejects(orders.begin(wish()), /vault-locked/);
  assert.equal(world.acme.asked.length, asked);
});

test("by hand, where no mail client is: the subject goes in, the answer comes out", async () => {
  const disk = await freshDisk();
  const { orders } = live(disk, null);
  await orders.begin(wish());
  await orders.settled();
  const { id, step } = await only(orders);
  assert.equal(step, "mail");
  const { challenge } = world.acme.orders.at(-1)!;
  assert.equal(await orders.answerTo(id, "Re: lunch"), null);
  const answer = await orders.answerTo(id, `ACME: ${challenge.tokenPart1}`);
  assert.deepEqual(
    [answer!.to, answer!.subject],
    ["acme-challenge@ca.test", `Re: ACME: ${challenge.tokenPart1}`],
  );
  const letter = {
    id: 0,
    isProven: true,
    server: null,
    challenge: { token: "", messageId: challenge.messageId, date: 0, replyTo: null },
  };
  await world.mailbox().answer(letter, answer!, address);
  await orders.answered(id);
  assert.equal((await carryThrough(disk, orders)).step, "done");
});

test("two clicks make one order; a removed one is gone with its key", async () => {
  const disk = await freshDisk();
  world.mailing.kind = "not at all";
  const { orders, database } = live(disk);
  const [one, two] = [await orders.begin(wish()), await orders.begin(wish())];
  assert.equal(one.id, two.id);
  await orders.settled();
  await orders.remove(one.id);
  assert.deepEqual(await orders.all(), []);
  assert.equal(await (await database()).count("pendingKeys"), 0);
});
