/** A stranger orders at the same authority for the same address: the owner's order comes through (RFC 8823 §3). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ChallengeMailbox } from "../../../src/background/acme/challenge-mailbox.js";
import { carryThrough, freshDisk, live, wishFor } from "../../helpers/acme-life.js";
import { newChallenge } from "../../helpers/acme-post.js";
import { AcmeWorld, address } from "../../helpers/acme-world.js";

let world: AcmeWorld;
before(async () => {
  world = await AcmeWorld.start();
});
after(() => world.stop());

test("newer challenges of a stranger's orders, proven as ours is, do not take its place: ours alone is answered", async () => {
  const mailbox = world.mailbox();
  const answered: string[] = [];
  const strangers = [0, 1].map((one) => newChallenge(address, `a stranger's key ${one}`, null));
  let isFirst = true;
  const crowded: ChallengeMailbox = {
    async find(search, preferred) {
      if (isFirst) for (const challenge of strangers) await world.sendChallenge(challenge);
      isFirst = false;
      return mailbox.find(search, preferred);
    },
    async answer(letter, answer, from) {
      answered.push(letter.challenge.messageId);
      await mailbox.answer(letter, answer, from);
    },
  };
  const disk = await freshDisk();
  const { orders } = live(world, disk, crowded);
  await orders.begin(wishFor(world));
  const order = await carryThrough(disk, orders);
  assert.deepEqual([order.step, order.problem], ["done", null]);
  assert.deepEqual(answered, [world.acme.orders.at(-1)!.challenge.messageId]);
  assert.deepEqual(order.answeredMails, answered);
  for (const { messageId } of strangers) assert.ok(!answered.includes(messageId));
});
