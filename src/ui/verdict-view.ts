/**
 * The verdict as a person sees it in our own pages: a mark, the headline, one sentence, what to do next,
 * the encryption line, and the evidence to unfold. It draws and decides nothing; the tone is told by mark
 * and words first, by colour last.
 */
import type { MessageVerdict } from "../protocol/verdict.js";
import { element, icon, uniqueId } from "./dom.js";
import { detailList } from "./signer-card.js";
import { text } from "./text.js";
import { payloadGroups } from "./payload-details.js";
import { detailGroups } from "./verdict-details.js";
import { verdictWords, type EncryptionWords } from "./verdict-words.js";

/** @param level of the headline, as the page around it counts */
export function verdictView(verdict: MessageVerdict, level: "h1" | "h2" = "h1"): HTMLElement {
  const words = verdictWords(verdict.summary);
  const id = uniqueId("verdict");
  return element(
    "section",
    { class: "verdict", "data-tone": words.tone, "aria-labelledby": id },
    element(
      "div",
      { class: "verdict-head" },
      icon(`state-${words.icon}`, 36),
      element(
        "div",
        {},
        element(level, { id }, words.headline),
        element("p", { class: "verdict-sentence" }, words.sentence),
        words.identity === null ? null : element("p", { class: "verdict-sentence" }, words.identity),
      ),
    ),
    words.warning === null ? null : element("p", { class: "verdict-warning" }, words.warning),
    ...reasonList(words.reasons),
    words.next === null ? null : nextStep(words.next),
    words.encryption === null
      ? null
      : encryptionLine(words.encryption, verdict.summary.encryption !== "not-encrypted"),
    evidence(verdict, level === "h1" ? "h2" : "h3"),
  );
}

/** One reason is a sentence; only several are a list. */
function reasonList(reasons: readonly string[]): readonly HTMLElement[] {
  if (reasons.length < 2) return reasons.map((reason) => element("p", {}, reason));
  return [element("ul", { class: "verdict-reasons" }, ...reasons.map((reason) => element("li", {}, reason)))];
}

function nextStep(words: string): HTMLElement {
  return element("p", { class: "verdict-next" }, element("strong", {}, text("verdict_next")), " ", words);
}

/** Encryption is a line of its own, and the lock is drawn here only: it never stands for a signature. */
function encryptionLine(words: EncryptionWords, encrypted: boolean): HTMLElement {
  return element(
    "div",
    { class: "encryption" },
    icon(encrypted ? "lock-closed" : "lock-open", 20),
    element(
      "div",
      {},
      element("p", { class: "encryption-headline" }, words.headline),
      element("p", { class: "encryption-sentence" }, words.sentence),
      words.next === null ? null : element("p", { class: "encryption-sentence" }, words.next),
    ),
  );
}

function evidence(verdict: MessageVerdict, level: "h2" | "h3"): HTMLElement | null {
  const groups = [...detailGroups(verdict.layers), ...payloadGroups(verdict)];
  if (groups.length === 0) return null;
  return element(
    "details",
    { class: "evidence" },
    element("summary", {}, text("verdict_details")),
    ...groups.flatMap((group) => [element(level, {}, group.title), detailList(group.rows)]),
  );
}
