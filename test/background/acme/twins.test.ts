/**
 * A stranger who learns that an order runs lets the authority send a twin of its challenge: true, proven, and of the
 * stranger's own order (RFC 8823 §3). Whenever it comes, the owner's order goes on by itself, no mail leaves to
 * anybody but the authority, and the stranger gets nothing. Against a stand-in that follows both RFCs strictly.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { AcmeClient } from "../../../src/background/acme/acme-client.js";
import { AcmeProblem } from "../../../src/background/acme/acme-problem.js";
import type { ChallengeMailbox } from "../../../src/background/acme/challenge-mailbox.js";
import { newAccountKey } from "../../../src/background/acme/jws.js";
import { type Life, carryThrough, freshDisk, live, newest, wishFor } from "../../helpers/acme-life.js";
import {
  type Challenge,
  type Writing,
  challengeMail,
  challengeSender,
  newChallenge,
} from "../../helpers/acme-post.js";
import { AcmeWorld, address } from "../../helpers/acme-world.js";
import type { Disk } from "../../helpers/background.js";
import { DkimKey } from "../../helpers/dkim.js";
import { sendMail } from "../../helpers/send-mail.js";

const minute = 60_000;
const evil = new DkimKey("evil.test");

let world: AcmeWorld;
before(async () => {
  world = await AcmeWorld.start();
});
after(() => world?.stop());
beforeEach(() => world.beginAnew());

interface Ordering {
  readonly disk: Disk;
  readonly life: Life;
  /** the authority's own mail, which waits until a test lets it come */
  readonly own: Challenge;
  /** how many mails left when it began */
  readonly before: number;
}

async function ordering(mailbox?: ChallengeMailbox): Promise<Ordering> {
  const disk = await freshDisk();
  const life = live(world, disk, mailbox);
  world.mailing.kind = "not at all";
  const before = sent().length;
  await life.orders.begin(wishFor(world));
  await life.orders.settled();
  assert.equal((await newest(life.orders)).step, "mail");
  world.mailing.kind = "signed";
  return { disk, life, own: world.acme.orders.at(-1)!.challenge, before };
}

/** A stranger, with an account, orders for the owner's address. */
async function strangerOrders() {
  const client = new AcmeClient((url, init) => fetch(url, init), world.acme.directory);
  const account = await client.account(await newAccountKey());
  const { url, authorizations } = await client.newOrder(account, [address]);
  const { challenge } = (await client.authorization(account, authorizations[0]!)).value;
  await client.respond(account, challenge!.url);
  return { status: async () => (await client.order(account, url)).value.status };
}

/** Mail of the authority's that nobody's order stands behind: as much work for us, and less for the test. */
async function flood(count: number): Promise<void> {
  for (let one = 0; one < count; one++) {
    const challenge = newChallenge(address, `a stranger's key ${one}`, null);
    world.forgetLater(challenge.messageId);
    await world.sendChallenge(challenge);
  }
}

async function forge(writing: Writing, key: DkimKey | null): Promise<void> {
  const challenge = newChallenge(address, "none", null);
  world.forgetLater(challenge.messageId);
  const message = challengeMail(challenge, key, writing);
  await sendMail(world.mail.smtpPort, { from: "mallory@evil.test", to: address, message });
}

/** As the arrival of a mail does. */
async function wake({ orders }: Life): Promise<void> {
  orders.carryOn(({ step }) => step === "mail" || step === "validation");
  await orders.settled();
}

const sent = () => world.mail.captured.filter(({ from }) => from === address);

/** @param answers that left for this order */
async function assertDone({ life, disk, before }: Ordering, answers: number): Promise<void> {
  const order = await carryThrough(disk, life.orders);
  assert.deepEqual([order.step, order.problem, order.doubtful], ["done", null, null]);
  const mails = sent().slice(before);
  assert.equal(mails.length, answers);
  // RFC 8823 §3.2: to the challenge's sender, and to nobody else.
  assert.ok(mails.every(({ to }) => to.join() === challengeSender));
  assert.equal(order.answeredMails.length, new Set(order.answeredMails).size, "each once");
  assert.equal((await life.identities.all()).length, 1);
  assert.ok(!life.news.includes("validation") && !life.news.includes("mail"), "nobody was asked anything");
}

test("without a twin: one answer, one certificate", async () => {
  const order = await ordering();
  await world.sendChallenge(order.own);
  await wake(order.life);
  await assertDone(order, 1);
  assert.deepEqual(world.acme.refusedAnswers, []);
});

test("a twin first: it is answered, and the authority's own too when it comes hours later", async () => {
  const order = await ordering();
  const stranger = await strangerOrders();
  await wake(order.life);
  assert.equal((await newest(order.life.orders)).step, "validation");
  assert.equal(await stranger.status(), "invalid", "our answer is wrong there");
  order.disk.time = new Date(order.disk.time.getTime() + 3 * 60 * minute);
  await world.sendChallenge(order.own);
  await wake(order.life);
  await assertDone(order, 2);
  assert.equal(await stranger.status(), "invalid");
});

test("a twin first, and nobody tells of the mail that follows: the next look finds it", async () => {
  const order = await ordering();
  await strangerOrders();
  await wake(order.life);
  await world.sendChallenge(order.own);
  await assertDone(order, 2);
});

test("a twin first, and the background dies before the authority's own comes", async () => {
  const order = await ordering();
  await strangerOrders();
  await wake(order.life);
  await world.sendChallenge(order.own);
  await assertDone({ ...order, life: live(world, order.disk) }, 2);
});

test("a mail that comes while the authority asked for patience is answered, and the authority not asked sooner", async () => {
  const order = await ordering();
  world.acme.behaviour.retryAfter = "3600";
  await strangerOrders();
  await wake(order.life);
  const asked = world.acme.asked.length;
  await wake(order.life);
  assert.equal(world.acme.asked.length, asked, "no mail, no question (RFC 8555 §7.5.1)");
  await world.sendChallenge(order.own);
  await wake(order.life);
  await assertDone(order, 2);
});

test("a twin after: the authority has its answer already, and the twin gets none", async () => {
  const order = await ordering();
  await world.sendChallenge(order.own);
  await wake(order.life);
  const stranger = await strangerOrders();
  await assertDone(order, 1);
  assert.equal(await stranger.status(), "pending");
});

test("a twin after, while our answer is still on its way: answered too, which changes nothing for ours", async () => {
  const mailbox = world.mailbox();
  const underWay: (() => Promise<void>)[] = [];
  let isSlow = true;
  const order = await ordering({
    find: mailbox.find,
    async answer(...mail) {
      if (isSlow) underWay.push(() => mailbox.answer(...mail));
      else await mailbox.answer(...mail);
      isSlow = false;
    },
  });
  await world.sendChallenge(order.own);
  await wake(order.life);
  const stranger = await strangerOrders();
  await wake(order.life);
  assert.equal((await newest(order.life.orders)).step, "validation");
  assert.equal(await stranger.status(), "invalid");
  for (const arrive of underWay) await arrive();
  await assertDone(order, 2);
});

test("ten twins first: each is answered once, and so is the authority's own", async () => {
  const order = await ordering();
  await flood(10);
  await wake(order.life);
  assert.equal(sent().length - order.before, 10);
  await world.sendChallenge(order.own);
  await wake(order.life);
  await assertDone(order, 11);
});

test("a flood costs twenty answers and one more every ten minutes, and the own mail has its turn", async () => {
  const order = await ordering();
  await flood(30);
  await wake(order.life);
  await wake(order.life);
  assert.equal(sent().length - order.before, 20);
  // What came nearest to the order comes first, whatever strangers date ahead.
  world.mailing.writing = { date: order.disk.time };
  await world.sendChallenge(order.own);
  await wake(order.life);
  assert.equal((await newest(order.life.orders)).step, "validation");
  order.disk.time = new Date(order.disk.time.getTime() + 10 * minute);
  await wake(order.life);
  await assertDone(order, 21);
});

for (const [what, writing, key] of [
  ["a digit for a letter", { from: "acme-cha11enge@ca.test" }, null],
  ["another domain that begins like the authority's", { from: "acme-challenge@ca.test.evil.test" }, evil],
  ["the authority's address as a name", { from: `"${challengeSender}" <acme-challenge@evil.test>` }, evil],
  ["letters of another alphabet", { from: "acme-challеnge@ca.test" }, evil],
] as const)
  test(`a twin from a look-alike sender, ${what}: no answer leaves, before or after the authority's own`, async () => {
    const order = await ordering();
    await forge(writing, key);
    await wake(order.life);
    assert.deepEqual([(await newest(order.life.orders)).step, sent().length - order.before], ["mail", 0]);
    await strangerOrders();
    await wake(order.life);
    await forge(writing, key);
    await wake(order.life);
    assert.equal(sent().length - order.before, 1, "the stranger's proven one alone");
    await world.sendChallenge(order.own);
    await wake(order.life);
    await assertDone(order, 2);
  });

test("once a mail was proven, none that is not is asked about", async () => {
  const order = await ordering();
  await strangerOrders();
  await wake(order.life);
  await forge({}, evil);
  order.disk.time = new Date(order.disk.time.getTime() + 10 * minute);
  await wake(order.life);
  assert.equal((await newest(order.life.orders)).doubtful, null);
  await world.sendChallenge(order.own);
  await assertDone(order, 2);
});

test("where the provider proves nothing: a forged twin that a person answered does not end it, the next is asked about", async () => {
  const order = await ordering();
  const { orders } = order.life;
  await forge({}, evil);
  await wake(order.life);
  const { id } = await newest(orders);
  await orders.confirmMail(id);
  await orders.settled();
  assert.equal((await newest(orders)).step, "validation");
  world.mailing.kind = "unsigned";
  await world.sendChallenge(order.own);
  await wake(order.life);
  assert.equal((await newest(orders)).doubtful?.confirmed, true, "not before the authority had its time");
  order.disk.time = new Date(order.disk.time.getTime() + 2 * minute);
  await wake(order.life);
  assert.deepEqual((await newest(orders)).doubtful?.messageId, order.own.messageId);
  assert.deepEqual(order.life.news, ["mail", "validation"]);
  assert.equal(sent().length - order.before, 1, "nothing leaves without a click");
  await orders.confirmMail(id);
  assert.equal((await carryThrough(order.disk, orders)).step, "done");
});

/** A mail server that takes so many answers, and then none for a while. */
function takes(most: number) {
  const mailbox = world.mailbox();
  const server = { most, tried: 0 };
  const answer: ChallengeMailbox["answer"] = async (...mail) => {
    server.tried++;
    if (server.most < 1) throw new AcmeProblem("mail-not-sent", "");
    await mailbox.answer(...mail);
    server.most--;
  };
  return { server, mailbox: { find: mailbox.find, answer } };
}

test("a twin whose answer the mail server does not take: the authority is told of the one that left (RFC 8555 §7.5.1)", async () => {
  const { server, mailbox } = takes(2);
  const order = await ordering(mailbox);
  await flood(1);
  await wake(order.life);
  world.mailing.writing = { date: order.disk.time };
  await world.sendChallenge(order.own);
  world.mailing.writing = { date: new Date(order.disk.time.getTime() + minute) };
  await flood(1);
  order.disk.time = new Date(order.disk.time.getTime() + 10 * minute);
  await wake(order.life);
  await assertDone(order, 2);
  assert.equal(server.tried, 3);
});

test("twins by the dozen, of whose answers the mail server takes one: no end, tried again, told meanwhile (RFC 8823 §3)", async () => {
  const { server, mailbox } = takes(2);
  const order = await ordering(mailbox);
  await flood(4);
  await wake(order.life);
  const stopped = await newest(order.life.orders);
  assert.deepEqual([stopped.step, stopped.problem?.code], ["validation", "mail-not-sent"]);
  const { tried } = server;
  await wake(order.life);
  assert.equal(server.tried, tried, "not with each mail that comes");
  assert.equal((await newest(order.life.orders)).problem?.code, "mail-not-sent");
  await world.sendChallenge(order.own);
  server.most = 10;
  await assertDone(order, 5);
});

test("an answer that the mail server does not take, and none left before it: the order ends with words", async () => {
  const order = await ordering(takes(0).mailbox);
  await world.sendChallenge(order.own);
  await wake(order.life);
  const { step, problem } = await newest(order.life.orders);
  assert.deepEqual([step, problem?.code], ["failed", "mail-not-sent"]);
});

test("an authority that takes the word once only: the second answer counts all the same (RFC 8555 §8.2)", async () => {
  world.acme.behaviour.takesWordOnce = true;
  const order = await ordering();
  await flood(1);
  await wake(order.life);
  await world.sendChallenge(order.own);
  await wake(order.life);
  await assertDone(order, 2);
});

test("an authority that fails the order for the wrong answer says so, and ordering again keeps the key", async () => {
  world.acme.behaviour.takesAnyAnswer = true;
  const order = await ordering();
  const { orders } = order.life;
  await flood(1);
  await wake(order.life);
  const failed = await carryThrough(order.disk, orders);
  assert.deepEqual([failed.step, failed.problem?.type], ["failed", "incorrectResponse"]);
  // The first order's own mail comes too late, and must not be taken for the second one's.
  await world.sendChallenge(order.own);
  order.disk.time = new Date(order.disk.time.getTime() + 5 * minute);
  world.mailing.writing = { date: order.disk.time };
  await orders.tryAgain(failed.id);
  const done = await carryThrough(order.disk, orders);
  assert.deepEqual([done.step, done.problem], ["done", null]);
  const [identity] = await order.life.identities.all();
  assert.notEqual(identity!.privateKey, null);
});

test("by hand: a stranger's mail answered first, then the authority's own", async () => {
  const disk = await freshDisk();
  const { orders } = live(world, disk, null);
  await orders.begin(wishFor(world));
  await orders.settled();
  const own = world.acme.orders.at(-1)!.challenge;
  const stranger = newChallenge(address, "a stranger's key", null);
  const { id } = await newest(orders);
  for (const challenge of [stranger, own]) {
    const answer = await orders.answerTo(id, `ACME: ${challenge.tokenPart1}`);
    const { messageId } = challenge;
    const found = { token: "", messageId, date: 0, replyTo: null };
    await world.mailbox().answer({ id: 0, isProven: true, server: null, challenge: found }, answer!, address);
    await orders.answered(id);
    await orders.settled();
  }
  assert.equal((await carryThrough(disk, orders)).step, "done");
});
