/** Certificates out of whatever file a person has, and what does not parse as one (RFC 5280 §4.1, RFC 7468). */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fromHex, toHex } from "../../../src/engine/base/bytes.js";
import { MalformedError } from "../../../src/engine/base/errors.js";
import {
  describeCertificate,
  emailAddresses,
  parseCertificate,
  readCertificates,
} from "../../../src/engine/index.js";
import type { Bytes } from "../../../src/engine/index.js";
import { addressed, authority, forgeCertificate, name } from "../../helpers/forge-certificate.js";
import { testCertificate } from "../../helpers/inspecting.js";
import { openssl } from "../../helpers/openssl.js";
import { testKeys } from "../../helpers/test-keys.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text));

test("reads DER, PEM, several in one file, and p7b in DER, PEM and bare base64", async () => {
  const keys = await testKeys();
  const [alice, root] = await Promise.all([testCertificate("alice-rsa"), testCertificate("root")]);
  assert.deepEqual(await readCertificates(alice.der), [alice]);
  const both = `junk\n${await readFile(`${keys}/alice-rsa.pem`, "utf8")}${await readFile(`${keys}/root.pem`, "utf8")}`;
  assert.deepEqual(await readCertificates(bytes(both)), [alice, root]);
  assert.deepEqual(await readCertificates(bytes(both.replaceAll("\n", "\r\n") + both)), [alice, root]);
  const bundle = ["crl2pkcs7", "-nocrl", "-certfile", "KEYS/alice-rsa.pem", "-certfile", "KEYS/root.pem"];
  const der = await openssl([...bundle, "-outform", "DER"], "");
  for (const form of [der, await openssl(bundle, ""), bytes(Buffer.from(der).toString("base64"))]) {
    assert.deepEqual(
      new Set((await readCertificates(form)).map(({ fingerprint }) => fingerprint)),
      new Set([alice.fingerprint, root.fingerprint]),
    );
  }
});

test("refuses what is neither", async () => {
  assert.deepEqual(
    await readCertificates(bytes("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----")),
    [],
  );
  for (const file of ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]) {
    await assert.rejects(readCertificates(bytes(file)), MalformedError);
  }
});

test("the fingerprint is the SHA-256 of the DER", async () => {
  const { der, fingerprint } = await testCertificate("alice-rsa");
  assert.equal(fingerprint, toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", der))));
});

test("refuses trailing octets, two extensions of a kind, and two signature algorithms (RFC 5280 §4.1.1.2, §4.2)", async () => {
  const { der } = await testCertificate("alice-rsa");
  await assert.rejects(parseCertificate(new Uint8Array([...der, 0])), MalformedError);
  await assert.rejects(forgeCertificate({ extensions: [authority, authority] }), MalformedError);
  const hex = toHex(der);
  // ecdsa-with-SHA256 becomes ecdsa-with-SHA384 where the signature does not cover it.
  const at = hex.lastIndexOf("2a8648ce3d040302");
  const other = `${hex.slice(0, at)}2a8648ce3d040303${hex.slice(at + 16)}`;
  await assert.rejects(parseCertificate(fromHex(other)), MalformedError);
});

test("takes addresses from the subjectAltName; from the subject only where there is none (RFC 8550 §3)", async () => {
  assert.deepEqual(emailAddresses(await testCertificate("alice-rsa")), ["alice@example.test"]);
  assert.deepEqual(emailAddresses(await testCertificate("no-address")), []);
  const { certificate } = await forgeCertificate({ extensions: [addressed("A@B.c", "A@b.C", "no address")] });
  assert.deepEqual(emailAddresses(certificate), ["A@b.c"]);
});

test("an address with a NUL or an octet beyond ASCII speaks for nobody", async () => {
  for (const text of ["alice@example.test\0.evil.test", "alicé@example.test"]) {
    const { certificate } = await forgeCertificate({ extensions: [addressed(text)] });
    assert.deepEqual(emailAddresses(certificate), []);
  }
});

test("describes without judging, and marks what cannot be seen", async () => {
  const { certificate } = await forgeCertificate({ subject: name("Alice\u202e") });
  const summary = describeCertificate(certificate);
  assert.equal(summary.commonName, "Alice\ufffd");
  assert.equal(summary.subject, "CN=Alice\ufffd");
  assert.equal(summary.key, "P-256");
  assert.equal(summary.notBefore, "2026-01-01T00:00:00.000Z");
});
