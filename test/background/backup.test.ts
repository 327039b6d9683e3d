/**
 * All keys in one file and back: on another device, with OpenSSL, with the code as people type it. The
 * reminder comes, waits and goes.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { backupHandlers } from "../../src/background/handlers/backup-handlers.js";
import { identityHandlers } from "../../src/background/handlers/identity-handlers.js";
import { HandoverStore } from "../../src/background/handover.js";
import { viewIdentity } from "../../src/background/identity-view.js";
import { Refusal } from "../../src/background/refusal.js";
import { writeNote } from "../../src/background/backup/waiting-note.js";
import { requestHandlers } from "../../src/background/handlers/request-handlers.js";
import { pendingKeyId } from "../../src/background/vault/pending-keys.js";
import type { PendingKeyRecord } from "../../src/background/vault/records.js";
import { concat, equal } from "../../src/engine/base/bytes.js";
import { type Bytes, loadIssuing, writePkcs12Bundle } from "../../src/engine/index.js";
import type { Reply } from "../../src/protocol/messages.js";
import { newRecoveryCode } from "../../src/protocol/recovery-code.js";
import {
  Disk,
  testCertificate,
  testFile,
  testIdentity,
  testPrivateKey,
  wake,
} from "../helpers/background.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const passphrase = "correct horse battery";
const origin = { tabId: 1, path: "/pages/options/options.html" };
const people = ["alice-rsa", "alice-p256", "erin-ed25519", "expired"];

const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

function answerOf<Answer>(reply: Reply<Answer>): Answer {
  assert.ok(reply.ok);
  return reply.answer;
}

/** @param chosen undefined: nothing in it yet */
async function device(chosen?: string | null, names: readonly string[] = people) {
  const disk = new Disk();
  disk.time = new Date((await testCertificate("alice-rsa")).notBefore + 24 * 60 * 60_000);
  const life = wake(disk);
  await life.vault.create(chosen === undefined ? null : chosen);
  if (chosen !== undefined) await life.identities.add(await Promise.all(names.map(testIdentity)));
  const handover = new HandoverStore(() => 0);
  const views = async () =>
    Promise.all((await life.identities.all()).map((identity) => viewIdentity(identity, disk.time)));
  const parts = { ...life, handover, views };
  return { disk, ...parts, ask: { ...backupHandlers(parts), ...identityHandlers(parts) } };
}

type Device = Awaited<ReturnType<typeof device>>;
const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));

async function backUp({ ask, handover }: Device, secret: string | null = passphrase) {
  const made = answerOf(await ask["backup:make"]({ passphrase: secret, code }, origin));
  const file = handover.get(made.file);
  assert.ok(file);
  return { ...made, bytes: file.slice() };
}

const restore = async ({ ask, handover }: Device, bytes: Bytes, password: string) =>
  answerOf(await ask["identity:import"]({ file: handover.put(bytes), password }, origin));

test("a backup brings every key to another device, old ones included, and each works there", async () => {
  const first = await device(passphrase);
  const { bytes, fingerprints, left } = await backUp(first);
  assert.deepEqual([fingerprints.length, left], [people.length, []]);
  const second = await device();
  const { added } = await restore(second, bytes, code);
  assert.deepEqual(added.map(({ certificate }) => certificate.fingerprint).sort(), [...fingerprints].sort());
  for (const { certificate, chain, privateKey } of await second.identities.all()) {
    assert.ok(privateKey, certificate.fingerprint);
    assert.equal(chain.length, 1);
  }
});

test("the code opens it in small letters without hyphens; a slip of the pen is told, another code is not the one", async () => {
  const { bytes } = await backUp(await device(passphrase, ["alice-p256"]));
  const second = await device();
  const slip = code.startsWith("7") ? `8${code.slice(1)}` : `7${code.slice(1)}`;
  await assert.rejects(restore(second, bytes, slip), refused("recovery-code-mistyped"));
  const other = newRecoveryCode((octets) => crypto.getRandomValues(octets));
  await assert.rejects(restore(second, bytes, other), refused("password-wrong"));
  assert.deepEqual(await second.identities.fingerprints(), []);
  assert.equal((await restore(second, bytes, code.toLowerCase().replaceAll("-", ""))).added.length, 1);
});

test("an open screen is not enough: the passphrase is asked for, and guesses are counted", async () => {
  const first = await device(passphrase, ["alice-p256"]);
  assert.equal((await first.vault.status()).state, "unlocked");
  for (const guess of ["wrong horse battery", null, ""])
    await assert.rejects(backUp(first, guess), refused("passphrase-wrong"));
  await assert.rejects(backUp(first), refused("passphrase-wait"));
});

test("a locked vault is backed up with its passphrase, and is locked as before", async () => {
  const first = await device(passphrase, ["alice-p256"]);
  await first.vault.lock();
  await backUp(first);
  assert.equal((await first.vault.status()).state, "locked");
});

test("a password of the page's choice is none: only our codes are long enough", async () => {
  const { ask } = await device(null, ["alice-p256"]);
  for (const weak of ["", "1234", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", code.toLowerCase()])
    await assert.rejects(
      ask["backup:make"]({ passphrase: null, code: weak }, origin),
      refused("not-allowed"),
    );
});

test("OpenSSL opens the backup with the code as it is printed: every key, AES-256 and PBKDF2 (RFC 8018)", async () => {
  const folder = await temporaryFolder();
  try {
    const { bytes } = await backUp(await device(null, people), null);
    const path = join(folder.path, "backup.p12");
    await writeFile(path, bytes);
    const run = (...more: readonly string[]) =>
      promisify(execFile)("openssl", ["pkcs12", "-in", path, "-passin", `pass:${code}`, ...more]);
    const { stdout } = await run("-nodes");
    assert.equal(stdout.split("BEGIN PRIVATE KEY").length - 1, people.length);
    const { stderr } = await run("-noout", "-info");
    assert.match(stderr, /PBES2, PBKDF2, AES-256-CBC/);
    assert.doesNotMatch(stderr, /3DES|RC2|-SHA1/i);
    const wrong = promisify(execFile)("openssl", ["pkcs12", "-in", path, "-passin", "pass:guess", "-nodes"]);
    await assert.rejects(wrong);
  } finally {
    await folder.remove();
  }
});

test("a key that does not open is named and left out; the others are in the backup", async () => {
  const first = await device(null, ["alice-p256", "bob-p256"]);
  const database = await first.database();
  const [record] = await database.getAll("identities");
  assert.ok(record);
  const { privateKey } = record;
  await database.put("identities", {
    ...record,
    privateKey: { ...privateKey, ciphertext: new Uint8Array(64) },
  });
  const { fingerprints, left } = await backUp(first, null);
  assert.equal(fingerprints.length, 1);
  assert.deepEqual(
    left.map(({ fingerprint }) => fingerprint),
    [record.fingerprint],
  );
});

test("without keys there is nothing to back up, and nobody is reminded", async () => {
  const { ask, vault } = await device();
  assert.equal((await vault.status()).protection, "device");
  assert.deepEqual(answerOf(await ask["backup:status"]({}, origin)), {
    ...{ state: "nothing", since: null, remind: false },
  });
  await assert.rejects(ask["backup:make"]({ passphrase: null, code }, origin), refused("not-found"));
});

test("the reminder stands until a backup exists, may be put off for a fortnight, and returns for a new key", async () => {
  const { disk, ask, identities, backups } = await device(null, ["alice-p256"]);
  const status = async () => answerOf(await ask["backup:status"]({}, origin));
  const missing = await identities.fingerprints();
  assert.deepEqual(await status(), { state: "missing", since: null, remind: true, missing });
  assert.equal(answerOf(await ask["backup:later"]({}, origin)).remind, false);
  disk.time = new Date(disk.time.getTime() + 14 * 24 * 60 * 60_000 - 1);
  assert.equal((await status()).remind, false);
  disk.time = new Date(disk.time.getTime() + 1);
  assert.equal((await status()).remind, true);
  await ask["backup:made"]({ fingerprints: await identities.fingerprints() }, origin);
  const made = await status();
  assert.deepEqual([made.state, made.remind, made.since], ["made", false, disk.time.toISOString()]);
  await identities.add([await testIdentity("bob-p256")]);
  assert.deepEqual([(await status()).state, (await status()).remind], ["outdated", true]);
  assert.equal((await status()).missing?.length, 1, "whoever removes it is told that it is in no backup");
  await disk.local.set({ backup: { since: 1, fingerprints: "all", later: "yesterday" } });
  assert.equal(
    (await backups.status(["ab"])).state,
    "missing",
    "what another version wrote counts for nothing",
  );
});

const asksFor = async (one: Device, kind: "p-256" | "ed25519+x25519") =>
  answerOf(
    await requestHandlers({ ...one, now: () => one.disk.time })["request:create"](
      { commonName: "Alice", addresses: ["alice@example.test"], kind },
      origin,
    ),
  );

test("keys that wait for their certificate are in the backup, and go on waiting on the other device", async () => {
  const first = await device(passphrase, ["alice-p256"]);
  await asksFor(first, "p-256");
  await asksFor(first, "ed25519+x25519");
  const before = await first.pendingKeys.list();
  const { bytes, fingerprints, waiting } = await backUp(first);
  assert.deepEqual([before.length, fingerprints.length, waiting], [3, 4, ["alice@example.test"]]);
  const second = await device();
  assert.deepEqual((await restore(second, bytes.slice(), code)).waiting, ["alice@example.test"]);
  const after = await second.pendingKeys.list();
  const facts = ({ keyId: _key, privateKey: _sealed, ...rest }: PendingKeyRecord) => rest;
  const byId = (a: PendingKeyRecord, b: PendingKeyRecord) => (a.id < b.id ? -1 : 1);
  assert.deepEqual([...after].sort(byId).map(facts), [...before].sort(byId).map(facts));
  for (const { id } of before)
    assert.deepEqual(await second.pendingKeys.take(id), await first.pendingKeys.take(id));
  assert.equal((await restore(second, bytes, code)).waiting, undefined, "a second time nothing is new");
  assert.equal((await second.pendingKeys.list()).length, 3);
});

test("nothing but a key that waits is a backup, too; it makes the reminder go, and another request brings it back", async () => {
  const first = await device(passphrase, []);
  await asksFor(first, "p-256");
  const status = async () => answerOf(await first.ask["backup:status"]({}, origin)).state;
  assert.equal(await status(), "missing");
  const { bytes, fingerprints } = await backUp(first);
  await first.ask["backup:made"]({ fingerprints }, origin);
  assert.equal(await status(), "made");
  await asksFor(first, "p-256");
  assert.equal(await status(), "outdated");
  const second = await device();
  const { added, waiting } = await restore(second, bytes, code);
  assert.deepEqual([added.length, waiting], [0, ["alice@example.test"]]);
});

test("a backup's note is read as a stranger's: what is none of ours brings no key and takes none's place", async () => {
  const first = await device(null, []);
  await asksFor(first, "p-256");
  const [record] = await first.pendingKeys.list();
  const key = { privateKey: await testPrivateKey("bob-p256"), friendlyName: "waits" };
  const said = JSON.parse(new TextDecoder().decode(writeNote(record!))) as object;
  const fileWith = async (note: unknown) => {
    const octets = new TextEncoder().encode(typeof note === "string" ? note : JSON.stringify(note)) as Bytes;
    const protection = { password: code, profile: "modern", iterations: 10 } as const;
    return writePkcs12Bundle([], protection, [{ ...key, note: octets }]);
  };
  const bad: readonly unknown[] = [
    ...["", "[", "null", { ...said, version: 2 }, { ...said, kind: "toString" }, { ...said, publicKey: "!" }],
    ...[
      { ...said, addresses: [] },
      { ...said, addresses: ["no address"] },
      { ...said, since: "soon" },
    ],
    { ...said, commonName: "x".repeat(70_000) },
  ];
  for (const note of bad)
    await assert.rejects(restore(first, await fileWith(note), code), refused("no-certificate-for-key"));
  // Its public half is not the key's own.
  await assert.rejects(restore(first, await fileWith(said), code), refused("no-certificate-for-key"));
  const kept = await first.pendingKeys.take(record!.id);
  assert.ok(kept !== null && !equal(kept, key.privateKey), "the key that was here stays");
});

test("keys that a stranger's backup calls their own companions, each other's, or several of one, are each shown and can be given up", async () => {
  const { generateKey } = await loadIssuing();
  const made = [await generateKey("p-256"), await generateKey("p-256"), await generateKey("p-256")];
  const ids = await Promise.all(made.map(({ publicKey }) => pendingKeyId(publicKey.der)));
  const fileOf = (of: readonly (number | null)[]): Promise<Bytes> => {
    const waiting = made.map(({ pkcs8, publicKey }, index) => {
      const [at, facts] = [of[index] ?? null, { kind: "p-256", request: null, commonName: null }];
      const companion = at === null ? {} : { companionOf: ids[at] };
      const asked = { addresses: ["alice@example.test"], since: "2026-01-01T00:00:00Z" };
      const record = { ...facts, ...asked, ...companion, publicKey: publicKey.der };
      const note = writeNote(record as unknown as PendingKeyRecord);
      return { privateKey: pkcs8.slice(), friendlyName: "waits", note };
    });
    return writePkcs12Bundle([], { password: code, profile: "modern", iterations: 10 }, waiting);
  };
  for (const [of, rows] of [
    [[0, 1, 2], 3],
    [[1, 0, null], 3],
    [[1, 2, 0], 3],
    [[1, 2, null], 2],
    [[null, 0, 0], 2],
    [[null, 0, null], 2],
  ] as const) {
    const one = await device(undefined, []);
    const requests = requestHandlers({ ...one, now: () => one.disk.time });
    const listed = async () => answerOf(await requests["request:list"]({}, origin));
    await restore(one, await fileOf(of), code);
    assert.equal((await one.pendingKeys.list()).length, 3);
    assert.equal((await listed()).length, rows, String(of));
    for (let turn = 0; turn < 3; turn++)
      for (const { id } of await listed()) await requests["request:remove"]({ id }, origin);
    assert.deepEqual(await one.pendingKeys.list(), [], String(of));
  }
});

test("PBMAC1 where a person asks for it; it comes back as the other does (RFC 9579)", async () => {
  const first = await device(null, ["alice-p256"]);
  const made = answerOf(await first.ask["backup:make"]({ passphrase: null, code, mac: "pbmac1" }, origin));
  const file = first.handover.get(made.file)!.slice();
  assert.ok(Buffer.from(file).includes(Buffer.from("06092a864886f70d01050e", "hex")), "id-PBMAC1");
  const second = await device();
  assert.equal((await restore(second, file, code)).added.length, 1);
});

test("one key that cannot be used is named, and the others of the file are imported", async () => {
  const second = await device();
  const text = (bytes: Bytes): string => new TextDecoder().decode(bytes);
  // A key whose public half is another's: nothing fits it but the label in the file; RSA numbers of nothing.
  const pem = concat([
    await testFile("alice-p256.key.pem"),
    await testFile("alice-p256.pem"),
    new TextEncoder().encode(
      "-----BEGIN PRIVATE KEY-----\nMAUCAQAwAA==\n-----END PRIVATE KEY-----\n",
    ) as Bytes,
    await testFile("bob-p256.pem"),
  ]);
  assert.match(text(pem), /BEGIN CERTIFICATE/);
  const { added, unnamed } = await restore(second, pem, "");
  assert.equal(unnamed, 1, "a key that is nobody's is not dropped without a word");
  assert.deepEqual(
    added.map(({ certificate }) => certificate.addresses[0]),
    ["alice@example.test"],
  );
  const alone = new TextEncoder().encode(
    `-----BEGIN PRIVATE KEY-----\nMAUCAQAwAA==\n-----END PRIVATE KEY-----\n${text(await testFile("bob-p256.pem"))}`,
  ) as Bytes;
  await assert.rejects(restore(second, alone, ""), refused("file-unreadable"));
});
