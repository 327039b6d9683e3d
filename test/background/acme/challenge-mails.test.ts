/**
 * Challenge mails that are not what they seem (RFC 8823 §3.1), against an order that waits for one: none makes us
 * write to anybody, and the true one is found among them. And a provider whose server has a name of its own.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import {
  type Life,
  carryThrough,
  certified,
  freshDisk,
  live,
  newest,
  wishFor,
} from "../../helpers/acme-life.js";
import { type Challenge, type Writing, challengeMail, newChallenge } from "../../helpers/acme-post.js";
import { AcmeWorld, address } from "../../helpers/acme-world.js";
import type { Disk } from "../../helpers/background.js";
import { DkimKey } from "../../helpers/dkim.js";
import { sendMail } from "../../helpers/send-mail.js";

let world: AcmeWorld;
before(async () => {
  world = await AcmeWorld.start();
});
after(() => world?.stop());
beforeEach(() => world.beginAnew());

const claim = (server: string): string => `Authentication-Results: ${server}; dkim=pass header.d=ca.test\r\n`;

interface Forgery extends Writing {
  readonly above?: string;
  readonly key?: DkimKey;
}

/** As the authority would, but with a token of the forger's, which he cannot know better. */
async function forge(
  writing: Forgery,
  challenge: Challenge = newChallenge(address, "none", null),
): Promise<void> {
  world.forgetLater(challenge.messageId);
  const mail = challengeMail(challenge, writing.key ?? null, writing);
  const message = `${writing.above ?? ""}${mail}`;
  await sendMail(world.mail.smtpPort, { from: "mallory@evil.test", to: address, message });
}

/** An order that waits for its mail. */
async function waiting(): Promise<{ readonly disk: Disk; readonly life: Life }> {
  const disk = await freshDisk();
  const life = live(world, disk);
  world.mailing.kind = "not at all";
  await life.orders.begin(wishFor(world));
  await life.orders.settled();
  assert.equal((await newest(life.orders)).step, "mail");
  world.mailing.kind = "signed";
  return { disk, life };
}

async function look(life: Life): Promise<void> {
  life.orders.carryOn(() => true);
  await life.orders.settled();
}

const sentToOthers = (): number => world.mail.captured.filter(({ from }) => from === address).length;

const evil = new DkimKey("evil.test");
for (const [what, writing] of [
  ["another sender, signed by his own domain", { from: "acme-challenge@evil.test", key: evil }],
  ["a sender whose name only reads like the authority's", { from: '"acme-challenge@ca.test" <a@evil.test>' }],
  ["two subjects, so two tokens", { subject: `ACME: ${"A".repeat(32)}\r\nSubject: ACME: ${"B".repeat(32)}` }],
  ["two tokens in one subject", { subject: `ACME: ${"A".repeat(32)} ACME: ${"B".repeat(32)}` }],
  ["yesterday's date", { date: new Date("2026-11-21T12:00:00Z") }],
  ["no answer is wanted of machines", { autoSubmitted: "no" }],
] as const)
  test(`${what}: not even asked about, and nothing leaves`, async () => {
    const { disk, life } = await waiting();
    const sent = sentToOthers();
    await forge(writing);
    await look(life);
    const order = await newest(life.orders);
    assert.deepEqual([order.step, order.doubtful, sentToOthers()], ["mail", null, sent]);
    await world.sendChallenge(world.acme.orders.at(-1)!.challenge);
    await look(life);
    assert.equal((await carryThrough(disk, life.orders)).step, "done");
    assert.deepEqual(world.acme.refusedAnswers, []);
  });

for (const [what, writing] of [
  ["the right sender, and no signature", {}],
  ["the right sender, signed by another domain", { key: evil }],
  ["the forger's own word of our server below the server's", { above: claim("mx.example.test") }],
  ["a signature that does not hold", { key: new DkimKey("ca.test") }],
] as const)
  test(`${what}: nothing leaves without a click, and the true one needs none`, async () => {
    const { disk, life } = await waiting();
    const sent = sentToOthers();
    await forge(writing);
    await look(life);
    const order = await newest(life.orders);
    assert.deepEqual([order.step, order.doubtful?.confirmed, sentToOthers()], ["mail", false, sent]);
    assert.equal(order.doubtful?.server, null);
    assert.deepEqual(life.news, ["mail"], "told once");
    await world.sendChallenge(world.acme.orders.at(-1)!.challenge);
    await look(life);
    assert.equal((await carryThrough(disk, life.orders)).step, "done");
    assert.deepEqual(life.news, ["mail", "done"]);
    assert.deepEqual(world.acme.refusedAnswers, []);
  });

test("an older order's challenge that comes again is not answered again, though its signature holds", async () => {
  const first = await certified(world, await freshDisk());
  const old = world.acme.orders.at(-1)!.challenge;
  await first.orders.begin(wishFor(world));
  await first.orders.settled();
  const sent = sentToOthers();
  await forge({ key: world.dkim }, old);
  await look(first);
  assert.equal(sentToOthers(), sent);
});

test("a provider whose server has a name of its own: asked once, believed from then on, for this address", async () => {
  const disk = await freshDisk();
  const life = live(world, disk);
  world.receivingServer = "mx7.hoster.test";
  await life.orders.begin(wishFor(world));
  await life.orders.settled();
  const order = await newest(life.orders);
  assert.deepEqual([order.doubtful?.server, order.doubtful?.confirmed], ["mx7.hoster.test", false]);
  await life.orders.confirmMail(order.id, true);
  assert.equal((await carryThrough(disk, life.orders)).step, "done");
  // The next one goes by itself; a forger's server is still nobody's.
  const next = await certified(world, disk);
  assert.ok(!next.news.includes("mail"));
});

test("answering one mail says nothing of the server that it came by", async () => {
  const disk = await freshDisk();
  const life = live(world, disk);
  world.receivingServer = "mx7.hoster.test";
  await life.orders.begin(wishFor(world));
  await life.orders.settled();
  await life.orders.confirmMail((await newest(life.orders)).id);
  assert.equal((await carryThrough(disk, life.orders)).step, "done");
  assert.equal(await (await life.database()).count("mailServers"), 0);
});

test("a believed server is not believed below another's line, nor as the end of another name", async () => {
  const disk = await freshDisk();
  const life = live(world, disk);
  await (await life.database()).put("mailServers", { address, server: "mx7.hoster.test" });
  world.mailing.kind = "not at all";
  await life.orders.begin(wishFor(world));
  await life.orders.settled();
  const sent = sentToOthers();
  world.receivingServer = "evil-mx7.hoster.test";
  await forge({ above: claim("mx7.hoster.test"), key: evil });
  await look(life);
  assert.equal(sentToOthers(), sent);
  assert.equal((await newest(life.orders)).doubtful?.confirmed, false);
});
