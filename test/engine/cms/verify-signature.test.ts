/** What an attacker can write into SignedData, and what we say of it. The maths is right in every one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
  time,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { context } from "../../../src/engine/base/der-reader.js";
import type { Bytes } from "../../../src/engine/index.js";
import {
  type Forgery,
  attribute,
  clearMail,
  digestOf,
  forgeSignedData,
  honestAttributes,
  opaqueMail,
} from "../../helpers/forge-signed-data.js";
import { alice, codes, inspectAs, lunch, testCertificate } from "../../helpers/inspecting.js";

async function stateOf(mail: Bytes): Promise<[string, readonly string[]]> {
  const inspection = await inspectAs(mail);
  return [inspection.verdict.summary.state, codes(inspection)];
}

async function clear(change: Partial<Forgery> = {}): Promise<[string, readonly string[]]> {
  return stateOf(
    clearMail(alice, lunch, await forgeSignedData({ content: lunch, key: "alice-rsa", ...change })),
  );
}

async function opaque(change: Partial<Forgery> = {}): Promise<[string, readonly string[]]> {
  const cms = await forgeSignedData({ content: lunch, key: "alice-rsa", encapsulated: true, ...change });
  return stateOf(opaqueMail(alice, cms));
}

const erin = "From: erin@example.test\r\n";
const contentType = attribute(oid.contentType, objectIdentifier(oid.data));
const messageDigest = attribute(oid.messageDigest, octetString(digestOf(lunch)));

test("the forger is honest unless told otherwise", async () => {
  assert.deepEqual(await clear(), ["2", []]);
  assert.deepEqual(await opaque(), ["2", []]);
  assert.deepEqual(await clear({ key: "alice-p256" }), ["2", []]);
});

test("verifies Ed25519 with and without signed attributes, and not with parameters (RFC 8419, RFC 8410 §3)", async () => {
  for (const attributes of [undefined, null] as const) {
    const given = attributes === undefined ? {} : { attributes };
    const forgery = { content: lunch, key: "erin-ed25519", digest: "sha512" as const, ...given };
    assert.deepEqual(await stateOf(clearMail(erin, lunch, await forgeSignedData(forgery))), ["2", []]);
    const changed = lunch.replace("noon", "nine");
    assert.equal((await stateOf(clearMail(erin, changed, await forgeSignedData(forgery))))[0], "7");
  }
  const signatureAlgorithm = sequence(objectIdentifier(oid.ed25519), Uint8Array.of(5, 0));
  const withNull = await forgeSignedData({
    content: lunch,
    key: "erin-ed25519",
    digest: "sha512",
    signatureAlgorithm,
  });
  assert.deepEqual(await stateOf(clearMail(erin, lunch, withNull)), ["6", ["algorithm-unsupported"]]);
});

test("rejects a digest that differs (RFC 5652 §5.6)", async () => {
  assert.deepEqual(await clear({ attributes: honestAttributes("another lunch") }), [
    "7",
    ["message-digest-mismatch"],
  ]);
});

test("rejects signed attributes without messageDigest (RFC 5652 §11.2)", async () => {
  assert.deepEqual(await clear({ attributes: [contentType] }), ["7", ["message-digest-missing"]]);
});

test("rejects two messageDigests, one right and one wrong, in any order (RFC 5652 §11.2)", async () => {
  const other = attribute(oid.messageDigest, octetString(digestOf("other")));
  for (const attributes of [
    [contentType, messageDigest, other],
    [contentType, other, messageDigest],
    [contentType, attribute(oid.messageDigest, octetString(digestOf(lunch)), octetString(digestOf("other")))],
  ]) {
    assert.deepEqual(await clear({ attributes }), ["7", ["signed-attributes-malformed"]]);
  }
});

test("takes one signing time, and rejects two (RFC 5652 §11.3)", async () => {
  const at = (iso: string): Bytes => attribute(oid.signingTime, time(new Date(iso)));
  const honest = honestAttributes(lunch);
  assert.deepEqual(await clear({ attributes: [...honest, at("2026-05-01")] }), ["2", []]);
  assert.deepEqual(await clear({ attributes: [...honest, at("2026-05-01"), at("2020-05-01")] }), [
    "7",
    ["signed-attributes-malformed"],
  ]);
});

test("rejects a contentType attribute that is absent, doubled or another (RFC 5652 §11.1)", async () => {
  assert.deepEqual(await clear({ attributes: [messageDigest] }), ["7", ["content-type-mismatch"]]);
  assert.deepEqual(await clear({ attributes: [contentType, contentType, messageDigest] }), [
    "7",
    ["signed-attributes-malformed"],
  ]);
  const other = attribute(oid.contentType, objectIdentifier(oid.signedData));
  assert.deepEqual(await clear({ attributes: [other, messageDigest] }), ["7", ["content-type-mismatch"]]);
});

test("rejects content of another type than data, though all agree on it (RFC 8551 §2.4)", async () => {
  const timestamp = "1.2.840.113549.1.9.16.1.4";
  const attributes = [attribute(oid.contentType, objectIdentifier(timestamp)), messageDigest];
  assert.deepEqual(await opaque({ attributes, eContentType: timestamp }), [
    "6",
    ["content-type-unsupported"],
  ]);
});

test("rejects content inside beside detached content (RFC 8551 §3.5.3.2)", async () => {
  assert.deepEqual(await clear({ encapsulated: true }), ["7", ["detached-content-conflict"]]);
  assert.deepEqual(await clear({ eContent: new Uint8Array(0) }), ["7", ["detached-content-conflict"]]);
});

test("rejects attributes presented as the content of a signature without attributes", async () => {
  // Alice signed attributes; an attacker drops them from the SignerInfo and sends them as the message.
  const attributes = setOf(honestAttributes(lunch));
  const [state, found] = await opaque({
    content: attributes,
    eContent: attributes,
    attributes: null,
    signedBytes: attributes,
  });
  assert.deepEqual([state, found], ["7", ["signed-attributes-malformed"]]);
});

test("rejects content that is not id-data where no attribute says what it is (RFC 5652 §5.3)", async () => {
  // The type outside is covered by nothing: who changes it changes which layers there are.
  const forgery = { attributes: null, eContentType: oid.signedData, encapsulated: true };
  const [state, found] = await opaque(forgery);
  assert.equal(state, "7");
  assert.ok(found.includes("content-type-mismatch"));
});

test("hashes signed attributes as DER, whatever they were sent as (RFC 5652 §5.4)", async () => {
  const attributes = honestAttributes(lunch);
  const der = setOf(attributes);
  // Sent with an indefinite length.
  const sent = new Uint8Array([0xa0, 0x80, ...der.subarray(2), 0, 0]);
  assert.deepEqual(await clear({ attributes, sentAttributes: sent }), ["2", []]);
  assert.deepEqual(await clear({ attributes, signedBytes: encode(context(0), der.subarray(2)) }), [
    "7",
    ["signature-mismatch"],
  ]);
});

async function essCertId(name: string, change: "none" | "serial" = "none"): Promise<Bytes> {
  const certificate = await testCertificate(name);
  const issuer = sequence(encode(context(4), certificate.issuer));
  const serial = change === "serial" ? smallInteger(7) : encode(0x02, certificate.serialNumber);
  const id = sequence(octetString(digestOf(certificate.der)), sequence(issuer, serial));
  return attribute(oid.signingCertificateV2, sequence(sequence(id)));
}

test("holds the signer to the certificate that she named (RFC 5035 §3)", async () => {
  const honest = honestAttributes(lunch);
  assert.deepEqual(await clear({ attributes: [...honest, await essCertId("alice-rsa")] }), ["2", []]);
  for (const wrong of [await essCertId("alice-p256"), await essCertId("alice-rsa", "serial")]) {
    assert.deepEqual(await clear({ attributes: [...honest, wrong] }), [
      "7",
      ["signing-certificate-mismatch"],
    ]);
  }
});

test("holds the signer to the algorithms that she named (RFC 6211 §2)", async () => {
  const sha256 = sequence(objectIdentifier(oid.sha256));
  const protection = (signature: string): Bytes =>
    attribute(oid.cmsAlgorithmProtection, sequence(sha256, encode(context(1), objectIdentifier(signature))));
  const honest = honestAttributes(lunch);
  assert.deepEqual(await clear({ attributes: [...honest, protection(oid.rsaEncryption)] }), ["2", []]);
  assert.deepEqual(await clear({ attributes: [...honest, protection(oid.sha256WithRsaEncryption)] }), [
    "7",
    ["algorithm-protection-mismatch"],
  ]);
});

test("rejects a signature algorithm that names another digest than digestAlgorithm (RFC 5754 §3.2)", async () => {
  const signatureAlgorithm = sequence(objectIdentifier(oid.sha512WithRsaEncryption), Uint8Array.of(5, 0));
  assert.deepEqual(await clear({ signatureAlgorithm }), ["6", ["algorithm-unsupported"]]);
});

test("rejects a signature algorithm of another kind of key", async () => {
  const signatureAlgorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  assert.deepEqual(await clear({ signatureAlgorithm }), ["6", ["algorithm-unsupported"]]);
});

test("a signature by another key under the signer's name does not hold", async () => {
  assert.deepEqual(
    await clear({ key: "mallory", signer: "alice-rsa", certificates: ["alice-rsa", "intermediate"] }),
    ["7", ["signature-mismatch"]],
  );
});

test("a signature by somebody else's certificate, valid as it is, is not the author's", async () => {
  assert.deepEqual(await clear({ key: "bob-p256" }), ["4", ["signer-not-author"]]);
});

test("without the intermediate there is no path, unless we know it", async () => {
  assert.deepEqual(await clear({ certificates: ["alice-rsa"] }), ["5", ["path-not-found"]]);
});

test("certificates that do not parse are not there", async () => {
  const cms = await forgeSignedData({ content: lunch, key: "alice-rsa", certificates: ["intermediate"] });
  assert.deepEqual(await stateOf(clearMail(alice, lunch, cms)), ["6", ["signer-certificate-missing"]]);
});
