/**
 * A time stamp whose authority was withdrawn proves nothing (RFC 3161 §4): it is asked about like signers are, by
 * the same policy, where the stamp may decide, and not for the sake of a signature that does not hold.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { objectIdentifier, sequence } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { type Certificate, type InspectContext, inspect } from "../../../src/engine/index.js";
import { authority, extension, forgeCertificate, name } from "../../helpers/forge-certificate.js";
import {
  type CrlFields,
  distributionPoints,
  forgeCrl,
  heldEvidence,
} from "../../helpers/forge-revocation.js";
import { attribute, clearMail, forgeSignedData } from "../../helpers/forge-signed-data.js";
import { alice, lunch, tamper, testCertificate, testContext } from "../../helpers/inspecting.js";
import { timeStampAuthority } from "../../helpers/time-stamp-authority.js";

const day = 86_400_000;
const [signer, root] = [await testCertificate("alice-rsa"), await testCertificate("root")];
/** a year after the signer's certificate has expired */
const later = new Date(signer.notAfter + 365 * day);
const span = { from: "2020-01-01", to: "2120-01-01" };

const issuer = await forgeCertificate({ subject: name("Stamps Root"), extensions: [authority], ...span });
const purpose = extension(oid.extendedKeyUsage, sequence(objectIdentifier(oid.timeStamping)));
const stamps = await timeStampAuthority("critical,timeStamping", 1, async (spki): Promise<Certificate> => {
  const extensions = [purpose, distributionPoints({ urls: ["http://stamps.test/crl"] })];
  const made = await forgeCertificate({
    by: issuer,
    subject: name("Example Stamps"),
    spki,
    extensions,
    ...span,
  });
  return made.certificate;
});
const letter = clearMail(
  alice,
  lunch,
  await forgeSignedData({
    ...{ content: lunch, key: "alice-rsa" },
    unsigned: async (signature) => [attribute(oid.timeStampToken, await stamps.stamp(signature))],
  }),
);

const list = (fields: Partial<CrlFields> = {}): Bytes =>
  forgeCrl({
    by: issuer,
    thisUpdate: new Date(later.getTime() - day).toISOString(),
    nextUpdate: new Date(later.getTime() + day).toISOString(),
    ...fields,
  });
const listed = [{ serial: stamps.certificate.serialNumber, at: later.toISOString() }];

async function judge(raw: Bytes, change: Partial<InspectContext> = {}) {
  const anchors = [root, issuer.certificate];
  const context = await testContext({ time: later, anchors, ...change });
  const { verdict } = await inspect(raw, context);
  const [layer] = verdict.layers;
  assert.ok(layer?.kind === "signed");
  const proves = layer.signatures[0]!.timeStamps?.[0]?.proves;
  return `${verdict.summary.state} ${proves}`;
}

test("a stamp proves its time where its authority is on no list, and nothing where it was withdrawn", async () => {
  assert.equal(await judge(letter), "2c true");
  const asked = heldEvidence({ crls: [list()] });
  assert.equal(await judge(letter, { evidence: asked }), "2c true");
  assert.ok(asked.asked.includes("complete http://stamps.test/crl"));
  assert.equal(await judge(letter, { evidence: heldEvidence({ crls: [list({ listed })] }) }), "6 false");
});

test("silence takes nothing from it but where an answer is required", async () => {
  const silent = heldEvidence({ crls: [], ocsp: [] });
  assert.equal(await judge(letter, { evidence: silent }), "2c true");
  assert.equal(await judge(letter, { evidence: silent, revocation: "required" }), "6 false");
  assert.equal(await judge(letter, { revocation: "required" }), "6 false");
  const withdrawn = heldEvidence({ crls: [list({ listed })] });
  assert.equal(await judge(letter, { evidence: withdrawn, revocation: "off" }), "2c true");
});

test("nobody is asked about the stamp of a message that was changed, or that nobody vouches for", async () => {
  const evidence = heldEvidence({ crls: [list({ listed })] });
  await judge(tamper(letter, "noon"), { evidence });
  await judge(letter, { evidence, anchors: [issuer.certificate] });
  assert.deepEqual(
    evidence.asked.filter((question) => question.includes("stamps.test")),
    [],
  );
});
