/**
 * What a message brings about its own certificates (RFC 5652 §10.2.1, RFC 5940): it can prove a revocation
 * against everybody, "good" only where nobody else answers, and what it brings of others is no news.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { encode, octetString } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { extension, forgeCertificate } from "../../helpers/forge-certificate.js";
import { forgeCrl, forgeOcsp, heldEvidence } from "../../helpers/forge-revocation.js";
import { forgePath, statusOf } from "../../helpers/judging-revocation.js";

const { issuer, person, path: whole } = await forgePath();
const path = whole.slice(0, 2);
const listed = [{ serial: person.certificate.serialNumber }];
const good = forgeCrl({ by: issuer });
const revoking = forgeCrl({ by: issuer, listed });
const answer = (status: "good" | { revokedAt: string }): Bytes =>
  forgeOcsp({ by: issuer, responses: [{ of: person.certificate, issuer: issuer.certificate, status }] });
const silent = heldEvidence({ crls: [], ocsp: [] });

const brought = (crls: readonly Bytes[], ocspResponses: readonly Bytes[] = []) => ({
  embedded: { crls, ocspResponses },
});

test("a revocation that the message brings stands against every 'good' from elsewhere", async () => {
  for (const evidence of [silent, heldEvidence({ crls: [good] }), heldEvidence({ ocsp: [answer("good")] })]) {
    assert.equal(await statusOf(path, { ...brought([revoking]), evidence }), "revoked · embedded");
    const response = answer({ revokedAt: "2026-06-01" });
    assert.equal(await statusOf(path, { ...brought([], [response]), evidence }), "revoked · embedded");
    assert.equal(await statusOf(path, { ...brought([good], [response]), evidence }), "revoked · embedded");
  }
});

test("a 'good' that the message brings counts where nobody else says anything, and only there", async () => {
  assert.equal(await statusOf(path, brought([good])), "good · embedded");
  assert.equal(await statusOf(path, { ...brought([good]), evidence: silent }), "good · embedded");
  assert.equal(
    await statusOf(path, { ...brought([], [answer("good")]), evidence: silent }),
    "good · embedded",
  );
  const evidence = heldEvidence({ crls: [revoking] });
  assert.equal(await statusOf(path, { ...brought([good]), evidence }), "revoked · crl");
  assert.equal(
    await statusOf(path, { ...brought([good]), evidence: heldEvidence({ crls: [good] }) }),
    "good · crl",
  );
});

test("of others' lists and answers nothing is told, of broken ones it is", async () => {
  const other = await forgePath();
  const theirs = forgeOcsp({
    by: other.issuer,
    responses: [{ of: other.person.certificate, issuer: other.issuer.certificate }],
  });
  assert.equal(await statusOf(path, brought([forgeCrl({ by: other.issuer })], [theirs])), "unknown");
  assert.equal(
    await statusOf(path, brought([forgeCrl({ by: other.issuer, issuer: issuer.name })])),
    "unknown · crl-untrusted: signature",
  );
  assert.match(await statusOf(path, brought([Uint8Array.of(0x30, 0)])), /^unknown · crl-malformed/);
  assert.match(await statusOf(path, brought([], [Uint8Array.of(0x30, 0)])), /^unknown · ocsp-malformed/);
});

test("more than twenty pieces are not looked at", async () => {
  const crowd = Array.from({ length: 20 }, () => Uint8Array.of(0x30, 0));
  assert.match(await statusOf(path, brought([...crowd, revoking])), /^unknown · crl-malformed/);
  assert.equal(await statusOf(path, brought([...crowd.slice(1), revoking])), "revoked · embedded");
});

test("whose constraints cannot be read is not let off for being short-lived (RFC 9608 §4)", async () => {
  const noRevocation = extension(oid.noRevAvail, encode(0x05), false);
  const odd = await forgeCertificate({
    by: issuer,
    extensions: [noRevocation, extension(oid.basicConstraints, octetString(new Uint8Array(1)))],
  });
  const chain = [odd.certificate, issuer.certificate];
  assert.match(await statusOf(chain, { evidence: silent }), /^unknown/);
  const plain = await forgeCertificate({ by: issuer, extensions: [noRevocation] });
  assert.equal(await statusOf([plain.certificate, issuer.certificate], { evidence: silent }), "not-checked");
});
