/** The database of an older version, opened by this one: what was in it stays, what is new is there. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { openDB } from "idb";
import { databaseOpener } from "../../src/background/database.js";
import { describeCertificate } from "../../src/engine/index.js";
import { Disk, testCertificate, wake } from "../helpers/background.js";

/** As version 1 made it, with an anchor and a certificate in it. */
async function versionOne(name: string): Promise<void> {
  const anchor = await testCertificate("root");
  const bob = await testCertificate("bob-p256");
  const database = await openDB(name, 1, {
    upgrade(made) {
      made.createObjectStore("protection");
      made.createObjectStore("identities", { keyPath: "fingerprint" });
      made.createObjectStore("anchors", { keyPath: "fingerprint" });
      const certificates = made.createObjectStore("certificates", { keyPath: "fingerprint" });
      certificates.createIndex("address", "addresses", { multiEntry: true });
      certificates.createIndex("role", "role");
    },
  });
  const since = "2026-01-01T00:00:00.000Z";
  const common = (one: typeof bob) => ({
    fingerprint: one.fingerprint,
    der: one.der.slice(),
    summary: describeCertificate(one),
    since,
  });
  await database.put("anchors", common(anchor));
  const person = { addresses: ["bob@example.test"], role: "person", source: "imported", capabilities: null };
  await database.put("certificates", { ...common(bob), ...person });
  database.close();
}

test("a database of version 1 is brought up: anchors and certificates stay, the new stores are there and empty", async () => {
  const disk = new Disk();
  await versionOne(disk.name);
  const life = wake(disk);
  const [anchor] = await life.anchors.all();
  assert.equal(anchor?.fingerprint, (await testCertificate("root")).fingerprint);
  const [bob] = await life.certificates.byAddress("bob@example.test");
  assert.equal(bob?.certificate.fingerprint, (await testCertificate("bob-p256")).fingerprint);
  const database = await life.database();
  assert.equal(database.version, 2);
  assert.deepEqual(await life.roots.inUse(), { switchedOff: [] });
  for (const name of database.objectStoreNames)
    assert.equal(await database.count(name), name === "anchors" || name === "certificates" ? 1 : 0, name);
});

test("a new database and one that was brought up have the same stores and indexes", async () => {
  const old = new Disk();
  await versionOne(old.name);
  const shape = async (name: string): Promise<readonly (readonly [string, readonly string[]])[]> => {
    const database = await databaseOpener(name)();
    return [...database.objectStoreNames].map((store) => {
      return [store, [...database.transaction(store).store.indexNames]] as const;
    });
  };
  assert.deepEqual(await shape(old.name), await shape(new Disk().name));
});
