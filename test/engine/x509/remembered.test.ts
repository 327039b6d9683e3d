/**
 * What the engine remembers from one message to the next: certificates by their octets, their keys as the
 * platform holds them, and who has signed whom. Nothing of it may change a verdict.
 */
import assert from "node:assert/strict";
import { KeyObject } from "node:crypto";
import { test } from "node:test";
import { Budget, defaultLimits } from "../../../src/engine/base/budget.js";
import {
  type Bytes,
  type Certificate,
  defaultReadPolicy,
  parseCertificate,
} from "../../../src/engine/index.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import { importVerifyKey } from "../../../src/engine/x509/import-verify-key.js";
import { addressed, authority, forgeCertificate, name } from "../../helpers/forge-certificate.js";
import { testCertificate } from "../../helpers/inspecting.js";

const carol = addressed("carol@example.test");

async function pathOf(endEntity: Certificate, anchor: Certificate, when: string, limits = defaultLimits) {
  return findPath(
    endEntity,
    { candidates: [], anchors: [anchor] },
    { purpose: "sign", time: Date.parse(when), policy: defaultReadPolicy, budget: new Budget(limits) },
  );
}

test("the same octets are the same certificate; one octet turned is another", async () => {
  const { der, fingerprint } = await testCertificate("alice-rsa");
  assert.equal(await parseCertificate(der.slice()), await parseCertificate(der.slice()));
  // Not in the part that names it in memory.
  const turned = der.slice();
  turned[turned.length - 200]! ^= 1;
  assert.notEqual((await parseCertificate(turned as Bytes)).fingerprint, fingerprint);
});

test("a remembered certificate does not depend on the message that brought it", async () => {
  const message = (await testCertificate("bob-p256")).der.slice();
  const before = await parseCertificate(message);
  const subject = before.subject.slice();
  message.fill(0);
  assert.deepEqual(before.subject, subject);
});

test("a path that held once is judged anew at another time (RFC 5280 §6.1.3 (a)(2))", async () => {
  const root = await forgeCertificate({ subject: name("Root"), extensions: [authority], to: "2040-01-01" });
  const leaf = await forgeCertificate({
    subject: name("Carol"),
    by: root,
    extensions: [carol],
    to: "2030-01-01",
  });
  const [child, anchor] = [leaf.certificate, root.certificate];
  assert.equal((await pathOf(child, anchor, "2028-01-01")).kind, "valid");
  const late = await pathOf(child, anchor, "2031-01-01");
  assert.deepEqual(late.kind === "failed" && late.faults.map(({ code }) => code), ["certificate-expired"]);
});

test("a remembered signature is no path by itself: without its anchor there is none", async () => {
  const root = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const other = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const leaf = await forgeCertificate({ subject: name("Carol"), by: root, extensions: [carol] });
  assert.equal((await pathOf(leaf.certificate, root.certificate, "2026-06-01")).kind, "valid");
  // Another authority of the same name.
  const result = await pathOf(leaf.certificate, other.certificate, "2026-06-01");
  assert.deepEqual(result.kind === "failed" && result.faults.map(({ code }) => code), [
    "certificate-signature-mismatch",
  ]);
});

test("what is remembered costs no budget; what is not, does", async () => {
  const root = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const leaf = await forgeCertificate({ subject: name("Carol"), by: root, extensions: [carol] });
  // One to look at the branch; verifying is a second.
  const scarce = { ...defaultLimits, signatures: 1 };
  await assert.rejects(pathOf(leaf.certificate, root.certificate, "2026-06-01", scarce), /signatures/);
  assert.equal((await pathOf(leaf.certificate, root.certificate, "2026-06-01")).kind, "valid");
  assert.equal((await pathOf(leaf.certificate, root.certificate, "2026-06-01", scarce)).kind, "valid");
});

/** Node's own view: the engine's keys are not extractable. */
function exported(key: CryptoKey): readonly number[] {
  return [...KeyObject.from(key).export({ type: "spki", format: "der" })];
}

test("a key is imported once for each algorithm, and is the key of the certificate", async () => {
  const { subjectPublicKeyInfo: info } = await testCertificate("alice-rsa");
  const scheme = { name: "RSASSA-PKCS1-v1_5", digest: "SHA-256" } as const;
  const key = await importVerifyKey(info, scheme);
  assert.equal(await importVerifyKey(info, scheme), key);
  assert.notEqual(await importVerifyKey(info, { ...scheme, digest: "SHA-512" }), key);
  assert.deepEqual(exported(key!), [...info.der]);
});

test("a NIST key goes in as its point, and comes out as its SubjectPublicKeyInfo", async () => {
  for (const [person, curve] of [
    ["bob-p256", "P-256"],
    ["carol-p384", "P-384"],
    ["dave-p521", "P-521"],
  ] as const) {
    const { subjectPublicKeyInfo: info } = await testCertificate(person);
    const key = await importVerifyKey(info, { name: "ECDSA", digest: "SHA-256", curve });
    assert.deepEqual(exported(key!), [...info.der]);
  }
});
