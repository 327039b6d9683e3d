/** The headline: good only where every signed layer is the author's and none is broken, whatever else there is. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import type { EmailAddress } from "../../../src/engine/base/bytes.js";
import { type FaultCode, faults } from "../../../src/engine/fault/faults.js";
import type { MessageSender } from "../../../src/engine/mime/sender.js";
import { type Evidence, summarize } from "../../../src/engine/verdict/summarize.js";
import type { CertificateSummary, CryptographicLayer, SignatureVerdict } from "../../../src/engine/index.js";
import { describeCertificate } from "../../../src/engine/index.js";
import { testCertificate } from "../../helpers/inspecting.js";

type Who = "author" | "other" | "nobody";

let author: CertificateSummary;
let other: CertificateSummary;
before(async () => {
  author = describeCertificate(await testCertificate("alice-rsa"));
  other = describeCertificate(await testCertificate("bob-p256"));
});

const sender: MessageSender = {
  address: "alice@example.test" as EmailAddress,
  from: ["alice@example.test" as EmailAddress],
  named: ["alice@example.test" as EmailAddress],
  displayName: null,
  sender: null,
  faults: [],
};

function signature(status: SignatureVerdict["status"], who: Who, code: FaultCode): SignatureVerdict {
  const facts = { algorithms: null, claimedTime: null };
  const signer = who === "nobody" ? null : who === "author" ? author : other;
  if (status === "valid") return { ...facts, status, signer: signer ?? other, path: [] };
  return { ...facts, status, signer, faults: [{ code }] };
}

const signed = (...signatures: readonly SignatureVerdict[]): CryptographicLayer => ({
  kind: "signed",
  form: "clear-signed",
  signatures,
});

const opened = (authenticated: boolean): CryptographicLayer => ({
  kind: "encrypted",
  status: "opened",
  contentEncryption: "",
  keyManagement: "",
  authenticated,
  legacy: false,
  openedWith: "",
});

function evidence(layers: readonly CryptographicLayer[], change: Partial<Evidence> = {}): Evidence {
  return { layers, sender, partlySigned: false, halted: [], ...change };
}

const stateOf = (...layers: readonly CryptographicLayer[]): string => summarize(evidence(layers)).state;

test("one layer: its best valid signature, unless one is invalid", () => {
  const valid = signature("valid", "author", "path-not-found");
  const stranger = signature("valid", "other", "path-not-found");
  const unknown = signature("indeterminate", "author", "path-not-found");
  const expired = signature("indeterminate", "author", "certificate-expired");
  const broken = signature("invalid", "author", "message-digest-mismatch");
  assert.equal(stateOf(signed(valid)), "2");
  assert.equal(stateOf(signed(valid, unknown)), "2");
  assert.equal(stateOf(signed(valid, stranger)), "2");
  assert.equal(stateOf(signed(valid, broken)), "7");
  assert.equal(stateOf(signed(stranger)), "4");
  assert.equal(stateOf(signed(stranger, unknown)), "4");
  assert.equal(stateOf(signed(unknown)), "5");
  assert.equal(stateOf(signed(expired)), "6");
  assert.equal(stateOf(signed()), "6");
});

test("several layers: the worst of them", () => {
  const layers = {
    "2": signed(signature("valid", "author", "path-not-found")),
    "6": signed(signature("indeterminate", "author", "certificate-expired")),
    "5": signed(signature("indeterminate", "author", "path-not-found")),
    "4": signed(signature("valid", "other", "path-not-found")),
    "7": signed(signature("invalid", "author", "signature-mismatch")),
  };
  const worstLast = ["2", "6", "5", "4", "7"] as const;
  worstLast.forEach((worse, i) => {
    for (const better of worstLast.slice(0, i + 1)) {
      assert.equal(stateOf(layers[worse], layers[better]), worse);
      assert.equal(stateOf(layers[better], layers[worse]), worse);
    }
  });
});

test("names nobody for mail that was changed", () => {
  const { signer } = summarize(evidence([signed(signature("invalid", "author", "signature-mismatch"))]));
  assert.equal(signer, null);
});

test("names the stranger where somebody else signed, and says so", () => {
  const summary = summarize(evidence([signed(signature("valid", "other", "path-not-found"))]));
  assert.deepEqual(summary.signer?.addresses, ["bob@example.test"]);
  assert.deepEqual(summary.faults, [{ code: "signer-not-author", detail: "bob@example.test" }]);
});

test("encryption: locked or damaged first, then whether any layer can be altered unseen", () => {
  const locked: CryptographicLayer = {
    kind: "encrypted",
    status: "locked",
    reason: "key-missing",
    recipients: [],
  };
  const damaged: CryptographicLayer = {
    kind: "encrypted",
    status: "damaged",
    faults: [{ code: "decryption-failed" }],
  };
  const of = (...layers: readonly CryptographicLayer[]): string => summarize(evidence(layers)).encryption;
  assert.equal(of(), "not-encrypted");
  assert.equal(of(opened(true)), "encrypted");
  assert.equal(of(opened(false)), "encrypted-unauthenticated");
  assert.equal(of(opened(false), opened(true)), "encrypted-unauthenticated");
  assert.equal(of(opened(true), opened(false)), "encrypted-unauthenticated");
  assert.equal(of(opened(true), locked), "key-missing");
  assert.equal(of(opened(true), damaged), "damaged");
});

test("never good without, in each signed layer, a valid signature of the author and none that is invalid", () => {
  const verdict = fc
    .tuple(
      fc.constantFrom("valid", "indeterminate", "invalid"),
      fc.constantFrom<Who>("author", "other", "nobody"),
      fc.constantFrom(...(Object.keys(faults) as FaultCode[])),
    )
    .map(([status, who, code]) => ({ status, who, code }) as const);
  const layer = fc.oneof(fc.array(verdict, { maxLength: 3 }), fc.boolean());
  const change = fc.record({
    partlySigned: fc.boolean(),
    halted: fc.constantFrom<Evidence["halted"]>([], [], [{ code: "budget-exceeded" }]),
    sender: fc.constantFrom<MessageSender>(sender, sender, {
      ...sender,
      address: null,
      faults: [{ code: "author-ambiguous" }],
    }),
  });
  const property = fc.property(fc.array(layer, { maxLength: 3 }), change, (list, changed) => {
    const layers = list.map((item) =>
      typeof item === "boolean"
        ? opened(item)
        : signed(...item.map(({ status, who, code }) => signature(status, who, code))),
    );
    const summary = summarize(evidence(layers, changed));
    const signatures = layers.flatMap((item) => (item.kind === "signed" ? [item.signatures] : []));
    const allHold =
      signatures.length > 0 &&
      signatures.every(
        (given) =>
          given.every(({ status }) => status !== "invalid") &&
          given.some(({ status, signer }) => status === "valid" && signer === author),
      );
    const nothingElse = changed.halted.length === 0 && changed.sender.faults.length === 0;
    // RFC 8551 §3.7: what is signed around an encrypted layer says nothing of the text.
    const isInside = layers.at(-1)?.kind === "signed";
    assert.equal(summary.state === "2", allHold && nothingElse && isInside);
    if (summary.state !== "1" && summary.state !== "2") assert.notEqual(summary.faults.length, 0);
  });
  fc.assert(property, { numRuns: 2_000 });
});
