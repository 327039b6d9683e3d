/** An unlock ends at its time by alarm, though the event page slept meanwhile. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { startLockTimer } from "../../src/background/lock-timer.js";
import { Disk, testIdentity, wake } from "../helpers/background.js";

const passphrase = "correct horse battery";

/** The browser's alarms: they outlive the event page, its listeners do not. */
class FakeAlarms {
  readonly due = new Map<string, number>();
  #listeners: ((alarm: { readonly name: string }) => void)[] = [];
  readonly onAlarm = {
    addListener: (listener: (alarm: { readonly name: string }) => void): void => {
      this.#listeners.push(listener);
    },
  };

  async create(name: string, { when }: { when: number }): Promise<void> {
    this.due.set(name, when);
  }

  async clear(name: string): Promise<boolean> {
    return this.due.delete(name);
  }

  ring(name: string): void {
    for (const listener of this.#listeners) listener({ name });
  }

  sleep(): void {
    this.#listeners = [];
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test("an unlock sets the alarm, and the alarm locks in the next life", async () => {
  const [disk, alarms] = [new Disk(), new FakeAlarms()];
  const life = wake(disk);
  startLockTimer(life.vault, alarms);
  await life.vault.create(passphrase);
  await life.identities.add([await testIdentity("alice-p256")]);
  await life.vault.unlock(passphrase, 10);
  await settled();
  assert.deepEqual([...alarms.due.values()], [new Date("2026-11-22T12:10:00Z").getTime()]);
  alarms.sleep();
  const next = wake(disk);
  startLockTimer(next.vault, alarms);
  const events: string[] = [];
  next.vault.onChanged((event) => events.push(event));
  alarms.ring("signet-lock");
  await settled();
  assert.deepEqual([events, disk.session.items.size], [[], 1], "too early: nothing happens");
  disk.time = new Date("2026-11-22T12:10:00Z");
  alarms.ring("another");
  await settled();
  assert.deepEqual(events, []);
  alarms.ring("signet-lock");
  await settled();
  assert.deepEqual([events, disk.session.items.size], [["locked"], 0]);
});

test("a lock, and an unlock until closing, need no alarm", async () => {
  const [disk, alarms] = [new Disk(), new FakeAlarms()];
  const { vault } = wake(disk);
  startLockTimer(vault, alarms);
  await vault.create(passphrase);
  await settled();
  assert.equal(alarms.due.size, 1);
  await vault.unlock(passphrase, "until-closing");
  await settled();
  assert.equal(alarms.due.size, 0);
  await vault.unlock(passphrase, 10);
  await vault.lock();
  await settled();
  assert.equal(alarms.due.size, 0);
});
