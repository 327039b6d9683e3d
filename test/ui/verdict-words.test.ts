/** What the headline and its sentence say, and that they never say what the evidence does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FaultCode } from "../../src/engine/fault/faults.js";
import type { CryptographicSummary } from "../../src/engine/verdict/verdict.js";
import { badge } from "../../src/ui/badge.js";
import { detailGroups } from "../../src/ui/verdict-details.js";
import { verdictWords } from "../../src/ui/verdict-words.js";
import { useLocale } from "./locale.js";
import { certificate, encryptions, states, summary, verdict } from "./verdicts.js";

useLocale();

function withFaults(made: CryptographicSummary, ...codes: FaultCode[]): CryptographicSummary {
  return { ...made, faults: codes.map((code) => ({ code })) };
}

test("every state with every encryption has a headline and a sentence, nothing left open", () => {
  for (const state of states) {
    for (const encryption of encryptions) {
      const said = JSON.stringify(verdictWords(summary(state, encryption)));
      assert.doesNotMatch(said, /⟦|undefined|\$\d|""/, said);
    }
  }
});

test("signed by the sender: the address, and who vouches", () => {
  const words = verdictWords(summary("2"));
  assert.equal(
    `${words.headline}. ${words.sentence}`,
    "Signed by alice@example.org. Example Mail CA vouches for the address.",
  );
  assert.equal(words.next, null);
});

test("whatever is not good says what to do next", () => {
  for (const state of ["3", "4", "5", "6", "7", "7r", "8", "9"] as const) {
    assert.match(verdictWords(summary(state)).next ?? "", /\.$/, state);
  }
});

test("state 4, another signer: both addresses are named", () => {
  const { sentence } = verdictWords(summary("4"));
  assert.match(sentence, /mallory@evil\.test.*alice@example\.org/);
});

test("state 4, several senders: the sender is unclear, and nobody is called somebody else", () => {
  const several = withFaults(
    { ...summary("4"), signer: certificate("alice@example.org") },
    "author-ambiguous",
  );
  const unclear = {
    ...several,
    author: { ...several.author, address: null, from: ["alice@example.org", "bob@example.org"] },
  };
  assert.equal(badge(unclear).label, "Sender unclear");
  assert.match(verdictWords(unclear).sentence, /^alice@example\.org signed this message/);
  assert.deepEqual(verdictWords(unclear).reasons, []);
});

test("state 4, a misleading name: the signer is the sender, so it is the name that is warned of", () => {
  const signer = certificate("alice@example.org");
  const misleading = withFaults({ ...summary("4"), signer }, "display-name-misleading");
  assert.equal(badge(misleading).label, "Sender’s name is misleading");
  assert.doesNotMatch(verdictWords(misleading).sentence, /somebody else|another sender/);
});

test("state 4, another signer and a misleading name: the signer comes first, the name is a reason", () => {
  const words = verdictWords(withFaults(summary("4"), "signer-not-author", "display-name-misleading"));
  assert.equal(words.headline, "Signed by somebody else");
  assert.equal(words.reasons.length, 1);
});

test("could not check: the first fault is the sentence, and invalid is not said", () => {
  const words = verdictWords(summary("6"));
  assert.match(words.sentence, /expired on Jan\s1,\s2021/);
  assert.doesNotMatch(`${words.headline} ${words.sentence}`, /invalid/i);
});

test("the encryption is a line of its own, except where there is nothing else to tell", () => {
  assert.equal(verdictWords(summary("2", "encrypted")).encryption?.headline, "Encrypted for you");
  assert.equal(verdictWords(summary("1", "key-missing")).encryption, null);
  assert.match(verdictWords(summary("1", "key-missing")).headline, /no key/);
});

test("an old mode of encryption is warned of, unless a signature that holds covers the content", () => {
  assert.match(verdictWords(summary("1", "encrypted-unauthenticated")).headline, /without tamper protection/);
  assert.match(
    verdictWords(summary("5", "encrypted-unauthenticated")).encryption!.headline,
    /without tamper protection/,
  );
  assert.match(
    verdictWords(summary("7", "encrypted-unauthenticated")).encryption!.headline,
    /without tamper protection/,
  );
  assert.equal(
    verdictWords(summary("2", "encrypted-unauthenticated")).encryption?.headline,
    "Encrypted for you",
  );
});

test("details of a good signature: covered, not covered, whose clock, the path from the authority down", () => {
  const [group] = detailGroups(verdict("2").layers);
  const rows = new Map(group!.rows.map((row) => [row.label, row]));
  assert.match(rows.get("Covered")!.values[0]!, /all attachments/);
  assert.match(rows.get("Not covered")!.values[0]!, /^Subject/);
  assert.match(rows.get("Signed at")!.remark!, /signer’s own clock/);
  assert.deepEqual(rows.get("Path")!.values, ["Example Root", "Example Mail CA", "Alice Example"]);
});

test("what others put beside a signature is told as claimed, and the signer's statements as his own (RFC 2634, RFC 3161)", () => {
  const [layer] = verdict("2").layers;
  assert.ok(layer?.kind === "signed");
  const attached = { signer: null, algorithms: null } as const;
  const signature = {
    ...layer.signatures[0]!,
    timeStamps: [
      {
        ...attached,
        mathematics: "holds" as const,
        faults: [],
        time: "2026-01-02T00:00:00Z",
        policy: "1.2",
        serialNumber: "01",
      },
    ],
    counterSignatures: [
      {
        ...attached,
        mathematics: "broken" as const,
        faults: [{ code: "signature-mismatch" as const }],
        claimedTime: null,
      },
    ],
    statements: {
      receiptRequest: { from: "everybody" as const, to: ["bob@example.org"] },
      securityLabel: { policy: "1.2.3", classification: "secret", privacyMark: "\u202eeyes", categories: [] },
      commitments: ["1.2.840.113549.1.9.16.6.5", "1.2.3.4"],
      unreadable: ["1.2.840.113549.1.9.16.2.4"],
    },
  };
  const [group] = detailGroups([{ ...layer, signatures: [signature] }]);
  const rows = new Map(group!.rows.map((row) => [row.label, row]));
  for (const label of ["Time stamp", "Also signed by"]) assert.match(rows.get(label)!.remark!, /^Claimed/);
  assert.match(rows.get("Also signed by")!.values[1]!, /does not fit/);
  assert.deepEqual(rows.get("Label")!.values.slice(0, 2), ["Secret", "eyes"]);
  assert.match(rows.get("Receipt asked for")!.remark!, /sends none/);
  assert.deepEqual(rows.get("Signed as")!.values, ["Somebody who approves of it", "1.2.3.4"]);
  assert.equal(
    group!.rows.some(({ label, values }) => [label, ...values].join(" ").includes("⟦")),
    false,
  );
});

test("details of a changed message claim no coverage", () => {
  const [group] = detailGroups(verdict("7").layers);
  assert.equal(
    group!.rows.some(({ label }) => label === "Covered" || label === "Path"),
    false,
  );
});
