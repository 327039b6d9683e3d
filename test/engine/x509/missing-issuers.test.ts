/** Issuers that a message left out, asked for where certificates name a place (RFC 5280 §4.2.2.1). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import type { EvidenceSource } from "../../../src/engine/x509/evidence-source.js";
import { withMissingIssuers } from "../../../src/engine/x509/missing-issuers.js";
import { type Forged, authority, forgeCertificate } from "../../helpers/forge-certificate.js";
import { accessAt, heldEvidence } from "../../helpers/forge-revocation.js";

const root = await forgeCertificate({ extensions: [authority] });
const upper = await forgeCertificate({
  by: root,
  extensions: [authority, accessAt([], ["http://a.test/root"])],
});
const lower = await forgeCertificate({
  by: upper,
  extensions: [authority, accessAt([], ["http://a.test/upper"])],
});
const person = await forgeCertificate({ by: lower, extensions: [accessAt([], ["http://a.test/lower"])] });

function servedAt(places: Readonly<Record<string, Bytes>>): EvidenceSource & { readonly asked: string[] } {
  const asked: string[] = [];
  const issuers: EvidenceSource["issuers"] = ({ urls }) => {
    asked.push(...urls);
    const evidence = urls.map((url) => places[url]).filter((bytes) => bytes !== undefined);
    const found = evidence.map((bytes) => ({ bytes, fetchedAt: 0 }));
    return Promise.resolve(found.length > 0 ? { kind: "found", evidence: found } : { kind: "unavailable" });
  };
  return { ...heldEvidence({}), asked, issuers };
}

const der = ({ certificate }: Forged): Bytes => certificate.der;
const anchors = [root.certificate];

async function namesOf(
  evidence: EvidenceSource,
  candidates = [person.certificate],
): Promise<readonly string[]> {
  const found = await withMissingIssuers(person.certificate, { anchors, candidates }, evidence);
  return found.slice(candidates.length).map(({ fingerprint }) => fingerprint);
}

test("asks upwards until an anchor is reached, and no further", async () => {
  const evidence = servedAt({ "http://a.test/lower": der(lower), "http://a.test/upper": der(upper) });
  assert.deepEqual(
    await namesOf(evidence),
    [lower, upper].map(({ certificate }) => certificate.fingerprint),
  );
  assert.deepEqual(evidence.asked, ["http://a.test/lower", "http://a.test/upper"]);
});

test("asks only for what is missing", async () => {
  const evidence = servedAt({ "http://a.test/upper": der(upper) });
  assert.deepEqual(await namesOf(evidence, [person.certificate, lower.certificate]), [
    upper.certificate.fingerprint,
  ]);
  assert.deepEqual(evidence.asked, ["http://a.test/upper"]);
});

test("what is no certificate, or another's, leads nowhere, and the search ends", async () => {
  const stranger = await forgeCertificate({ extensions: [authority, accessAt([], ["http://a.test/on"])] });
  for (const bytes of [new TextEncoder().encode("<html>"), new Uint8Array(0), der(stranger), der(person)]) {
    const evidence = servedAt({ "http://a.test/lower": bytes });
    await namesOf(evidence);
    assert.deepEqual(evidence.asked, ["http://a.test/lower"]);
  }
});

test("authorities that lead to ever new ones are asked three times", async () => {
  let last = await forgeCertificate({ extensions: [authority] });
  const places: Record<string, Bytes> = {};
  const line: Forged[] = [];
  for (let n = 0; n < 8; n++) {
    places[`http://a.test/${n}`] = der(last);
    last = await forgeCertificate({
      by: last,
      extensions: [authority, accessAt([], [`http://a.test/${n}`])],
    });
    line.push(last);
  }
  const evidence = servedAt(places);
  const endEntity = line.at(-1)!.certificate;
  const found = await withMissingIssuers(endEntity, { anchors, candidates: [endEntity] }, evidence);
  assert.equal(evidence.asked.length, 3);
  assert.equal(found.length, 4);
});

test("nobody to ask, or nobody named: the candidates stay as they are", async () => {
  const candidates = [person.certificate];
  const sources = { anchors, candidates };
  assert.equal(await withMissingIssuers(person.certificate, sources, undefined), candidates);
  assert.equal(await withMissingIssuers(person.certificate, sources, heldEvidence({})), candidates);
});

test("a long row of authorities that issue one another is not walked to its end", async () => {
  const endOf = async (length: number) => {
    const at = accessAt([], ["http://a.test/far"]);
    const absent = await forgeCertificate({ extensions: [authority] });
    let by = await forgeCertificate({ by: absent, extensions: [authority, at] });
    const row = [by.certificate];
    for (let i = 1; i < length; i++) {
      by = await forgeCertificate({ by, key: by.key, extensions: [authority] });
      row.push(by.certificate);
    }
    const last = await forgeCertificate({ by, extensions: [] });
    const evidence = servedAt({});
    await withMissingIssuers(last.certificate, { anchors, candidates: row }, evidence);
    return evidence.asked.length;
  };
  assert.deepEqual([await endOf(30), await endOf(60)], [1, 0]);
});
