/** New keys, requests and certificates, read by OpenSSL and by ourselves. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Budget } from "../../../src/engine/base/budget.js";
import { type Bytes, type Certificate, emailAddresses, parseCertificate } from "../../../src/engine/index.js";
import { certificationRequest } from "../../../src/engine/issue/certification-request.js";
import { type NewKeyKind, generateKey } from "../../../src/engine/issue/generate-key.js";
import { issueFor, privateRoot, selfSigned } from "../../../src/engine/issue/issue-certificate.js";
import { keyBelongsTo } from "../../../src/engine/keys/match-certificate.js";
import { defaultReadPolicy } from "../../../src/engine/policy/policy.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const run = promisify(execFile);
const validity = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2028-01-01T00:00:00Z") };
const time = Date.UTC(2026, 5, 1);
const alice = { commonName: "Alice Example", addresses: ["alice@example.org"] };

async function openssl(
  files: Readonly<Record<string, Bytes | string>>,
  ...options: string[]
): Promise<string> {
  const folder = await temporaryFolder();
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder.path, name), content);
    const { stdout, stderr } = await run("openssl", options, { cwd: folder.path });
    return stdout + stderr;
  } finally {
    await folder.remove();
  }
}

const pem = ({ der }: Certificate): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`;

for (const kind of ["rsa-3072", "rsa-4096", "p-256", "p-384", "ed25519"] as const) {
  test(`a new ${kind} key, its request and its own certificate hold for OpenSSL (RFC 2986, RFC 5280 §4)`, async () => {
    const key = await generateKey(kind);
    const request = await certificationRequest(key, alice, alice.addresses);
    const told = await openssl({ request }, ..."req -inform DER -in request -verify -noout -text".split(" "));
    assert.match(told, /verify OK/);
    assert.match(told, /email:alice@example\.org/);
    const certificate = await selfSigned(key, alice, validity);
    const own = { "own.pem": pem(certificate) };
    const at = ["-attime", String(time / 1000), "-x509_strict", "-purpose", "smimesign"];
    assert.match(await openssl(own, "verify", ...at, "-CAfile", "own.pem", "own.pem"), /OK/);
    const keyFile = { ...own, "key.der": key.pkcs8 };
    const derived = await openssl(keyFile, ..."pkey -inform DER -in key.der -pubout".split(" "));
    assert.equal(derived, await openssl(keyFile, ..."x509 -in own.pem -noout -pubkey".split(" ")));
  });
}

test("each kind of new key belongs to the certificate that was made for it, and to no other", async () => {
  const root = await generateKey("p-256");
  const certificate = await privateRoot(root, { commonName: "Family", domains: ["example.org"] }, validity);
  const issuer = { certificate, privateKey: root.privateKey };
  for (const kind of ["p-256", "ed25519", "x25519", "ml-dsa-65", "ml-kem-768"] satisfies NewKeyKind[]) {
    const [one, other] = [await generateKey(kind), await generateKey(kind)];
    const made = await issueFor(one, alice, { issuer, validity });
    assert.equal(await keyBelongsTo(one.pkcs8, made), true, kind);
    assert.equal(await keyBelongsTo(other.pkcs8, made), false, kind);
  }
});

test("a private root vouches for its domain and for nothing else (RFC 5280 §4.2.1.10)", async () => {
  const key = await generateKey("p-256");
  const root = await privateRoot(key, { commonName: "Family", domains: ["example.org"] }, validity);
  const issuer = { certificate: root, privateKey: key.privateKey };
  const person = await generateKey("p-256");
  const inside = await issueFor(person, alice, { issuer, validity });
  const outside = await issueFor(
    person,
    { ...alice, addresses: ["alice@example.net"] },
    { issuer, validity },
  );
  const judge = (certificate: Certificate) =>
    findPath(
      certificate,
      { anchors: [root], candidates: [] },
      { purpose: "sign", time, policy: defaultReadPolicy, budget: new Budget() },
    );
  assert.equal((await judge(inside)).kind, "valid");
  const refused = await judge(outside);
  assert.ok(refused.kind === "failed");
  assert.deepEqual(
    refused.faults.map(({ code }) => code),
    ["name-constraints-violated"],
  );
  const files = { "root.pem": pem(root), "in.pem": pem(inside), "out.pem": pem(outside) };
  const verify = ["verify", "-attime", String(time / 1000), "-x509_strict", "-CAfile", "root.pem"];
  assert.match(await openssl(files, ...verify, "in.pem"), /in\.pem: OK/);
  await assert.rejects(openssl(files, ...verify, "out.pem"), /permitted subtree violation/);
});

test("an address beyond ASCII stands as SmtpUTF8Mailbox and is read back (RFC 9598 §3)", async () => {
  const subject = { commonName: "Jürgen", addresses: ["jürgen@example.org", "j@example.org"] };
  const made = await selfSigned(await generateKey("p-256"), subject, validity);
  assert.deepEqual(emailAddresses(await parseCertificate(made.der)), subject.addresses);
});

test("keys that cannot sign neither ask for a certificate nor vouch for themselves", async () => {
  for (const kind of ["x25519", "ml-kem-768"] as const) {
    const key = await generateKey(kind);
    await assert.rejects(certificationRequest(key, alice, alice.addresses), { code: "key-unsupported" });
    await assert.rejects(selfSigned(key, alice, validity), { code: "key-unsupported" });
  }
});

test("no serial number comes twice, and each is positive (RFC 5280 §4.1.2.2)", async () => {
  const key = await generateKey("p-256");
  const made = await Promise.all(Array.from({ length: 20 }, () => selfSigned(key, alice, validity)));
  const numbers = new Set(made.map(({ serialNumber }) => Buffer.from(serialNumber).toString("hex")));
  assert.equal(numbers.size, made.length);
  for (const { serialNumber } of made) assert.ok(serialNumber[0]! < 0x80 && serialNumber.length <= 20);
});
