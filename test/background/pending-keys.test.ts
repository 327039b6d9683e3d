/** Keys that wait for their certificate: sealed like every other, and never lost on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Refusal } from "../../src/background/refusal.js";
import { pendingKeyId } from "../../src/background/vault/pending-keys.js";
import { loadIssuing } from "../../src/engine/index.js";
import { Disk, wake } from "../helpers/background.js";

async function newKey() {
  const { generateKey } = await loadIssuing();
  const { kind, pkcs8, publicKey } = await generateKey("p-256");
  const facts = {
    way: "file",
    request: null,
    commonName: "Alice",
    addresses: ["alice@example.org"],
  } as const;
  return { kind, pkcs8, publicKey: publicKey.der, ...facts };
}

const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

test("a key that waits is found again by its public half, in another life of the background", async () => {
  const disk = new Disk();
  const life = wake(disk);
  await life.vault.create(null);
  const key = await newKey();
  const id = await life.pendingKeys.add(key);
  assert.equal(id, await pendingKeyId(key.publicKey));
  const later = wake(disk);
  const found = await later.pendingKeys.find(key.publicKey);
  assert.equal(found?.commonName, "Alice");
  assert.deepEqual(await later.pendingKeys.take(id), key.pkcs8);
  assert.equal(await later.pendingKeys.find((await newKey()).publicKey), null);
});

test("what lies on the disk shows nothing of it, and a locked vault neither takes nor gives", async () => {
  const disk = new Disk();
  const life = wake(disk);
  await life.vault.create("four unrelated words");
  const key = await newKey();
  const id = await life.pendingKeys.add(key);
  const record = await (await life.database()).get("pendingKeys", id);
  const inside = Buffer.from(key.pkcs8).subarray(30, 60);
  for (const octets of [record!.privateKey.ciphertext, record!.publicKey])
    assert.equal(Buffer.from(octets).includes(inside), false);
  await life.vault.lock();
  await assert.rejects(life.pendingKeys.take(id), refused("vault-locked"));
  await assert.rejects(life.pendingKeys.add(await newKey()), refused("vault-locked"));
  assert.equal((await life.pendingKeys.list()).length, 1);
});

test("a key that was moved to another's record does not open", async () => {
  const life = wake(new Disk());
  await life.vault.create(null);
  const one = await life.pendingKeys.add(await newKey());
  const two = await life.pendingKeys.add(await newKey());
  const database = await life.database();
  const stranger = await database.get("pendingKeys", one);
  await database.put("pendingKeys", { ...stranger!, id: two });
  assert.equal(await life.pendingKeys.take(two), null);
});

test("while a key waits nobody can begin a new vault over it, forgotten passphrase or not", async () => {
  const life = wake(new Disk());
  await life.vault.create("four unrelated words");
  const id = await life.pendingKeys.add(await newKey());
  await life.vault.lock();
  assert.equal((await life.vault.status()).state, "locked");
  await assert.rejects(life.vault.create(null), refused("not-allowed"));
  await life.pendingKeys.remove(id);
  assert.equal((await life.vault.status()).state, "empty");
});
