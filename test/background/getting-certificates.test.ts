/**
 * Requests, their answers, and certificates of one's own making, by the handlers that pages reach. Each kind of bad
 * file has its code, and leaves everything as it was.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { certificateFor } from "../../src/background/evidence.js";
import { keepCertificates } from "../../src/background/finding/attached-certificates.js";
import { Refusal } from "../../src/background/refusal.js";
import { sequence, utf8String } from "../../src/engine/base/der-writer.js";
import { importPrivateKey, loadIssuing, readCertificates, writePkcs12 } from "../../src/engine/index.js";
import { testIdentity } from "../helpers/background.js";
import {
  answer,
  answerOf,
  ask,
  authority,
  leavesAll,
  oneDay,
  origin,
  p7b,
  ready,
  run,
  standing,
  wish,
} from "../helpers/getting.js";
import {
  authority as authorityExtension,
  extension,
  forgeCertificate,
} from "../helpers/forge-certificate.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

for (const kind of ["rsa-3072", "p-256", "ed25519", "ml-dsa-65"] as const) {
  test(`a request with ${kind} gets its answer in another life of the background`, async () => {
    const parts = await ready();
    const { pem } = await ask(parts, ["alice@example.org", "al@example.net"], kind);
    const made = await (await authority()).answerTo(pem);
    const later = await ready(parts.disk);
    const { added } = answerOf(await answer(later, made.der));
    assert.deepEqual(added[0]?.certificate.addresses, ["alice@example.org", "al@example.net"]);
    assert.equal(added[0]?.canSign, true);
    const [identity] = await later.identities.all();
    assert.notEqual(identity?.privateKey, null);
    assert.deepEqual(await later.pendingKeys.list(), []);
  });
}

test("answers come as DER, PEM, .p7b in both forms, with strangers and the root beside them, in any order", async () => {
  const parts = await ready();
  const from = await authority();
  const asked = [
    await ask(parts, ["a@example.org"]),
    await ask(parts, ["b@example.org"]),
    await ask(parts, ["c@example.org"]),
  ];
  const [a, b, c] = await Promise.all(asked.map(({ pem }) => from.answerTo(pem)));
  const files = [
    await p7b([await from.stranger(), from.root, c!], "DER"),
    await p7b([a!, from.root], "PEM"),
    from.writePem("CERTIFICATE", [from.root.der, b!.der]),
  ];
  for (const [i, file] of files.entries()) {
    const { added, incomplete } = answerOf(await answer(parts, file));
    assert.deepEqual([added.length, incomplete], [1, false]);
    assert.equal((await parts.pendingKeys.list()).length, 2 - i);
  }
  assert.equal((await parts.identities.all()).length, 3);
});

test("links are taken from the file or from what is known, by signature and not by name alone; the root stays out", async () => {
  const parts = await ready();
  const { pem } = await ask(parts, ["alice@example.org"]);
  const folder = await temporaryFolder();
  try {
    const at = (name: string): string => join(folder.path, name);
    await writeFile(at("request"), pem);
    const conf =
      "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n[p]\nsubjectAltName=email:alice@example.org\n";
    await writeFile(at("conf"), conf);
    const openssl = (line: string) => run("openssl", line.split(" "), { cwd: folder.path });
    const ec = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    await openssl(`req -x509 ${ec} -subj /CN=Root -days 9000 -keyout root.key -out root.pem`);
    for (const name of ["link", "false"])
      await openssl(`req ${ec} -subj /CN=Link -keyout ${name}.key -out ${name}.csr`);
    for (const name of ["link", "false"])
      await openssl(
        `x509 -req -in ${name}.csr -CA root.pem -CAkey root.key -days 9000 -extfile conf -extensions ca -out ${name}.pem`,
      );
    await openssl(
      "x509 -req -in request -CA link.pem -CAkey link.key -days 900 -extfile conf -extensions p -out own.pem",
    );
    const certificates = async (name: string) => readCertificates(new Uint8Array(await readFile(at(name))));
    const [link, wrong, own, root] = await Promise.all(
      ["link.pem", "false.pem", "own.pem", "root.pem"].map(certificates),
    );
    const keep = [...wrong!, ...link!].map((certificate) => ({
      certificate,
      role: "authority" as const,
      capabilities: null,
    }));
    await parts.certificates.keep(keep, "imported");
    parts.disk.time = new Date(own![0]!.notBefore + oneDay);
    const file = (await loadIssuing()).writePem("CERTIFICATE", [own![0]!.der, root![0]!.der]);
    const { incomplete } = answerOf(await answer(parts, file));
    assert.equal(incomplete, false);
    const [identity] = await parts.identities.all();
    assert.deepEqual(
      identity?.chain.map(({ fingerprint }) => fingerprint),
      [link![0]!.fingerprint],
    );
  } finally {
    await folder.remove();
  }
});

test("a key file keeps no stranger's certificate with the issuer's name either: it would travel in every signed letter (RFC 5280 §6.1)", async () => {
  const { certificate, chain, pkcs8 } = await testIdentity("alice-rsa");
  const subject = new Uint8Array(certificate.issuer);
  const far = extension("1.3.6.1.4.1.99999.1", new Uint8Array(60_000), false);
  const nobody = await forgeCertificate({ extensions: [authorityExtension] });
  const stranger = await forgeCertificate({ subject, by: nobody, extensions: [authorityExtension, far] });
  for (const links of [chain, []]) {
    const { handlers, handover, identities } = await ready();
    const held = { privateKey: pkcs8.slice(), certificate, chain: [stranger.certificate, ...links] };
    const protection = { password: "signet", profile: "modern", iterations: 10 } as const;
    const bytes = await writePkcs12({ ...held, friendlyName: "Alice" }, protection);
    const question = { file: handover.put(bytes), password: "signet" };
    assert.equal(answerOf(await handlers["identity:import"](question, origin)).added.length, 1);
    const [identity] = await identities.all();
    assert.deepEqual(
      identity!.chain.map(({ fingerprint }) => fingerprint),
      links.map(({ fingerprint }) => fingerprint),
    );
  }
});

test("an answer that came twice is known the second time, and changes nothing", async () => {
  const parts = await ready();
  const made = await (await authority()).answerTo((await ask(parts, ["alice@example.org"])).pem);
  await answer(parts, made.der);
  const before = await standing(parts);
  const { added, known } = answerOf(await answer(parts, made.der));
  assert.deepEqual([added.length, known.length], [0, 1]);
  assert.deepEqual(await standing(parts), before);
});

test("a certificate renewed with the same key stands beside the old one, and needs no new request", async () => {
  const parts = await ready();
  const from = await authority();
  const { pem } = await ask(parts, ["alice@example.org"]);
  await answer(parts, (await from.answerTo(pem)).der);
  const next = await from.answerTo(pem);
  assert.equal(answerOf(await answer(parts, next.der)).added.length, 1);
  const all = await parts.identities.all();
  assert.equal(all.length, 2);
  assert.ok(all.every(({ privateKey }) => privateKey !== null));
  await parts.vault.changePassphrase(null, "four unrelated words");
  await parts.vault.lock();
  const third = await from.answerTo(pem);
  await leavesAll(parts, "vault-locked", () => answer(parts, third.der));
});

test("a certificate for a key that is not here has its own sentence", async () => {
  const parts = await ready();
  await ask(parts, ["alice@example.org"]);
  const stranger = await (await authority()).stranger();
  await leavesAll(parts, "no-request-for-certificate", () => answer(parts, stranger.der));
});

test("an expired answer has its own sentence, and the key goes on waiting", async () => {
  const parts = await ready();
  const { pem } = await ask(parts, ["alice@example.org"]);
  const made = await (await authority()).answerTo(pem, { until: new Date("2021-01-01") });
  await leavesAll(parts, "certificate-expired-already", () => answer(parts, made.der));
});

test("an answer for another address is kept only when the person says so; small letters are no other address", async () => {
  const parts = await ready();
  const from = await authority();
  const { pem } = await ask(parts, ["Alice@example.org"]);
  const other = await from.answerTo(pem, { addresses: ["bob@example.org"] });
  await leavesAll(parts, "certificate-other-address", () => answer(parts, other.der));
  const small = await from.answerTo(pem, { addresses: ["alice@example.org"] });
  assert.equal(answerOf(await answer(parts, small.der)).added.length, 1);
  const again = await from.answerTo((await ask(parts, ["carol@example.org"])).pem, {
    addresses: ["c@example.org"],
  });
  assert.equal(answerOf(await answer(parts, again.der, "accept")).added.length, 1);
});

test("an answer with somebody else's address beside the one asked for is refused by its name; fewer than asked for are taken", async () => {
  const parts = await ready();
  const from = await authority();
  const { pem } = await ask(parts, ["alice@example.org", "al@example.net"]);
  const addresses = ["alice@example.org", "bob@example.org", "carol@example.org"];
  const more = await from.answerTo(pem, { addresses });
  await leavesAll(parts, "certificate-other-address", () => answer(parts, more.der));
  const named = (error: unknown): boolean =>
    error instanceof Refusal && error.detail === "bob@example.org\ncarol@example.org";
  await assert.rejects(() => answer(parts, more.der), named);
  const fewer = await from.answerTo(pem, { addresses: ["Alice@example.org"] });
  assert.equal(answerOf(await answer(parts, fewer.der)).added.length, 1);
  // Kept by the person's word, it still counts for nobody else's mail.
  const next = await ask(parts, ["alice@example.org"]);
  const kept = await from.answerTo(next.pem, { addresses });
  assert.equal(answerOf(await answer(parts, kept.der, "accept")).added.length, 1);
  const writesFrom = async () => ["alice@example.org"];
  const used = (address: string) => certificateFor({ ...parts, writesFrom }, address, parts.disk.time);
  assert.equal((await used("bob@example.org")).kind, "none");
  assert.equal((await used("alice@example.org")).kind, "usable");
});

test("5,000 certificates in a .p7b are counted before one is read, and have their own sentence", async () => {
  const parts = await ready();
  const stranger = await (await authority()).stranger();
  const many = await p7b(
    Array.from({ length: 5_000 }, () => stranger),
    "DER",
  );
  await leavesAll(parts, "too-many-certificates", () => answer(parts, many));
});

test("a kept authority whose name does not parse stops no answer (RFC 5280 §4.1.2.4); beside one, neither", async () => {
  // An RDN that is no SET: a click on an attachment keeps it, as any authority.
  const subject = sequence(utf8String("x"));
  const { certificate: broken } = await forgeCertificate({ subject, extensions: [authorityExtension] });
  const parts = await ready();
  const from = await authority();
  await keepCertificates(parts.certificates, [broken.der.slice()]);
  assert.equal((await parts.certificates.authorities()).length, 1);
  const [one, two] = [await ask(parts, ["one@example.org"]), await ask(parts, ["two@example.org"])];
  const files = [
    from.writePem("CERTIFICATE", [(await from.answerTo(one.pem)).der, from.root.der]),
    from.writePem("CERTIFICATE", [broken.der, (await from.answerTo(two.pem)).der, from.root.der]),
  ];
  for (const file of files) {
    const { added, incomplete } = answerOf(await answer(parts, file));
    assert.deepEqual([added.length, incomplete], [1, false]);
  }
  assert.deepEqual(
    (await parts.identities.all()).map(({ chain }) => chain.length),
    [0, 0],
  );
});

test("namesakes of the issuer beyond every budget: the certificate is taken, and told to be without its links", async () => {
  const parts = await ready();
  const from = await authority();
  const { pem } = await ask(parts, ["alice@example.org"]);
  const own = await from.answerTo(pem);
  // What one search computed, the next need not: more than twice as many as one may compute.
  const name = from.root.subject;
  const extensions = [authorityExtension];
  const namesakes = await Promise.all(
    Array.from({ length: 450 }, () => forgeCertificate({ subject: name, extensions, from: "2026-02-01" })),
  );
  const ders = namesakes.map(({ certificate }) => certificate.der);
  const file = from.writePem("CERTIFICATE", [own.der, ...ders, from.root.der]);
  const { added, incomplete } = answerOf(await answer(parts, file));
  assert.deepEqual([added.length, incomplete], [1, true]);
  const [identity] = await parts.identities.all();
  assert.deepEqual(identity?.chain, []);
});

test("a file that is none, or has no certificate, has its own sentence", async () => {
  const parts = await ready();
  const { pem } = await ask(parts, ["alice@example.org"]);
  await leavesAll(parts, "no-certificate-in-file", () => answer(parts, pem));
  await leavesAll(parts, "file-unreadable", () => answer(parts, Uint8Array.of(0x30, 3, 1, 2)));
});

test("addresses that are none are refused before a key is made", async () => {
  const parts = await ready();
  for (const [addresses, code] of [
    [["not an address"], "address-malformed"],
    [["alice@example.org", "a@b@c"], "address-malformed"],
    [["  "], "address-missing"],
  ] as const)
    await leavesAll(parts, code, () => parts.handlers["request:create"](wish(addresses), origin));
});

test("a locked vault makes no key", async () => {
  const parts = await ready();
  await parts.vault.changePassphrase(null, "four unrelated words");
  await parts.vault.lock();
  for (const name of ["request:create", "identity:make"] as const)
    await leavesAll(parts, "vault-locked", () => parts.handlers[name](wish(["alice@example.org"]), origin));
});

test("a deleted request is gone, and its answer finds nobody", async () => {
  const parts = await ready();
  const { id, pem } = await ask(parts, ["alice@example.org"]);
  await parts.handlers["request:remove"]({ id }, origin);
  assert.deepEqual(answerOf(await parts.handlers["request:list"]({}, origin)), []);
  const made = await (await authority()).answerTo(pem);
  await leavesAll(parts, "no-request-for-certificate", () => answer(parts, made.der));
});

test("a certificate of one's own making signs and decrypts at once, for all its addresses", async () => {
  const parts = await ready();
  const view = answerOf(
    await parts.handlers["identity:make"](wish(["alice@example.org", "al@example.net"]), origin),
  );
  assert.deepEqual([view.canSign, view.canDecrypt, view.problem], [true, true, null]);
  assert.deepEqual(view.certificate.addresses, ["alice@example.org", "al@example.net"]);
  assert.equal(view.certificate.issuer, view.certificate.subject);
});

test("the keys that were made are keys (RFC 5958)", async () => {
  const parts = await ready();
  const { id } = await ask(parts, ["alice@example.org"]);
  const pkcs8 = await parts.pendingKeys.take(id);
  assert.equal((await importPrivateKey(pkcs8!)).kind, "ec");
});
