/** Orders in the running add-on: an alarm tells of an end that comes near, once, and not to somebody who looks already. */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { startOrders } from "../../../src/background/acme/start-orders.js";
import type { OrderRecord } from "../../../src/background/acme/records.js";
import { createCore } from "../../../src/background/core.js";
import { FakeArea, testIdentity } from "../../helpers/background.js";
import { until } from "../../helpers/browsers/driven.js";
import { onFullDisk } from "../../helpers/full-disk.js";
import { useLocale } from "../../ui/locale.js";

interface Words {
  readonly title: string;
  readonly message: string;
}

const shown: Words[] = [];
let isLookedAt = false;
let lives = 0;
before(async () => {
  useLocale();
  const view = { document: { visibilityState: "visible", hasFocus: () => true } };
  const { i18n } = (globalThis as unknown as { browser: { i18n: object } }).browser;
  const notifications = { create: async (words: Words) => void shown.push(words) };
  const extension = { getViews: () => (isLookedAt ? [view] : []) };
  Object.assign(globalThis, { browser: { i18n, notifications, extension } });
});
beforeEach(() => {
  shown.length = 0;
  isLookedAt = false;
});

/** @param isFull is no room on the disk? */
async function running(change: Partial<OrderRecord>, isFull = () => false) {
  const identity = await testIdentity("alice-rsa");
  const { notBefore, fingerprint } = identity.certificate;
  const now = new Date(notBefore + 24 * 3_600_000);
  const core = createCore({
    ...{ databaseName: `start-orders-${process.pid}-${lives++}`, broadcast: () => undefined, now: () => now },
    session: new FakeArea(["vault"]),
    local: new FakeArea(["settings", "composeModes", "attempts", "backup", "managedPolicy"]),
    startWorker: () => assert.fail("nothing is judged here"),
  });
  await core.vault.create(null);
  await core.identities.add([identity]);
  const order: OrderRecord = {
    ...{ version: 1, id: "one", directory: "https://ca.test/directory", address: "alice@example.test" },
    ...{
      step: "done",
      failedAt: null,
      kind: "rsa-3072",
      key: null,
      url: null,
      challenge: null,
      doubtful: null,
    },
    ...{ answeredMails: [], chain: null, fingerprint, problem: null, tries: 0, nextTry: null, createdAt: 0 },
    ...{ endsAt: 0, renews: null, renewAt: now.getTime(), reminded: false },
    ...change,
  };
  await (await core.database()).put("orders", order);
  let fire: (alarm: { readonly name: string }) => void = () => undefined;
  const set: number[] = [];
  const alarms = {
    create: (_name: string, { when }: { when: number }) => set.push(when),
    clear: async () => true,
    onAlarm: { addListener: (listener: typeof fire) => void (fire = listener) },
  };
  const { orders } = startOrders({
    ...{ alarms, compose: null },
    core: { ...core, database: onFullDisk(core.database, isFull) },
  });
  const stored = async () => (await (await core.database()).get("orders", "one"))!;
  return { core, orders, stored, set, alarm: () => fire({ name: "signet-orders" }) };
}

test("a certificate that ends soon is told by a notification, calmly and once", async () => {
  const { alarm, stored, orders } = await running({});
  alarm();
  await until(async () => shown.length === 1);
  assert.equal(shown[0]!.title, "A certificate ends soon");
  assert.match(shown[0]!.message, /for alice@example\.test ends soon\. .*the old one stays to open old mail/);
  alarm();
  await orders.settled();
  assert.deepEqual([(await stored()).reminded, await orders.dueForRenewal(), shown.length], [true, [], 1]);
});

test("before its time the alarm is set, and nothing is said", async () => {
  const { alarm, orders, set, core } = await running({});
  const later = core.services.now().getTime() + 24 * 3_600_000;
  await (await core.database()).put("orders", { ...(await orders.all())[0]!, renewAt: later });
  alarm();
  await until(async () => set.includes(later));
  assert.deepEqual(shown, []);
});

test("an order that ended says so, but not to somebody who looks at the page anyway", async () => {
  for (const looked of [false, true]) {
    shown.length = 0;
    isLookedAt = looked;
    const { alarm, stored } = await running({
      ...{ step: "install", renewAt: null, nextTry: 0, chain: new Uint8Array([1]) },
      key: { id: "0".repeat(64), request: new Uint8Array([1]) },
    });
    alarm();
    await until(async () => (await stored()).step === "failed");
    const words = shown.map(({ title, message }) => `${title}: ${message}`);
    const told =
      "alice@example.test, from ca.test: There is no certificate yet. What you had before is untouched.";
    assert.deepEqual(words, looked ? [] : [told]);
  }
});

test("an order that cannot be written down says so once, and what to do; with room again it goes on", async () => {
  let isFull = false;
  const { alarm, orders, stored, set, core } = await running(
    {
      ...{ step: "install", renewAt: null, nextTry: 0, chain: new Uint8Array([1]) },
      key: { id: "0".repeat(64), request: new Uint8Array([1]) },
    },
    () => isFull,
  );
  isFull = true;
  alarm();
  await until(async () => shown.length === 1);
  assert.match(
    shown[0]!.message,
    /^Something on this computer stopped Signet here; .* Free some space and try again/,
  );
  alarm();
  await orders.settled();
  assert.deepEqual([shown.length, (await stored()).step], [1, "install"]);
  assert.ok(set.at(-1)! > core.services.now().getTime() + 60_000);
  isFull = false;
  await orders.tryAgain("one");
  await until(async () => (await stored()).step === "failed");
  assert.equal(shown.length, 2, "the certificate was none, which is another matter");
});
