/** Thunderbird's own store, as the Experiment gives it: a list, a choice, one password for one import. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { nativeHandlers } from "../../src/background/handlers/native-handlers.js";
import { requestHandlers } from "../../src/background/handlers/request-handlers.js";
import { HandoverStore } from "../../src/background/handover.js";
import { viewIdentity } from "../../src/background/identity-view.js";
import { identitiesFor } from "../../src/background/evidence.js";
import { NativeCertificates } from "../../src/background/native-certificates.js";
import { Refusal } from "../../src/background/refusal.js";
import { writePkcs12 } from "../../src/engine/index.js";
import { Disk, testCertificate, testIdentity, wake } from "../helpers/background.js";
import { answerOf, origin } from "../helpers/getting.js";

async function ready(exports: "exports" | "refuses" = "exports") {
  const disk = new Disk();
  disk.time = new Date((await testCertificate("alice-rsa")).notBefore + 24 * 60 * 60_000);
  const life = wake(disk);
  await life.vault.create(null);
  const handover = new HandoverStore(() => 0);
  const views = async () =>
    Promise.all((await life.identities.all()).map((identity) => viewIdentity(identity, disk.time)));
  const passwords: string[] = [];
  const files: Uint8Array[] = [];
  const alice = await testIdentity("alice-rsa");
  const native = new NativeCertificates({
    list: async () => [Buffer.from(alice.certificate.der).toString("base64"), "AAAA"],
    async pkcs12(fingerprints, password) {
      assert.deepEqual(fingerprints, [alice.certificate.fingerprint]);
      passwords.push(password);
      if (exports === "refuses") return null;
      const content = { privateKey: alice.pkcs8.slice(), ...alice, friendlyName: null };
      const file = await writePkcs12(
        { ...content, privateKey: alice.pkcs8.slice() },
        { password, profile: "modern" },
      );
      files.push(file);
      return file.buffer;
    },
  });
  const parts = { ...life, handover, views, native, now: () => disk.time };
  const handlers = { ...nativeHandlers(parts), ...requestHandlers(parts) };
  return { ...life, disk, handlers, passwords, files, alice };
}

const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

test("what the store holds is listed, an unreadable one left out, and known once it was taken over", async () => {
  const { handlers, alice, files, passwords } = await ready();
  const before = answerOf(await handlers["native:list"]({}, origin));
  assert.deepEqual(
    before.map(({ known }) => known),
    [false],
  );
  const { fingerprint } = alice.certificate;
  const { added } = answerOf(await handlers["native:import"]({ fingerprints: [fingerprint] }, origin));
  assert.equal(added[0]?.certificate.fingerprint, fingerprint);
  assert.equal(answerOf(await handlers["native:list"]({}, origin))[0]?.known, true);
  assert.ok(
    files[0]!.every((octet) => octet === 0),
    "the file in memory was overwritten",
  );
  await handlers["native:import"]({ fingerprints: [fingerprint] }, origin);
  assert.equal(new Set(passwords).size, 2, "each import has its own password");
});

test("a store that gives nothing, a locked vault and an empty choice have their own sentences, and nothing changes", async () => {
  const parts = await ready("refuses");
  const fingerprints = [parts.alice.certificate.fingerprint];
  const before = parts.changes();
  await assert.rejects(
    parts.handlers["native:import"]({ fingerprints }, origin),
    refused("native-store-unavailable"),
  );
  await assert.rejects(parts.handlers["native:import"]({ fingerprints: [] }, origin), refused("not-found"));
  assert.equal(parts.changes(), before);
  await parts.vault.changePassphrase(null, "four unrelated words");
  await parts.vault.lock();
  await assert.rejects(parts.handlers["native:import"]({ fingerprints }, origin), refused("vault-locked"));
  assert.equal(parts.passwords.length, 1, "Thunderbird is not asked while the vault is locked");
});

test("a host without such a store lists nothing and gives nothing", async () => {
  const none = new NativeCertificates(null);
  assert.deepEqual(await none.list(), []);
  await assert.rejects(
    none.exported(["ab"], async () => null),
    refused("native-store-unavailable"),
  );
});

test("From chooses: a certificate with several addresses speaks for each alias, and each identity has its own", async () => {
  const { handlers, identities, disk } = await ready();
  const make = async (...addresses: readonly string[]) => {
    const wish = { commonName: "Alice", addresses, kind: "p-256" } as const;
    return answerOf(await handlers["identity:make"](wish, origin)).certificate.fingerprint;
  };
  const private_ = await make("alice@example.org", "al@example.org");
  const work = await make("alice@work.example");
  const chosen = async (address: string) => {
    const [first] = await identitiesFor(await identities.all(), address, disk.time);
    return first?.certificate.fingerprint;
  };
  assert.equal(await chosen("alice@example.org"), private_);
  assert.equal(await chosen("al@EXAMPLE.org"), private_);
  assert.equal(await chosen("alice@work.example"), work);
  assert.equal(await chosen("alice@elsewhere.example"), undefined);
  // A change of address: the new one is chosen for its own, and the old stays for what comes to the old address.
  const next = await make("alice@new.example", "alice@example.org");
  assert.equal(await chosen("alice@new.example"), next);
  assert.equal((await identities.all()).length, 3);
});
