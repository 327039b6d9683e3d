/** How long a guesser waits, whatever is done to the clock; and that its owner is not locked out by it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { contentReaders } from "../../src/background/readers.js";
import { Refusal } from "../../src/background/refusal.js";
import { Disk, testIdentity, wake } from "../helpers/background.js";

type Life = ReturnType<typeof wake>;

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

const later = (disk: Disk, count: number): Date => new Date(disk.time.getTime() + seconds(count));

async function guessed(disk = new Disk()) {
  const life = await filled(disk);
  await guess(life.vault, 3);
  return life;
}

async function guess(vault: Life["vault"], tries: number): Promise<void> {
  for (let count = 0; count < tries; count++)
    await assert.rejects(vault.unlock("wrong horse battery", 5), refused("passphrase-wrong"));
}

test("a clock that was ahead when somebody mistyped, and is put right, locks nobody out", async () => {
  for (const life of ["the same", "another"] as const) {
    const disk = new Disk();
    const right = disk.time;
    const { vault } = await filled(disk);
    disk.time = new Date("2036-01-01T00:00:00Z");
    disk.passed = 0;
    await guess(vault, 3);
    const now = life === "another" ? wake(disk).vault : vault;
    disk.time = right;
    await assert.rejects(now.unlock(passphrase, 5), refused("passphrase-wait", "5"));
    disk.time = later(disk, 4);
    disk.passed = seconds(4);
    await assert.rejects(now.unlock(passphrase, 5), refused("passphrase-wait", "1"));
    disk.time = later(disk, 1);
    disk.passed = seconds(5);
    assert.equal((await now.unlock(passphrase, 5)).state, "unlocked", life);
  }
});

test("whoever moves the clock, forth, back, or back and forth, waits no shorter for the next guess", async () => {
  const moves: Readonly<Record<string, readonly number[]>> = {
    forth: [3600],
    back: [-3600],
    "back and forth": [-3600, 3600],
    "forth and back": [3600, -3600],
    "back, and slowly forth": [-3600, 1, 1, 3600],
  };
  for (const [name, steps] of Object.entries(moves)) {
    const disk = new Disk();
    disk.passed = 0;
    const { vault } = await guessed(disk);
    for (const step of steps) {
      disk.time = later(disk, step);
      await assert.rejects(vault.unlock(passphrase, 5), refused("passphrase-wait", "5"), name);
    }
    disk.passed = seconds(5);
    assert.equal((await vault.unlock(passphrase, 5)).state, "unlocked", name);
  }
});

test("a clock set back in another life of the background begins the wait anew, and makes it no longer", async () => {
  const { disk } = await guessed();
  const { vault } = wake(disk);
  disk.time = later(disk, 2);
  await assert.rejects(vault.unlock(passphrase, 5), refused("passphrase-wait", "3"));
  disk.time = later(disk, -86_400);
  await assert.rejects(vault.unlock(passphrase, 5), refused("passphrase-wait", "5"));
  disk.time = later(disk, 5);
  assert.equal((await vault.unlock(passphrase, 5)).state, "unlocked");
});

test("no web page can lock anybody out: content scripts have no question for the vault", () => {
  assert.deepEqual(
    Object.keys(contentReaders).filter((name) => /vault|identity|backup/.test(name)),
    [],
  );
});
