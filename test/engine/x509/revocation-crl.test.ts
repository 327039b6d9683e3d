/**
 * CRLs judged (RFC 5280 §5, §6.3.3): by who may sign them, for whom and when they speak. Each list that is
 * believed stands beside one that differs in one thing and is not.
 */
import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { children, encoded, readWhole } from "../../../src/engine/base/der-reader.js";
import {
  bitString,
  encode,
  objectIdentifier,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { MalformedError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import { maximumSerialOctets } from "../../../src/engine/kernels/crl-entries.js";
import { lookUp, parseCrl } from "../../../src/engine/x509/crl.js";
import { authority, extension, forgeCertificate, name, usage } from "../../helpers/forge-certificate.js";
import {
  type CrlFields,
  criticalUnknown,
  crlEntry,
  crlNumber,
  distributionPoints,
  entryOf,
  forgeCrl,
  generalizedTime,
  heldEvidence,
  invalidSince,
  reason,
} from "../../helpers/forge-revocation.js";
import { forgePath, judge, julyFirst, statusOf } from "../../helpers/judging-revocation.js";

const ours = await forgePath();
const { issuer, person, root } = ours;
const serial = person.certificate.serialNumber;
const path = ours.path.slice(0, 2);
const stranger = await forgeCertificate({ subject: issuer.name, extensions: [authority] });

/** What one list says of the person, the issuer being the anchor. */
const by = (fields: Partial<CrlFields>): Promise<string> =>
  statusOf(path, { evidence: heldEvidence({ crls: [forgeCrl({ by: issuer, ...fields })] }) });
const listed = [{ serial }];

test("good where the issuer's current list does not name the certificate, revoked where it does", async () => {
  assert.equal(await by({}), "good · crl");
  assert.equal(await by({ listed: [{ serial: Uint8Array.of(0x55) }] }), "good · crl");
  assert.equal(await by({ listed }), "revoked · crl");
  assert.equal(await by({ extensions: null, listed }), "revoked · crl");
});

test("of two current lists the newer one speaks, in whatever order they come", async () => {
  const older = forgeCrl({ by: issuer, thisUpdate: "2026-06-02" });
  const newer = forgeCrl({ by: issuer, listed });
  for (const crls of [
    [older, newer],
    [newer, older],
  ]) {
    assert.equal(await statusOf(path, { evidence: heldEvidence({ crls }) }), "revoked · crl");
  }
});

test("tells date and reason, and that the path may not stand (RFC 5280 §5.3.1)", async () => {
  const crl = forgeCrl({ by: issuer, listed: [{ serial, extensions: [reason(1)] }] });
  const result = await judge(path, { policy: "when-available", evidence: heldEvidence({ crls: [crl] }) });
  assert.deepEqual(result.faults, [{ code: "certificate-revoked", detail: "2026-06-01T00:00:00.000Z" }]);
  assert.deepEqual(result.certificates, [
    {
      fingerprint: person.certificate.fingerprint,
      status: "revoked",
      source: "crl",
      thisUpdate: "2026-06-15T00:00:00.000Z",
      nextUpdate: "2026-08-01T00:00:00.000Z",
      revokedAt: "2026-06-01T00:00:00.000Z",
      reason: "keyCompromise",
      faults: [],
    },
  ]);
});

test("each certificate but the anchor is judged, and one that is revoked is enough", async () => {
  const lists = (fields: Partial<CrlFields>) => [forgeCrl({ by: issuer }), forgeCrl({ by: root, ...fields })];
  const of = async (fields: Partial<CrlFields>) => {
    const result = await judge(ours.path, { evidence: heldEvidence({ crls: lists(fields) }) });
    return [result.certificates.map(({ status }) => status), result.faults.map(({ code }) => code)];
  };
  assert.deepEqual(await of({}), [["good", "good"], []]);
  const revoked = [{ serial: issuer.certificate.serialNumber }];
  assert.deepEqual(await of({ listed: revoked }), [["good", "revoked"], ["certificate-revoked"]]);
});

test("nothing known: told where an answer is wanted, never called good (policy)", async () => {
  const silent = heldEvidence({ crls: [], ocsp: [] });
  for (const [policy, faults] of [
    ["required", ["revocation-unknown"]],
    ["when-available", []],
  ] as const) {
    const result = await judge(path, { policy, evidence: silent });
    assert.equal(result.certificates[0]!.status, "unknown");
    assert.deepEqual(result.certificates[0]!.faults, [{ code: "revocation-unavailable" }]);
    assert.deepEqual(
      result.faults.map(({ code }) => code),
      faults,
    );
  }
  const off = await judge(path, {
    policy: "off",
    evidence: heldEvidence({ crls: [forgeCrl({ by: issuer, listed })] }),
  });
  assert.deepEqual([off.certificates[0]!.status, off.faults], ["not-checked", []]);
  assert.deepEqual((await judge([person.certificate], {})).certificates, []);
});

test("a list that a stranger signed proves nothing, for or against", async () => {
  for (const list of [[], listed]) {
    const forged = { by: stranger, listed: list };
    assert.equal(await by(forged), "unknown · crl-untrusted: signature");
    assert.match(await by({ ...forged, issuer: name("Nobody") }), /^unknown · crl-unsuitable: scope/);
  }
  const [whole, turned] = [forgeCrl({ by: issuer, listed }), forgeCrl({ by: issuer, listed })];
  turned[turned.length - 1]! ^= 1;
  assert.equal(
    await statusOf(path, { evidence: heldEvidence({ crls: [turned] }) }),
    "unknown · crl-untrusted: signature",
  );
  assert.equal(await statusOf(path, { evidence: heldEvidence({ crls: [turned, whole] }) }), "revoked · crl");
});

test("a weak digest could be another list's too (RFC 8551 §2.1)", async () => {
  assert.match(await by({ digest: "sha1" }), /^unknown · crl-untrusted: weak digest/);
  assert.equal(await by({ digest: "sha256" }), "good · crl");
});

test("only a key that may sign CRLs signs them (RFC 5280 §6.3.3 (f))", async () => {
  const status = async (bits: number): Promise<string> => {
    const signer = await forgeCertificate({ by: root, extensions: [authority, usage(bits)] });
    const below = await forgeCertificate({ by: signer });
    const crls = [forgeCrl({ by: signer })];
    return statusOf([below.certificate, signer.certificate], { evidence: heldEvidence({ crls }) });
  };
  assert.equal(await status(0b00000110), "good · crl");
  assert.equal(await status(0b00000100), "unknown · crl-untrusted: no signer");
});

test("another key of the same authority may sign, where it hangs from the same anchor (RFC 5280 §6.3.3 (f))", async () => {
  const make = async (by: typeof root, extensions: readonly Bytes[] = [usage(0b00000010)]) => {
    const key = await forgeCertificate({ subject: issuer.name, by, extensions });
    return { key, crls: [forgeCrl({ by: key, listed })] };
  };
  const status = async ({ key, crls }: Awaited<ReturnType<typeof make>>): Promise<string> => {
    const evidence = heldEvidence({ crls });
    const result = await judge(ours.path, {
      policy: "when-available",
      evidence,
      candidates: [key.certificate],
    });
    return result.certificates[0]!.status;
  };
  assert.equal(await status(await make(root)), "revoked");
  assert.equal(await status(await make(root, [usage(0b10000000)])), "unknown");
  const elsewhere = await forgeCertificate({ extensions: [authority] });
  assert.equal(await status(await make(elsewhere)), "unknown");
});

test("a signer of CRLs that is revoked itself proves nothing (RFC 5280 §6.3.3 (f))", async () => {
  const key = await forgeCertificate({ subject: issuer.name, by: root, extensions: [usage(0b00000010)] });
  const status = async (revoked: readonly { serial: Bytes }[]): Promise<string> => {
    const crls = [forgeCrl({ by: key }), forgeCrl({ by: root, listed: revoked })];
    return statusOf(ours.path, { evidence: heldEvidence({ crls }), candidates: [key.certificate] });
  };
  assert.equal(await status([]), "good · crl");
  assert.equal(
    await status([{ serial: key.certificate.serialNumber }]),
    "unknown · crl-untrusted: certificate-revoked",
  );
});

test("only a list that is current proves 'good' (RFC 5280 §6.3.3 (a))", async () => {
  const span = (thisUpdate: string, nextUpdate: string | null) => by({ thisUpdate, nextUpdate });
  assert.equal(await span("2026-07-01", "2026-07-02"), "good · crl");
  assert.match(await span("2026-05-01", "2026-06-30"), /^unknown · crl-outdated/);
  assert.match(await span("2026-05-01", null), /^unknown · crl-outdated/);
  assert.match(await span("2026-07-02", "2026-08-01"), /^unknown · crl-outdated/);
  assert.match(await span("2026-07-01", "2026-06-01"), /^unknown · crl-outdated/);
  // One that ends before it begins is of no time, of a proven one of the past no more than of now.
  const backwards = forgeCrl({ by: issuer, thisUpdate: "2026-06-15", nextUpdate: "2026-06-01" });
  const past = { time: Date.parse("2026-05-01"), now: julyFirst, timeIsProven: true };
  assert.match(
    await statusOf(path, { ...past, evidence: heldEvidence({ crls: [backwards] }) }),
    /^unknown · crl-outdated/,
  );
  // Clocks differ by minutes.
  assert.equal(await span("2026-07-01T00:04:00Z", "2026-08-01"), "good · crl");
  assert.match(await span("2026-07-01T00:06:00Z", "2026-08-01"), /^unknown/);
  assert.equal(await span("2026-05-01", "2026-06-30T23:56:00Z"), "good · crl");
});

test("an old list still proves a revocation, which nobody takes back; a hold may have been lifted", async () => {
  const old = { thisUpdate: "2026-05-01", nextUpdate: "2026-05-02" };
  const entry = (code: number) => [{ serial, at: "2026-04-01", extensions: [reason(code)] }];
  assert.equal(await by({ ...old, listed: entry(4) }), "revoked · crl");
  assert.match(await by({ ...old, listed: entry(6) }), /^unknown · crl-outdated/);
  assert.equal(await by({ listed: entry(6) }), "revoked · crl");
  assert.match(await by({ thisUpdate: "2026-07-02", listed: entry(4) }), /^unknown · crl-outdated/);
});

test("a critical extension that we do not know makes a list useless, in it or in any entry (RFC 5280 §5.2, §5.3)", async () => {
  assert.equal(await by({ extensions: [criticalUnknown] }), "unknown · crl-unsuitable: 1.2.3.4.5");
  assert.equal(await by({ extensions: [extension("1.2.3.4.5", encode(0x05), false)] }), "good · crl");
  const other = { serial: Uint8Array.of(0x55), extensions: [criticalUnknown] };
  assert.equal(await by({ listed: [other, ...listed] }), "unknown · crl-unsuitable: entry extension");
  assert.equal(await by({ listed: [{ ...other, extensions: [reason(1)] }, ...listed] }), "revoked · crl");
});

test("a list that is broken is called so, and nothing is taken from it", async () => {
  const der = forgeCrl({ by: issuer, listed });
  const broken: readonly Bytes[] = [
    der.subarray(0, -1),
    new Uint8Array(Buffer.concat([der, Uint8Array.of(0)])),
    new TextEncoder().encode("-----BEGIN X509 CRL-----"),
    new Uint8Array(0),
    forgeCrl({ by: issuer, entries: new Uint8Array([...crlEntry({ serial }), 0x30, 0x01, 0x00]) }),
    forgeCrl({ by: issuer, extensions: [crlNumber(1), crlNumber(1)] }),
    forgeCrl({ by: issuer, listed: [{ serial, extensions: [entryOf(issuer.name)] }] }),
  ];
  for (const [n, octets] of broken.entries()) {
    const status = await statusOf(path, { evidence: heldEvidence({ crls: [octets] }) });
    assert.match(status, /^unknown · crl-malformed/, String(n));
  }
  assert.equal(parseCrl(der).entries.length, crlEntry({ serial }).length);
});

test("a revocation after a proven time came too late, one before it did not; compromise counts from its own date", async () => {
  const crls = (entry: Partial<CrlFields["listed"] extends readonly (infer E)[] | undefined ? E : never>) =>
    heldEvidence({ crls: [forgeCrl({ by: issuer, listed: [{ serial, ...entry }] })] });
  const status = async (
    time: string,
    entry: { at?: string; extensions?: readonly Bytes[] },
    timeIsProven = true,
  ) => {
    const evidence = crls(entry);
    const result = await judge(path, { time: Date.parse(time), now: julyFirst, timeIsProven, evidence });
    const { status: found, revokedAt } = result.certificates[0]!;
    return `${found} ${revokedAt}`;
  };
  const revoked = { at: "2026-06-01" };
  assert.equal(await status("2026-05-01", revoked), "good 2026-06-01T00:00:00.000Z");
  assert.equal(await status("2026-06-01", revoked), "revoked 2026-06-01T00:00:00.000Z");
  assert.equal(await status("2026-05-01", revoked, false), "revoked 2026-06-01T00:00:00.000Z");
  const compromised = { ...revoked, extensions: [reason(1), invalidSince("2026-04-15")] };
  assert.equal(await status("2026-05-01", compromised), "revoked 2026-04-15T00:00:00.000Z");
  assert.equal(await status("2026-04-01", compromised), "good 2026-04-15T00:00:00.000Z");
});

test("a list that was made after the certificate expired may have forgotten it (RFC 5280 §3.3)", async () => {
  const expired = await forgePath([], { from: "2025-01-01", to: "2026-03-01" });
  const status = async (fields: Partial<CrlFields>) => {
    const conditions = { time: Date.parse("2026-02-01"), now: julyFirst, timeIsProven: true };
    const crls = [forgeCrl({ by: expired.issuer, ...fields })];
    return statusOf(expired.path.slice(0, 2), { ...conditions, evidence: heldEvidence({ crls }) });
  };
  const since = (at: string) => ({ extensions: [extension("2.5.29.60", generalizedTime(at), false)] });
  assert.match(await status({}), /^unknown · crl-unsuitable/);
  assert.equal(await status(since("2026-01-01")), "good · crl");
  assert.match(await status(since("2026-06-01")), /^unknown · crl-unsuitable/);
  const entry = [{ serial: expired.person.certificate.serialNumber, at: "2026-01-15" }];
  assert.equal(await status({ listed: entry }), "revoked · crl");
  assert.equal(await status({ thisUpdate: "2026-01-20", nextUpdate: "2026-02-20" }), "good · crl");
});

test("a certificate that will never be revoked needs no answer, an authority's always does (RFC 9608 §4)", async () => {
  const short = await forgePath([extension("2.5.29.56", encode(0x05), false)]);
  const result = await judge(short.path.slice(0, 2), { evidence: heldEvidence({ crls: [] }) });
  assert.deepEqual([result.certificates[0]!.status, result.faults], ["not-checked", []]);
  const both = await forgePath([authority, extension("2.5.29.56", encode(0x05), false)]);
  assert.match(await statusOf(both.path.slice(0, 2), { evidence: heldEvidence({ crls: [] }) }), /^unknown/);
});

test("version, algorithm and serial number are as RFC 5280 has them, or the list is broken (§5.1.1.2, §5.1.2.1)", async () => {
  const remade = (change: (parts: Bytes[]) => Bytes[], algorithm?: Bytes): Promise<string> => {
    const [tbs, outer] = children(readWhole(forgeCrl({ by: issuer, extensions: [crlNumber(1)] }), "der"));
    const data = sequence(...change(children(tbs!).map(encoded)));
    const signature = bitString(new Uint8Array(sign("sha256", data, issuer.key)));
    const crls = [sequence(data, algorithm ?? encoded(outer!), signature)];
    return statusOf(path, { evidence: heldEvidence({ crls }) });
  };
  assert.equal(await remade((parts) => parts), "good · crl");
  assert.equal(
    await remade((parts) => [smallInteger(2), ...parts.slice(1)]),
    "unknown · crl-malformed: version",
  );
  assert.match(await remade((parts) => parts.slice(1)), /^unknown · crl-malformed: extensions before/);
  assert.equal(await remade((parts) => parts.slice(1, -1)), "good · crl");
  const other = sequence(objectIdentifier(oid.ecdsaWithSha384));
  assert.match(await remade((parts) => parts, other), /^unknown · crl-malformed: two signature algorithms/);
  const list = parseCrl(forgeCrl({ by: issuer, listed }));
  assert.equal(lookUp(list, new Uint8Array(maximumSerialOctets)).entries.length, 0);
  assert.throws(() => lookUp(list, new Uint8Array(maximumSerialOctets + 1)), MalformedError);
});

test("asks where the certificate says, http and https alone", async () => {
  const urls = ["http://a.test/1", "ldap://a.test/2", "https://a.test/3", "http://a.test/ 4"];
  const pointed = await forgePath([distributionPoints({ urls }, { urls: ["http://a.test/5"] })]);
  const evidence = heldEvidence({ crls: [] });
  await judge(pointed.path.slice(0, 2), { evidence });
  assert.deepEqual(evidence.asked[0], "complete http://a.test/1 https://a.test/3 http://a.test/5");
});
