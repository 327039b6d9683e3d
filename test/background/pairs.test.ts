/**
 * One key to sign with and another to decrypt with, under an authority of one's own: one request file, one answer,
 * and mail that goes out with both (RFC 8410 with RFC 8418, RFC 9882 with RFC 9629; asked for by RFC 9883).
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { withSeparateKeys } from "../../src/background/separate-keys.js";
import {
  inspect,
  loadIssuing,
  protect,
  readCertificates,
  type Certificate,
  type Identity,
} from "../../src/engine/index.js";
import type { NewRequest } from "../../src/protocol/messages.js";
import { answer, answerOf, leavesAll, origin, password, ready, run, type Ready } from "../helpers/getting.js";
import { testContext } from "../helpers/inspecting.js";
import { testPolicy } from "../helpers/protecting.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const pairs = [
  ["ed25519+x25519", "Ed25519 + X25519"],
  ["ml-dsa-65+ml-kem-768", "ML-DSA-65 + ML-KEM-768"],
] as const;
const addresses = ["alice@example.org", "al@example.org"];

async function asks({ handlers, given }: Ready, kind: NewRequest["kind"]) {
  const wish = { commonName: "Alice Example", addresses, kind };
  const view = answerOf(await handlers["request:create"](wish, origin));
  const { file } = answerOf(await handlers["request:file"]({ id: view.id }, origin));
  return { view, pem: given(file).slice() };
}

async function family({ handlers, given }: Ready) {
  const wish = { name: "The Example family", domains: ["example.org"], password };
  const made = answerOf(await handlers["authority:create"](wish, origin));
  const key = given(made.keyFile).slice();
  return { key, root: (await readCertificates(given(made.certificateFile).slice()))[0]! };
}

for (const [kind, told] of pairs) {
  test(`${kind}: one file asks for both, one file answers, and the two work as one identity`, async () => {
    const [team, alice] = [await ready(), await ready()];
    const { key, root } = await family(team);
    const { view, pem } = await asks(alice, kind);
    assert.deepEqual([view.kind, view.addresses], [kind, addresses]);
    assert.equal(
      answerOf(await alice.handlers["request:list"]({}, origin)).length,
      1,
      "one thing to a person",
    );
    const request = team.handover.put(pem);
    const seen = answerOf(await team.handlers["authority:examine"]({ request }, origin));
    assert.deepEqual([seen.key, seen.keyFingerprint], [told, view.id]);
    const question = { authority: team.handover.put(key), password, request };
    const issued = answerOf(await team.handlers["authority:issue"](question, origin));
    const bundle = team.given(issued.file).slice();
    const { added } = answerOf(await answer(alice, bundle.slice()));
    assert.deepEqual(added.map(({ canSign, canDecrypt, problem }) => [canSign, canDecrypt, problem]).sort(), [
      [false, true, null],
      [true, false, null],
    ]);
    assert.deepEqual(await alice.pendingKeys.list(), []);
    if (kind === "ed25519+x25519") await opensslVerifies(await readCertificates(bundle), root);
    const [first] = await withSeparateKeys(await alice.identities.all(), alice.disk.time);
    assert.equal(first?.privateKey !== null && first?.encryptionCertificate !== undefined, true);
    assert.notEqual(first?.encryptionCertificate?.fingerprint, first?.certificate.fingerprint);
    await mailGoesThrough(alice, first!, root);
  });
}

/** Signed with the one, encrypted to the other, by the engine that reads and writes mail. */
async function mailGoesThrough(
  { identities, disk }: Ready,
  alice: Identity,
  root: Certificate,
): Promise<void> {
  const draft = new TextEncoder().encode(
    "From: alice@example.org\r\nTo: alice@example.org\r\nContent-Type: text/plain\r\n\r\nIt works.\r\n",
  );
  const to = { address: "alice@example.org", field: "to", capabilities: null } as const;
  const certificate = alice.encryptionCertificate!;
  const policy = await testPolicy({ encrypt: true, time: disk.time });
  const written = await protect(draft, alice, [{ ...to, certificate }], policy);
  assert.ok(written.kind === "protected");
  const context = { identities: await identities.all(), anchors: [root], time: disk.time };
  const { verdict } = await inspect(written.message, await testContext(context));
  assert.deepEqual([verdict.summary.state, verdict.summary.encryption], ["2", "encrypted"]);
}

/** Debian 12's knows no ML-DSA: of the other pair docs/interop.md speaks. */
async function opensslVerifies(issued: readonly Certificate[], root: Certificate): Promise<void> {
  const { writePem } = await loadIssuing();
  const folder = await temporaryFolder();
  try {
    const place = join(folder.path, "root.pem");
    await writeFile(place, writePem("CERTIFICATE", [root.der]));
    for (const [index, { der }] of issued.entries()) {
      const file = join(folder.path, `${index}.pem`);
      await writeFile(file, writePem("CERTIFICATE", [der]));
      const { stdout } = await run("openssl", ["verify", "-x509_strict", "-CAfile", place, file]);
      assert.match(stdout, /OK/);
    }
  } finally {
    await folder.remove();
  }
}

test("an answer for the first key alone leaves the second waiting, shown by itself; given up, both are gone", async () => {
  const [team, alice] = [await ready(), await ready()];
  const { key } = await family(team);
  const { pem } = await asks(alice, "ed25519+x25519");
  const question = { authority: team.handover.put(key), password, request: team.handover.put(pem) };
  const issued = answerOf(await team.handlers["authority:issue"](question, origin));
  const [signing] = await readCertificates(team.given(issued.file).slice());
  await answer(alice, signing!.der.slice());
  const [left] = answerOf(await alice.handlers["request:list"]({}, origin));
  assert.equal(left?.kind, "x25519");
  await alice.handlers["request:remove"]({ id: left.id }, origin);
  const { view } = await asks(alice, "ed25519+x25519");
  await alice.handlers["request:remove"]({ id: view.id }, origin);
  assert.deepEqual(await alice.pendingKeys.list(), []);
});

test("a second request that the first key did not sign gets no certificate", async () => {
  const [team, alice, eve] = [await ready(), await ready(), await ready()];
  const { key } = await family(team);
  const [hers, stolen] = [await asks(alice, "ed25519+x25519"), await asks(eve, "ed25519+x25519")];
  const blocks = [hers, stolen].map(({ pem }) => new TextDecoder().decode(pem).split(/(?<=END[^\n]*\n)/));
  const mixed = new TextEncoder().encode(blocks[0]![0]! + blocks[1]![1]!);
  await leavesAll(team, "request-unproven", () => {
    const question = { authority: team.handover.put(key), password, request: team.handover.put(mixed) };
    return team.handlers["authority:issue"](question, origin);
  });
});
