/** The policy over the lives of the background: read once, overriding what a person chose, and never lost by a failure. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { PolicyStore } from "../../../src/background/policy/policy-store.js";
import { onlyDirectory } from "../../../src/background/handlers/policy-handlers.js";
import { SettingsStore } from "../../../src/background/settings.js";
import { AnchorStore } from "../../../src/background/trust/anchor-store.js";
import { ParsedCertificates } from "../../../src/background/trust/parsed-certificates.js";
import { Disk, FakeArea, testCertificate, wake } from "../../helpers/background.js";
import { testKeys } from "../../helpers/test-keys.js";

/** As Gecko says that no policy names us. */
const none = (): Promise<never> => Promise.reject({ message: "Managed storage manifest not found" });
const broken = (): Promise<never> => Promise.reject(new Error("An unexpected error occurred"));

function local() {
  return new FakeArea(["settings", "composeModes", "managedPolicy"]);
}

test("no policy, however the browser says so, is no policy", async () => {
  for (const managed of [undefined, { get: none }, { get: async () => ({}) }])
    assert.deepEqual((await new PolicyStore(managed, local()).get()).names, []);
});

test("it is read once for each life, and again when the browser says that it changed", async () => {
  let reads = 0;
  const area = local();
  const store = new PolicyStore({ get: async () => ({ alwaysSign: ++reads > 1 }) }, area);
  await store.get();
  assert.equal((await store.get()).outgoing.alwaysSign, false);
  store.forget();
  assert.equal((await store.get()).outgoing.alwaysSign, true);
  assert.equal(reads, 2);
});

test("where the browser fails to tell it, the last one stands, and the settings page says so", async () => {
  const area = local();
  await new PolicyStore({ get: async () => ({ alwaysSign: true }) }, area).get();
  const { outgoing, problems } = await new PolicyStore({ get: broken }, area).get();
  assert.equal(outgoing.alwaysSign, true);
  assert.deepEqual(problems, [{ name: "*", code: "value-unreadable" }]);
  // Taken away by the administrator, it is gone.
  await new PolicyStore({ get: none }, area).get();
  assert.equal((await new PolicyStore({ get: broken }, area).get()).outgoing.alwaysSign, false);
});

test("a failure on a machine that nobody manages stops nobody's mail", async () => {
  const { outgoing, names } = await new PolicyStore({ get: broken }, local()).get();
  assert.deepEqual([outgoing.unreadable, names], [[], []]);
});

test("the organisation's settings override a person's, cannot be changed, and leave the person's own untouched", async () => {
  const area = local();
  const own = new SettingsStore(area, () => undefined);
  await own.set({ revocation: "never", nativeLabel: "shown" });
  const managed = new SettingsStore(
    area,
    () => undefined,
    async () => ({ revocation: "crl-and-ocsp" }),
  );
  const { revocation, nativeLabel } = await managed.get();
  assert.deepEqual([revocation, nativeLabel], ["crl-and-ocsp", "shown"]);
  await assert.rejects(managed.set({ revocation: "never" }), { code: "set-by-organisation" });
  await assert.rejects(managed.set({ nativeLabel: "hidden", revocation: "crl" }), {
    code: "set-by-organisation",
  });
  assert.equal((await managed.set({ nativeLabel: "hidden" })).revocation, "crl-and-ocsp");
  assert.equal((await own.get()).revocation, "never");
});

test("the organisation's authorities count, say whose they are, and cannot be removed", async () => {
  const disk = new Disk();
  const { database } = wake(disk);
  const theirs = await testCertificate("root");
  const mine = await testCertificate("intermediate");
  const host = {
    database,
    parsed: new ParsedCertificates(),
    now: () => disk.time,
    onChanged: () => undefined,
  };
  const anchors = new AnchorStore(host, async () => [theirs]);
  await anchors.add([theirs, mine]);
  const listed = (await anchors.list()).map(({ fingerprint, setBy }) => [fingerprint, setBy]);
  assert.deepEqual(listed, [
    [theirs.fingerprint, "organisation"],
    [mine.fingerprint, undefined],
  ]);
  assert.equal((await anchors.all()).length, 2);
  await assert.rejects(anchors.remove(theirs.fingerprint), { code: "set-by-organisation" });
  await anchors.remove(mine.fingerprint);
  assert.deepEqual(
    (await anchors.all()).map(({ fingerprint }) => fingerprint),
    [theirs.fingerprint],
  );
});

test("where an ACME directory is named, no other is asked", async () => {
  const directory = "https://acme.example.org/directory";
  const store = new PolicyStore({ get: async () => ({ acmeDirectory: directory }) }, local());
  const answered = async (_ask: object, _origin: object) => ({ ok: false, code: "cancelled" }) as const;
  const table = onlyDirectory(store, { "order:authority": answered, "order:begin": answered });
  const origin = { tabId: null, path: "" };
  assert.equal((await table["order:authority"]({ directory }, origin)).ok, false);
  for (const other of ["https://acme.example.net/directory", "words"])
    await assert.rejects(table["order:authority"]({ directory: other }, origin), {
      code: "set-by-organisation",
    });
});

test("certificates of the policy are the throwaway CA's here, and lie nowhere else", async () => {
  const pem = await readFile(`${await testKeys()}/root.pem`, "utf8");
  const area = local();
  const { anchors } = await new PolicyStore({ get: async () => ({ anchors: [pem] }) }, area).get();
  assert.equal(anchors[0]?.fingerprint, (await testCertificate("root")).fingerprint);
});
