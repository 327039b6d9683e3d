/**
 * For whom a CRL speaks (RFC 5280 §5.2.4, §5.2.5, §6.3.3): distribution points, kinds of certificates,
 * reasons, other issuers, and the deltas that bring a list up to date.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import { encode, sequence } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { authority, extension, forgeCertificate, name, usage } from "../../helpers/forge-certificate.js";
import {
  type CrlFields,
  type PointFields,
  criticalUnknown,
  crlNumber,
  deltaOf,
  directoryName,
  distributionPoints,
  entryOf,
  forgeCrl,
  freshest,
  heldEvidence,
  reason,
  scope,
} from "../../helpers/forge-revocation.js";
import { forgePath, judge, statusOf } from "../../helpers/judging-revocation.js";

const ours = await forgePath();
const { issuer, person, root } = ours;
const serial = person.certificate.serialNumber;
const path = ours.path.slice(0, 2);
const stranger = await forgeCertificate({ subject: issuer.name, extensions: [authority] });

/** What one list says of the person, the issuer being the anchor. */
const by = (fields: Partial<CrlFields>): Promise<string> =>
  statusOf(path, { evidence: heldEvidence({ crls: [forgeCrl({ by: issuer, ...fields })] }) });
const listed = [{ serial }];

test("a list for some distribution points, certificates or attributes speaks for them alone (RFC 5280 §6.3.3 (b))", async () => {
  const at = (url: string): PointFields => ({ urls: [url] });
  const [a, b] = ["http://a.test/crl", "http://b.test/crl"];
  const pointed = await forgePath([distributionPoints(at(a))]);
  const status = (fields: Parameters<typeof scope>[0], of = pointed): Promise<string> => {
    const crls = [forgeCrl({ by: of.issuer, extensions: [scope(fields)] })];
    return statusOf(of.path.slice(0, 2), { evidence: heldEvidence({ crls }) });
  };
  const unsuitable = "unknown · crl-unsuitable: scope";
  assert.equal(await status({ urls: [a] }), "good · crl");
  assert.equal(await status({ urls: [b, a] }), "good · crl");
  assert.equal(await status({ urls: [b] }), unsuitable);
  assert.equal(await status({ urls: [a] }, ours), unsuitable);
  assert.equal(await status({}), "good · crl");
  assert.equal(await status({ only: "users" }), "good · crl");
  assert.equal(await status({ only: "authorities" }), unsuitable);
  assert.equal(await status({ only: "attributes" }), unsuitable);
  const ofAuthority = async (only: "users" | "authorities"): Promise<string> => {
    const crls = [forgeCrl({ by: root, extensions: [scope({ only })] })];
    return statusOf(ours.path.slice(1), { evidence: heldEvidence({ crls }) });
  };
  assert.equal(await ofAuthority("authorities"), "good · crl");
  assert.equal(await ofAuthority("users"), unsuitable);
});

test("a scope says FALSE or nothing alike; reasons of odd length are no reasons (RFC 5280 §5.2.5)", async () => {
  const scoped = (...fields: readonly Bytes[]) =>
    extension(oid.issuingDistributionPoint, sequence(...fields));
  const flag = (n: number, octet: number) => encode(context(n, "primitive"), Uint8Array.of(octet));
  const reasons = (...octets: readonly number[]) => encode(context(3, "primitive"), Uint8Array.of(...octets));
  const saying = (...fields: readonly Bytes[]) => by({ extensions: [scoped(...fields)] });
  assert.equal(await saying(flag(2, 0)), "good · crl");
  assert.equal(await saying(flag(2, 0xff)), "unknown · crl-unsuitable: scope");
  assert.equal(await saying(reasons(7, 0xff, 0x80)), "good · crl");
  assert.match(await saying(reasons(7, 0xff, 0x80, 0)), /^unknown · crl-malformed/);
  assert.match(await saying(reasons(0)), /^unknown · crl-malformed/);
});

test("names of other kinds beside or in place of the one that is meant are no match, and no harm", async () => {
  const web = encode(context(6, "primitive"), new TextEncoder().encode("http://a.test/crl"));
  const named = (...names: readonly Bytes[]) => encode(context(0), encode(context(0), ...names));
  const pointed = await forgePath([distributionPoints({ urls: ["http://a.test/crl"] })]);
  const of = pointed.issuer;
  const status = (...names: readonly Bytes[]): Promise<string> => {
    const extensions = [extension(oid.issuingDistributionPoint, sequence(named(...names)))];
    return statusOf(pointed.path.slice(0, 2), {
      evidence: heldEvidence({ crls: [forgeCrl({ by: of, extensions })] }),
    });
  };
  assert.equal(await status(directoryName(name("Elsewhere"))), "unknown · crl-unsuitable: scope");
  assert.equal(await status(directoryName(name("Elsewhere")), web), "good · crl");
  // The last point is the issuer's own name (RFC 5280 §6.3.3).
  assert.equal(await status(directoryName(of.name)), "good · crl");
  const entry = (...names: readonly Bytes[]) => [
    { serial, extensions: [extension(oid.certificateIssuer, sequence(...names))] },
  ];
  const indirect = (...names: readonly Bytes[]) =>
    by({ extensions: [scope({ indirect: true })], listed: entry(...names) });
  assert.equal(await indirect(web, directoryName(issuer.name)), "revoked · crl");
  assert.equal(await indirect(web), "good · crl");
});

test("lists for some reasons are good only together (RFC 5280 §6.3.3 (d), (l))", async () => {
  const [compromise, others] = [scope({ reasons: 0b01100000 }), scope({ reasons: 0b00011111 })];
  const lists = (...extensions: readonly Bytes[]) =>
    extensions.map((one) => forgeCrl({ by: issuer, extensions: [one] }));
  const status = (crls: readonly Bytes[]) => statusOf(path, { evidence: heldEvidence({ crls }) });
  assert.equal(await status(lists(compromise)), "unknown · crl-unsuitable: scope");
  assert.equal(await status(lists(compromise, others)), "unknown · crl-unsuitable: scope");
  const rest = encode(context(3, "primitive"), Uint8Array.of(7, 0b00011111, 0b10000000));
  const allOthers = extension("2.5.29.28", encode(0x30, rest));
  assert.equal(await status(lists(compromise, allOthers)), "good · crl");
  // What is told of the time is the shortest of them.
  const months = ["2026-08-01", "2026-09-01"] as const;
  for (const [first, second] of [months, [...months].reverse()]) {
    const crls = [
      forgeCrl({ by: issuer, extensions: [compromise], nextUpdate: first! }),
      forgeCrl({ by: issuer, extensions: [allOthers], nextUpdate: second! }),
    ];
    const { certificates } = await judge(path, { evidence: heldEvidence({ crls }) });
    assert.equal(certificates[0]!.nextUpdate, "2026-08-01T00:00:00.000Z");
  }
  const revoking = forgeCrl({ by: issuer, listed, extensions: [allOthers] });
  assert.equal(await status([...lists(compromise), revoking]), "revoked · crl");
});

test("an indirect list speaks for those whom the certificate sent there, by the issuer of each entry (RFC 5280 §5.3.3)", async () => {
  const clerk = await forgeCertificate({ by: root, extensions: [usage(0b00000010)] });
  const sent = await forgePath([distributionPoints({ crlIssuer: clerk.name })], {});
  const below = await forgeCertificate({
    by: issuer,
    extensions: [distributionPoints({ crlIssuer: clerk.name })],
  });
  assert.ok(sent.path.length === 3);
  const { serialNumber } = below.certificate;
  const status = async (entries: CrlFields["listed"], indirect = true): Promise<string> => {
    const crls = [
      forgeCrl({ by: clerk, listed: entries!, extensions: indirect ? [scope({ indirect })] : [] }),
    ];
    const chain = [below, issuer, root].map(({ certificate }) => certificate);
    const evidence = heldEvidence({ crls });
    const result = await judge(chain, {
      policy: "when-available",
      evidence,
      candidates: [clerk.certificate],
    });
    return result.certificates[0]!.status;
  };
  const other = { serial: Uint8Array.of(0x55), extensions: [entryOf(issuer.name)] };
  assert.equal(await status([]), "good");
  assert.equal(await status([], false), "unknown");
  // Without a name it is the clerk's own; after an entry with a name it is that issuer's.
  assert.equal(await status([{ serial: serialNumber }]), "good");
  assert.equal(await status([other, { serial: serialNumber }]), "revoked");
  assert.equal(await status([{ serial: serialNumber, extensions: [entryOf(issuer.name)] }]), "revoked");
  assert.equal(await status([{ serial: serialNumber, extensions: [entryOf(name("Other"))] }]), "good");
});

test("a delta adds to a list that it is made for, and takes back (RFC 5280 §5.2.4)", async () => {
  const fresh = await forgePath([freshest({ urls: ["http://a.test/delta"] })]);
  const wanted = fresh.person.certificate.serialNumber;
  const status = async (delta: Partial<CrlFields>, base: Partial<CrlFields> = {}): Promise<string> => {
    const crls = [forgeCrl({ by: fresh.issuer, extensions: [crlNumber(5)], ...base })];
    const deltas = [forgeCrl({ by: fresh.issuer, extensions: [crlNumber(7), deltaOf(5)], ...delta })];
    return statusOf(fresh.path.slice(0, 2), { evidence: heldEvidence({ crls, deltas }) });
  };
  const revoked = [{ serial: wanted }];
  assert.equal(await status({}), "good · crl");
  assert.equal(await status({ listed: revoked }), "revoked · crl");
  const removed = [{ serial: wanted, extensions: [reason(8)] }];
  assert.equal(await status({ listed: removed }, { listed: revoked }), "good · crl");
  assert.equal(await status({}, { listed: revoked }), "revoked · crl");
  // An old list with a current delta is current (RFC 5280 §6.3.3 (a)).
  const old = { thisUpdate: "2026-05-01", nextUpdate: "2026-05-02" };
  assert.equal(await status({}, old), "good · crl");
  assert.match(await status(old, old), /^unknown · crl-outdated/);
  const unfit: readonly Partial<CrlFields>[] = [
    { extensions: [crlNumber(7), deltaOf(6)] },
    { extensions: [crlNumber(5), deltaOf(5)] },
    { extensions: [deltaOf(5)] },
    { extensions: [crlNumber(7), deltaOf(5), scope({ only: "users" })] },
    { extensions: [crlNumber(7), deltaOf(5), criticalUnknown] },
    { by: stranger, issuer: fresh.issuer.name },
    { issuer: name("Other") },
    { nextUpdate: "2026-06-20", listed: [{ serial: wanted, extensions: [reason(6)] }] },
    { nextUpdate: "2026-06-20", listed: [{ serial: wanted, extensions: [criticalUnknown] }] },
    { nextUpdate: "2026-06-20", listed: [] },
    { extensions: [crlNumber(7), deltaOf(5), keyOf(9)] },
    { extensions: [crlNumber(7)] },
  ];
  for (const [n, delta] of unfit.entries()) {
    assert.equal(await status({ listed: revoked, ...delta }), "good · crl", String(n));
    assert.match(await status(delta, old), /^unknown · crl-outdated/, String(n));
  }
  // Nobody takes a revocation back: an outdated delta proves one, as an outdated list does, and takes none back.
  const outdated = { nextUpdate: "2026-06-20" };
  assert.equal(await status({ ...outdated, listed: revoked }), "revoked · crl");
  assert.equal(await status({ ...outdated, listed: revoked }, old), "revoked · crl");
  assert.equal(
    await status({ ...outdated, listed: revoked, by: stranger, issuer: fresh.issuer.name }),
    "good · crl",
  );
  const hold = [{ serial: wanted, extensions: [reason(6)] }];
  assert.equal(await status({ listed: hold }), "revoked · crl");
  assert.equal(await status({ listed: removed }, { listed: hold }), "good · crl");
  assert.equal(await status({ ...outdated, listed: removed }, { listed: hold }), "revoked · crl");
});

const keyOf = (octet: number): Bytes =>
  extension(
    oid.authorityKeyIdentifier,
    sequence(encode(context(0, "primitive"), Uint8Array.of(octet))),
    false,
  );

test("a delta is for the list of its own authority, key and scope, and of the number that it names (RFC 5280 §5.2.4)", async () => {
  const fresh = await forgePath([freshest({ urls: ["http://a.test/delta"] })]);
  const of = fresh.issuer;
  const old = { thisUpdate: "2026-05-01", nextUpdate: "2026-05-02" };
  const status = (base: Partial<CrlFields>, delta: Partial<CrlFields>): Promise<string> => {
    const crls = [forgeCrl({ by: of, ...old, extensions: [crlNumber(5)], ...base })];
    const deltas = [forgeCrl({ by: of, extensions: [crlNumber(7), deltaOf(5)], ...delta })];
    return statusOf(fresh.path, { policy: "when-available", evidence: heldEvidence({ crls, deltas }) });
  };
  assert.equal(await status({}, {}), "good · crl");
  // Another authority of the same path has signed it well, and for its own list.
  assert.match(await status({}, { by: fresh.root }), /^unknown · crl-outdated/);
  assert.match(await status({ extensions: [] }, {}), /^unknown · crl-outdated/);
  const users = scope({ only: "users" });
  assert.match(await status({ extensions: [crlNumber(5), users] }, {}), /^unknown · crl-outdated/);
  const both = { extensions: [crlNumber(7), deltaOf(5), users] };
  assert.equal(await status({ extensions: [crlNumber(5), users] }, both), "good · crl");
  assert.match(await status({ extensions: [crlNumber(5), keyOf(9)] }, {}), /^unknown · crl-outdated/);
  const odd = [{ serial: Uint8Array.of(0x55), extensions: [criticalUnknown] }];
  assert.equal(await status({}, { listed: odd }), "unknown · crl-unsuitable: entry extension");
});

test("a delta alone is no list (RFC 5280 §5.2.4)", async () => {
  assert.equal(await by({ extensions: [crlNumber(7), deltaOf(5)] }), "unknown · crl-unsuitable: scope");
});

test("a delta's place is asked only after the list that names it was found genuine", async () => {
  const naming = (signer: typeof issuer) =>
    forgeCrl({ by: signer, issuer: issuer.name, extensions: [freshest({ urls: ["http://a.test/delta"] })] });
  const asked = async (signer: typeof issuer) => {
    const evidence = heldEvidence({ crls: [naming(signer)], deltas: [] });
    await judge(path, { evidence });
    return evidence.asked;
  };
  assert.deepEqual(await asked(issuer), ["complete", "delta http://a.test/delta"]);
  assert.deepEqual(await asked(stranger), ["complete", "ocsp"]);
});
