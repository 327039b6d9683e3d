/** Which certificate an answer will be encrypted to (RFC 8551 §2.5.3, RFC 8550 §2.3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { context } from "../../../src/engine/base/der-reader.js";
import { encode, objectIdentifier, sequence } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { subjectKeyIdentifier } from "../../../src/engine/x509/extensions.js";
import type { Bytes } from "../../../src/engine/index.js";
import { attribute, clearMail, forgeSignedData, honestAttributes } from "../../helpers/forge-signed-data.js";
import { alice, inspectAs, lunch, testCertificate } from "../../helpers/inspecting.js";

const bag = ["alice-rsa", "alice-p256", "expired", "server-eku", "bob-p256", "intermediate"];

async function seen(attributes: readonly Bytes[], headers = alice): Promise<readonly string[]> {
  const cms = await forgeSignedData({
    content: lunch,
    key: "alice-rsa",
    certificates: bag,
    attributes: [...honestAttributes(lunch), ...attributes],
  });
  const { certificates } = await inspectAs(clearMail(headers, lunch, cms));
  return certificates.map(({ certificate }) => certificate.fingerprint);
}

async function preference(name: string): Promise<Bytes> {
  const { issuer, serialNumber } = await testCertificate(name);
  return attribute(oid.encryptionKeyPreference, encode(context(0), issuer, encode(0x02, serialNumber)));
}

test("keeps the signer's own certificate, and no other that came along", async () => {
  assert.deepEqual(await seen([]), [(await testCertificate("alice-rsa")).fingerprint]);
});

test("keeps the one that the signer prefers (RFC 8551 §2.5.3)", async () => {
  const preferred = await seen([await preference("alice-p256")]);
  assert.deepEqual(preferred, [(await testCertificate("alice-p256")).fingerprint]);
});

test("a preference for one that is another's, expired or unfit is none", async () => {
  for (const name of ["bob-p256", "expired", "server-eku"]) {
    assert.deepEqual(await seen([await preference(name)]), [
      (await testCertificate("alice-rsa")).fingerprint,
    ]);
  }
});

test("keeps nothing of a message that is not good", async () => {
  assert.deepEqual(await seen([], "From: bob@example.test\r\n"), []);
});

test("keeps the capabilities that were signed, as they stood", async () => {
  const list = sequence(sequence(objectIdentifier(oid.aes256Gcm)));
  const cms = await forgeSignedData({
    content: lunch,
    key: "alice-rsa",
    attributes: [...honestAttributes(lunch), attribute(oid.smimeCapabilities, list)],
  });
  const { certificates } = await inspectAs(clearMail(alice, lunch, cms));
  assert.deepEqual(
    certificates.map(({ capabilities }) => capabilities),
    [list],
  );
});

test("says whether the signer named it, by issuer and number or by its key's identifier (RFC 8551 §2.5.3)", async () => {
  const wanted = await testCertificate("alice-p256");
  const keyIdentifier = subjectKeyIdentifier(wanted);
  assert.ok(keyIdentifier);
  const octets = encode(0x04, keyIdentifier);
  const wishes = [
    await preference("alice-p256"),
    attribute(oid.encryptionKeyPreference, encode(context(1), octets)),
    attribute(oid.encryptionKeyPreference, encode(context(2, "primitive"), keyIdentifier)),
  ];
  const preferred = async (attributes: readonly Bytes[]) => {
    const cms = await forgeSignedData({
      ...{ content: lunch, key: "alice-rsa", certificates: bag },
      attributes: [...honestAttributes(lunch), ...attributes],
    });
    const { certificates } = await inspectAs(clearMail(alice, lunch, cms));
    return certificates.map(({ certificate, preferred: named }) => [certificate.fingerprint, named]);
  };
  for (const wish of wishes) assert.deepEqual(await preferred([wish]), [[wanted.fingerprint, true]]);
  const own = (await testCertificate("alice-rsa")).fingerprint;
  assert.deepEqual(await preferred([]), [[own, false]]);
  const broken = attribute(oid.encryptionKeyPreference, encode(context(1), encode(0x02, keyIdentifier)));
  assert.deepEqual(await preferred([broken]), [[own, false]]);
});
