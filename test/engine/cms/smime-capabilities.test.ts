import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, fromHex } from "../../../src/engine/base/bytes.js";
import { nullValue, objectIdentifier, sequence } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { chooseCipher } from "../../../src/engine/cms/encrypt.js";
import {
  oaepParameters,
  ownCapabilities,
  parseCapabilities,
} from "../../../src/engine/cms/smime-capabilities.js";
import { testCertificate } from "../../helpers/inspecting.js";

const list = (...names: string[]): Bytes =>
  sequence(...names.map((name) => sequence(objectIdentifier(name))));

test("ours are read back: GCM first, OAEP for RSA, ECDH for curves (RFC 8551 §2.5.2)", async () => {
  const rsa = parseCapabilities(ownCapabilities(await testCertificate("alice-rsa")));
  assert.deepEqual([...rsa.algorithms].slice(0, 2), [oid.aes256Gcm, oid.aes128Gcm]);
  assert.equal(rsa.oaepHash, "SHA-256");
  const ec = parseCapabilities(ownCapabilities(await testCertificate("bob-p256")));
  assert.ok(ec.algorithms.has(oid.dhSinglePassStdDhSha256));
  assert.equal(ec.oaepHash, null);
  const ed = parseCapabilities(ownCapabilities(await testCertificate("erin-ed25519")));
  assert.ok(!ed.algorithms.has(oid.rsaesOaep) && !ed.algorithms.has(oid.dhSinglePassStdDhSha256));
});

test("the parameters of OAEP are those of RFC 4055 §4.1, and others are not guessed at", () => {
  assert.deepEqual(oaepParameters("SHA-1"), fromHex("3000"));
  const sha256 =
    "303ca00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500";
  assert.equal(Buffer.from(oaepParameters("SHA-256")).toString("hex").slice(4), sha256.slice(4));
  const offer = (parameters: Bytes) =>
    parseCapabilities(sequence(sequence(objectIdentifier(oid.rsaesOaep), parameters))).oaepHash;
  for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const)
    assert.equal(offer(oaepParameters(hash)), hash);
  // SHA-256 with the default mask, MGF1-SHA-1; a label; NULL instead of a SEQUENCE.
  assert.equal(offer(fromHex("3011a00f300d06096086480165030402010500")), null);
  assert.equal(offer(fromHex("3002a200")), null);
  assert.equal(offer(nullValue), null);
});

test("nothing, garbage and truncated lists are the same: unknown", () => {
  const good = list(oid.aes256Gcm);
  for (const bad of [null, new Uint8Array(0), fromHex("0500"), good.slice(0, -1), fromHex("30ff")]) {
    assert.equal(parseCapabilities(bad).algorithms.size, 0);
  }
  assert.equal(parseCapabilities(good).algorithms.size, 1);
});

test("the cipher is the best that all can read; silence means AES-256-CBC (RFC 8551 §2.7.1)", async () => {
  const certificate = await testCertificate("bob-p256");
  const choose = (...lists: (Bytes | null)[]) => {
    const { mode, keyLength } = chooseCipher(
      lists.map((capabilities) => ({ certificate, capabilities })),
      "when-all-can",
    );
    return `${mode} ${keyLength * 8}`;
  };
  const modern = list(oid.aes256Gcm, oid.aes256Cbc, oid.aes128Cbc);
  const outlook = list(oid.aes256Cbc, oid.aes128Cbc, oid.desEde3Cbc);
  const old = list(oid.aes128Cbc, oid.desEde3Cbc);
  assert.equal(choose(modern), "AES-GCM 256");
  assert.equal(choose(modern, modern), "AES-GCM 256");
  assert.equal(choose(modern, list(oid.aes128Gcm)), "AES-GCM 128");
  assert.equal(choose(modern, outlook), "AES-CBC 256");
  assert.equal(choose(modern, null), "AES-CBC 256");
  assert.equal(choose(null), "AES-CBC 256");
  assert.equal(choose(modern, old), "AES-CBC 128");
  // Whoever asks for nothing but 3DES, RC2 or DES still gets AES.
  assert.equal(choose(list(oid.desEde3Cbc, oid.rc2Cbc)), "AES-CBC 256");
  assert.equal(chooseCipher([{ certificate, capabilities: null }], "always").mode, "AES-GCM");
});
