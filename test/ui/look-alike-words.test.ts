/** The look-alike warning as it is drawn: over every state, never good, both addresses in the sentence. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { badge } from "../../src/ui/badge.js";
import { payloadGroups } from "../../src/ui/payload-details.js";
import { faultText } from "../../src/ui/text.js";
import { verdictWords } from "../../src/ui/verdict-words.js";
import { useLocale } from "./locale.js";
import { encryptions, states, summary } from "./verdicts.js";

useLocale();

const address = "alice@examp1e.org";

test("with the warning no state is drawn as good or passed over in silence", () => {
  for (const state of states) {
    for (const encryption of encryptions) {
      for (const why of ["confusable", "one-character", "domain-swap"] as const) {
        const lookAlike = { address, resembles: "alice@example.org", why };
        const flagged = { ...summary(state, encryption), lookAlike };
        const { tone, icon, label, title } = badge(flagged);
        assert.ok(tone === "caution" || tone === "bad", `${state} ${encryption} ${tone}`);
        assert.equal(icon, tone);
        assert.equal(label, "Looks like another address");
        for (const words of [title, verdictWords(flagged).warning!]) {
          assert.match(words, /alice@examp1e\.org.*alice@example\.org/, state);
          assert.doesNotMatch(words, /⟦|\$\d/);
        }
      }
    }
  }
});

test("an address of several alphabets is warned of though nobody is known", () => {
  const lookAlike = { address: "x@pаypal.test", resembles: null, why: "mixed-scripts" } as const;
  assert.match(verdictWords({ ...summary("1"), lookAlike }).warning!, /several alphabets/);
});

test("without it nothing changes", () => {
  for (const state of states) assert.equal(verdictWords(summary(state)).warning, null);
  assert.equal(badge(summary("2")).tone, "good");
});

test("what lies inside of the envelope is told in the details, and that it counts for nothing (RFC 9787 §4.5)", () => {
  assert.deepEqual(payloadGroups({}), []);
  const [group] = payloadGroups({
    errant: [
      { part: "1", form: "clear-signed", forwarded: false },
      { part: "2.1", form: "opaque", forwarded: true },
    ],
  });
  const told = JSON.stringify(group);
  assert.doesNotMatch(told, /⟦|\$\d/);
  assert.match(told, /Part 1.*neither checked.*Part 2\.1.*attached to this one/);
});

test("where nobody looked further it is told which bound was reached, alone or beside what was found", () => {
  const part = { part: "1", form: "opaque", forwarded: false } as const;
  for (const verdict of [{ errantBeyond: "mimeDepth" }, { errantBeyond: "listed", errant: [part] }]) {
    const told = JSON.stringify(payloadGroups(verdict));
    assert.match(told, /Not looked at.*(too deeply|than are told here).*did not look further/);
    assert.doesNotMatch(told, /⟦|\$\d/);
  }
});

test("what took too much is told by its bound; one without words by the sentence for all", () => {
  const of = (detail: string): string => faultText({ code: "budget-exceeded", detail });
  assert.match(of("recipients"), /too much\. It is encrypted for too many recipients\. Signet stopped/);
  assert.match(of("password iterations"), /password would take too long/);
  assert.equal(of("something new"), faultText({ code: "budget-exceeded" }));
});

test("header fields inside of the envelope are shown, harmless, and where they differ it is said (RFC 9788)", () => {
  const [group] = payloadGroups({
    protectedHeader: {
      subject: "Lunch\u202e\r\nFrom: x",
      date: null,
      from: ["alice@example.test"],
      to: ["carol@example.test"],
      cc: [],
      differing: ["to"],
    },
  });
  assert.deepEqual(
    group!.rows.map(({ values, remark }) => [values[0], remark !== undefined]),
    [
      ["alice@example.test", false],
      ["carol@example.test", true],
      ["Lunch From: x", false],
    ],
  );
});
