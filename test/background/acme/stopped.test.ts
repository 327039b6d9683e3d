/**
 * What stops an order on this computer, a full disk, a lock in the middle, an unlock that nobody heard, a clock that was
 * wrong, our own mistake: no order is lost by it, none stands still without a word, none stops another, and nothing is
 * sent twice without bound.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { ChallengeLetter, ChallengeMailbox } from "../../../src/background/acme/challenge-mailbox.js";
import { Orders } from "../../../src/background/acme/orders.js";
import type { OrderRecord } from "../../../src/background/acme/records.js";
import type { Database } from "../../../src/background/database.js";
import { orderHandlers } from "../../../src/background/handlers/order-handlers.js";
import { Refusal } from "../../../src/background/refusal.js";
import { StolenKeys } from "../../../src/background/stolen-keys.js";
import { ParsedCertificates } from "../../../src/background/trust/parsed-certificates.js";
import { IdentityStore } from "../../../src/background/vault/identity-store.js";
import { PendingKeys } from "../../../src/background/vault/pending-keys.js";
import type { OrderView } from "../../../src/protocol/orders.js";
import { carryThrough, freshDisk, newest, wishFor } from "../../helpers/acme-life.js";
import { AcmeWorld, address } from "../../helpers/acme-world.js";
import { type Disk, wake } from "../../helpers/background.js";
import { onFullDisk } from "../../helpers/full-disk.js";
import { answerOf, origin } from "../../helpers/getting.js";

let world: AcmeWorld;
before(async () => {
  world = await AcmeWorld.start();
});
after(() => world?.stop());
beforeEach(() => world.beginAnew());

const minute = 60_000;
const passphrase = "correct horse battery staple";
const down = async (): Promise<never> => {
  throw new TypeError("down");
};

interface Odds {
  readonly mailbox?: ChallengeMailbox;
  /** which stores take nothing more */
  readonly isFull?: (stores: readonly string[]) => boolean;
  readonly isUnreadable?: () => boolean;
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>;
  /** before a key is taken for its certificate */
  readonly onTake?: () => Promise<unknown>;
}

/** One life of the background, over a disk and among things that go wrong. */
function live(disk: Disk, { mailbox, isFull, isUnreadable, fetch: ask, onTake }: Odds = {}) {
  const woken = wake(disk);
  const now = (): Date => disk.time;
  const { vault } = woken;
  const guarded = onFullDisk(woken.database, isFull ?? (() => false));
  const database = async (): Promise<Database> => {
    if (isUnreadable?.() === true) throw new DOMException("no such file", "UnknownError");
    return guarded();
  };
  const host = { database, vault, now, parsed: new ParsedCertificates(), onChanged: () => undefined };
  const identities = new IdentityStore(host);
  const pendingKeys = new PendingKeys(host);
  const take = pendingKeys.take.bind(pendingKeys);
  pendingKeys.take = async (id) => {
    await onTake?.();
    return take(id);
  };
  const scheduled: (number | null)[] = [];
  const news: OrderRecord[] = [];
  const orders = new Orders({
    ...{ database, vault, identities, pendingKeys, now, mailbox: mailbox ?? world.mailbox() },
    fetch: ask ?? ((url, init) => fetch(url, init)),
    schedule: (when) => scheduled.push(when),
    onChanged: () => undefined,
    onNews: (order) => news.push(order),
  });
  return { ...woken, ...{ identities, pendingKeys, orders, scheduled, news, now } };
}
type Life = ReturnType<typeof live>;

async function shown(life: Life): Promise<OrderView> {
  const stolen = new StolenKeys({ ...life, onChanged: () => undefined });
  const parts = { ...life, stolen, addresses: async () => [], byHand: false };
  const [view = assert.fail()] = answerOf(await orderHandlers(parts)["order:list"]({}, origin));
  return view;
}

async function wakeUp({ orders }: Life): Promise<void> {
  orders.carryOn();
  await orders.settled();
}

const blank = (disk: Disk): OrderRecord => ({
  ...{ version: 1, id: "one", directory: "https://ca.test/directory", address, step: "account" },
  ...{ failedAt: null, kind: "p-256", key: null, url: null, challenge: null, doubtful: null, chain: null },
  ...{ answeredMails: [], fingerprint: null, problem: null, tries: 0, nextTry: disk.time.getTime() },
  ...{ createdAt: disk.time.getTime() - 1000, endsAt: disk.time.getTime() + 7 * 24 * 60 * minute },
  ...{ renews: null, renewAt: null, reminded: false },
});

async function keep(disk: Disk, change: Partial<OrderRecord>): Promise<OrderRecord> {
  const order = { ...blank(disk), ...change };
  await (await wake(disk).database()).put("orders", order);
  return order;
}

/** An order that waits for its challenge, and its mail, which is here and proven. */
async function waiting(disk: Disk): Promise<ChallengeLetter> {
  const since = disk.time.getTime();
  const where = { url: "https://ca.test/challenge", authorization: "https://ca.test/authorization" };
  const challenge = { ...where, token: "t".repeat(43), from: "acme@ca.test", since };
  await keep(disk, { step: "mail", url: "https://ca.test/order", challenge });
  const mail = { token: "p".repeat(43), messageId: "<one@ca.test>", date: since, replyTo: null };
  return { id: 1, challenge: mail, isProven: true, server: null };
}

test("what breaks one order stops no other, is told in its own row, and is tried again later each time", async () => {
  const disk = await freshDisk();
  // Our own mistake, or a damaged disk: what was answered cannot be without its challenge (RFC 8823 §3).
  await keep(disk, { step: "answered", challenge: null });
  const life = live(disk);
  await wakeUp(life);
  const waits: number[] = [];
  for (let tries = 0; tries < 4; tries++) {
    const broken = (await life.orders.all()).find(({ id }) => id === "one")!;
    assert.deepEqual([broken.step, broken.problem?.code], ["answered", "stopped-here"]);
    waits.push(broken.nextTry! - disk.time.getTime());
    disk.time = new Date(broken.nextTry!);
    await wakeUp(life);
  }
  assert.deepEqual(waits, [2000, 4000, 8000, 16000]);
  assert.equal((await shown(life)).problem, "stopped-here");
  await life.orders.begin(wishFor(world));
  const honest = await carryThrough(disk, life.orders);
  assert.deepEqual([honest.step, honest.problem], ["done", null]);
  // A week, as everything else (RFC 8555 leaves it to the authority how long an order lives).
  disk.time = new Date(blank(disk).endsAt + minute);
  await wakeUp(life);
  const ended = (await life.orders.all()).find(({ id }) => id === "one")!;
  assert.deepEqual([ended.step, ended.problem?.code], ["failed", "took-too-long"]);
});

test("words of a problem go when it is over: an authority that answers again is not called silent", async () => {
  const disk = await freshDisk();
  world.mailing.kind = "not at all";
  let isDown = false;
  const life = live(disk, { fetch: (url, init) => (isDown ? down() : fetch(url, init)) });
  const { id } = await life.orders.begin(wishFor(world));
  await life.orders.settled();
  await life.orders.answered(id);
  await life.orders.settled();
  assert.equal((await newest(life.orders)).step, "validation");
  isDown = true;
  await life.orders.tryAgain(id);
  disk.time = new Date(disk.time.getTime() + 10 * minute);
  await wakeUp(life);
  assert.equal((await shown(life)).problem, "server-unreachable");
  isDown = false;
  disk.time = new Date(disk.time.getTime() + 60 * minute);
  await wakeUp(life);
  assert.deepEqual([(await newest(life.orders)).step, (await shown(life)).problem], ["validation", null]);
});

test("a full disk: nothing leaves that could not be written down, it is told once and shown, and nobody is woken at once", async () => {
  const disk = await freshDisk();
  const letter = await waiting(disk);
  const answered: string[] = [];
  let isFull = true;
  const mailbox: ChallengeMailbox = {
    find: async ({ spent }) => (spent.includes(letter.challenge.messageId) ? null : letter),
    answer: async ({ challenge }) => void answered.push(challenge.messageId),
  };
  const life = live(disk, { mailbox, fetch: down, isFull: () => isFull });
  for (let wakes = 0; wakes < 3; wakes++) {
    disk.time = new Date(disk.time.getTime() + 31 * minute);
    await wakeUp(life);
  }
  assert.deepEqual(answered, []);
  const view = await shown(life);
  assert.deepEqual([view.state, view.problem], ["waiting-for-mail", "stopped-here"]);
  assert.deepEqual(
    life.news.map(({ problem }) => problem?.code),
    ["stopped-here"],
  );
  assert.ok(life.scheduled.at(-1)! >= disk.time.getTime() + 30 * minute);
  // Another life knows nothing of it, and finds the same.
  assert.equal((await newest(live(disk).orders)).problem, null);
  isFull = false;
  await life.orders.tryAgain("one");
  await life.orders.settled();
  assert.deepEqual(answered, ["<one@ca.test>"]);
  assert.equal((await shown(life)).problem, "server-unreachable");
});

test("stopped right after an answer left: it is not sent again, and the authority is told of it (RFC 8823 §3.2, RFC 8555 §7.5.1)", async () => {
  const disk = await freshDisk();
  const letter = await waiting(disk);
  const answered: string[] = [];
  const mailbox: ChallengeMailbox = {
    async find({ spent }) {
      // As judging a mail says it when keys are locked meanwhile.
      if (spent.includes(letter.challenge.messageId)) throw new Refusal("vault-locked");
      return letter;
    },
    answer: async ({ challenge }) => void answered.push(challenge.messageId),
  };
  const asked: string[] = [];
  const fetch = async (url: string): Promise<never> => {
    asked.push(url);
    return down();
  };
  for (let lives = 0; lives < 3; lives++) {
    const life = live(disk, { mailbox, fetch });
    await wakeUp(life);
    const order = await newest(life.orders);
    assert.deepEqual([order.step, order.answeredMails], ["answered", ["<one@ca.test>"]]);
    disk.time = new Date(order.nextTry!);
  }
  assert.deepEqual(answered, ["<one@ca.test>"]);
  assert.deepEqual(asked, Array(2).fill("https://ca.test/directory"), "in the second life and in the third");
});

test("stopped each time before an answer can be written down: twenty leave, one more every ten minutes, and no more", async () => {
  const disk = await freshDisk();
  const letter = await waiting(disk);
  let answers = 0;
  let isFull = false;
  const mailbox: ChallengeMailbox = {
    find: async () => letter,
    async answer() {
      answers++;
      isFull = true;
    },
  };
  const lives = async (most: number): Promise<void> => {
    for (let count = 0; count < most; count++) {
      isFull = false;
      const life = live(disk, { mailbox, fetch: down, isFull: () => isFull });
      life.orders.carryOn(() => true);
      await life.orders.settled();
    }
  };
  await lives(30);
  assert.deepEqual([answers, (await newest(live(disk).orders)).step], [20, "mail"]);
  disk.time = new Date(disk.time.getTime() + 10 * minute);
  await lives(5);
  assert.equal(answers, 21);
});

test("a certificate that cannot be put to its key: tried for hours, then ended with words; the click goes on from it", async () => {
  const disk = await freshDisk();
  let isFull = false;
  const life = live(disk, { isFull: (stores) => isFull && stores.includes("identities") });
  await life.orders.begin(wishFor(world));
  isFull = true;
  await carryThrough(disk, life.orders, 8);
  const under = await newest(life.orders);
  assert.deepEqual([under.step, under.problem?.code], ["install", "stopped-here"]);
  const view = await shown(life);
  assert.deepEqual([view.state, view.problem], ["being-installed", "stopped-here"]);
  const begun = disk.time.getTime();
  const order = await carryThrough(disk, life.orders, 60);
  assert.deepEqual([order.step, order.failedAt, order.problem?.code], ["failed", "install", "stopped-here"]);
  const hours = (disk.time.getTime() - begun) / (60 * minute);
  assert.ok(hours > 4 && hours < 8, String(hours));
  assert.equal(life.scheduled.at(-1), null);
  assert.notEqual(order.chain, null);
  assert.equal((await life.pendingKeys.list()).length, 1, "its key waits here");
  isFull = false;
  const { orders } = world.acme;
  const before = orders.length;
  await life.orders.tryAgain(order.id);
  assert.equal((await carryThrough(disk, life.orders)).step, "done");
  assert.equal(orders.length, before, "nothing was ordered again");
  assert.equal((await life.identities.all()).length, 1);
});

test("keys that are locked while the certificate is put to its key are no failure: the unlock goes on", async () => {
  const disk = await freshDisk(passphrase);
  const odds: (() => Promise<unknown>)[] = [down, () => life.vault.lock()];
  const life: Life = live(disk, { onTake: async () => odds.shift()?.() });
  await life.vault.unlock(passphrase, 60);
  await life.orders.begin(wishFor(world));
  for (let wakes = 0; wakes < 20 && odds.length > 0; wakes++) {
    if (odds.length === 1) assert.equal((await shown(life)).problem, "stopped-here");
    await carryThrough(disk, life.orders, 1);
  }
  const order = await newest(life.orders);
  assert.deepEqual([order.step, order.nextTry, order.problem], ["install", null, null]);
  assert.equal((await shown(life)).state, "vault-locked");
  await life.vault.unlock(passphrase, 60);
  assert.equal((await carryThrough(disk, life.orders)).step, "done");
});

test("an unlock that nobody was there to hear of: the next wake puts the certificate in; a locked vault wakes nobody", async () => {
  const disk = await freshDisk(passphrase);
  const first = live(disk);
  await first.vault.unlock(passphrase, 60);
  world.acme.behaviour.looksUntilIssued = 1;
  await first.orders.begin(wishFor(world));
  await first.orders.settled();
  await first.vault.lock();
  await carryThrough(disk, first.orders);
  const second = live(disk);
  await wakeUp(second);
  assert.deepEqual([(await newest(second.orders)).nextTry, second.scheduled.at(-1)], [null, null]);
  assert.equal((await shown(second)).state, "vault-locked");
  await wake(disk).vault.unlock(passphrase, 60);
  const third = live(disk);
  await wakeUp(third);
  assert.equal((await newest(third.orders)).step, "done");
});

test("a clock that is put back: what was put off by the wrong one has its turn now, and what is put off for a day waits", async () => {
  const disk = await freshDisk();
  const now = disk.time.getTime();
  for (const [hours, isAsked] of [
    [24, false],
    [26, true],
    [400 * 24, true],
  ] as const) {
    await keep(disk, { step: "account", nextTry: now + hours * 60 * minute });
    let asked = 0;
    const fetch = async (): Promise<never> => {
      asked++;
      return down();
    };
    await wakeUp(live(disk, { fetch }));
    assert.equal(asked > 0, isAsked, `${hours} hours`);
    const next = (await newest(live(disk).orders)).nextTry!;
    assert.equal(next, isAsked ? now + 2000 : now + hours * 60 * minute);
  }
});

test("a clock that is put back: a mail that is waited for is not looked for every few seconds until it is right again", async () => {
  const disk = await freshDisk();
  await waiting(disk);
  const mailbox: ChallengeMailbox = { find: async () => null, answer: () => assert.fail("nothing came") };
  const wait = async (): Promise<number> => {
    await wakeUp(live(disk, { mailbox, fetch: down }));
    return (await newest(live(disk).orders)).nextTry! - disk.time.getTime();
  };
  assert.equal(await wait(), 15_000);
  disk.time = new Date(disk.time.getTime() - 30 * 24 * 60 * minute);
  assert.equal(await wait(), 10 * minute);
});

test("orders that cannot be read now are not forgotten: somebody wakes us, and not at once", async () => {
  const disk = await freshDisk();
  await keep(disk, {});
  let isUnreadable = true;
  const asked: string[] = [];
  const fetch = async (url: string): Promise<never> => {
    asked.push(url);
    return down();
  };
  const life = live(disk, { fetch, isUnreadable: () => isUnreadable });
  await wakeUp(life);
  assert.deepEqual([asked, life.scheduled], [[], [disk.time.getTime() + 30 * minute]]);
  isUnreadable = false;
  await wakeUp(life);
  assert.equal(asked.length, 1);
});

test("an authority that hears finalize and leaves the order ready is asked again, later each time (RFC 8555 §7.4)", async () => {
  const disk = await freshDisk();
  const life = live(disk);
  world.acme.behaviour.finalizeUnheard = 3;
  await life.orders.begin(wishFor(world));
  await life.orders.settled();
  const order = await newest(life.orders);
  assert.deepEqual([order.step, order.nextTry! > disk.time.getTime()], ["finalize", true]);
  assert.equal(life.scheduled.at(-1), order.nextTry);
  assert.equal((await carryThrough(disk, life.orders)).step, "done");
});

test("stopped between two steps, wherever: the next one is due at once, and an alarm is set before the first is taken", async () => {
  const disk = await freshDisk();
  let writes = 0;
  // With the third write to the orders a life ends.
  const ends = (stores: readonly string[]): boolean => stores.includes("orders") && ++writes > 2;
  const first = live(disk, { fetch: down });
  await first.orders.begin(wishFor(world));
  await first.orders.settled();
  for (let lives = 0; lives < 30; lives++) {
    const order = await newest(live(disk).orders);
    if (order.step === "done") break;
    assert.ok(order.nextTry !== null && order.nextTry <= disk.time.getTime() + minute, order.step);
    disk.time = new Date(Math.max(order.nextTry, disk.time.getTime()));
    writes = 0;
    const life = live(disk, { isFull: ends });
    await wakeUp(life);
    assert.equal(life.scheduled[0], disk.time.getTime() + minute);
  }
  assert.equal((await newest(live(disk).orders)).step, "done");
  assert.deepEqual(world.acme.refusedAnswers, []);
});
