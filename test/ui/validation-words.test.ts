/** What an authority says that it checked: told as its word, with whatever state, and never where nothing holds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertificateValidation } from "../../src/engine/verdict/verdict.js";
import { certificateRows } from "../../src/ui/verdict-details.js";
import { verdictWords } from "../../src/ui/verdict-words.js";
import { useLocale } from "./locale.js";
import { certificate, states, summary } from "./verdicts.js";

useLocale();

const sponsor: CertificateValidation = {
  level: "sponsor",
  generation: "strict",
  organization: "Example GmbH",
  country: "DE",
  organizationIdentifier: "NTRDE-HRB1234",
  person: "Alice Example",
  findings: [],
};
const none = { organization: null, country: null, organizationIdentifier: null, person: null };

function wordsOf(state: (typeof states)[number], change: Partial<CertificateValidation> = {}) {
  const signer = certificate("alice@example.org", { validation: { ...sponsor, ...change } });
  return verdictWords({ ...summary(state), signer });
}

test("the organisation and the person are named, whichever good state it is, as the authority's word", () => {
  for (const state of ["2o", "2a", "2b"] as const) {
    assert.equal(
      wordsOf(state).identity,
      "Example Mail CA says that it checked the organisation, Example GmbH (DE), and that this organisation named the person: Alice Example.",
    );
  }
  assert.equal(
    wordsOf("2o", { level: "organization", person: null }).identity,
    "Example Mail CA says that it checked the organisation: Example GmbH (DE).",
  );
  assert.equal(
    wordsOf("2o", { ...none, level: "individual", country: null, person: "Alice Example" }).identity,
    "Example Mail CA says that it checked the person: Alice Example.",
  );
});

test("a mailbox alone is no identity, and no state but a good one names any", () => {
  assert.equal(wordsOf("2", { ...none, level: "mailbox" }).identity, null);
  assert.equal(verdictWords(summary("2")).identity, null);
  for (const state of states.filter((one) => !one.startsWith("2")))
    assert.equal(wordsOf(state).identity, null, state);
});

test("the details say the level, the names, and which rules are broken, in words", () => {
  const findings = ["key-usage-missing", "crl-address-missing"] as const;
  const rows = certificateRows(certificate("alice@example.org", { validation: { ...sponsor, findings } }));
  const said = JSON.stringify(rows);
  assert.match(said, /the organisation named the person/);
  assert.match(said, /NTRDE-HRB1234/);
  assert.match(said, /does not say what its key may be used for/);
  assert.match(said, /change nothing about the signature/);
  assert.doesNotMatch(said, /⟦/);
  const clean = JSON.stringify(certificateRows(certificate("alice@example.org", { validation: sponsor })));
  assert.doesNotMatch(clean, /Forum’s rules/);
});

test("direction marks in a name do not reach the sentence", () => {
  const { identity } = wordsOf("2o", { organization: "Bank\u202eknaB" });
  assert.doesNotMatch(identity!, /\u202e/);
});
