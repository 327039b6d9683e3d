/** When the vault shuts: after each message, when nobody is there, and while somebody is using it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { startIdleLock } from "../../src/background/idle-lock.js";
import { vaultHandlers } from "../../src/background/handlers/vault-handlers.js";
import { Refusal } from "../../src/background/refusal.js";
import { defaultSettings } from "../../src/background/settings.js";
import { isWiped, loadIssuing } from "../../src/engine/index.js";
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

// ------------------------------------------------------------------ between asking and using

/** So many turns of the promises later. */
const after = (turns: number, then: () => unknown): void =>
  queueMicrotask(() => (turns === 0 ? void then() : after(turns - 1, then)));

/** The background wakes anew; something comes just after it has read the data key out of the browser's memory. */
function wokenBetween(disk: Disk, turns: number, comes: (vault: Life["vault"]) => Promise<unknown>) {
  const life = wake(disk);
  const get = disk.session.get.bind(disk.session);
  let coming: Promise<unknown> = Promise.resolve();
  disk.session.get = async (name) => {
    disk.session.get = get;
    const found = await get(name);
    after(turns, () => (coming = comes(life.vault)));
    return found;
  };
  return { ...life, come: () => coming };
}
type Life = ReturnType<typeof wake>;

test("a lock that comes between the reading of the data key and its use: nobody gets a key that works", async () => {
  const { disk } = await filled();
  const unlocked = [...disk.session.items];
  for (let turns = 0; turns < 40; turns++) {
    const { identities, vault, come } = wokenBetween(disk, turns, (vault) => vault.lock());
    const [identity] = await identities.all();
    await settled();
    await come();
    const key = identity!.privateKey;
    // What was handed out before the lock is wiped by it.
    assert.ok(key === null || isWiped(key), `after ${turns} turns`);
    assert.equal((await vault.status()).state, "locked");
    assert.equal(disk.session.items.size, 0);
    assert.equal((await identities.all())[0]!.privateKey, null);
    for (const [name, value] of unlocked) disk.session.items.set(name, value);
  }
  const { identities, vault } = wokenBetween(disk, 0, async () => undefined);
  assert.notEqual((await identities.all())[0]!.privateKey, null);
  assert.equal((await vault.status()).state, "unlocked");
});

test("for each use: the data key that another message spends between reading and using is over", async () => {
  const { disk, vault: first } = await filled();
  await first.unlock(passphrase, "each-use");
  const unlocked = [...disk.session.items];
  for (let turns = 0; turns < 20; turns++) {
    const { vault, come } = wokenBetween(disk, turns, (vault) => vault.used("any"));
    const given = await vault.unlocked();
    await settled();
    await come();
    assert.ok(given === null || vault.isOver(given), `after ${turns} turns`);
    assert.equal(await vault.unlocked(), null);
    for (const [name, value] of unlocked) disk.session.items.set(name, value);
  }
  const { vault } = wokenBetween(disk, 0, async () => undefined);
  assert.notEqual(await vault.unlocked(), null);
});

test("octets of a key that were opened while a lock came are overwritten, and nobody gets them", async () => {
  const { vault, identities, pendingKeys } = await filled();
  const [fingerprint] = await identities.fingerprints();
  const { generateKey } = await loadIssuing();
  const { kind, pkcs8, publicKey } = await generateKey("p-256");
  const facts = {
    way: "file",
    request: null,
    commonName: "Alice",
    addresses: ["alice@example.org"],
  } as const;
  const id = await pendingKeys.add({ kind, pkcs8, publicKey: publicKey.der, ...facts });
  const takes = [
    () => identities.take(fingerprint!),
    () => pendingKeys.take(id),
    async () => identities.open((await vault.unlocked())!),
  ];
  const { decrypt } = crypto.subtle;
  for (const take of takes) {
    assert.ok(await take());
    const opened: Uint8Array[] = [];
    crypto.subtle.decrypt = async (...question) => {
      const plain = await decrypt.apply(crypto.subtle, question);
      await vault.lock();
      opened.push(new Uint8Array(plain));
      return plain;
    };
    try {
      await assert.rejects(take(), refused("vault-locked"));
    } finally {
      crypto.subtle.decrypt = decrypt;
    }
    assert.ok(opened.length > 0 && opened.every((octets) => octets.every((octet) => octet === 0)));
    await vault.unlock(passphrase, 15);
  }
});

test("a lock is over the moment it is asked for, though the browser takes its time to forget", async () => {
  const { disk, vault, identities } = await filled();
  const remove = disk.session.remove.bind(disk.session);
  let forget: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (forget = resolve));
  disk.session.remove = async (name) => {
    await told;
    await remove(name);
  };
  const locking = vault.lock();
  const asked = [vault.unlocked(), identities.all(), vault.status()] as const;
  await settled();
  forget();
  assert.equal(await asked[0], null);
  assert.equal((await asked[1])[0]!.privateKey, null);
  assert.equal((await asked[2]).state, "locked");
  assert.equal((await locking).state, "locked");
});

test("a browser that forgets before it has remembered: the lock asked for meanwhile holds", async () => {
  const { disk, vault } = await filled();
  await vault.lock();
  const set = disk.session.set.bind(disk.session);
  disk.session.set = async (items) => {
    disk.session.set = set;
    await vault.lock();
    await set(items);
  };
  assert.equal((await vault.unlock(passphrase, 15)).state, "locked");
  assert.equal(await vault.unlocked(), null);
  assert.equal(disk.session.items.size, 0);
  assert.equal((await vault.unlock(passphrase, 15)).state, "unlocked");
});

test("a lock that the browser refuses to keep still drops every key that was handed out", async () => {
  const { disk, vault, identities } = await filled();
  const key = (await identities.all())[0]!.privateKey!;
  const remove = disk.session.remove.bind(disk.session);
  disk.session.remove = () => Promise.reject(new Error("no"));
  await assert.rejects(vault.lock(), /no/);
  await settled();
  assert.ok(isWiped(key));
  disk.session.remove = remove;
  assert.equal((await vault.lock()).state, "locked");
});

test("a key opened while the passphrase was changed works, and is wiped by the next lock like any other", async () => {
  const { vault, identities } = await filled();
  const unlocked = vault.unlocked.bind(vault);
  vault.unlocked = async () => {
    const before = await unlocked();
    vault.unlocked = unlocked;
    await vault.changePassphrase(passphrase, "another long one");
    // The records were read before: what opens them is the key of before.
    return before;
  };
  const key = (await identities.all())[0]!.privateKey;
  assert.ok(key !== null && !isWiped(key));
  await vault.lock();
  await settled();
  assert.ok(isWiped(key));
});

test("where the device opens the vault, a lock between reading and using takes nothing away", async () => {
  const disk = new Disk();
  const { vault, identities } = wake(disk);
  await vault.create(null);
  await identities.add([await testIdentity("alice-p256")]);
  for (let turns = 0; turns < 20; turns++) {
    const reading = identities.all();
    after(turns, () => vault.lock());
    assert.notEqual((await reading)[0]!.privateKey, null);
    await settled();
  }
});
