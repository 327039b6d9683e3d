/** What a later Signet wrote is refused by its name and left as it is; a full disk is told, and secrets appear nowhere. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openDB } from "idb";

import { isRecord } from "../../src/protocol/wire.js";
import type { ProtectionRecord, SealedIdentityRecord } from "../../src/background/vault/records.js";
import { Refusal } from "../../src/background/refusal.js";
import { answer as answerTo } from "../../src/background/router.js";
import { Disk, testIdentity, wake } from "../helpers/background.js";

const passphrase = "canary passphrase 4711";
const newer = (error: unknown): boolean => error instanceof Refusal && error.code === "storage-newer";

async function filled() {
  const disk = new Disk();
  const life = wake(disk);
  await life.vault.create(passphrase);
  await life.identities.add([await testIdentity("alice-p256")]);
  return { disk, life, database: await life.database() };
}

test("what version 1 wrote is opened by today's code: passphrase, key and chain", async () => {
  const text = await readFile(new URL("vault-version-1.json", import.meta.url), "utf8");
  const kept = JSON.parse(text, (_name, value: unknown) =>
    isRecord(value) && typeof value["base64"] === "string"
      ? new Uint8Array(Buffer.from(value["base64"], "base64"))
      : value,
  ) as { protection: ProtectionRecord; identities: readonly SealedIdentityRecord[] };
  const disk = new Disk();
  const old = await openDB(disk.name, 1, {
    upgrade(made) {
      made.createObjectStore("protection");
      made.createObjectStore("identities", { keyPath: "fingerprint" });
      made.createObjectStore("anchors", { keyPath: "fingerprint" });
      const certificates = made.createObjectStore("certificates", { keyPath: "fingerprint" });
      certificates.createIndex("address", "addresses", { multiEntry: true });
      certificates.createIndex("role", "role");
    },
  });
  await old.put("protection", kept.protection, "current");
  for (const identity of kept.identities) await old.put("identities", identity);
  old.close();
  const { vault, identities } = wake(disk);
  assert.equal((await vault.status()).state, "locked");
  await assert.rejects(vault.unlock("the passphrase of version 2", 5));
  await vault.unlock("the passphrase of version 1", 5);
  const [identity] = await identities.all();
  assert.equal(identity?.privateKey?.kind, "ec");
  assert.equal(identity.chain.length, 1);
});

test("a protection record of a later version is refused by name, and nothing replaces it", async () => {
  const { disk, database } = await filled();
  const record = await database.get("protection", "current");
  const later = { ...record!, version: 2 } as unknown as NonNullable<typeof record>;
  await database.put("protection", later, "current");
  await database.clear("identities");
  const { vault } = wake(disk);
  await assert.rejects(vault.status(), newer);
  await assert.rejects(vault.unlock(passphrase, 5), newer);
  await assert.rejects(vault.create("another long passphrase"), newer);
  await assert.rejects(vault.changePassphrase(passphrase, null), newer);
  assert.deepEqual(await database.get("protection", "current"), later);
});

test("a sealed key of a later version is neither read nor overwritten", async () => {
  const { disk, database } = await filled();
  const [record] = await database.getAll("identities");
  const later = { ...record!, version: 2 } as unknown as NonNullable<typeof record>;
  await database.put("identities", later);
  const life = wake(disk);
  assert.deepEqual(await life.identities.all(), []);
  assert.deepEqual(await life.identities.add([await testIdentity("alice-p256")]), []);
  assert.deepEqual(await database.get("identities", later.fingerprint), later);
});

test("a database of a later version is refused by name", async () => {
  const { disk, database } = await filled();
  database.close();
  (await openDB(disk.name, 99)).close();
  await assert.rejects(wake(disk).vault.status(), newer);
});

test("a full disk has its own answer (simulated), and the old passphrase still opens", async () => {
  const { disk, life, database } = await filled();
  const full = async (): Promise<never> => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  const ask = new Map([["vault:change-passphrase", full]]);
  const question = { signet: "ask", ask: "vault:change-passphrase", params: {} };
  const origin = { kind: "page", origin: { tabId: 1, path: "/" } } as const;
  const reply = await answerTo(question, origin, { pages: ask, content: new Map() });
  assert.deepEqual(reply, { ok: false, code: "disk-full" });
  // An upgraded record that does not fit: the transaction takes everything back.
  const transaction = database.transaction("protection", "readwrite");
  await transaction.store.delete("current");
  transaction.abort();
  await transaction.done.catch(() => undefined);
  await life.vault.lock();
  assert.equal((await wake(disk).vault.unlock(passphrase, 5)).state, "unlocked");
});

test("after all operations no secret stands in storage.local, in a log or in an error", async (context) => {
  const said: unknown[] = [];
  for (const name of ["log", "warn", "error", "info", "debug"] as const)
    context.mock.method(console, name, (...words: unknown[]) => void said.push(...words));
  const { disk, life } = await filled();
  const errors: unknown[] = [];
  const refusal = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => errors.push(error));
  await refusal(life.vault.unlock("canary guess 0815", 5));
  await refusal(life.vault.create("canary choice 2342"));
  await refusal(life.vault.changePassphrase("canary guess 0815", "canary next 9999"));
  const { raw } = JSON.parse(disk.session.items.get("vault") ?? "{}") as { raw: string };
  await life.vault.changePassphrase(passphrase, "canary changed 1234");
  await life.backups.made(await life.identities.fingerprints());
  await life.vault.lock();
  assert.equal(errors.length, 3);
  const texts = [...errors, ...said].map((one) =>
    one instanceof Error ? `${one.message} ${one.stack}` : JSON.stringify(one),
  );
  const everything = [...texts, ...disk.local.items.values(), ...disk.session.items.values()].join("\n");
  assert.match(everything, /passphrase-wrong/, "the search finds what is there");
  assert.doesNotMatch(everything, /canary/);
  const { pkcs8 } = await testIdentity("alice-p256");
  for (const secret of [raw, Buffer.from(pkcs8).toString("base64"), Buffer.from(pkcs8).toString("hex")])
    assert.ok(!everything.includes(secret));
});
