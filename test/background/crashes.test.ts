/**
 * The program dies at each single write of a restore and of a new passphrase: what lies on the disk afterwards is the
 * old state or the new one. Real programs are killed in test/e2e; here every moment is tried, not those of chance.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { backupHandlers } from "../../src/background/handlers/backup-handlers.js";
import { identityHandlers } from "../../src/background/handlers/identity-handlers.js";
import { HandoverStore } from "../../src/background/handover.js";
import { viewIdentity } from "../../src/background/identity-view.js";
import { Refusal } from "../../src/background/refusal.js";
import { type Bytes, loadIssuing } from "../../src/engine/index.js";
import { newRecoveryCode } from "../../src/protocol/recovery-code.js";
import { Disk, testCertificate, testIdentity, wake } from "../helpers/background.js";

const origin = { tabId: 1, path: "/pages/options/options.html" };
const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));
const passphrase = "correct horse battery";

async function newDisk(): Promise<Disk> {
  const disk = new Disk();
  disk.time = new Date((await testCertificate("alice-rsa")).notBefore + 24 * 60 * 60_000);
  return disk;
}

function alive(disk: Disk) {
  const life = wake(disk);
  const handover = new HandoverStore(() => 0);
  const views = async () =>
    Promise.all((await life.identities.all()).map((identity) => viewIdentity(identity, disk.time)));
  const parts = { ...life, handover, views };
  return { ...parts, ask: { ...backupHandlers(parts), ...identityHandlers(parts) } };
}

type Life = ReturnType<typeof alive>;

/** Two keys with their certificates, one of them given up as stolen, and a pair that waits. */
async function fill(life: Life): Promise<void> {
  const [alice, bob] = [await testIdentity("alice-rsa"), await testIdentity("bob-p256")];
  // What lies in the file beside them: somebody else's certificate.
  const chain = [...alice.chain, await testCertificate("carol-p384")];
  await life.identities.add([{ ...alice, chain }, bob]);
  await life.pendingKeys.add(await newKey("ed25519"), await newKey("x25519"));
  await life.stolen.add(bob.certificate);
}

async function newKey(kind: "ed25519" | "x25519") {
  const { generateKey } = await loadIssuing();
  const { pkcs8, publicKey } = await generateKey(kind);
  const facts = { way: "file", commonName: null, addresses: ["alice@example.test"] } as const;
  return { ...facts, kind, pkcs8, publicKey: publicKey.der, request: new Uint8Array([0x30, 0]) };
}

const restore = ({ ask, handover }: Life, file: Bytes) =>
  ask["identity:import"]({ file: handover.put(file.slice()), password: code }, origin);

/**
 * Runs it, and lets the program die at a write: that one is not done, its transaction goes with it, and none comes after.
 *
 * @param moment which write of all, from 0
 * @returns whether it came so far
 */
async function dyingAt(moment: number, run: () => Promise<unknown>): Promise<boolean> {
  const { put } = IDBObjectStore.prototype;
  let writes = 0;
  IDBObjectStore.prototype.put = function (...record) {
    if (writes++ < moment) return put.apply(this, record);
    this.transaction.abort();
    throw new DOMException("the program is dead", "AbortError");
  };
  try {
    await run().catch((error: unknown) => assert.ok(writes > moment, String(error)));
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  return writes > moment;
}

/** Names of all that lies there. */
async function namesOn(disk: Disk): Promise<readonly string[]> {
  const database = await wake(disk).database();
  const names = (["identities", "pendingKeys", "certificates", "stolenKeys"] as const).map(async (store) =>
    (await database.getAllKeys(store)).map((key) => `${store} ${key}`),
  );
  return (await Promise.all(names)).flat();
}

test("a restore that is cut off at any write leaves nothing of the backup; done again, it brings all of it", async () => {
  const first = alive(await newDisk());
  await first.vault.create(null);
  await fill(first);
  const made = await first.ask["backup:make"]({ passphrase: null, code }, origin);
  assert.ok(made.ok);
  const file = first.handover.get(made.answer.file)!.slice();
  let moment = 0;
  for (let died = true; died; moment++) {
    const disk = await newDisk();
    await alive(disk).vault.create(null);
    died = await dyingAt(moment, () => restore(alive(disk), file));
    if (died) assert.deepEqual(await namesOn(disk), [], `died at write ${moment}`);
    const again = await restore(alive(disk), file);
    assert.ok(again.ok);
    assert.equal(again.answer.added.length, died ? 2 : 0);
    const names = await namesOn(disk);
    const count = (store: string) => names.filter((name) => name.startsWith(store)).length;
    assert.deepEqual([count("identities"), count("pendingKeys"), count("certificates")], [2, 2, 1]);
    assert.equal(count("stolenKeys"), 1);
  }
  assert.equal(
    moment,
    7,
    "two keys, two that wait, a certificate and a mark are six writes, and one run is whole",
  );
});

test("a new passphrase that is cut off at any write leaves the old one, with every key that it opens", async () => {
  let moment = 0;
  for (let died = true; died; moment++) {
    const disk = await newDisk();
    const life = alive(disk);
    await life.vault.create(passphrase);
    await fill(life);
    died = await dyingAt(moment, () => life.vault.changePassphrase(passphrase, "another long one"));
    const [opens, not] = died ? [passphrase, "another long one"] : ["another long one", passphrase];
    // The browser goes on, and only the event page died: the unlock that runs is of the data key that is there.
    for (const session of ["goes on", "ended"]) {
      if (session === "ended") disk.session.items.clear();
      const next = alive(disk);
      if (session === "ended") await next.vault.unlock(opens, 5);
      const keys = (await next.identities.all()).map(({ privateKey }) => privateKey?.kind);
      assert.deepEqual(keys.sort(), ["ec", "rsa"], `died at write ${moment}, the browser ${session}`);
      for (const { id } of await next.pendingKeys.list()) assert.ok(await next.pendingKeys.take(id));
    }
    await assert.rejects(
      alive(disk).vault.unlock(not, 5),
      (error) => error instanceof Refusal && error.code === "passphrase-wrong",
    );
  }
  assert.equal(moment, 6, "four keys and the wrapping are five writes, and one run is whole");
});
