/** May we encrypt to this certificate, for this address, now (RFC 8550 §4.4)? */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkEncryptionCertificate,
  checkSigningCertificate,
  normalizeAddress,
} from "../../../src/engine/index.js";
import { addressed, authority, forgeCertificate, usage } from "../../helpers/forge-certificate.js";
import { testCertificate, testTime } from "../../helpers/inspecting.js";

async function check(
  name: string,
  address: string | null,
  which = checkEncryptionCertificate,
): Promise<readonly string[]> {
  const result = await which(await testCertificate(name), {
    anchors: [await testCertificate("root")],
    candidates: [await testCertificate("intermediate")],
    address: address === null ? null : normalizeAddress(address),
    time: await testTime(),
  });
  return result.kind === "valid" ? result.path.map(() => "link") : result.faults.map(({ code }) => code);
}

test("takes RSA and the curves, with a path to an anchor", async () => {
  for (const [name, address] of [
    ["alice-rsa", "alice@example.test"],
    ["bob-p256", "bob@EXAMPLE.test"],
    ["carol-p384", "carol@example.test"],
    ["dave-p521", null],
  ] as const) {
    assert.deepEqual(await check(name, address), ["link", "link", "link"]);
  }
});

test("refuses another's, an expired one, one without a path, for servers, or too weak", async () => {
  assert.deepEqual(await check("alice-rsa", "bob@example.test"), ["signer-not-author"]);
  assert.deepEqual(await check("expired", "alice@example.test"), ["certificate-expired"]);
  assert.deepEqual(await check("mallory", "mallory@evil.test"), ["path-not-found"]);
  assert.deepEqual(await check("server-eku", "alice@example.test"), ["extended-key-usage-unsuitable"]);
  assert.deepEqual(await check("weak-rsa1024", "weak@example.test"), ["key-weak"]);
  assert.deepEqual(await check("no-address", null), ["certificate-without-address"]);
});

test("refuses a key that only signs, which may still sign (RFC 8410 §5)", async () => {
  const faults = await check("erin-ed25519", "erin@example.test");
  assert.ok(faults.includes("key-unsupported") && faults.includes("key-usage-unsuitable"));
  assert.deepEqual(await check("erin-ed25519", "erin@example.test", checkSigningCertificate), [
    "link",
    "link",
    "link",
  ]);
});

test("the key's usage decides, where it is stated (RFC 5480 §3)", async () => {
  const root = await forgeCertificate({ extensions: [authority] });
  const person = addressed("a@b.c");
  for (const [bits, expected] of [
    [0x08, "valid"],
    [0x80, "failed"],
    [0x20, "failed"],
  ] as const) {
    const { certificate } = await forgeCertificate({ by: root, extensions: [person, usage(bits)] });
    const use = { anchors: [root.certificate], candidates: [], address: null, time: new Date("2026-06-01") };
    assert.equal((await checkEncryptionCertificate(certificate, use)).kind, expected);
  }
});
