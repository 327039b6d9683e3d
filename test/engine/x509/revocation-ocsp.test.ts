/**
 * OCSP responses judged (RFC 6960): by who may answer, about what, and when. Each answer that is believed
 * stands beside one that differs in one thing and is not.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget, defaultLimits } from "../../../src/engine/base/budget.js";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import { encode, objectIdentifier, octetString, sequence } from "../../../src/engine/base/der-writer.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import { buildOcspRequest, parseOcspResponse } from "../../../src/engine/x509/ocsp.js";
import {
  type Forged,
  authority,
  extension,
  forgeCertificate,
  name,
  purposes,
  usage,
} from "../../helpers/forge-certificate.js";
import {
  type OcspFields,
  type SingleFields,
  accessAt,
  criticalUnknown,
  forgeCrl,
  forgeOcsp,
  generalizedTime,
  heldEvidence,
  noCheck,
  ocspShell,
  reason,
} from "../../helpers/forge-revocation.js";
import { forgePath, judge, julyFirst, statusOf } from "../../helpers/judging-revocation.js";

const ours = await forgePath([accessAt(["http://ocsp.test/"])]);
const { issuer, person, root } = ours;
const path = ours.path.slice(0, 2);
const own = { of: person.certificate, issuer: issuer.certificate };

/** What one response says of the person, the issuer being the anchor. */
function by(fields: Partial<OcspFields>, single: Partial<SingleFields> = {}): Promise<string> {
  const response = forgeOcsp({ by: issuer, responses: [{ ...own, ...single }], ...fields });
  return statusOf(path, { evidence: heldEvidence({ ocsp: [response] }) });
}
const revoked = { status: { revokedAt: "2026-06-01", reason: 1 } } as const;

test("good or revoked as the issuer's own answer says (RFC 6960 §2.2)", async () => {
  assert.equal(await by({}), "good · ocsp");
  assert.equal(await by({ name: "key" }), "good · ocsp");
  assert.equal(await by({}, { hash: "sha256" }), "good · ocsp");
  assert.equal(await by({}, revoked), "revoked · ocsp");
  assert.equal(await by({}, { status: "unknown" }), "unknown · ocsp-refused: unknown");
});

test("tells date and reason", async () => {
  const invalidSince = extension(oid.invalidityDate, generalizedTime("2026-05-01"), false);
  const responses = [{ ...own, ...revoked, nextUpdate: null, extensions: [invalidSince] }];
  const evidence = heldEvidence({ ocsp: [forgeOcsp({ by: issuer, responses })] });
  const [found] = (await judge(path, { evidence })).certificates;
  assert.deepEqual(found, {
    fingerprint: person.certificate.fingerprint,
    status: "revoked",
    source: "ocsp",
    thisUpdate: "2026-06-15T00:00:00.000Z",
    nextUpdate: null,
    revokedAt: "2026-05-01T00:00:00.000Z",
    reason: "keyCompromise",
    faults: [],
  });
});

test("a 'good' that an attacker signed is refused, whatever name it bears, and however old", async () => {
  const mallory = await forgeCertificate({ subject: issuer.name, extensions: [authority] });
  const untrusted = /^unknown · ocsp-untrusted/;
  for (const fields of [{}, { name: "key" as const }, { certificates: [mallory.certificate] }]) {
    assert.match(await by({ by: mallory, ...fields }), untrusted);
    assert.match(
      await by({ by: mallory, ...fields, producedAt: "2001-01-01" }, { thisUpdate: "2001-01-01" }),
      untrusted,
    );
  }
  // One that has the purpose, from an authority of the attacker's own.
  const delegate = await forgeCertificate({ by: mallory, extensions: [purposes(oid.ocspSigning), noCheck] });
  assert.match(
    await by({ by: delegate, certificates: [delegate.certificate, mallory.certificate] }),
    untrusted,
  );
});

/** An answer by somebody whom `maker` certified. */
async function delegated(maker: Forged, extensions: readonly Bytes[], fields: Partial<OcspFields> = {}) {
  const delegate = await forgeCertificate({ by: maker, extensions });
  return by({ by: delegate, certificates: [delegate.certificate], ...fields });
}

test("a delegate answers where the issuer itself made it a responder (RFC 6960 §4.2.2.2)", async () => {
  const responder = [purposes(oid.ocspSigning), noCheck];
  assert.equal(await delegated(issuer, responder), "good · ocsp");
  assert.equal(await delegated(issuer, [...responder, usage(0b10000000)]), "good · ocsp");
  assert.equal(
    await delegated(issuer, [...responder, usage(0b00100000)]),
    "unknown · ocsp-untrusted: key usage",
  );
  const notMade = "unknown · ocsp-untrusted: not made a responder";
  assert.equal(await delegated(issuer, [noCheck]), notMade);
  assert.equal(await delegated(issuer, [purposes(oid.emailProtection), noCheck]), notMade);
  assert.equal(await delegated(issuer, [purposes(oid.anyExtendedKeyUsage), noCheck]), notMade);
  const above = "unknown · ocsp-untrusted: not a delegate of the issuer";
  assert.equal(await delegated(root, responder), above);
  assert.equal(await delegated(person, responder), above);
  assert.equal(await delegated(person, responder, {}), above);
});

test("a delegate that bears the issuer's name but another key's signature is none", async () => {
  const twin = await forgeCertificate({ subject: issuer.name, by: root, extensions: [authority] });
  const answer = await delegated(twin, [purposes(oid.ocspSigning), noCheck]);
  assert.equal(answer, "unknown · ocsp-untrusted: signature");
});

test("eight delegates of one name are tried; a broken certificate among them harms no other", async () => {
  const responder = [purposes(oid.ocspSigning), noCheck];
  const subject = name("Responder");
  const right = await forgeCertificate({ by: issuer, subject, extensions: responder });
  const twins = await Promise.all(
    Array.from({ length: 8 }, () => forgeCertificate({ by: issuer, subject, extensions: responder })),
  );
  const status = (count: number, broken: readonly { der: Bytes }[] = []): Promise<string> => {
    const certificates = [...twins.slice(0, count), right].map(({ certificate }) => certificate);
    return by({ by: right, certificates: [...broken, ...certificates] as typeof certificates });
  };
  assert.equal(await status(7), "good · ocsp");
  assert.equal(await status(8), "unknown · ocsp-untrusted: signature");
  assert.equal(await status(7, [{ der: sequence(octetString(new Uint8Array(3))) }]), "good · ocsp");
});

test("the issuer is no delegate of its own: an answer in its name has its signature or none", async () => {
  const mallory = await forgeCertificate({ subject: issuer.name, extensions: [authority] });
  const answer = await by({ by: mallory, certificates: [issuer.certificate] });
  assert.equal(answer, "unknown · ocsp-untrusted: signature");
});

test("the budget of signatures ends the judging of an answer, and is no fault of the answer", async () => {
  const ocsp = [forgeOcsp({ by: issuer, responses: [own] })];
  const within = (signatures: number) =>
    statusOf(path, {
      evidence: heldEvidence({ ocsp }),
      budget: new Budget({ ...defaultLimits, signatures }),
    });
  assert.equal(await within(9), "good · ocsp");
  await assert.rejects(within(1), BudgetExceededError);
});

test("a delegate must be valid when it answers, and must not come too late", async () => {
  const responder = [purposes(oid.ocspSigning), noCheck];
  const status = async (from: string, to: string): Promise<string> => {
    const delegate = await forgeCertificate({ by: issuer, extensions: responder, from, to });
    return by({ by: delegate, certificates: [delegate.certificate] });
  };
  assert.equal(await status("2026-06-01", "2026-09-01"), "good · ocsp");
  assert.match(await status("2026-01-01", "2026-06-20"), /^unknown · ocsp-untrusted: certificate-expired/);
  assert.match(
    await status("2026-07-15", "2026-09-01"),
    /^unknown · ocsp-untrusted: certificate-not-yet-valid/,
  );
});

test("a delegate without nocheck must be proven good itself, and not by itself (RFC 6960 §4.2.2.2.1)", async () => {
  const delegate = await forgeCertificate({ by: issuer, extensions: [purposes(oid.ocspSigning)] });
  const answer = forgeOcsp({ by: delegate, certificates: [delegate.certificate], responses: [own] });
  const aboutItself = forgeOcsp({
    by: delegate,
    certificates: [delegate.certificate],
    responses: [{ of: delegate.certificate, issuer: issuer.certificate }],
  });
  const status = (crls: readonly Bytes[], policy: "required" | "when-available" = "required") =>
    statusOf(path, { policy, evidence: heldEvidence({ crls, ocsp: [answer, aboutItself] }) });
  const other = forgeCrl({ by: issuer, nextUpdate: "2026-06-20" });
  assert.match(await status([other]), /ocsp-untrusted: revocation-unknown/);
  assert.match(await status([other], "when-available"), /^good · ocsp/);
  const serial = delegate.certificate.serialNumber;
  const revoking = forgeCrl({ by: issuer, nextUpdate: "2026-06-20", listed: [{ serial }] });
  for (const policy of ["required", "when-available"] as const) {
    assert.match(await status([revoking], policy), /^unknown.*ocsp-untrusted: certificate-revoked/);
  }
});

test("an answer about another certificate is no answer (RFC 6960 §3.2 1)", async () => {
  const unsuitable = "unknown · ocsp-unsuitable: another certificate";
  const sibling = await forgeCertificate({ by: issuer });
  assert.equal(await by({}, { of: sibling.certificate }), unsuitable);
  // The same number under another authority, by its key, by its name.
  const twin = await forgeCertificate({ subject: issuer.name, extensions: [authority] });
  assert.equal(await by({}, { issuer: twin.certificate }), unsuitable);
  assert.equal(await by({}, { of: { ...person.certificate, issuer: root.certificate.subject } }), unsuitable);
  const responses = [
    { ...own, of: sibling.certificate },
    { ...own, ...revoked },
  ];
  assert.equal(await by({ responses }), "revoked · ocsp");
  assert.equal(await by({ responses: [] }), unsuitable);
});

test("of several answers about one certificate the newest counts", async () => {
  const older = { ...own, ...revoked, thisUpdate: "2026-06-10" };
  const newer = { ...own, thisUpdate: "2026-06-20" };
  assert.equal(await by({ responses: [older, newer] }), "good · ocsp");
  assert.equal(await by({ responses: [{ ...older, thisUpdate: "2026-06-21" }, newer] }), "revoked · ocsp");
});

test("only a current answer proves 'good' (RFC 6960 §4.2.2.1)", async () => {
  const span = (thisUpdate: string, nextUpdate: string | null, producedAt = thisUpdate) =>
    by({ producedAt }, { thisUpdate, nextUpdate });
  assert.equal(await span("2026-06-30", "2026-07-02"), "good · ocsp");
  const outdated = /^unknown · ocsp-outdated/;
  assert.match(await span("2026-06-01", "2026-06-30"), outdated);
  assert.match(await span("2026-07-02", "2026-08-01"), outdated);
  assert.match(await span("2026-06-30", "2026-08-01", "2026-07-02"), outdated);
  assert.match(await span("2026-06-30", "2026-06-01"), outdated);
  // Without nextUpdate: for a day.
  assert.equal(await span("2026-06-30T00:00:00Z", null), "good · ocsp");
  assert.match(await span("2026-06-29T23:00:00Z", null), outdated);
  // Clocks differ by minutes.
  assert.equal(await span("2026-07-01T00:04:00Z", "2026-08-01"), "good · ocsp");
  assert.match(await span("2026-07-01T00:06:00Z", "2026-08-01"), outdated);
});

test("an old answer still proves a revocation; a hold may have been lifted", async () => {
  const old = { thisUpdate: "2026-05-01", nextUpdate: "2026-05-02" };
  const status = (code: number) => by({}, { ...old, status: { revokedAt: "2026-04-01", reason: code } });
  assert.equal(await status(4), "revoked · ocsp");
  assert.match(await status(6), /^unknown · ocsp-outdated/);
  assert.equal(await by({}, { status: { revokedAt: "2026-04-01", reason: 6 } }), "revoked · ocsp");
});

test("where the request had a nonce, the answer must have the same (RFC 9654)", async () => {
  const status = async (nonce: (sent: Bytes) => Bytes | null) => {
    const answer = (request: Bytes): Bytes => {
      const sent = request.slice(-32);
      const given = nonce(sent);
      return forgeOcsp({ by: issuer, responses: [own], ...(given === null ? {} : { nonce: given }) });
    };
    return statusOf(path, { ocspNonce: "send", evidence: heldEvidence({ ocsp: answer }) });
  };
  assert.equal(await status((sent) => sent), "good · ocsp");
  const unsuitable = "unknown · ocsp-unsuitable: nonce";
  assert.equal(await status((sent) => sent.map((octet) => octet ^ 1)), unsuitable);
  assert.equal(await status((sent) => sent.slice(1)), unsuitable);
  assert.equal(await status(() => null), unsuitable);
  // One that nobody asked for does no harm.
  assert.equal(await by({ nonce: new Uint8Array(32) }), "good · ocsp");
});

test("a critical extension that we do not know makes an answer useless", async () => {
  const harmless = extension("1.2.3", octetString(new Uint8Array(1)), false);
  assert.equal(await by({ extensions: [harmless] }, { extensions: [harmless] }), "good · ocsp");
  assert.equal(await by({ extensions: [criticalUnknown] }), "unknown · ocsp-unsuitable: 1.2.3.4.5");
  assert.equal(await by({}, { extensions: [criticalUnknown] }), "unknown · ocsp-unsuitable: 1.2.3.4.5");
});

test("a weak digest could be another answer's too", async () => {
  assert.match(await by({ digest: "sha1" }), /^unknown · ocsp-untrusted: weak digest/);
});

test("'good' of a certificate that had expired is 'good' only as far back as the archive goes (RFC 6960 §4.4.4)", async () => {
  const expired = await forgePath([], { from: "2025-01-01", to: "2026-03-01" });
  const status = (single: Partial<SingleFields>) => {
    const of = { of: expired.person.certificate, issuer: expired.issuer.certificate };
    const ocsp = [forgeOcsp({ by: expired.issuer, responses: [{ ...of, ...single }] })];
    const conditions = { time: Date.parse("2026-02-01"), now: julyFirst, timeIsProven: true };
    return statusOf(expired.path.slice(0, 2), { ...conditions, evidence: heldEvidence({ ocsp }) });
  };
  const cutoff = (at: string) => ({
    extensions: [extension(oid.ocspArchiveCutoff, generalizedTime(at), false)],
  });
  assert.match(await status({}), /^unknown · ocsp-unsuitable/);
  assert.equal(await status(cutoff("2026-01-01")), "good · ocsp");
  assert.match(await status(cutoff("2026-05-01")), /^unknown · ocsp-unsuitable/);
  assert.equal(await status({ status: { revokedAt: "2026-01-01" } }), "revoked · ocsp");
});

test("an answer that refuses, or is broken, is called so (RFC 6960 §2.3)", async () => {
  const status = (ocsp: Bytes) => statusOf(path, { evidence: heldEvidence({ ocsp: [ocsp] }) });
  assert.equal(await status(ocspShell(3, null)), "unknown · ocsp-refused: tryLater");
  assert.equal(await status(ocspShell(6, null)), "unknown · ocsp-refused: unauthorized");
  const good = forgeOcsp({ by: issuer, responses: [own] });
  const other = sequence(objectIdentifier("1.2.3"), octetString(new Uint8Array(2)));
  const broken = [
    good.subarray(0, -1),
    new Uint8Array([...good, 0]),
    new Uint8Array(0),
    ocspShell(0, null),
    ocspShell(0, other),
    ocspShell(0, sequence(objectIdentifier(oid.ocspBasic), octetString(Uint8Array.of(0x30, 0x80, 0, 0)))),
    new TextEncoder().encode("<html>Service unavailable</html>"),
  ];
  for (const [n, octets] of broken.entries())
    assert.match(await status(octets), /^unknown · ocsp-malformed/, String(n));
  // What stands in a refusal is signed by nobody.
  const shell = parseOcspResponse(good);
  assert.equal(shell.kind, "basic");
  const refusing = good.slice();
  refusing[refusing.indexOf(0x0a) + 2] = 3;
  assert.equal(await status(refusing), "unknown · ocsp-refused: tryLater");
});

test("a version of responses is 1, said or not; nobody sends a thousand answers or twenty certificates (RFC 6960 §4.2.1)", async () => {
  assert.equal(await by({ version: 0 }), "good · ocsp");
  assert.equal(await by({ version: 1 }), "unknown · ocsp-malformed: version");
  const certificates = (count: number) => Array.from({ length: count }, () => root.certificate);
  assert.equal(await by({ certificates: certificates(20) }), "good · ocsp");
  assert.match(await by({ certificates: certificates(21) }), /^unknown · ocsp-malformed: too many/);
  const responses = (count: number) => Array.from({ length: count }, () => own);
  assert.equal(await by({ responses: responses(1_000) }), "good · ocsp");
  assert.match(await by({ responses: responses(1_001) }), /^unknown · ocsp-malformed: too many/);
});

test("'good' and 'unknown' are NULL, and say no more; there is no fourth status (RFC 6960 §4.2.1)", async () => {
  const status = (der: Bytes) => by({}, { status: { der } });
  assert.equal(await status(encode(context(0, "primitive"))), "good · ocsp");
  for (const n of [0, 2]) {
    const said = encode(context(n, "primitive"), Uint8Array.of(1));
    assert.equal(await status(said), "unknown · ocsp-malformed: status");
  }
  assert.equal(await status(encode(context(3, "primitive"))), "unknown · ocsp-malformed: status");
});

test("a nonce is an OCTET STRING, or stands there bare as older responders write it (RFC 9654 §2.1)", () => {
  const nonceOf = (octets: Bytes): Bytes | null => {
    const nonce = extension(oid.ocspNonce, octets, false);
    const response = parseOcspResponse(forgeOcsp({ by: issuer, responses: [own], extensions: [nonce] }));
    assert.ok(response.kind === "basic");
    return response.basic.nonce;
  };
  const octets = (first: number, second: number): Bytes =>
    Uint8Array.of(first, second, ...new Uint8Array(30));
  assert.deepEqual(nonceOf(octets(4, 30)), new Uint8Array(30));
  for (const bare of [octets(9, 30), octets(4, 31), octets(9, 9)]) assert.deepEqual(nonceOf(bare), bare);
});

test("any octet of an answer that is turned costs it its word", async () => {
  const whole = forgeOcsp({ by: issuer, responses: [{ ...own, ...revoked }], certificates: [] });
  for (let at = 0; at < whole.length; at += 3) {
    const turned = whole.slice();
    turned[at]! ^= 0x04;
    const status = await statusOf(path, { evidence: heldEvidence({ ocsp: [turned] }) });
    assert.match(status, /^unknown/, String(at));
  }
});

test("CRLs are asked first, and OCSP only where they do not tell", async () => {
  const crls = [forgeCrl({ by: issuer })];
  const ocsp = [forgeOcsp({ by: issuer, responses: [own] })];
  const asked = async (held: Parameters<typeof heldEvidence>[0]) => {
    const evidence = heldEvidence(held);
    const [first] = (await judge(path, { evidence })).certificates;
    return [first!.source, ...evidence.asked];
  };
  assert.deepEqual(await asked({ crls, ocsp }), ["crl", "complete"]);
  assert.deepEqual(await asked({ crls: [], ocsp }), ["ocsp", "complete", "ocsp http://ocsp.test/"]);
  const listed = [{ serial: person.certificate.serialNumber, extensions: [reason(1)] }];
  assert.deepEqual(await asked({ crls: [forgeCrl({ by: issuer, listed })], ocsp }), ["crl", "complete"]);
});

test("the request is the one that every responder has ready, and the same each time (RFC 5019 §2.1.1)", async () => {
  const question = { certificate: person.certificate, issuer: issuer.certificate };
  const request = await buildOcspRequest(question, null);
  assert.deepEqual(request, await buildOcspRequest(question, null));
  const nonce = new Uint8Array(32).fill(7);
  const withNonce = await buildOcspRequest(question, nonce);
  const wrapped = sequence(objectIdentifier(oid.ocspNonce), octetString(octetString(nonce)));
  const inner = request.subarray(4, request.length);
  assert.ok(Buffer.from(withNonce).includes(Buffer.from(encode(context(2), sequence(wrapped)))));
  assert.ok(Buffer.from(withNonce).includes(Buffer.from(inner)));
});

test("names of responders are compared octet for octet", async () => {
  const other = await forgeCertificate({ subject: name("Somebody else"), key: issuer.key });
  assert.equal(await by({ by: other }), "unknown · ocsp-untrusted: no responder");
});

test("responses about nobody here cost their reading: a message's twenty of a thousand entries have a budget", async () => {
  const stranger = await forgePath();
  const other = forgeOcsp({
    ...{ by: issuer, responses: [{ of: stranger.person.certificate, issuer: stranger.issuer.certificate }] },
  });
  const embedded = { crls: [], ocspResponses: Array.from({ length: 4 }, () => other) };
  const within = (signatures: number) =>
    statusOf(path, { embedded, budget: new Budget({ ...defaultLimits, signatures }) });
  assert.equal(await within(4), "unknown");
  await assert.rejects(within(3), BudgetExceededError);
});
