/**
 * Addresses, domains or files in one sentence, however many: a sentence is cut where it gets long (text.ts), and
 * whatever stands behind the cut would be accepted unseen. So the sentence names as many as fit and says how many
 * more there are; the whole list is folded below it, one a line, opened by mouse, keyboard or screen reader.
 */
import { element } from "./dom.js";
import { countedText, harmless, listText, numberText, text } from "./text.js";

/** Below the cut of a sentence, with room for "12 more". */
const room = 260;
/** Longer than any mailbox (RFC 5321 §4.5.3.1) or host: the end of a domain says most. */
const longestLine = 400;

/** "a, b, c", or "a, b, 12 more" where they are too many for a sentence */
export function shortList(values: readonly string[]): string {
  const shown = fitting(values);
  if (shown.length === values.length) return listText(shown);
  return listText([...shown, countedText("list_more", values.length - shown.length)]);
}

/** @returns every one in a line of its own; null where `shortList` names them all */
export function wholeList(values: readonly string[]): HTMLElement | null {
  if (fitting(values).length === values.length) return null;
  const lines = values.map((value) => element("li", {}, harmless(value, longestLine)));
  return element(
    "details",
    { class: "whole-list" },
    element("summary", {}, text("list_all", numberText(values.length))),
    element("ul", {}, ...lines),
  );
}

/** The first ones, none of them cut. */
function fitting(values: readonly string[]): readonly string[] {
  const shown: string[] = [];
  for (const value of values) {
    const line = harmless(value, longestLine);
    if (listText([...shown, line]).length > room) break;
    shown.push(line);
  }
  return shown;
}
