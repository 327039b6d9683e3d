/** A small authority for a family or a team, by the handlers that pages reach; its key stays nowhere. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import {
  type Bytes,
  checkSigningCertificate,
  loadIssuing,
  normalizeAddress,
  readCertificates,
  readKeyFile,
  writePkcs12,
} from "../../src/engine/index.js";
import {
  type Ready,
  answer,
  answerOf,
  ask,
  leavesAll,
  oneDay,
  opensslRequest,
  origin,
  password,
  ready,
  run,
  standing,
  wish,
} from "../helpers/getting.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const family = { name: "The Example family", domains: ["example.org"], password };

async function newAuthority({ handlers, given }: Ready) {
  const made = answerOf(await handlers["authority:create"](family, origin));
  return { ...made, key: given(made.keyFile).slice(), pem: given(made.certificateFile).slice() };
}

test("a root leaves as a key file that OpenSSL opens, and stays nowhere else", async () => {
  const parts = await ready();
  const before = await standing(parts);
  const { key, certificate } = await newAuthority(parts);
  assert.deepEqual(await standing(parts), before);
  const [entry] = await readKeyFile(key, password);
  assert.equal(entry?.certificate?.fingerprint, certificate.fingerprint);
  const folder = await temporaryFolder();
  try {
    await writeFile(join(folder.path, "root.p12"), key);
    const { stdout } = await run("openssl", [
      "pkcs12",
      "-in",
      join(folder.path, "root.p12"),
      "-passin",
      `pass:${password}`,
      "-nodes",
    ]);
    assert.match(stdout, /PRIVATE KEY/);
  } finally {
    await folder.remove();
  }
});

test("somebody's request in, their certificate out: it finds its key, and readers who trust the root take it", async () => {
  const [team, bob] = [await ready(), await ready()];
  const { key, pem } = await newAuthority(team);
  const { id, pem: request } = await ask(bob, ["bob@example.org"]);
  const file = team.handover.put(request);
  const seen = answerOf(await team.handlers["authority:examine"]({ request: file }, origin));
  assert.deepEqual([seen.addresses, seen.keyFingerprint], [["bob@example.org"], id]);
  const question = { authority: team.handover.put(key), password, request: file };
  const issued = answerOf(await team.handlers["authority:issue"](question, origin));
  const { added } = answerOf(await answer(bob, team.given(issued.file)));
  assert.equal(added[0]?.canSign, true);
  const [root] = await readCertificates(pem);
  const [identity] = await bob.identities.all();
  const use = {
    anchors: [root!],
    candidates: [],
    address: normalizeAddress("bob@example.org"),
    time: bob.disk.time,
  };
  assert.equal((await checkSigningCertificate(identity!.certificate, use)).kind, "valid");
  assert.equal(team.handover.get(question.authority), null, "the root's key does not stay in memory");
});

test("each bad request, key file and password has its own sentence, and no certificate is made", async () => {
  const parts = await ready();
  const { key } = await newAuthority(parts);
  const good = (await ask(parts, ["bob@example.org"])).pem;
  const { generateKey, parseCertificationRequest, selfSigned } = await loadIssuing();
  const own = answerOf(await parts.handlers["identity:make"](wish(["alice@example.org"]), origin));
  assert.ok(own.canSign);
  const turned = parseCertificationRequest(good).der.slice();
  turned[turned.length - 5]! ^= 1;
  const person = await generateKey("p-256");
  const validity = { notBefore: new Date("2026-01-01"), notAfter: new Date("2030-01-01") };
  const certificate = await selfSigned(
    person,
    { commonName: "Eve", addresses: ["eve@example.org"] },
    validity,
  );
  const content = { privateKey: person.pkcs8, certificate, chain: [], friendlyName: null };
  const noAuthority = await writePkcs12(content, { password, profile: "modern" });
  const weak = await opensslRequest("rsa:1024", "weak@example.org");
  const nameless = await opensslRequest("rsa:2048", null);
  const cases: readonly (readonly [string, Bytes, Bytes, string])[] = [
    ["request-unproven", turned, key, password],
    ["request-unreadable", new TextEncoder().encode("hello"), key, password],
    ["request-unreadable", certificate.der, key, password],
    ["request-without-address", nameless, key, password],
    ["request-key-weak", weak, key, password],
    [
      "address-outside-domains",
      (await ask(parts, ["bob@example.org", "bob@example.com"])).pem,
      key,
      password,
    ],
    ["password-wrong", good, key, "another password"],
    ["not-an-authority-file", good, noAuthority, password],
    ["file-unreadable", good, Uint8Array.of(0x30, 3, 1, 2), password],
  ];
  for (const [code, request, file, word] of cases)
    await leavesAll(parts, code, () =>
      parts.handlers["authority:issue"](
        { authority: parts.handover.put(file.slice()), password: word, request: parts.handover.put(request) },
        origin,
      ),
    );
  for (const [change, code] of [
    [{ domains: ["no domain"] }, "domain-malformed"],
    [{ domains: [] }, "domain-malformed"],
    [{ password: "short" }, "passphrase-too-short"],
  ] as const)
    await leavesAll(parts, code, () => parts.handlers["authority:create"]({ ...family, ...change }, origin));
});

test("an issued certificate never outlives its root", async () => {
  const parts = await ready();
  const { key } = await newAuthority(parts);
  const { pem } = await ask(parts, ["bob@example.org"]);
  parts.disk.time = new Date(parts.disk.time.getTime() + 9.5 * 365 * oneDay);
  const question = { authority: parts.handover.put(key), password, request: parts.handover.put(pem) };
  const { certificate } = answerOf(await parts.handlers["authority:issue"](question, origin));
  const [entry] = await readKeyFile(key, password).catch(() => []);
  assert.equal(entry, undefined, "the file in memory was overwritten");
  assert.ok(new Date(certificate.notAfter).getTime() < parts.disk.time.getTime() + 0.6 * 365 * oneDay);
});

test("a name that nobody could read to its end is not signed to its end (RFC 5280, Appendix A.1)", async () => {
  const parts = await ready();
  const { key } = await newAuthority(parts);
  const { certificationRequest, generateKey } = await loadIssuing();
  const long = `Bob ${"x".repeat(500)} of Example Bank`;
  const subject = { commonName: long, organization: long };
  const request = await certificationRequest(await generateKey("p-256"), subject, ["bob@example.org"]);
  const [file, authority] = [parts.handover.put(request.slice()), parts.handover.put(key)];
  const issued = answerOf(
    await parts.handlers["authority:issue"]({ authority, password, request: file }, origin),
  );
  assert.equal(issued.certificate.commonName?.length, 64);
  assert.ok(!issued.certificate.subject.includes("Bank"));
});
