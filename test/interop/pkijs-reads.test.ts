/**
 * PKI.js as an oracle: where it can read, it has to read what we read. It decides nothing; see
 * docs/decisions/own-cms.md.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as asn1 from "asn1js";
import * as pkijs from "pkijs";
import type { Bytes, Certificate } from "../../src/engine/index.js";
import { testCertificate } from "../helpers/inspecting.js";
import { protectedMessage } from "../helpers/protecting.js";

const hex = (bytes: ArrayBuffer | Uint8Array) => Buffer.from(bytes as Uint8Array).toString("hex");
const everybody = [
  ...["root", "intermediate", "alice-rsa", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519"],
  ...["expired", "mallory", "mallory-root", "server-eku", "no-address", "weak-rsa1024", "big-rsa4096"],
];

/** What both can say of a certificate. */
function asPkijsSees(der: Bytes) {
  const certificate = pkijs.Certificate.fromBER(der);
  return {
    serialNumber: hex(certificate.serialNumber.valueBlock.valueHexView),
    issuer: hex(certificate.issuer.toSchema().toBER()),
    subject: hex(certificate.subject.toSchema().toBER()),
    notBefore: certificate.notBefore.value.getTime(),
    notAfter: certificate.notAfter.value.getTime(),
    algorithm: certificate.signatureAlgorithm.algorithmId,
    signatureValue: hex(certificate.signatureValue.valueBlock.valueHexView),
    tbsCertificate: hex(certificate.tbsView),
    key: hex(certificate.subjectPublicKeyInfo.toSchema().toBER()),
    extensions: (certificate.extensions ?? []).map(({ extnID, critical, extnValue }) => ({
      extnID,
      critical,
      value: hex(extnValue.valueBlock.valueHexView),
    })),
  };
}

function asWeSee(certificate: Certificate): ReturnType<typeof asPkijsSees> {
  return {
    serialNumber: hex(certificate.serialNumber),
    issuer: hex(certificate.issuer),
    subject: hex(certificate.subject),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    algorithm: certificate.signatureAlgorithm.algorithm,
    signatureValue: hex(certificate.signatureValue),
    tbsCertificate: hex(certificate.tbsCertificate),
    key: hex(certificate.subjectPublicKeyInfo.der),
    extensions: [...certificate.extensions].map(([extnID, { critical, value }]) => ({
      extnID,
      critical,
      value: hex(value),
    })),
  };
}

for (const name of everybody) {
  test(`PKI.js reads the certificate of ${name} as we do (RFC 5280 §4.1)`, async () => {
    const certificate = await testCertificate(name);
    assert.deepEqual(asWeSee(certificate), asPkijsSees(certificate.der));
  });
}

/** The eContent of an opaque-signed message, and whether PKI.js finds that its signature holds. */
async function verifiedByPkijs(message: Bytes, change: (der: Buffer) => void) {
  const der = Buffer.from(Buffer.from(message).toString("latin1").split("\r\n\r\n")[1]!, "base64");
  change(der);
  const { result } = asn1.fromBER(der);
  const signedData = new pkijs.SignedData({
    schema: new pkijs.ContentInfo({ schema: result }).content as asn1.AsnType,
  });
  return signedData.verify({ signer: 0, checkChain: false }).catch(() => false);
}

const draft = (author: string) =>
  `From: ${author}@example.test\r\nTo: bob@example.test\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nSee you at noon.\r\n`;

for (const [name, author] of [
  ["alice-rsa", "alice"],
  ["bob-p256", "bob"],
  ["carol-p384", "carol"],
] as const) {
  test(`PKI.js verifies what ${name} signed, and not with one octet turned (RFC 5652 §5.6)`, async () => {
    const form = "opaque-signed";
    const message = await protectedMessage({ draft: draft(author), as: name, policy: { form } });
    assert.equal(await verifiedByPkijs(message, () => undefined), true);
    const turn = (der: Buffer) => {
      const at = der.indexOf("noon");
      assert.ok(at > 0);
      der[at]! ^= 1;
    };
    assert.equal(await verifiedByPkijs(message, turn), false);
  });
}
