/**
 * What a new passphrase is worth against an older copy of the profile: the data key of then opens nothing that came
 * since. And what happens to keys that come, go or are used at the very moment.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Refusal } from "../../src/background/refusal.js";
import { unwrapDataKey } from "../../src/background/vault/data-key.js";
import { identityBinding, pendingKeyBinding, takeKey, unseal } from "../../src/background/vault/seal.js";
import { type Identity, loadIssuing } from "../../src/engine/index.js";
import type { VaultStatus } from "../../src/protocol/messages.js";
import { Disk, testIdentity, wake } from "../helpers/background.js";

const passphrase = "correct horse battery";
const next = "another long one";

const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

async function filled(chosen: string | null) {
  const disk = new Disk();
  const life = wake(disk);
  await life.vault.create(chosen);
  await life.identities.add([await testIdentity("alice-rsa"), await testIdentity("bob-p256")]);
  return { disk, life };
}

type Filled = Awaited<ReturnType<typeof filled>>;
type Life = Filled["life"];

async function newKey() {
  const { generateKey } = await loadIssuing();
  const { kind, pkcs8, publicKey } = await generateKey("p-256");
  const facts = { way: "file", request: null, commonName: null, addresses: ["alice@example.org"] } as const;
  return { kind, pkcs8, publicKey: publicKey.der, ...facts };
}

/** What a thief of the profile has: how the data key is wrapped, and with the passphrase of then the key itself. */
async function stolenKey(life: Life, known: string | null): Promise<CryptoKey> {
  const protection = await (await life.database()).get("protection", "current");
  const dataKey = await unwrapDataKey(protection!, known);
  return takeKey(dataKey!.raw);
}

/** How many of the sealed keys of a profile this one opens, whatever name they give their data key. */
async function opensHere(life: Life, key: CryptoKey): Promise<number> {
  const database = await life.database();
  const tried = [
    ...(await database.getAll("identities")).map(({ privateKey, fingerprint, keyId }) =>
      unseal(key, privateKey, identityBinding(fingerprint, keyId)),
    ),
    ...(await database.getAll("pendingKeys")).map(({ privateKey, id, keyId }) =>
      unseal(key, privateKey, pendingKeyBinding(id, keyId)),
    ),
  ];
  return (await Promise.all(tried)).filter((found) => found !== null).length;
}

for (const [was, becomes] of [
  [passphrase, next],
  [null, next],
  [passphrase, null],
] as const) {
  const name = `${was === null ? "none" : "one"} becomes ${becomes === null ? "none" : "another"}`;
  test(`the data key of an older copy opens nothing in a later one (${name})`, async () => {
    const { life } = await filled(was);
    const stolen = await stolenKey(life, was);
    assert.equal(await opensHere(life, stolen), 2, "then it opened all");
    await life.vault.changePassphrase(was, becomes);
    await life.identities.add([await testIdentity("erin-ed25519")]);
    await life.pendingKeys.add(await newKey());
    assert.equal(await opensHere(life, stolen), 0);
    assert.equal(await opensHere(life, await stolenKey(life, becomes)), 4);
  });
}

test("a wrong passphrase, one that is too short, and a locked vault: not a record is written", async () => {
  const { disk, life } = await filled(passphrase);
  const everything = async () => {
    const database = await life.database();
    return [await database.getAll("protection"), await database.getAll("identities")];
  };
  const before = await everything();
  await assert.rejects(life.vault.changePassphrase("wrong horse battery", next), refused("passphrase-wrong"));
  await assert.rejects(life.vault.changePassphrase(passphrase, "short"), refused("passphrase-too-short"));
  await life.vault.lock();
  await assert.rejects(life.vault.changePassphrase(null, next), refused("passphrase-wrong"));
  assert.deepEqual(await everything(), before);
  // Locked is no hindrance for whoever knows it: it is asked for in any case.
  assert.equal((await life.vault.changePassphrase(passphrase, next)).state, "unlocked");
  assert.equal((await wake(disk).identities.all()).filter(({ privateKey }) => privateKey).length, 2);
});

/** The passphrase is changed between two steps of somebody else, at the place where each of these is called once. */
const between: Readonly<Record<string, (one: Filled) => void>> = {
  "records are read, the data key not yet": ({ life: { vault } }) => {
    const unlocked = vault.unlocked.bind(vault);
    vault.unlocked = async () => {
      vault.unlocked = unlocked;
      await vault.changePassphrase(passphrase, next);
      return unlocked();
    };
  },
  "the data key is known, the record not yet": ({ life: { vault } }) => {
    const unlocked = vault.unlocked.bind(vault);
    vault.unlocked = async () => {
      const before = await unlocked();
      vault.unlocked = unlocked;
      await vault.changePassphrase(passphrase, next);
      return before;
    };
  },
  "the wrapping is read, the browser's memory not yet": ({ disk: { session }, life: { vault } }) => {
    const get = session.get.bind(session);
    session.get = async (name) => {
      session.get = get;
      await vault.changePassphrase(passphrase, next);
      return get(name);
    };
  },
};

for (const [place, meet] of Object.entries(between)) {
  test(`a new passphrase takes no key from whoever is using one: ${place}`, async () => {
    const uses: readonly ((life: Life, waits: string, known: string) => Promise<unknown>)[] = [
      async (life, waits) => assert.ok(await life.pendingKeys.take(waits)),
      async (life, _waits, known) => assert.ok(await life.identities.take(known)),
      async (life) => life.identities.add([await testIdentity("erin-ed25519")]),
      async (life) => assert.equal((await life.vault.status()).state, "unlocked"),
    ];
    for (const use of uses) {
      const one = await filled(passphrase);
      const waits = await one.life.pendingKeys.add(await newKey());
      const [known] = await one.life.identities.fingerprints();
      meet(one);
      await use(one.life, waits, known!);
      assert.equal((await one.life.vault.status()).state, "unlocked");
      const keys = (await one.life.identities.all()).map(({ privateKey }) => privateKey);
      assert.ok(keys.length >= 2 && keys.every((key) => key !== null));
    }
  });
}

test("whoever asks when the keys are moved and the browser's memory has not heard of it waits for it", async () => {
  const { disk, life } = await filled(passphrase);
  const { session } = disk;
  const set = session.set.bind(session);
  const asked: Promise<unknown>[] = [];
  session.set = async (items) => {
    asked.push(life.vault.status(), life.identities.all());
    // Long enough for whoever does not wait.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    await set(items);
  };
  await life.vault.changePassphrase(passphrase, next);
  const [status, all] = (await Promise.all(asked)) as [VaultStatus, readonly Identity[]];
  assert.equal(status.state, "unlocked");
  assert.ok(all.every(({ privateKey }) => privateKey !== null));
});

test("a key that comes between the reading of all and their writing moves with them", async () => {
  const { disk, life } = await filled(passphrase);
  const database = await life.database();
  const [record] = await database.getAll("identities");
  await database.delete("identities", record!.fingerprint);
  const { transaction } = IDBDatabase.prototype;
  let moves = 0;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const isMove = mode === "readwrite" && [stores].flat().length === 3;
    if (isMove && moves++ === 0)
      transaction.call(this, "identities", "readwrite").objectStore("identities").put(record);
    return transaction.call(this, stores, mode, options);
  };
  try {
    await life.vault.changePassphrase(passphrase, next);
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
  assert.equal(moves, 2);
  disk.session.items.clear();
  await life.vault.unlock(next, 5);
  const opened = (await life.identities.all()).filter(({ privateKey }) => privateKey !== null);
  assert.equal(opened.length, 2);
});

test("two new passphrases at once: one of them holds, and every key opens with it", async () => {
  const { disk, life } = await filled(null);
  const both = await Promise.allSettled([
    life.vault.changePassphrase(null, next),
    life.vault.changePassphrase(null, passphrase),
  ]);
  assert.equal(both.filter(({ status }) => status === "fulfilled").length, 1);
  disk.session.items.clear();
  const later = wake(disk);
  await later.vault.unlock(both[0].status === "fulfilled" ? next : passphrase, 5);
  assert.ok((await later.identities.all()).every(({ privateKey }) => privateKey !== null));
});

test("keys that a later Signet sealed cannot be moved: the passphrase stays, and nothing is written", async () => {
  const { life } = await filled(passphrase);
  const database = await life.database();
  const [record] = await database.getAll("identities");
  const later = { ...record!, fingerprint: "ab".repeat(32), version: 2 } as unknown as NonNullable<
    typeof record
  >;
  await database.put("identities", later);
  const before = await database.getAll("identities");
  await assert.rejects(life.vault.changePassphrase(passphrase, next), refused("storage-newer"));
  assert.deepEqual(await database.getAll("identities"), before);
  await life.vault.lock();
  assert.equal((await life.vault.unlock(passphrase, 5)).state, "unlocked");
});

test("one damaged key stays as it is; the others move", async () => {
  const { life } = await filled(passphrase);
  const database = await life.database();
  const [record] = await database.getAll("identities");
  const { privateKey } = record!;
  const broken = { ...record!, privateKey: { ...privateKey, ciphertext: new Uint8Array(64) } };
  await database.put("identities", broken);
  await life.vault.changePassphrase(passphrase, next);
  assert.deepEqual(await database.get("identities", broken.fingerprint), broken);
  assert.equal((await life.identities.all()).filter(({ privateKey: key }) => key !== null).length, 1);
});
