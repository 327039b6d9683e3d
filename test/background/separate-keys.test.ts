/** One certificate to sign with and another to be written to (RFC 8551 §2.5.3), for one address. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { withSeparateKeys } from "../../src/background/separate-keys.js";
import type { Identity } from "../../src/engine/index.js";
import { testCertificate } from "../helpers/background.js";

const identity = async (name: string): Promise<Identity> => ({
  certificate: await testCertificate(name),
  chain: [],
  privateKey: null,
});

test("the one that signs comes first, and names the one that answers are encrypted to", async () => {
  const [receiving, signing] = [await identity("kim-x25519"), await identity("erin-ed25519")];
  const time = new Date(signing.certificate.notBefore + 60_000);
  const [first, second] = await withSeparateKeys([receiving, signing], time);
  assert.equal(first?.certificate.fingerprint, signing.certificate.fingerprint);
  assert.equal(first.encryptionCertificate?.fingerprint, receiving.certificate.fingerprint);
  assert.equal(second?.encryptionCertificate, undefined);
});

test("one that does both names no other, and nobody is named where none can receive", async () => {
  const [both, signing] = [await identity("alice-rsa"), await identity("erin-ed25519")];
  const time = new Date(both.certificate.notBefore + 60_000);
  const [first] = await withSeparateKeys([both, signing], time);
  assert.equal(first?.encryptionCertificate, undefined);
  const [alone, other] = await withSeparateKeys([signing, await identity("ivan-ed448")], time);
  assert.deepEqual([alone?.encryptionCertificate, other?.encryptionCertificate], [undefined, undefined]);
});
