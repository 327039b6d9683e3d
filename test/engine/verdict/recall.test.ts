/** What the memory of the author does to a state: it tells good ones apart, warns, and makes nothing good. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import type { EmailAddress } from "../../../src/engine/base/bytes.js";
import type { FaultCode } from "../../../src/engine/fault/faults.js";
import type { MessageSender } from "../../../src/engine/mime/sender.js";
import type { AuthorMemory, RememberedSigner } from "../../../src/engine/verdict/author-memory.js";
import { type Evidence, summarize } from "../../../src/engine/verdict/summarize.js";
import type {
  CertificateSummary,
  CryptographicLayer,
  JudgedAt,
  SignatureVerdict,
} from "../../../src/engine/index.js";
import { describeCertificate } from "../../../src/engine/index.js";
import { testCertificate } from "../../helpers/inspecting.js";

const day = 86_400_000;
const iso = (time: number): string => new Date(time).toISOString();

let rsa: CertificateSummary;
let p256: CertificateSummary;
let root: CertificateSummary;
before(async () => {
  rsa = describeCertificate(await testCertificate("alice-rsa"));
  p256 = describeCertificate(await testCertificate("alice-p256"));
  root = describeCertificate(await testCertificate("root"));
});

const sender: MessageSender = {
  address: "alice@example.test" as EmailAddress,
  from: ["alice@example.test" as EmailAddress],
  named: ["alice@example.test" as EmailAddress],
  displayName: null,
  sender: null,
  faults: [],
};

const since = "2026-05-03T10:00:00.000Z";

function known(certificate: CertificateSummary, change: Partial<RememberedSigner> = {}): RememberedSigner {
  const { fingerprint, subject, issuer, issuerName, notBefore, notAfter } = certificate;
  const counted = { firstSeen: since, lastSeen: "2026-11-01T10:00:00.000Z", messages: 12 };
  const names = { fingerprint, subject, issuer, issuerName, notBefore, notAfter };
  return { ...names, key: "11", anchor: root.fingerprint, ...counted, standing: "usual", ...change };
}

function remembering(change: Partial<AuthorMemory> = {}): AuthorMemory {
  return {
    address: "alice@example.test",
    signers: [known(rsa)],
    confirmed: [],
    signed: 12,
    messages: 13,
    signingSince: "2026-05-01T00:00:00.000Z",
    expectsSignature: true,
    ...change,
  };
}

const nobodyKnown = (): AuthorMemory =>
  remembering({ signers: [], signed: 0, messages: 0, signingSince: null, expectsSignature: false });

function valid(certificate: CertificateSummary, judgedAt?: JudgedAt): SignatureVerdict {
  const path = [certificate, root];
  const facts = { algorithms: null, claimedTime: null, ...(judgedAt && { judgedAt }) };
  return { ...facts, status: "valid", signer: certificate, path };
}

function faulty(
  status: "indeterminate" | "invalid",
  certificate: CertificateSummary,
  ...codes: readonly FaultCode[]
): SignatureVerdict {
  const faults = codes.map((code) => ({ code }));
  return { status, signer: certificate, faults, algorithms: null, claimedTime: null };
}

const signed = (...signatures: readonly SignatureVerdict[]): CryptographicLayer => ({
  kind: "signed",
  form: "clear-signed",
  signatures,
});

function judge(layers: readonly CryptographicLayer[], change: Partial<Evidence> = {}) {
  return summarize({ layers, sender, partlySigned: false, halted: [], memory: remembering(), ...change });
}

test("nobody asked the memory: 2, and nothing is told", () => {
  const summary = summarize({ layers: [signed(valid(rsa))], sender, partlySigned: false, halted: [] });
  assert.equal(summary.state, "2");
  assert.equal(summary.memory, undefined);
});

test("2b: the first signed message, also when that very message is shown again", () => {
  const first = judge([signed(valid(rsa))], { memory: nobodyKnown() });
  assert.equal(first.state, "2b");
  assert.equal(first.memory?.since, null);
  const counted = remembering({ signed: 1, messages: 1, signers: [known(rsa, { messages: 1 })] });
  const record = { covered: "aa", signer: rsa.fingerprint, time: since };
  assert.equal(judge([signed(valid(rsa))], { memory: counted, records: [record] }).state, "2b");
  assert.equal(judge([signed(valid(rsa))], { memory: counted }).state, "2a");
});

test("2a: the same signer, since when it was first seen", () => {
  const summary = judge([signed(valid(rsa))]);
  assert.equal(summary.state, "2a");
  assert.equal(summary.memory?.since, since);
  assert.deepEqual(summary.faults, []);
});

test("3: another certificate in the middle of the old one's life, and whose mail is usually signed by whom", () => {
  const summary = judge([signed(valid(p256))]);
  assert.equal(summary.state, "3");
  assert.deepEqual(summary.memory?.usual, {
    issuerName: rsa.issuerName,
    lastSeen: "2026-11-01T10:00:00.000Z",
  });
  assert.equal(summary.faults[0]?.code, "signer-changed");
  assert.deepEqual(summary.signer, p256);
});

test("a renewal is calm: the same key; or the same authority and name when the old one ends", () => {
  const begin = Date.parse(p256.notBefore);
  const ending = (days: number, change: Partial<RememberedSigner> = {}): AuthorMemory => {
    const dates = { notBefore: iso(begin - 1000 * day), notAfter: iso(begin + days * day) };
    return remembering({ signers: [known(rsa, { ...dates, ...change })] });
  };
  const stateWith = (memory: AuthorMemory, change: Partial<Evidence> = {}): string =>
    judge([signed(valid(p256))], { memory, ...change }).state;
  assert.equal(stateWith(ending(59)), "2a");
  assert.equal(stateWith(ending(-500)), "2a");
  assert.equal(stateWith(ending(61)), "3");
  // another intermediate of the same anchor is the same authority
  assert.equal(stateWith(ending(10, { issuer: "CN=Signet Test CA 2" })), "2a");
  assert.equal(stateWith(ending(10, { issuer: "CN=Other", anchor: "99" })), "3");
  assert.equal(stateWith(ending(10, { subject: "CN=Alice Other" })), "3");
  // of a short life the second half is its end
  const week = { notBefore: iso(begin - 2 * day), notAfter: iso(begin + 5 * day) };
  assert.equal(stateWith(remembering({ signers: [known(rsa, week)] })), "3");
  const sameKey = new Map([[p256.fingerprint, "11"]]);
  assert.equal(stateWith(remembering(), { signerKeys: sameKey }), "2a");
  assert.equal(stateWith(remembering(), { signerKeys: new Map([[p256.fingerprint, "12"]]) }), "3");
});

test("one that came later stays a change, however often it is seen, until a person says that it is hers", () => {
  const other = known(p256, { standing: "other", messages: 100 });
  const memory = remembering({ signers: [known(rsa), other] });
  assert.equal(judge([signed(valid(p256))], { memory }).state, "3");
  const confirmed = [{ fingerprint: p256.fingerprint, since }];
  const accepted = judge([signed(valid(p256))], { memory: { ...memory, confirmed } });
  assert.equal(accepted.state, "2a");
  assert.equal(accepted.memory?.confirmed, since);
});

test("every signed layer needs a signer that is known", () => {
  assert.equal(judge([signed(valid(rsa)), signed(valid(p256))]).state, "3");
  assert.equal(judge([signed(valid(rsa), valid(p256))]).state, "2a");
});

test("2c: the certificate no longer counts, and a proven time says that it did; a changed signer is told before that", () => {
  const judgedAt = { time: since, source: "record" } as const;
  const summary = judge([signed(valid(rsa, judgedAt))]);
  assert.equal(summary.state, "2c");
  assert.deepEqual(summary.judgedAt, judgedAt);
  assert.equal(judge([signed(valid(p256, judgedAt))]).state, "3");
  assert.equal(judge([signed(valid(rsa, { ...judgedAt, source: "now" }))]).state, "2a");
});

// ------------------------------------------------------------------ confirmed by the person

const confirmedBy = (certificate: CertificateSummary): AuthorMemory => ({
  ...nobodyKnown(),
  confirmed: [{ fingerprint: certificate.fingerprint, since }],
});

test("5b: nobody vouches but the person, and since when", () => {
  const summary = judge([signed(faulty("indeterminate", rsa, "path-not-found"))], {
    memory: confirmedBy(rsa),
  });
  assert.equal(summary.state, "5b");
  assert.equal(summary.memory?.confirmed, since);
  assert.deepEqual(summary.signer, rsa);
});

test("a confirmation helps no other certificate, no other fault, no changed content, and no other address", () => {
  const memory = confirmedBy(rsa);
  const stateOf = (signature: SignatureVerdict, change: Partial<Evidence> = {}): string =>
    judge([signed(signature)], { memory, ...change }).state;
  assert.equal(stateOf(faulty("indeterminate", p256, "path-not-found")), "5");
  assert.equal(stateOf(faulty("indeterminate", rsa, "path-not-found", "certificate-expired")), "6");
  assert.equal(stateOf(faulty("indeterminate", rsa, "path-not-found", "key-weak")), "6");
  assert.equal(stateOf(faulty("indeterminate", rsa, "path-not-found", "key-usage-unsuitable")), "5");
  assert.equal(stateOf(faulty("invalid", rsa, "message-digest-mismatch", "path-not-found")), "7");
  const bob = "bob@example.test" as EmailAddress;
  const byBob = { sender: { ...sender, address: bob, from: [bob] } };
  assert.equal(stateOf(faulty("indeterminate", rsa, "path-not-found"), byBob), "5");
  const misleading = { ...sender, faults: [{ code: "display-name-misleading", detail: "x" }] as const };
  assert.equal(stateOf(faulty("indeterminate", rsa, "path-not-found"), { sender: misleading }), "4");
});

test("the memory of another address is nobody's", () => {
  const memory = remembering({ address: "bob@example.test" });
  assert.equal(judge([signed(valid(p256))], { memory }).state, "2");
  assert.equal(judge([], { memory }).state, "1");
});

test("the memory is of her address however it is written, and a capital letter in From hides no missing signature", () => {
  const shouted = "Alice@example.test" as EmailAddress;
  const summary = judge([], { sender: { ...sender, address: shouted, from: [shouted] } });
  assert.equal(summary.state, "8");
});

// ------------------------------------------------------------------ a signature was to be expected

test("8: unsigned, or only partly signed, where mail is usually signed", () => {
  const summary = judge([]);
  assert.equal(summary.state, "8");
  assert.deepEqual([summary.memory?.signed, summary.memory?.messages], [12, 13]);
  assert.equal(summary.faults[0]?.code, "signature-expected");
  assert.equal(judge([], { partlySigned: true }).state, "8");
});

test("not 8: where nothing is expected, where a layer is locked, and for mail from before she signed", () => {
  assert.equal(judge([], { memory: remembering({ expectsSignature: false }) }).state, "1");
  const locked = { kind: "encrypted", status: "locked", reason: "key-locked", recipients: [] } as const;
  assert.equal(judge([locked]).state, "1");
  assert.equal(judge([], { arrival: Date.parse("2026-04-30T00:00:00Z") }).state, "1");
  assert.equal(judge([], { arrival: Date.parse("2026-05-02T00:00:00Z") }).state, "8");
});

test("a list's header makes no state better: it is told beside it", () => {
  const mailingList = { name: "list.example.test", rewritten: false };
  assert.equal(judge([], { mailingList }).state, "8");
  assert.equal(judge([signed(valid(p256))], { mailingList }).state, "3");
  assert.deepEqual(judge([], { mailingList }).mailingList, mailingList);
  assert.equal(judge([]).mailingList, undefined);
});

test("the memory never makes good what the cryptography did not, whatever it holds (property)", () => {
  const codes: readonly FaultCode[] = [
    "path-not-found",
    "certificate-expired",
    "message-digest-mismatch",
    "key-weak",
  ];
  const one = fc.record({
    status: fc.constantFrom("valid", "indeterminate", "invalid"),
    who: fc.boolean(),
    code: fc.constantFrom(...codes),
    past: fc.boolean(),
  });
  const property = fc.property(
    fc.array(fc.array(one, { maxLength: 3 }), { maxLength: 3 }),
    fc.record({ rsa: fc.boolean(), confirmed: fc.boolean(), expects: fc.boolean(), list: fc.boolean() }),
    (made, told) => {
      const layers = made.map((list) =>
        signed(
          ...list.map(({ status, who, code, past }) => {
            const certificate = who ? rsa : p256;
            if (status !== "valid") return faulty(status, certificate, code);
            return valid(certificate, { time: since, source: past ? "record" : "now" });
          }),
        ),
      );
      const bare = summarize({ layers, sender, partlySigned: false, halted: [] });
      const memory = remembering({
        signers: told.rsa ? [known(rsa)] : [],
        confirmed: told.confirmed ? [{ fingerprint: p256.fingerprint, since }] : [],
        expectsSignature: told.expects,
      });
      const mailingList = told.list ? { name: null, rewritten: true } : null;
      const { state, faults } = judge(layers, { memory, mailingList });
      const isGood = (code: string): boolean => code.startsWith("2");
      if (isGood(state)) assert.ok(isGood(bare.state));
      if (state === "5b") assert.ok(["5", "6"].includes(bare.state) && told.confirmed);
      if (state === "3") assert.ok(isGood(bare.state));
      if (state === "8") assert.ok(["1", "9"].includes(bare.state));
      if (!["1"].includes(state) && !isGood(state)) assert.notEqual(faults.length, 0);
    },
  );
  fc.assert(property, { numRuns: 2_000 });
});
