/** External account binding (RFC 8555 §7.3.4): for authorities that serve their customers only. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { contractKey } from "../../../src/background/acme/external-account.js";
import { orderHandlers } from "../../../src/background/handlers/order-handlers.js";
import type { ContractAsk } from "../../../src/protocol/orders.js";
import { usualBehaviour } from "../../helpers/acme-behaviour.js";
import { type Life, carryThrough, freshDisk, live } from "../../helpers/acme-life.js";
import { AcmeWorld, address } from "../../helpers/acme-world.js";
import type { Disk } from "../../helpers/background.js";
import { answerOf, origin, refused } from "../../helpers/getting.js";

let world: AcmeWorld;
const secret = randomBytes(32);
const contract = { keyId: "customer-7", key: secret.toString("base64url") };
before(async () => {
  world = await AcmeWorld.start();
});
after(() => world?.stop());
beforeEach(() => {
  world.forgetMail();
  world.acme.forgetAccounts();
  const contracts = new Map([[contract.keyId, secret]]);
  Object.assign(world.acme.behaviour, { ...usualBehaviour(), contracts });
});

async function begin(life: Life, given: ContractAsk | null) {
  const handlers = orderHandlers({ ...life, addresses: async () => [], byHand: false });
  const { directory } = world.acme;
  const ask = { directory, address, kind: "p-256", renews: null, contract: given } as const;
  return handlers["order:begin"](ask, origin);
}

async function fresh(): Promise<{ readonly disk: Disk; readonly life: Life }> {
  const disk = await freshDisk();
  return { disk, life: live(world, disk) };
}

test("the page learns that a contract is needed before anything is agreed to", async () => {
  const { life } = await fresh();
  const handlers = orderHandlers({ ...life, addresses: async () => [], byHand: false });
  const { directory } = world.acme;
  assert.equal(answerOf(await handlers["order:authority"]({ directory }, origin)).needsContract, true);
});

test("key id and key, and the certificate comes; no record holds the key", async () => {
  const { disk, life } = await fresh();
  answerOf(await begin(life, contract));
  assert.equal((await carryThrough(disk, life.orders)).step, "done");
  const database = await life.database();
  const stored = JSON.stringify([await database.getAll("accounts"), await database.getAll("orders")]);
  assert.ok(
    stored.includes(Buffer.from('{"alg":"HS256","kid":"customer-7"').toString("base64url").slice(0, 40)),
  );
  for (const form of ["base64url", "base64", "hex"] as const)
    assert.ok(!stored.includes(secret.toString(form)), form);
});

test("a second order needs no contract: the account is known (RFC 8555 §7.3.1)", async () => {
  const { disk, life } = await fresh();
  answerOf(await begin(life, contract));
  await carryThrough(disk, life.orders);
  world.forgetMail();
  answerOf(await begin(life, null));
  assert.equal((await carryThrough(disk, life.orders)).step, "done");
});

for (const [what, given] of [
  ["another key", { keyId: "customer-7", key: randomBytes(32).toString("base64url") }],
  ["another key id", { keyId: "customer-8", key: contract.key }],
] as const)
  test(`${what} is refused at once, in words, and no order begins`, async () => {
    const { disk, life } = await fresh();
    await assert.rejects(begin(life, given), refused("contract-refused"));
    assert.deepEqual(await life.orders.all(), []);
    // What was refused is not sent again.
    answerOf(await begin(life, contract));
    assert.equal((await carryThrough(disk, life.orders)).step, "done");
  });

test("what is no key, or no key id, never leaves", async () => {
  const { life } = await fresh();
  const asked = world.acme.asked.length;
  for (const given of [
    { keyId: "customer-7", key: "not a key!" },
    { keyId: "customer-7", key: "" },
    { keyId: " ", key: contract.key },
  ])
    await assert.rejects(begin(life, given), refused("contract-malformed"));
  assert.equal(world.acme.asked.length, asked);
});

test("without a contract the order fails, and says why", async () => {
  const { disk, life } = await fresh();
  answerOf(await begin(life, null));
  const order = await carryThrough(disk, life.orders);
  assert.deepEqual([order.step, order.problem?.type], ["failed", "externalAccountRequired"]);
});

test("authorities hand the key out as base64url, with or without padding, or as base64", () => {
  const octets = Buffer.from("fbefbeff0011223344556677", "hex");
  for (const text of [
    octets.toString("base64url"),
    octets.toString("base64"),
    ` ${octets.toString("base64")}\n`,
  ])
    assert.deepEqual(contractKey(text), new Uint8Array(octets), text);
  for (const text of ["", "short", "ä".repeat(20), "A".repeat(17), "A".repeat(2000), "AAAA AAAA!AAAAAAAA"])
    assert.equal(contractKey(text), null, text);
});
