/**
 * Files that people import, by the handlers that pages reach: key files, certificates, anchors. Each
 * kind of bad file has its code, and leaves everything as it was.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { identityHandlers } from "../../src/background/handlers/identity-handlers.js";
import { storeHandlers } from "../../src/background/handlers/store-handlers.js";
import { HandoverStore } from "../../src/background/handover.js";
import { viewIdentity } from "../../src/background/identity-view.js";
import { Refusal } from "../../src/background/refusal.js";
import { SettingsStore } from "../../src/background/settings.js";
import { concat } from "../../src/engine/base/bytes.js";
import { children, contents, encoded, readWhole, tags } from "../../src/engine/base/der-reader.js";
import { encode, octetString, sequence, smallInteger } from "../../src/engine/base/der-writer.js";
import { type Bytes, loadIssuing } from "../../src/engine/index.js";
import type { Reply } from "../../src/protocol/messages.js";
import { Disk, testCertificate, testFile, testPrivateKey, wake } from "../helpers/background.js";
import { p7b } from "../helpers/getting.js";
import { testKeys } from "../helpers/test-keys.js";

const origin = { tabId: 1, path: "/pages/options/options.html" };

const oneDay = 24 * 60 * 60_000;

async function ready(unlocked: "unlocked" | "locked" = "unlocked") {
  const disk = new Disk();
  // The throwaway CA is as old as the checkout: its own dates give the clock.
  disk.time = new Date((await testCertificate("alice-rsa")).notBefore + oneDay);
  const life = wake(disk);
  await life.vault.create(null);
  if (unlocked === "locked") {
    await life.vault.changePassphrase(null, "a passphrase");
    await life.vault.lock();
  }
  const handover = new HandoverStore(() => 0);
  const views = async () =>
    Promise.all((await life.identities.all()).map((identity) => viewIdentity(identity, disk.time)));
  const settings = new SettingsStore(disk.local, () => undefined);
  return {
    ...life,
    handover,
    handlers: {
      ...identityHandlers({ ...life, handover, views }),
      ...storeHandlers({ ...life, handover, settings }),
    },
  };
}

type Ready = Awaited<ReturnType<typeof ready>>;

function answerOf<Answer>(reply: Reply<Answer>): Answer {
  assert.ok(reply.ok);
  return reply.answer;
}

const importKey = async ({ handlers, handover }: Ready, bytes: Bytes, password = "signet") =>
  answerOf(await handlers["identity:import"]({ file: handover.put(bytes), password }, origin));

const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

/** Files made by OpenSSL for one test, in a folder that is removed afterwards. */
async function made(...steps: readonly (readonly string[])[]): Promise<Bytes> {
  const folder = await mkdtemp(join(tmpdir(), "signet-import-"));
  try {
    const keys = await testKeys();
    const place = (argument: string): string =>
      argument.replace(/^KEYS\//, `${keys}/`).replace(/^HERE\//, `${folder}/`);
    for (const step of steps) await promisify(execFile)("openssl", step.map(place));
    return new Uint8Array(await readFile(`${folder}/made`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const name of ["alice-rsa", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519", "big-rsa4096"]) {
  test(`imports ${name}.p12, with its link and without the anchor`, async () => {
    const parts = await ready();
    const answer = await importKey(parts, await testFile(`${name}.p12`));
    assert.equal(answer.added.length, 1);
    assert.deepEqual([answer.known, answer.withoutKey], [[], []]);
    const [view] = answer.added;
    assert.equal(view?.problem, null);
    assert.equal(view.canSign, true);
    assert.equal(view.canDecrypt, name !== "erin-ed25519");
    const [identity] = await parts.identities.all();
    assert.notEqual(identity?.privateKey, null);
    assert.ok((identity?.chain.length ?? 0) <= 1);
  });
}

const unsuited = {
  "weak-rsa1024": "key-weak",
  "server-eku": "extended-key-usage-unsuitable",
  "no-address": "certificate-without-address",
};

for (const [name, code] of Object.entries(unsuited)) {
  test(`${name}.p12 is taken, because its key may open old mail; the view says ${code}`, async () => {
    const answer = await importKey(await ready(), await testFile(`${name}.p12`));
    const [view] = answer.added;
    assert.equal(view?.problem?.code, code);
    assert.deepEqual([view.canSign, view.canDecrypt], [false, true]);
  });
}

test("the same file a second time is known, and changes nothing", async () => {
  const parts = await ready();
  await importKey(parts, await testFile("alice-rsa.p12"));
  const answer = await importKey(parts, await testFile("alice-rsa.p12"));
  assert.deepEqual([answer.added.length, answer.known.length], [0, 1]);
  assert.equal((await parts.identities.all()).length, 1);
});

test("an expired certificate is taken, because it still opens old mail; it says so and does not sign", async () => {
  const answer = await importKey(await ready(), await testFile("expired.p12"));
  const [view] = answer.added;
  assert.equal(view?.problem?.code, "certificate-expired");
  assert.deepEqual([view.canSign, view.canDecrypt], [false, true]);
});

test("a wrong password has its code; the right one then needs no second upload", async () => {
  const parts = await ready();
  const file = parts.handover.put(await testFile("alice-rsa.p12"));
  const wrong = parts.handlers["identity:import"]({ file, password: "Signet" }, origin);
  await assert.rejects(wrong, refused("password-wrong"));
  assert.deepEqual(await parts.identities.all(), []);
  assert.ok((await parts.handlers["identity:import"]({ file, password: "signet" }, origin)).ok);
  assert.equal(parts.handover.get(file), null, "what was imported is wiped");
});

const bad: Readonly<Record<string, { file: () => Promise<Bytes>; code: string }>> = {
  "an empty file": { file: async () => new Uint8Array(0), code: "file-unreadable" },
  "a text": { file: async () => new TextEncoder().encode("not a key file at all"), code: "file-unreadable" },
  "a truncated key file": {
    file: async () => (await testFile("alice-rsa.p12")).slice(0, 900),
    code: "file-unreadable",
  },
  "a certificate": { file: () => testFile("alice-rsa.pem"), code: "no-key-in-file" },
  "nine megabytes": { file: async () => new Uint8Array(9 * 1024 * 1024), code: "file-too-large" },
  "a key file without a key": {
    file: () =>
      made([
        "pkcs12",
        "-export",
        "-nokeys",
        "-in",
        "KEYS/bob-p256.pem",
        "-passout",
        "pass:signet",
        "-out",
        "HERE/made",
      ]),
    code: "no-key-in-file",
  },
};

for (const [name, { file, code }] of Object.entries(bad)) {
  test(`${name} is refused as ${code}, and nothing changes`, async () => {
    const parts = await ready();
    await importKey(parts, await testFile("alice-rsa.p12"));
    const before = parts.changes();
    await assert.rejects(importKey(parts, await file()), refused(code));
    assert.equal(parts.changes(), before);
    assert.equal((await parts.identities.all()).length, 1);
    assert.deepEqual(await parts.certificates.list(), []);
  });
}

test("a key without any certificate has its code", async () => {
  const parts = await ready();
  const alone = await made([
    "pkcs12",
    "-export",
    "-nocerts",
    "-inkey",
    "KEYS/bob-p256.key.pem",
    "-passout",
    "pass:signet",
    "-out",
    "HERE/made",
  ]);
  await assert.rejects(importKey(parts, alone), refused("no-certificate-for-key"));
  const pem = await testFile("bob-p256.key.pem");
  await assert.rejects(importKey(parts, pem), refused("no-certificate-for-key"));
});

test("a PEM file with key and certificate is imported, and says that no password kept the key", async () => {
  const parts = await ready();
  const pem = concat([await testFile("bob-p256.pem"), await testFile("bob-p256.key.pem")]);
  const { added, fileProtection } = await importKey(parts, pem, "");
  assert.deepEqual([added.length, fileProtection], [1, "none"]);
  const locked = await importKey(parts, await testFile("alice-rsa.p12"));
  assert.equal(locked.fileProtection, "password");
});

test("a PEM file of certificates alone has no key", async () => {
  const parts = await ready();
  await assert.rejects(importKey(parts, await testFile("bob-p256.pem")), refused("no-key-in-file"));
});

test("a file that asks for ten million rounds is too costly, and says so at once", async () => {
  const parts = await ready();
  const [version, authSafe, mac] = children(readWhole(await testFile("bob-p256.p12"), "der")).map(encoded);
  const [digest, salt] = children(readWhole(mac!, "der")).map(encoded);
  const file = sequence(version!, authSafe!, sequence(digest!, salt!, smallInteger(10_000_001)));
  await assert.rejects(importKey(parts, file), refused("file-too-costly"));
});

/** One key in PEM, beside so many certificates of its own. */
async function keyWithCertificates(count: number): Promise<Bytes> {
  const { generateKey, selfSigned } = await loadIssuing();
  const key = await generateKey("ed25519");
  const validity = { notBefore: new Date("2026-01-01"), notAfter: new Date("2029-01-01") };
  const blocks = [pem("PRIVATE KEY", key.pkcs8)];
  for (let i = 0; i < count; i++) {
    const person = { commonName: `Alice ${i}`, addresses: ["alice@example.org"] };
    blocks.push(pem("CERTIFICATE", (await selfSigned(key, person, validity)).der));
  }
  return new TextEncoder().encode(blocks.join(""));
}

const pem = (label: string, der: Bytes): string => {
  const lines = Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
};

test("a key with a hundred and one certificates is too costly, and none of them comes in; with three all do", async () => {
  const parts = await ready();
  await assert.rejects(importKey(parts, await keyWithCertificates(101), ""), refused("file-too-costly"));
  assert.deepEqual(await parts.identities.fingerprints(), []);
  assert.equal(parts.changes(), 0);
  assert.equal((await importKey(parts, await keyWithCertificates(3), "")).added.length, 3);
});

test("an RSA key with an exponent of megabytes is refused as unreadable, and nothing comes in (RFC 8017 §3.1)", async () => {
  const parts = await ready();
  const [version, algorithm, key] = children(readWhole(await testPrivateKey("alice-rsa"), "der"));
  const numbers = children(readWhole(contents(key!), "der")).map(encoded);
  numbers[2] = encode(tags.integer, new Uint8Array(2_500_000).fill(1));
  const hostile = sequence(encoded(version!), encoded(algorithm!), octetString(sequence(...numbers)));
  const certificate = new TextDecoder().decode(await testFile("alice-rsa.pem"));
  const file = new TextEncoder().encode(pem("PRIVATE KEY", hostile) + certificate);
  await assert.rejects(importKey(parts, file, ""), refused("file-unreadable"));
  assert.deepEqual(await parts.identities.fingerprints(), []);
});

test("a file that is not there any more is not found", async () => {
  const { handlers } = await ready();
  const gone = handlers["identity:import"]({ file: crypto.randomUUID(), password: "" }, origin);
  await assert.rejects(gone, refused("not-found"));
});

test("a locked vault says so before the password is tried", async () => {
  const parts = await ready("locked");
  await assert.rejects(importKey(parts, await testFile("alice-rsa.p12"), "wrong"), refused("vault-locked"));
});

test("removes an identity, key and all", async () => {
  const parts = await ready();
  const { added } = await importKey(parts, await testFile("alice-rsa.p12"));
  const { fingerprint } = added[0]!.certificate;
  await parts.handlers["identity:remove"]({ fingerprint }, origin);
  assert.deepEqual(answerOf(await parts.handlers["identity:list"]({}, origin)), []);
  assert.equal(await (await parts.database()).count("identities"), 0);
});

const importCertificates = async ({ handlers, handover }: Ready, bytes: Bytes) =>
  answerOf(await handlers["certificate:import"]({ file: handover.put(bytes) }, origin)).added;
const examineAnchors = async ({ handlers, handover }: Ready, bytes: Bytes) =>
  answerOf(await handlers["anchor:examine"]({ file: handover.put(bytes) }, origin));
const importAnchors = async (parts: Ready, bytes: Bytes, chosen?: readonly string[]) => {
  const fingerprints =
    chosen ?? (await examineAnchors(parts, bytes)).map(({ certificate }) => certificate.fingerprint);
  const asked = { file: parts.handover.put(bytes), fingerprints };
  return answerOf(await parts.handlers["anchor:import"](asked, origin)).added;
};

test("imports other people's certificates, and authorities as links", async () => {
  const parts = await ready();
  const pem = Buffer.concat([await testFile("bob-p256.pem"), await testFile("intermediate.pem")]);
  assert.equal((await importCertificates(parts, new Uint8Array(pem))).length, 2);
  assert.equal((await parts.certificates.byAddress("bob@example.test")).length, 1);
  assert.equal((await parts.certificates.authorities()).length, 1);
  assert.equal(answerOf(await parts.handlers["certificate:list"]({}, origin)).length, 2);
});

test("an anchor is an authority; a person's certificate is none, alone or beside one (RFC 5280 §4.2.1.9)", async () => {
  const parts = await ready();
  assert.equal((await importAnchors(parts, await testFile("root.pem"))).length, 1);
  const mixed = Buffer.concat([await testFile("mallory-root.pem"), await testFile("bob-p256.pem")]);
  for (const file of [await testFile("bob-p256.pem"), new Uint8Array(mixed)]) {
    await assert.rejects(importAnchors(parts, file), refused("not-a-certificate-authority"));
  }
  const anchors = answerOf(await parts.handlers["anchor:list"]({}, origin));
  assert.equal(anchors.length, 1, "all or none");
  await parts.handlers["anchor:remove"]({ fingerprint: anchors[0]!.fingerprint }, origin);
  assert.deepEqual(answerOf(await parts.handlers["anchor:list"]({}, origin)), []);
});

test("of a file with a family's root and a stranger's each is shown with what it may speak for, and only the chosen one counts (RFC 5280 §4.2.1.10)", async () => {
  const parts = await ready();
  const { generateKey, privateRoot, writePem } = await loadIssuing();
  const day = (await testCertificate("root")).notBefore;
  const validity = { notBefore: new Date(day), notAfter: new Date(day + oneDay) };
  const names = { commonName: "Family", domains: ["family.example"] };
  const family = await privateRoot(await generateKey("p-256"), names, validity);
  const stranger = await testCertificate("mallory-root");
  const file = writePem("CERTIFICATE", [family.der, stranger.der]);
  const before = parts.changes();
  const offers = await examineAnchors(parts, file);
  assert.deepEqual(
    offers.map(({ certificate, ...scope }) => [certificate.fingerprint, scope]),
    [
      [family.fingerprint, { permitted: ["family.example"], excluded: [], known: false }],
      [stranger.fingerprint, { permitted: null, excluded: [], known: false }],
    ],
  );
  assert.deepEqual([parts.changes(), await parts.anchors.list()], [before, []], "nothing counts by looking");
  assert.equal((await importAnchors(parts, file, [family.fingerprint])).length, 1);
  assert.deepEqual(
    (await parts.anchors.list()).map(({ fingerprint, permitted, excluded }) => [
      fingerprint,
      permitted,
      excluded,
    ]),
    [[family.fingerprint, ["family.example"], []]],
    "what it may speak for stays to be seen",
  );
  assert.deepEqual(
    (await examineAnchors(parts, file)).map(({ known }) => known),
    [true, false],
  );
});

test("an authority that the person did not see is refused, and with it all that came in the same question", async () => {
  const parts = await ready();
  const { fingerprint } = await testCertificate("root");
  const other = await testCertificate("mallory-root");
  await assert.rejects(
    importAnchors(parts, await testFile("root.pem"), [fingerprint, other.fingerprint]),
    refused("not-found"),
  );
  assert.deepEqual(await parts.anchors.list(), []);
  assert.deepEqual(await importAnchors(parts, await testFile("root.pem"), []), []);
  assert.deepEqual(await parts.anchors.list(), []);
});

test("files without a certificate have their codes, for people and for anchors", async () => {
  const parts = await ready();
  for (const run of [importCertificates, importAnchors]) {
    await assert.rejects(run(parts, await testFile("alice-rsa.key.pem")), refused("no-certificate-in-file"));
    await assert.rejects(run(parts, Uint8Array.from([0x30, 3, 1, 2])), refused("file-unreadable"));
    await assert.rejects(run(parts, new Uint8Array(33 * 1024 * 1024)), refused("file-too-large"));
  }
});

test("5,000 certificates in a .p7b have their own sentence, for people and for anchors, and nothing is taken in", async () => {
  const parts = await ready();
  const root = await testCertificate("root");
  const many = await p7b(
    Array.from({ length: 5_000 }, () => root),
    "DER",
  );
  const before = parts.changes();
  for (const run of [importCertificates, importAnchors])
    await assert.rejects(run(parts, many.slice()), refused("too-many-certificates"));
  assert.equal(parts.changes(), before);
});
