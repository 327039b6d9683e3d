/** The words: none missing, none forbidden, and none that a stranger's name can turn. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, type FaultCode } from "../../src/engine/fault/faults.js";
import type { BlockerCode } from "../../src/engine/verdict/blocker.js";
import type { ComposeNotice, ErrorCode } from "../../src/protocol/messages.js";
import {
  blockerText,
  countedText,
  errorText,
  faultText,
  harmless,
  noticeText,
  sizeText,
  text,
} from "../../src/ui/text.js";
import { messages, useLocale } from "./locale.js";

useLocale();

// Records, not lists: the compiler names the code that is forgotten here.
const blockers: Record<BlockerCode, true> = {
  "recipient-certificate-unconfirmed": true,
  "recipient-certificate-revoked": true,
  "identity-missing": true,
  "identity-address-mismatch": true,
  "identity-expired": true,
  "identity-not-yet-valid": true,
  "identity-unsuitable": true,
  "identity-locked": true,
  "identity-stolen": true,
  "author-ambiguous": true,
  "recipients-missing": true,
  "recipient-certificate-missing": true,
  "recipient-certificate-expired": true,
  "recipient-certificate-unsuitable": true,
  "recipient-list-unresolved": true,
  "bcc-with-encryption": true,
  "draft-malformed": true,
  "message-too-large": true,
  "algorithm-unsupported": true,
  "hook-unavailable": true,
  "protection-failed": true,
  "organisation-signs": true,
  "organisation-rule-unreadable": true,
  "organisation-escrow-expired": true,
};
const errors: Record<ErrorCode, true> = {
  "address-malformed": true,
  "address-missing": true,
  "domain-malformed": true,
  "no-request-for-certificate": true,
  "certificate-expired-already": true,
  "certificate-other-address": true,
  "too-many-certificates": true,
  "request-unreadable": true,
  "request-unproven": true,
  "request-key-weak": true,
  "request-without-address": true,
  "address-outside-domains": true,
  "not-an-authority-file": true,
  "native-store-unavailable": true,
  bug: true,
  "not-allowed": true,
  "not-found": true,
  "file-too-large": true,
  "file-unreadable": true,
  "password-wrong": true,
  "no-key-in-file": true,
  "no-certificate-in-file": true,
  "no-certificate-for-key": true,
  "file-too-costly": true,
  "not-a-certificate-authority": true,
  "vault-locked": true,
  "passphrase-wrong": true,
  "passphrase-too-short": true,
  "passphrase-wait": true,
  "storage-newer": true,
  "disk-full": true,
  "storage-failed": true,
  "recovery-code-mistyped": true,
  "key-mismatch": true,
  unavailable: true,
  "engine-stopped": true,
  cancelled: true,
  unsupported: true,
  "acme-address": true,
  "acme-refused": true,
  "acme-unreachable": true,
  "acme-malformed": true,
  "acme-cannot": true,
  "not-a-challenge": true,
  "contract-malformed": true,
  "contract-refused": true,
  "key-stolen": true,
  "revoked-already": true,
  "confirmation-needed": true,
  "set-by-organisation": true,
};
const notices: Record<ComposeNotice, true> = {
  "less-than-said": true,
  "subject-readable": true,
  "linked-attachments-unprotected": true,
  "drafts-unprotected": true,
  "sends-through-outbox": true,
  "native-smime-switched-off": true,
};

function sentences(): readonly string[] {
  return [
    ...(Object.keys(faults) as FaultCode[]).flatMap((code) => [
      faultText({ code }),
      faultText({ code, detail: "2026-01-02T00:00:00Z" }),
    ]),
    ...(Object.keys(blockers) as BlockerCode[]).map((code) =>
      blockerText({ code, address: "carol@example.org", detail: "2026-01-02T00:00:00Z" }),
    ),
    ...(Object.keys(errors) as ErrorCode[]).map((code) => errorText(code)),
    ...(Object.keys(notices) as ComposeNotice[]).map(noticeText),
  ];
}

test("every fault, blocker, error and notice has a sentence with nothing left open", () => {
  for (const sentence of sentences()) {
    assert.doesNotMatch(sentence, /⟦|\$\d|undefined/, sentence);
    assert.match(sentence, /[.?]$/, sentence);
  }
});

test("no text promises what a signature cannot: safe, trusted, a bare verified", () => {
  for (const [key, { message }] of Object.entries(messages)) {
    assert.doesNotMatch(message, /\b(safe|safely|secure|trusted|trustworthy|verified)\b/i, key);
  }
});

test("a missing key is drawn in brackets, so that nobody overlooks it", () => {
  assert.equal(text("no_such_key"), "⟦no_such_key⟧");
});

test("an inserted name cannot break the line nor turn the direction of the sentence (UAX #9)", () => {
  assert.equal(harmless("moc.live@\u202Eecila\u0000\r\nSigned by bob"), "moc.live@ecila Signed by bob");
  assert.equal(harmless("a".repeat(1000)).length, 301);
  assert.equal(harmless("عليّ"), "\u2068عليّ\u2069");
});

test("nothing that a font draws as nothing stays, nothing is pushed out of sight or painted over", () => {
  const hidden = [
    0x200b, 0x200d, 0x2060, 0xfeff, 0x00ad, 0x034f, 0x115f, 0x3164, 0xffa0, 0xfe0f, 0x180e, 0xe0041, 0xe0100,
  ];
  for (const point of hidden)
    assert.equal(harmless(`ali${String.fromCodePoint(point)}ce`), "alice", point.toString(16));
  assert.equal(
    harmless(`Alice${"\u2003\u2800\u00a0 ".repeat(50)}<bob@example.test>`),
    "Alice <bob@example.test>",
  );
  assert.equal(harmless(`e${"\u0301".repeat(200)}!`), `e${"\u0301".repeat(4)}!`);
  assert.equal(harmless("a\ud800b"), "a\ufffdb");
  // What people write stays: accents, Thai and Devanagari marks, one hard blank.
  for (const name of ["Zoë Nuñez", "นี้", "क्षि", "10\u00a0%"]) assert.equal(harmless(name), name);
});

test("an address with letters from right to left keeps its domain at the right (UAX #9)", () => {
  assert.equal(harmless("\u05d0\u05d1\u05d2@example.test"), "\u2066\u05d0\u05d1\u05d2@example.test\u2069");
  assert.equal(harmless("\u202eלוי <levi@example.test>"), "\u2068לוי <levi@example.test>\u2069");
});

test("a date in a detail is told as people tell it, an OID as it stands", () => {
  assert.match(faultText({ code: "certificate-expired", detail: "2021-03-05T12:00:00Z" }), /Mar\s5,\s2021/);
  assert.match(
    faultText({ code: "algorithm-unsupported", detail: "1.2.840.113549.3.7" }),
    /\(1\.2\.840\.113549\.3\.7\)/,
  );
});

test("sizes and counts are told as the language does", () => {
  assert.equal(sizeText(0), "0 bytes");
  assert.equal(sizeText(25_400_000), "25.4 MB");
  assert.equal(countedText("no_such_count", 2), "⟦no_such_count_other⟧");
});
