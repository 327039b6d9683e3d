/** Which certificate answers shall be encrypted to: written into a finished signature, and read out of one (RFC 8551 §2.5.3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, type Identity, protect } from "../../src/engine/index.js";
import {
  alice,
  inspectAs,
  letter,
  lunch,
  tamper,
  testCertificate,
  testIdentity,
} from "../helpers/inspecting.js";
import { testPolicy } from "../helpers/protecting.js";

async function signedBy(identity: Identity, form: "clear-signed" | "opaque-signed"): Promise<Bytes> {
  const draft = letter(new TextEncoder().encode(lunch) as Bytes, alice);
  const protection = await protect(draft, identity, [], await testPolicy({ form }));
  assert.ok(protection.kind === "protected");
  return protection.message;
}

/** One key to sign with, another to be written to. */
const split = async (): Promise<Identity> => ({
  ...(await testIdentity("alice-rsa")),
  encryptionCertificate: await testCertificate("alice-p256"),
});

for (const form of ["clear-signed", "opaque-signed"] as const) {
  test(`${form}: the certificate that the signer prefers comes along, and is what a reader keeps`, async () => {
    const { verdict, certificates } = await inspectAs(await signedBy(await split(), form));
    assert.equal(verdict.summary.signer?.fingerprint, (await testCertificate("alice-rsa")).fingerprint);
    assert.deepEqual(
      certificates.map(({ certificate, preferred }) => [certificate.fingerprint, preferred]),
      [[(await testCertificate("alice-p256")).fingerprint, true]],
    );
  });
}

test("who signs and receives with one key names that one", async () => {
  const { certificates } = await inspectAs(await signedBy(await testIdentity("alice-rsa"), "clear-signed"));
  const { fingerprint } = await testCertificate("alice-rsa");
  assert.deepEqual(
    certificates.map(({ certificate, preferred }) => [certificate.fingerprint, preferred]),
    [[fingerprint, true]],
  );
});

test("of a message that was changed no preference is kept", async () => {
  const message = tamper(await signedBy(await split(), "clear-signed"), "noon");
  assert.deepEqual((await inspectAs(message)).certificates, []);
});
