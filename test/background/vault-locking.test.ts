/** When the vault shuts: after each message, when nobody is there; and how long a guesser waits. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { startIdleLock } from "../../src/background/idle-lock.js";
import { vaultHandlers } from "../../src/background/handlers/vault-handlers.js";
import { contentReaders } from "../../src/background/readers.js";
import { Refusal } from "../../src/background/refusal.js";
import { defaultSettings } from "../../src/background/settings.js";
import { isWiped } from "../../src/engine/index.js";
import type { Settings } from "../../src/protocol/messages.js";
import { Disk, testIdentity, wake } from "../helpers/background.js";

const passphrase = "correct horse battery";
const seconds = (count: number): number => count * 1000;

const refused =
  (code: string, detail?: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code && error.detail === detail;

async function filled(disk = new Disk()) {
  const life = wake(disk);
  await life.vault.create(passphrase);
  await life.identities.add([await testIdentity("alice-p256")]);
  return { disk, ...life };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

// ------------------------------------------------------------------ each use

test("for each use: the first message that needs a key spends the unlock, and the key is wiped", async () => {
  const { disk, vault, identities } = await filled();
  const events: string[] = [];
  vault.onChanged((event) => events.push(event));
  const status = await vault.unlock(passphrase, "each-use");
  assert.equal(status.eachUse, true);
  const key = (await identities.all())[0]?.privateKey;
  assert.ok(key);
  await vault.used("any");
  await settled();
  assert.ok(isWiped(key));
  assert.equal((await identities.all())[0]?.privateKey, null);
  assert.equal((await vault.status()).state, "locked");
  assert.equal(disk.session.items.size, 0, "the data key leaves the browser's memory");
  assert.deepEqual(events, ["unlocked", "spent"], "opened messages stay: nobody is told of a lock");
});

test("for each use: a passphrase typed while writing waits for the letter, and no message read spends it", async () => {
  const { vault } = await filled();
  const handlers = vaultHandlers(vault);
  const origin = { tabId: 1, path: "/pages/compose/compose.html" };
  await handlers["vault:unlock"]({ passphrase, minutes: "each-use" }, origin);
  await vault.used("any");
  assert.equal((await vault.status()).state, "unlocked");
  await vault.used("writing");
  assert.equal((await vault.status()).state, "locked");
});

test("for each use: an unlock that no message needed ends after two minutes", async () => {
  const { disk, vault } = await filled();
  await vault.unlock(passphrase, "each-use");
  disk.time = new Date(disk.time.getTime() + seconds(120));
  assert.equal((await vault.status()).state, "locked");
});

test("an unlock for a time is not spent by a message", async () => {
  const { vault } = await filled();
  await vault.unlock(passphrase, 15);
  await vault.used("any");
  await vault.used("writing");
  assert.equal((await vault.status()).state, "unlocked");
});

// ------------------------------------------------------------------ nobody there

class FakeIdle {
  readonly intervals: number[] = [];
  listener: (state: string) => void = () => undefined;
  readonly onStateChanged = {
    addListener: (listener: (state: string) => void): void => void (this.listener = listener),
  };
  setDetectionInterval(interval: number): void {
    this.intervals.push(interval);
  }
}

async function resting(idleMinutes: Settings["idleMinutes"]) {
  const parts = await filled();
  const idle = new FakeIdle();
  startIdleLock(
    { vault: parts.vault, settings: { get: async () => ({ ...defaultSettings, idleMinutes }) } },
    idle,
  );
  await settled();
  return { ...parts, idle };
}

test("a lock that comes while a passphrase is being tried is the last word; the next try opens", async () => {
  const { disk, vault, idle } = await resting(5);
  await vault.lock();
  // A slow computer takes a second for it; by then its owner has clicked "lock", or locked the screen, and gone.
  for (const lock of [() => vault.lock(), () => Promise.resolve(idle.listener("locked"))]) {
    const unlocking = vault.unlock(passphrase, 15);
    await lock();
    assert.equal((await unlocking).state, "locked");
    assert.equal(await vault.unlocked(), null);
    assert.equal(disk.session.items.size, 0, "no data key is left behind");
  }
  assert.equal((await vault.unlock(passphrase, 15)).state, "unlocked");
});

test("nobody at the machine, or its screen locked: the keys are locked", async () => {
  for (const state of ["idle", "locked"]) {
    const { vault, idle } = await resting(5);
    assert.deepEqual(idle.intervals, [300]);
    idle.listener("active");
    await settled();
    assert.equal((await vault.status()).state, "unlocked");
    idle.listener(state);
    await settled();
    assert.equal((await vault.status()).state, "locked", state);
  }
});

test("whoever chose never is not locked out by a pause", async () => {
  const { vault, idle } = await resting("never");
  idle.listener("idle");
  await settled();
  assert.equal((await vault.status()).state, "unlocked");
});

// ------------------------------------------------------------------ wrong passphrases

test("two wrong passphrases cost nothing; from the third on the wait doubles, to five minutes at the most", async () => {
  const { disk, vault } = await filled();
  const wrong = (): Promise<unknown> => vault.unlock("wrong horse battery", 5);
  for (let count = 0; count < 3; count++) await assert.rejects(wrong(), refused("passphrase-wrong"));
  for (const wait of [5, 10, 20, 40, 80, 160, 300, 300]) {
    await assert.rejects(wrong(), refused("passphrase-wait", String(wait)));
    await assert.rejects(
      vault.unlock(passphrase, 5),
      refused("passphrase-wait", String(wait)),
      "the right one too",
    );
    disk.time = new Date(disk.time.getTime() + seconds(wait));
    await assert.rejects(wrong(), refused("passphrase-wrong"));
  }
});

test("the wait outlives the event page and the browser; the right passphrase ends it", async () => {
  const { disk, vault } = await filled();
  for (let count = 0; count < 3; count++)
    await assert.rejects(vault.unlock("wrong horse battery", 5), refused("passphrase-wrong"));
  disk.session.items.clear();
  const next = wake(disk);
  await assert.rejects(next.vault.unlock(passphrase, 5), refused("passphrase-wait", "5"));
  disk.time = new Date(disk.time.getTime() + seconds(5));
  assert.equal((await next.vault.unlock(passphrase, 5)).state, "unlocked");
  await assert.rejects(next.vault.unlock("wrong horse battery", 5), refused("passphrase-wrong"));
});

test("ten guesses at once are one after the other, and changing the passphrase is a guess too", async () => {
  const { vault } = await filled();
  const guesses = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0
        ? vault.unlock("wrong horse battery", 5)
        : vault.changePassphrase("wrong horse battery", "another long one"),
    ),
  );
  const codes = guesses.map((guess) => guess.status === "rejected" && (guess.reason as Refusal).code);
  assert.deepEqual(
    codes.map((code) => code === "passphrase-wrong"),
    [true, true, true, ...Array<boolean>(7).fill(false)],
  );
});

test("a clock that was set back makes no wait longer than it is", async () => {
  const { disk, vault } = await filled();
  for (let count = 0; count < 3; count++)
    await assert.rejects(vault.unlock("wrong horse battery", 5), refused("passphrase-wrong"));
  disk.time = new Date("2020-01-01T00:00:00Z");
  await assert.rejects(vault.unlock(passphrase, 5), refused("passphrase-wait", "5"));
});

test("no web page can lock anybody out: content scripts have no question for the vault", () => {
  assert.deepEqual(
    Object.keys(contentReaders).filter((name) => /vault|identity|backup/.test(name)),
    [],
  );
});
