/** Certificates and anchors: kept once, found by address, quick with thousands, and nothing else on the disk. */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Bytes, Certificate } from "../../src/engine/index.js";
import { parseCertificate } from "../../src/engine/index.js";
import { Disk, testCertificate, wake } from "../helpers/background.js";

const may = "2026-05-01T00:00:00.000Z";
const person = (certificate: Certificate, der: Bytes | null = null, time: string | null = may) => ({
  certificate,
  role: "person" as const,
  capabilities: der && { der, time },
});
const link = (certificate: Certificate) => ({ certificate, role: "authority" as const, capabilities: null });
const octets = (...values: number[]): Bytes => Uint8Array.from(values);

test("a kept certificate is found by its address, after the event page died too", async () => {
  const disk = new Disk();
  const bob = await testCertificate("bob-p256");
  const added = await wake(disk).certificates.keep([person(bob, octets(0x30, 0))], "seen-on-mail");
  assert.deepEqual(
    added.map(({ fingerprint }) => fingerprint),
    [bob.fingerprint],
  );
  const [known] = await wake(disk).certificates.byAddress("bob@example.test");
  assert.equal(known?.certificate.fingerprint, bob.fingerprint);
  assert.deepEqual(known.capabilities, octets(0x30, 0));
});

test("nobody else's address finds it, nor a part of its own", async () => {
  const { certificates } = wake(new Disk());
  await certificates.keep([person(await testCertificate("bob-p256"))], "seen-on-mail");
  for (const address of ["alice@example.test", "ob@example.test", "bob@example.tes", "", "bob"]) {
    assert.deepEqual(await certificates.byAddress(address), [], address);
  }
});

test("kept twice is kept once: the date stays, later capabilities replace earlier ones, none replace nothing (RFC 8551 §2.7.1)", async () => {
  const disk = new Disk();
  const life = wake(disk);
  const bob = await testCertificate("bob-p256");
  await life.certificates.keep([person(bob, octets(1))], "seen-on-mail");
  disk.time = new Date("2026-12-01T00:00:00Z");
  const later = person(bob, octets(2), "2026-05-01T00:00:01.000Z");
  assert.deepEqual(await life.certificates.keep([later], "seen-on-mail"), []);
  // What was said earlier, at the same time, or nobody knows when, replaces nothing.
  for (const time of ["2026-04-30T23:59:59.000Z", "2026-05-01T00:00:01.000Z", null])
    await life.certificates.keep([person(bob, octets(3), time)], "seen-on-mail");
  await life.certificates.keep([person(bob)], "seen-on-mail");
  const [known] = await life.certificates.byAddress("bob@example.test");
  assert.deepEqual(known?.capabilities, octets(2));
  const [listed] = await life.certificates.list();
  assert.equal(listed?.since, "2026-11-22T12:00:00.000Z");
});

test("capabilities of no known time are kept where there are none, and give way to any that have one (RFC 8551 §2.7.1)", async () => {
  const { certificates } = wake(new Disk());
  const bob = await testCertificate("bob-p256");
  const kept = async (...said: Parameters<typeof person>) => {
    await certificates.keep([person(...said)], "seen-on-mail");
    return (await certificates.byAddress("bob@example.test"))[0]?.capabilities;
  };
  assert.equal(await kept(bob), null);
  assert.deepEqual(await kept(bob, octets(1), null), octets(1));
  assert.deepEqual(await kept(bob, octets(2), null), octets(1));
  assert.deepEqual(await kept(bob, octets(3), "2020-01-01T00:00:00.000Z"), octets(3));
  assert.deepEqual(await kept(bob, octets(1), null), octets(3));
});

test("the same capabilities said again are no news, but what was said between the two is over (RFC 8551 §2.7.1)", async () => {
  const life = wake(new Disk());
  const bob = await testCertificate("bob-p256");
  const keep = (value: number, time: string) =>
    life.certificates.keep([person(bob, octets(value), time)], "seen-on-mail");
  await keep(1, "2026-01-01T00:00:00.000Z");
  await keep(1, "2026-03-01T00:00:00.000Z");
  assert.equal(life.changes(), 1);
  await keep(2, "2026-02-01T00:00:00.000Z");
  assert.deepEqual((await life.certificates.byAddress("bob@example.test"))[0]?.capabilities, octets(1));
  assert.equal(life.changes(), 1);
  await keep(2, "2026-03-01T00:00:01.000Z");
  assert.deepEqual((await life.certificates.byAddress("bob@example.test"))[0]?.capabilities, octets(2));
  assert.equal(life.changes(), 2);
});

test("seeing a certificate again announces no change", async () => {
  const life = wake(new Disk());
  const bob = await testCertificate("bob-p256");
  await life.certificates.keep([person(bob, octets(1))], "seen-on-mail");
  assert.equal(life.changes(), 1);
  await life.certificates.keep([person(bob, octets(1))], "seen-on-mail");
  await life.certificates.keep([person(bob)], "seen-on-mail");
  await life.certificates.keep([], "seen-on-mail");
  assert.equal(life.changes(), 1);
});

test("one seen on mail and then imported counts as imported", async () => {
  const { certificates } = wake(new Disk());
  const bob = await testCertificate("bob-p256");
  await certificates.keep([person(bob)], "seen-on-mail");
  await certificates.keep([person(bob)], "imported");
  await certificates.keep([person(bob)], "seen-on-mail");
  assert.equal((await certificates.list())[0]?.source, "imported");
});

test("links of paths are candidates, not people: no address finds them, no list shows them", async () => {
  const { certificates } = wake(new Disk());
  const intermediate = await testCertificate("intermediate");
  await certificates.keep([link(intermediate)], "seen-on-mail");
  assert.deepEqual(await certificates.list(), []);
  assert.deepEqual(
    (await certificates.authorities()).map(({ fingerprint }) => fingerprint),
    [intermediate.fingerprint],
  );
});

test("a certificate that is removed is gone; removing it again is no error", async () => {
  const { certificates } = wake(new Disk());
  const bob = await testCertificate("bob-p256");
  await certificates.keep([person(bob)], "imported");
  await certificates.remove(bob.fingerprint);
  await certificates.remove(bob.fingerprint);
  assert.deepEqual(await certificates.list(), []);
  assert.deepEqual(await certificates.byAddress("bob@example.test"), []);
});

test("what is stored is the certificate alone, not the message it came in", async () => {
  const disk = new Disk();
  const life = wake(disk);
  const { der } = await testCertificate("bob-p256");
  const secret = Buffer.from("the decrypted message around it");
  const message = new Uint8Array(der.length + 2 * secret.length);
  message.set(secret);
  message.set(der, secret.length);
  message.set(secret, secret.length + der.length);
  const bob = await parseCertificate(message.subarray(secret.length, secret.length + der.length));
  const capabilities = message.subarray(secret.length, secret.length + 2);
  await life.certificates.keep([person(bob, capabilities)], "seen-on-mail");
  await life.anchors.add([bob]);
  const database = await life.database();
  for (const record of [...(await database.getAll("certificates")), ...(await database.getAll("anchors"))]) {
    for (const value of Object.values(record)) {
      if (value instanceof Uint8Array) assert.ok(!Buffer.from(value.buffer).includes(secret));
    }
  }
});

test("anchors are added once, listed and removed", async () => {
  const disk = new Disk();
  const { anchors } = wake(disk);
  const root = await testCertificate("root");
  assert.equal((await anchors.add([root])).length, 1);
  assert.equal((await anchors.add([root])).length, 0);
  assert.deepEqual(
    (await wake(disk).anchors.all()).map(({ fingerprint }) => fingerprint),
    [root.fingerprint],
  );
  await anchors.remove(root.fingerprint);
  assert.deepEqual(await wake(disk).anchors.list(), []);
});

test("a record that no longer parses is left out and takes no other with it", async () => {
  const disk = new Disk();
  const life = wake(disk);
  const [bob, root] = [await testCertificate("bob-p256"), await testCertificate("root")];
  await life.anchors.add([bob, root]);
  const database = await life.database();
  const record = await database.get("anchors", bob.fingerprint);
  assert.ok(record !== undefined);
  await database.put("anchors", { ...record, der: octets(0x30, 1) });
  assert.deepEqual(
    (await wake(disk).anchors.all()).map(({ fingerprint }) => fingerprint),
    [root.fingerprint],
  );
});

test("among five thousand certificates one is found without reading the others", async () => {
  const disk = new Disk();
  const life = wake(disk);
  const bob = await testCertificate("bob-p256");
  await life.certificates.keep([person(bob)], "imported");
  const database = await life.database();
  const record = await database.get("certificates", bob.fingerprint);
  assert.ok(record !== undefined);
  const transaction = database.transaction("certificates", "readwrite");
  for (let i = 0; i < 5_000; i++) {
    const fingerprint = i.toString(16).padStart(64, "0");
    // Whoever parses one of these fails: only the one asked for may be touched.
    void transaction.store.put({
      ...record,
      fingerprint,
      der: octets(0),
      addresses: [`person-${i}@example.test`],
    });
  }
  await transaction.done;
  const next = wake(disk);
  const started = performance.now();
  assert.equal((await next.certificates.byAddress("bob@example.test")).length, 1);
  assert.equal((await next.certificates.list()).length, 5_001);
  // Generous: fake-indexeddb keeps everything in plain lists.
  assert.ok(performance.now() - started < 2_000);
});
