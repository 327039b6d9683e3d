/** The vault's life: created, filled, locked, unlocked, asleep, its passphrase changed. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Refusal } from "../../src/background/refusal.js";
import { Disk, testIdentity, wake } from "../helpers/background.js";

const passphrase = "correct horse battery";

const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

/** A vault with Alice's key in it, unlocked for an hour. */
async function filled(chosen: string | null = passphrase) {
  const disk = new Disk();
  const life = wake(disk);
  await life.vault.create(chosen);
  const alice = await testIdentity("alice-rsa");
  await life.identities.add([alice]);
  return { disk, life, alice };
}

/** Everything in every store, as text, to search for what must not be there. */
async function everythingOnDisk(disk: Disk): Promise<Buffer> {
  const database = await wake(disk).database();
  const parts: Buffer[] = [];
  const collect = (value: unknown): void => {
    if (value instanceof Uint8Array) parts.push(Buffer.from(value.buffer));
    else if (typeof value === "string") parts.push(Buffer.from(value));
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
  };
  for (const name of database.objectStoreNames) collect(await database.getAll(name));
  for (const stored of disk.local.items.values()) collect(stored);
  return Buffer.concat(parts);
}

test("an empty vault says so and has no key", async () => {
  const { vault, identities } = wake(new Disk());
  assert.deepEqual(await vault.status(), { state: "empty", protection: null, unlockedUntil: null });
  assert.equal(await vault.unlocked(), null);
  assert.deepEqual(await identities.all(), []);
});

test("a key that was imported signs while unlocked and is null while locked", async () => {
  const { life, alice } = await filled();
  const [unlocked] = await life.identities.all();
  assert.equal(unlocked?.certificate.fingerprint, alice.certificate.fingerprint);
  assert.equal(unlocked.chain.length, 1);
  assert.equal(unlocked.privateKey?.kind, "rsa");
  assert.equal((await life.vault.lock()).state, "locked");
  const [locked] = await life.identities.all();
  assert.equal(locked?.privateKey, null);
});

test("a lock wipes the raw numbers of keys that were handed out", async () => {
  const { life } = await filled();
  const [identity] = await life.identities.all();
  const key = identity?.privateKey;
  assert.equal(key?.kind, "rsa");
  await life.vault.lock();
  await new Promise(setImmediate);
  await assert.rejects(key.decryptPkcs1(new Uint8Array(256).fill(1), 32), RangeError);
});

test("unlocks with the passphrase, however it was composed (UAX #15)", async () => {
  const disk = new Disk();
  const { vault } = wake(disk);
  await vault.create("caf\u00e9 au lait");
  const alice = await testIdentity("alice-p256");
  await wake(disk).identities.add([alice]);
  await vault.lock();
  assert.equal((await vault.unlock("cafe\u0301 au lait", 5)).state, "unlocked");
});

test("a wrong passphrase has one answer and changes nothing", async () => {
  const { life } = await filled();
  await life.vault.lock();
  await assert.rejects(life.vault.unlock("wrong horse battery", 5), refused("passphrase-wrong"));
  await assert.rejects(life.vault.unlock("", 5), refused("passphrase-wrong"));
  assert.equal((await life.vault.status()).state, "locked");
  assert.equal((await life.vault.unlock(passphrase, 5)).state, "unlocked");
});

test("a passphrase of eleven characters is too short, one of twelve is not", async () => {
  const { vault } = wake(new Disk());
  // Eleven characters, though more UTF-16 units and octets.
  await assert.rejects(vault.create("\u{1f511}".repeat(11)), refused("passphrase-too-short"));
  assert.equal((await vault.status()).state, "empty");
  assert.equal((await vault.create("\u{1f511}".repeat(12))).state, "unlocked");
});

test("the event page may die: the next life is still unlocked, without asking", async () => {
  const { disk } = await filled();
  const [identity] = await wake(disk).identities.all();
  assert.equal(identity?.privateKey?.kind, "rsa");
});

test("the browser may close: the next life is locked", async () => {
  const { disk } = await filled();
  disk.session.items.clear();
  const life = wake(disk);
  assert.equal((await life.vault.status()).state, "locked");
  assert.equal((await life.identities.all())[0]?.privateKey, null);
});

test("an unlock ends at its time, and what was unlocked leaves the browser's memory", async () => {
  const { disk, life } = await filled();
  await life.vault.unlock(passphrase, 10);
  assert.equal((await life.vault.status()).unlockedUntil, "2026-11-22T12:10:00.000Z");
  disk.time = new Date("2026-11-22T12:09:59Z");
  assert.equal((await life.vault.status()).state, "unlocked");
  disk.time = new Date("2026-11-22T12:10:00Z");
  assert.equal((await life.identities.all())[0]?.privateKey, null);
  assert.equal(disk.session.items.size, 0);
});

test("until closing means no time", async () => {
  const { disk, life } = await filled();
  const status = await life.vault.unlock(passphrase, "until-closing");
  assert.deepEqual(status, { state: "unlocked", protection: "passphrase", unlockedUntil: null });
  disk.time = new Date("2027-11-22T12:00:00Z");
  assert.equal((await life.vault.status()).state, "unlocked");
});

test("a changed passphrase opens the same keys; the old one no more", async () => {
  const { disk, life } = await filled();
  await assert.rejects(
    life.vault.changePassphrase("wrong horse battery", "another long one"),
    refused("passphrase-wrong"),
  );
  await assert.rejects(life.vault.changePassphrase(null, "another long one"), refused("passphrase-wrong"));
  await assert.rejects(life.vault.changePassphrase(passphrase, "short"), refused("passphrase-too-short"));
  await life.vault.changePassphrase(passphrase, "another long one");
  disk.session.items.clear();
  const next = wake(disk);
  await assert.rejects(next.vault.unlock(passphrase, 5), refused("passphrase-wrong"));
  await next.vault.unlock("another long one", 5);
  assert.equal((await next.identities.all())[0]?.privateKey?.kind, "rsa");
});

test("without a passphrase the profile opens the vault, with nothing in the browser's memory", async () => {
  const { disk, life } = await filled(null);
  assert.deepEqual(await life.vault.status(), {
    state: "unlocked",
    protection: "device",
    unlockedUntil: null,
  });
  assert.equal(disk.session.items.size, 0);
  assert.equal((await wake(disk).identities.all())[0]?.privateKey?.kind, "rsa");
  const record = await (await life.database()).get("protection", "current");
  assert.equal(record?.kind === "device" && record.deviceKey.extractable, false);
});

test("a passphrase can be added and taken away later", async () => {
  const { disk, life } = await filled(null);
  await life.vault.changePassphrase(null, passphrase);
  disk.session.items.clear();
  const locked = wake(disk);
  assert.equal((await locked.identities.all())[0]?.privateKey, null);
  await locked.vault.changePassphrase(passphrase, null);
  assert.equal((await wake(disk).identities.all())[0]?.privateKey?.kind, "rsa");
});

test("no protection is chosen anew over keys that are there", async () => {
  const { disk, life } = await filled();
  await assert.rejects(life.vault.create("somebody else's choice"), refused("not-allowed"));
  assert.equal((await wake(disk).identities.all())[0]?.privateKey?.kind, "rsa");
});

test("a forgotten passphrase over nothing is no dead end", async () => {
  const disk = new Disk();
  await wake(disk).vault.create(passphrase);
  disk.session.items.clear();
  const { vault } = wake(disk);
  assert.equal((await vault.status()).state, "empty");
  assert.equal((await vault.create("a new choice of words")).state, "unlocked");
});

test("a locked vault takes no key", async () => {
  const { life } = await filled();
  await life.vault.lock();
  await assert.rejects(life.identities.add([await testIdentity("bob-p256")]), refused("vault-locked"));
  assert.equal((await life.identities.all()).length, 1);
});

test("a key that came twice is stored once", async () => {
  const { life } = await filled();
  assert.deepEqual(await life.identities.add([await testIdentity("alice-rsa")]), []);
  assert.equal((await life.identities.all()).length, 1);
});

test("a sealed key moved to another certificate's record does not open", async () => {
  const { disk, life } = await filled();
  await life.identities.add([await testIdentity("alice-p256")]);
  const database = await life.database();
  const [first, second] = await database.getAll("identities");
  assert.ok(first !== undefined && second !== undefined);
  await database.put("identities", { ...first, privateKey: second.privateKey });
  const identities = await wake(disk).identities.all();
  const keys = new Map(
    identities.map(({ certificate, privateKey }) => [certificate.fingerprint as string, privateKey]),
  );
  assert.equal(keys.get(first.fingerprint), null);
  assert.notEqual(keys.get(second.fingerprint), null);
});

test("a record that asks for a cheaper Argon2id does not open (RFC 9106)", async () => {
  const { disk, life } = await filled();
  const database = await life.database();
  const record = await database.get("protection", "current");
  assert.ok(record?.kind === "passphrase");
  await database.put("protection", { ...record, argon2: { ...record.argon2, iterations: 1 } }, "current");
  await assert.rejects(wake(disk).vault.unlock(passphrase, 5), refused("passphrase-wrong"));
});

test("the disk holds neither key nor passphrase nor data key", async () => {
  const { disk, alice } = await filled();
  const disc = await everythingOnDisk(disk);
  assert.ok(disc.includes(Buffer.from(alice.certificate.der)), "the search finds what is there");
  const { pkcs8 } = await testIdentity("alice-rsa");
  const session = JSON.parse(disk.session.items.get("vault") ?? "{}") as { raw: string };
  // From the end, where the secret numbers are: the modulus stands in the certificate too.
  assert.ok(!disc.includes(Buffer.from(pkcs8).subarray(-64, -32)));
  assert.ok(!disc.includes(Buffer.from(passphrase)));
  assert.ok(!disc.includes(Buffer.from(session.raw, "base64")));
  assert.ok(!disc.includes(Buffer.from(session.raw)));
});
