/** The badge: one opinion for button, banner and pages, and a label that never lies by being short. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { badge, shortenAddress } from "../../src/ui/badge.js";
import { useLocale } from "./locale.js";
import { encryptions, states, summary } from "./verdicts.js";

useLocale();

test("every state with every encryption has a label, a title, an icon", () => {
  for (const state of states) {
    for (const encryption of encryptions) {
      const made = badge(summary(state, encryption));
      assert.doesNotMatch(`${made.label} ${made.title}`, /⟦|undefined|null|\$/, `${state} ${encryption}`);
      assert.ok(made.label.length <= 44, made.label);
    }
  }
});

test("only the states 2 … 2c are drawn as good", () => {
  for (const state of states)
    assert.equal(badge(summary(state)).tone === "good", state.startsWith("2"), state);
});

test("never starts good: checking is neutral", () => {
  assert.deepEqual([badge(summary("0")).tone, badge(summary("0")).icon], ["neutral", "checking"]);
});

test("a changed message is drawn as unsigned, but loud if it was encrypted", () => {
  assert.equal(badge(summary("7")).tone, "neutral");
  assert.equal(badge(summary("7", "encrypted")).tone, "caution");
});

test("encryption never lends its mark to a signature: a changed or foreign signature keeps the headline", () => {
  for (const state of ["3", "4", "5", "7", "7r", "8"] as const) {
    assert.notEqual(badge(summary(state, "encrypted")).icon, "encrypted", state);
  }
  assert.equal(badge(summary("1", "encrypted")).icon, "encrypted");
});

test("what cannot be read says so first, even where the signature is unknown", () => {
  assert.equal(badge(summary("6", "key-locked")).label, "Encrypted, key locked");
});

test("a certificate for another address is named by the certificate's address, not by the sender's", () => {
  assert.match(badge({ ...summary("2"), signer: summary("4").signer }).label, /mallory@evil\.test/);
});

test("a shortened address keeps its domain whole; the local part gives way first", () => {
  assert.equal(shortenAddress("alice@example.org", 30), "alice@example.org");
  assert.equal(shortenAddress("alice.with.a.very.long.name@example.org", 20), "alice.w…@example.org");
  assert.equal(shortenAddress("alice@example.org", 13), "…@example.org");
});

test("a domain that is too long itself loses its beginning, never its end", () => {
  const short = shortenAddress("a@login.bank.example.evil-domain.test", 20);
  assert.equal(short, "…le.evil-domain.test");
  assert.equal([...short].length, 20);
});
