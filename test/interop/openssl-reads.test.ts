/** We sign and encrypt, OpenSSL verifies and opens: every algorithm that we write, each with its reject. */
import assert from "node:assert/strict";
import { X509Certificate, verify as verifySignature } from "node:crypto";
import { test } from "node:test";
import { parseContentInfo } from "../../src/engine/cms-syntax/content-info.js";
import { parseSignedData, parseSignerInfo } from "../../src/engine/cms-syntax/signed-data.js";
import { type Bytes, type Recipient } from "../../src/engine/index.js";
import { oaepParameters, ownCapabilities } from "../../src/engine/cms/smime-capabilities.js";
import { objectIdentifier, sequence } from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { openssl } from "../helpers/openssl.js";
import { tamper, testCertificate } from "../helpers/inspecting.js";
import { type Writing, protectedMessage, testRecipient } from "../helpers/protecting.js";

const people: Readonly<Record<string, string>> = {
  "alice-rsa": "alice",
  "alice-p256": "alice",
  "bob-p256": "bob",
  "carol-p384": "carol",
  "dave-p521": "dave",
  "erin-ed25519": "erin",
  "big-rsa4096": "big",
};

const content = 'Content-Type: text/plain; charset="utf-8"\r\n\r\nSee you at noon.\r\nBring Bob.\r\n';

function draftFrom(name: string, to: readonly string[] = ["bob-p256"]): string {
  const list = to.map((one) => `${people[one]}@example.test`).join(", ");
  return `From: ${people[name]}@example.test\r\nTo: ${list}\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\n${content}`;
}

const text = (bytes: Bytes): string => Buffer.from(bytes).toString("latin1");
const verify = ["cms", "-verify", "-CAfile", "KEYS/root.pem", "-purpose", "any"];

const signatures: readonly (readonly [string, Writing["policy"], string])[] = [
  ["alice-rsa", {}, "sha-256"],
  ["alice-rsa", { rsaSignature: "pss" }, "sha-256"],
  ["big-rsa4096", {}, "sha-256"],
  ["bob-p256", {}, "sha-256"],
  ["carol-p384", {}, "sha-384"],
  ["dave-p521", {}, "sha-512"],
];

for (const [name, change, micalg] of signatures) {
  for (const form of ["clear-signed", "opaque-signed"] as const) {
    test(`openssl verifies ${form} by ${name} ${JSON.stringify(change)}, and not one octet turned (RFC 8551 §3.5)`, async () => {
      const message = await protectedMessage({
        draft: draftFrom(name),
        as: name,
        policy: { ...change, form },
      });
      assert.equal(text(await openssl(verify, message)), content);
      if (form === "opaque-signed") return;
      assert.match(text(message), new RegExp(`micalg=${micalg};`));
      await assert.rejects(openssl(verify, tamper(message, "noon")));
    });
  }
}

test("an Ed25519 signature holds for libcrypto; `openssl cms` 3.0 knows no such thing (RFC 8419)", async () => {
  const message = await protectedMessage({ draft: draftFrom("erin-ed25519"), as: "erin-ed25519" });
  assert.match(text(message), /micalg=sha-512;/);
  const der = await openssl(["cms", "-cmsout", "-outform", "DER"], message);
  const [element] = parseSignedData(parseContentInfo(der).content!).signerInfos;
  const { signedAttrs, signature } = parseSignerInfo(element!);
  const key = new X509Certificate((await testCertificate("erin-ed25519")).der).publicKey;
  assert.ok(verifySignature(null, signedAttrs!.der, key, signature));
  signature[5]! ^= 1;
  assert.ok(!verifySignature(null, signedAttrs!.der, key, signature));
});

test("the signer's certificate and the intermediate travel along, the root does not (RFC 8551 §4)", async () => {
  const message = await protectedMessage({ draft: draftFrom("alice-rsa") });
  const pem = text(await openssl(["cms", "-cmsout", "-outform", "PEM"], message)).replaceAll("CMS", "PKCS7");
  const listed = text(await openssl(["pkcs7", "-print_certs"], pem));
  assert.match(listed, /subject=CN = Alice Example/);
  assert.match(listed, /subject=O = Signet Test, CN = Signet Test CA/);
  assert.doesNotMatch(listed, /subject=O = Signet Test, CN = Signet Test Root/);
});

const decrypt = (name: string): string[] => [
  "cms",
  "-decrypt",
  "-recip",
  `KEYS/${name}.pem`,
  "-inkey",
  `KEYS/${name}.key.pem`,
];
const everybody = ["alice-rsa", "bob-p256", "carol-p384", "dave-p521", "big-rsa4096"];

for (const authenticatedEncryption of ["when-all-can", "always"] as const) {
  const mode = authenticatedEncryption === "always" ? "AES-256-GCM (RFC 5084)" : "AES-256-CBC (RFC 5652 §6)";
  test(`each of five recipients, RSA and three curves, opens ${mode} with openssl; a stranger does not`, async () => {
    const draft = draftFrom("alice-rsa", everybody);
    const policy = { sign: false, encrypt: true, authenticatedEncryption } as const;
    const message = await protectedMessage({ draft, to: everybody, policy });
    const type = authenticatedEncryption === "always" ? "authEnveloped-data" : "enveloped-data";
    assert.match(text(message), new RegExp(`smime-type=${type}`));
    for (const name of everybody) assert.equal(text(await openssl(decrypt(name), message)), content, name);
    await assert.rejects(openssl(decrypt("mallory"), message));
  });
}

for (const name of everybody) {
  test(`signed and encrypted to ${name} alone opens, then verifies`, async () => {
    const as = name === "alice-rsa" ? "alice-rsa" : name;
    const draft = draftFrom(as, [name]);
    const message = await protectedMessage({ draft, as, to: [name], policy: { encrypt: true } });
    const inner = await openssl(decrypt(name), message);
    assert.match(text(inner), /^Content-Type: multipart\/signed/);
    assert.equal(text(await openssl(verify, inner)), content);
  });
}

for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const) {
  test(`OAEP with ${hash} goes to whoever says that he reads it (RFC 4055 §4.1), and openssl opens it`, async () => {
    const capabilities = sequence(sequence(objectIdentifier(oid.rsaesOaep), oaepParameters(hash)));
    const big: Recipient = await testRecipient("big-rsa4096", { capabilities });
    const message = await protectedMessage({
      draft: draftFrom("bob-p256", ["big-rsa4096"]),
      as: "bob-p256",
      to: [big],
      policy: { sign: false, encrypt: true },
    });
    assert.equal(text(await openssl(decrypt("big-rsa4096"), message)), content);
    const structure = text(await openssl(["cms", "-cmsout", "-print"], message));
    assert.match(structure, /rsaesOaep/);
  });
}

test("between our own, capabilities give AES-256-GCM; one silent recipient gives AES-256-CBC", async () => {
  const bob = await testRecipient("bob-p256");
  const knowing = { ...bob, capabilities: ownCapabilities(bob.certificate!) };
  const write = (to: Recipient) =>
    protectedMessage({ draft: draftFrom("alice-rsa"), to: [to], policy: { sign: false, encrypt: true } });
  const print = async (message: Bytes) => text(await openssl(["cms", "-cmsout", "-print"], message));
  const both = await print(await write(knowing));
  assert.match(both, /id-smime-ct-authEnvelopedData/);
  assert.match(both, /aes-256-gcm/);
  // Alice's own copy: other programs of hers read it too.
  assert.doesNotMatch(both, /rsaesOaep/);
  assert.match(both, /dhSinglePass-stdDH-sha256kdf-scheme/);
  assert.match(await print(await write(bob)), /aes-256-cbc/);
});

test("what openssl -cmsout prints of a signature names the attributes of RFC 8551 §2.5", async () => {
  const message = await protectedMessage({ draft: draftFrom("alice-rsa") });
  const printed = text(await openssl(["cms", "-cmsout", "-print"], message));
  for (const name of [
    "contentType",
    "messageDigest",
    "signingTime",
    "id-smime-aa-signingCertificateV2",
    "S/MIME Capabilities",
    "id-smime-aa-encrypKeyPref",
  ]) {
    assert.ok(printed.includes(name), name);
  }
});
