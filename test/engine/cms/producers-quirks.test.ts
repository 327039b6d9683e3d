/** SignedData as its producers really write it: what is taken, what is not, and that changed mail is found in each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, fromHex } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
  time,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { findSigners } from "../../../src/engine/cms/find-signers.js";
import { digest } from "../../../src/engine/primitives/digest.js";
import { forgeCertificate } from "../../helpers/forge-certificate.js";
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

type Judged = readonly [state: string, codes: readonly string[]];

async function judge(mail: Bytes): Promise<Judged> {
  const inspection = await inspectAs(mail);
  return [inspection.verdict.summary.state, codes(inspection)];
}

/** The same signature over the lunch that was signed, and over another. */
async function both(change: Partial<Forgery>): Promise<readonly [unchanged: Judged, changed: Judged]> {
  const cms = await forgeSignedData({ content: lunch, key: "alice-rsa", ...change });
  const changed = clearMail(alice, lunch.replace("noon", "nine"), cms);
  return [await judge(clearMail(alice, lunch, cms)), await judge(changed)];
}

const good: readonly [Judged, Judged] = [
  ["2", []],
  ["7", ["message-digest-mismatch"]],
];
const withNull = (algorithm: string): Bytes => sequence(objectIdentifier(algorithm), nullValue);
const bare = (algorithm: string): Bytes => sequence(objectIdentifier(algorithm));

test("parameters absent or NULL, in digest and signature, for RSA and ECDSA (RFC 5754 §2, §3.2)", async () => {
  for (const digestAlgorithm of [bare(oid.sha256), withNull(oid.sha256)]) {
    for (const signatureAlgorithm of [bare(oid.rsaEncryption), withNull(oid.sha256WithRsaEncryption)]) {
      assert.deepEqual(await both({ digestAlgorithm, signatureAlgorithm }), good);
    }
    for (const signatureAlgorithm of [bare(oid.ecdsaWithSha256), withNull(oid.ecdsaWithSha256)]) {
      const change = { key: "alice-p256", digestAlgorithm, signatureAlgorithm };
      assert.deepEqual(await both(change), good);
    }
  }
  const odd = sequence(objectIdentifier(oid.sha256), smallInteger(1));
  assert.deepEqual((await both({ digestAlgorithm: odd }))[0][0], "6");
});

test("a signature's identifier as digestAlgorithm, and ecPublicKey as signatureAlgorithm", async () => {
  const windows = { digestAlgorithm: withNull(oid.sha256WithRsaEncryption) };
  assert.deepEqual(await both(windows), good);
  const mixed = { key: "alice-p256", ...windows, signatureAlgorithm: bare(oid.ecdsaWithSha256) };
  assert.deepEqual(await both(mixed), good);
  assert.deepEqual(await both({ key: "alice-p256", signatureAlgorithm: bare(oid.ecPublicKey) }), good);
  const lie = { digestAlgorithm: withNull(oid.sha512WithRsaEncryption) };
  assert.equal((await both(lie))[0][0], "7");
});

test("attributes out of order: signed as they were sent, or in the order of DER (RFC 5652 §5.4)", async () => {
  const attributes = [...honestAttributes(lunch), attribute(oid.signingTime, time(new Date("2026-02-03")))];
  const unsorted = [...attributes].sort((a, b) => b.length - a.length);
  const sentAttributes = encode(context(0), ...unsorted);
  assert.deepEqual(await both({ attributes, sentAttributes, signedBytes: encode(0x31, ...unsorted) }), good);
  assert.deepEqual(await both({ attributes, sentAttributes }), good);
  // A third order was nobody's.
  const signedBytes = encode(0x31, unsorted[1]!, unsorted[0]!, unsorted[2]!);
  const third = await both({ attributes, sentAttributes, signedBytes });
  assert.deepEqual(third[0], ["7", ["signature-mismatch"]]);
});

test("SHA-1 and MD5 explain old mail and prove nothing; changed mail is found all the same (RFC 8551 §2.1)", async () => {
  assert.deepEqual(await both({ digest: "sha1" }), [
    ["6", ["algorithm-weak"]],
    ["7", ["message-digest-mismatch", "algorithm-weak"]],
  ]);
  const withoutAttributes = await both({ digest: "sha1", attributes: null });
  assert.deepEqual(withoutAttributes, [
    ["6", ["algorithm-weak"]],
    ["7", ["signature-mismatch", "algorithm-weak"]],
  ]);
});

test("what is no signature algorithm of ours is refused by its identifier", async () => {
  for (const algorithm of ["1.3.6.1.5.5.7.6.2", oid.dsaWithSha256, "1.2.840.113549.1.1.3"]) {
    const cms = await forgeSignedData({
      content: lunch,
      key: "alice-rsa",
      signatureAlgorithm: bare(algorithm),
    });
    const { verdict } = await inspectAs(clearMail(alice, lunch, cms));
    assert.equal(verdict.summary.state, "6");
    assert.deepEqual(verdict.summary.faults, [{ code: "algorithm-unsupported", detail: algorithm }]);
  }
});

test("a certificate without key identifier is found by one that is computed, as Windows does (RFC 5280 §4.2.1.2)", async () => {
  const { certificate } = await forgeCertificate();
  const { der, publicKey } = certificate.subjectPublicKeyInfo;
  const other = (await forgeCertificate()).certificate;
  const find = (keyIdentifier: Bytes) =>
    findSigners([other, certificate], { kind: "subjectKeyIdentifier", keyIdentifier });
  for (const octets of [der, publicKey]) {
    assert.deepEqual(await find(await digest("SHA-1", octets)), [certificate]);
  }
  for (const octets of [fromHex("00"), new Uint8Array(20), await digest("SHA-256", der)]) {
    assert.deepEqual(await find(octets), []);
  }
  // Where there is one inside, that is its name.
  const named = await testCertificate("alice-rsa");
  const computed = await digest("SHA-1", named.subjectPublicKeyInfo.der);
  const sid = { kind: "subjectKeyIdentifier", keyIdentifier: computed } as const;
  assert.deepEqual(await findSigners([named], sid), []);
});

test("beside the signature there is MIME and nothing else; inside, what mail is made of (RFC 8551 §3.5.3.2)", async () => {
  for (const [eContentType, state] of [
    [oid.data, "2"],
    [oid.envelopedData, "6"],
    [oid.tstInfo, "6"],
    [oid.receipt, "6"],
  ] as const) {
    const attributes = [
      attribute(oid.contentType, objectIdentifier(eContentType)),
      attribute(oid.messageDigest, octetString(digestOf(lunch))),
    ];
    const cms = await forgeSignedData({ content: lunch, key: "alice-rsa", eContentType, attributes });
    const [found, why] = await judge(clearMail(alice, lunch, cms));
    assert.equal(found, state);
    if (state === "6") assert.deepEqual(why, ["content-type-unsupported"]);
  }
  const forged = { content: lunch, key: "alice-rsa", encapsulated: true, eContentType: oid.tstInfo };
  const cms = await forgeSignedData({ ...forged, attributes: null });
  // Without attributes nothing signed says so: the type may have been put there by anybody (RFC 5652 §5.3).
  const faults = ["content-type-mismatch", "content-type-unsupported"];
  assert.deepEqual(await judge(opaqueMail(alice, cms)), ["7", faults]);
});
