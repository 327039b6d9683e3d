/** Orders in a background that may be stopped at any moment: over one disk, against an `AcmeWorld`. */
import assert from "node:assert/strict";
import type { ChallengeMailbox } from "../../src/background/acme/challenge-mailbox.js";
import { Orders } from "../../src/background/acme/orders.js";
import type { NewOrder } from "../../src/background/acme/records.js";
import type { OrderRecord } from "../../src/background/acme/records.js";
import { StolenKeys } from "../../src/background/stolen-keys.js";
import { PendingKeys } from "../../src/background/vault/pending-keys.js";
import { type AcmeWorld, address } from "./acme-world.js";
import { Disk, wake } from "./background.js";

export const wishFor = (world: AcmeWorld, change: Partial<NewOrder> = {}): NewOrder => ({
  ...{ directory: world.acme.directory, address, kind: "p-256", renews: null, key: "new" },
  ...change,
});

/** One life of the background. @param mailbox null: no mail client is there */
export function live(world: AcmeWorld, disk: Disk, mailbox: ChallengeMailbox | null = world.mailbox()) {
  const life = wake(disk);
  const scheduled: (number | null)[] = [];
  const news: string[] = [];
  const now = (): Date => disk.time;
  const host = { ...life, now, onChanged: () => undefined };
  const orders = new Orders({
    pendingKeys: new PendingKeys(host),
    ...{ database: life.database, vault: life.vault, identities: life.identities, mailbox, now },
    fetch: (url, init) => fetch(url, init),
    schedule: (when) => scheduled.push(when),
    onChanged: () => undefined,
    onNews: (order) => news.push(order.step),
  });
  return { ...life, orders, scheduled, news, now, stolen: new StolenKeys(host) };
}
export type Life = ReturnType<typeof live>;

export async function freshDisk(passphrase: string | null = null): Promise<Disk> {
  const disk = new Disk();
  await wake(disk).vault.create(passphrase);
  return disk;
}

/** The newest. */
export async function newest(orders: Orders): Promise<OrderRecord> {
  const [order] = await orders.all();
  assert.ok(order !== undefined);
  return order;
}

/** Let alarms fire until the newest order rests. */
export async function carryThrough(disk: Disk, orders: Orders, most = 30): Promise<OrderRecord> {
  for (let alarms = 0; alarms < most; alarms++) {
    await orders.settled();
    const order = await newest(orders);
    if (order.nextTry === null) return order;
    disk.time = new Date(Math.max(order.nextTry, disk.time.getTime()));
    orders.carryOn();
  }
  await orders.settled();
  return newest(orders);
}

/** An order from the click to the certificate. */
export async function certified(world: AcmeWorld, disk: Disk, change: Partial<NewOrder> = {}): Promise<Life> {
  const life = live(world, disk);
  await life.orders.begin(wishFor(world, change));
  const order = await carryThrough(disk, life.orders);
  assert.deepEqual([order.step, order.problem], ["done", null]);
  return life;
}
