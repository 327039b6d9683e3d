import assert from "node:assert/strict";
import { test } from "node:test";
import { canEncrypt, canSign } from "../../../src/engine/cms/certificate-fitness.js";
import { testCertificate } from "../../helpers/inspecting.js";

const expected: readonly (readonly [string, boolean, boolean])[] = [
  ["alice-rsa", true, true],
  ["bob-p256", true, true],
  ["dave-p521", true, true],
  ["erin-ed25519", true, false],
  ["server-eku", false, false],
  ["weak-rsa1024", false, true],
  ["no-address", true, true],
];

for (const [name, signs, encrypts] of expected) {
  test(`${name} ${signs ? "may" : "must not"} sign and ${encrypts ? "may" : "must not"} be encrypted to (RFC 8550 §4.4)`, async () => {
    const certificate = await testCertificate(name);
    assert.deepEqual([canSign(certificate), canEncrypt(certificate)], [signs, encrypts]);
  });
}

test("key usage that names one use forbids the other; an extension that does not parse forbids both", async () => {
  const certificate = await testCertificate("alice-rsa");
  const withUsage = (...value: number[]) => {
    const usage = { critical: true, value: Uint8Array.from(value) };
    return { ...certificate, extensions: new Map([...certificate.extensions, ["2.5.29.15", usage]]) };
  };
  const both = (one: typeof certificate) => [canSign(one), canEncrypt(one)];
  assert.deepEqual(both(withUsage(3, 2, 7, 0x80)), [true, false]);
  assert.deepEqual(both(withUsage(3, 2, 5, 0x20)), [false, true]);
  assert.deepEqual(both(withUsage(3, 2, 2, 0x04)), [false, false]);
  assert.deepEqual(both(withUsage(4, 0)), [false, false]);
});
