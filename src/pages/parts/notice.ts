/** A boxed remark with its mark: the tone is told by the mark's shape and the words. */
import { element, icon, type Child } from "../../ui/dom.js";

export function notice(tone: "caution" | "bad" | "good", ...children: readonly Child[]): HTMLElement {
  return element("div", { class: "notice", "data-tone": tone }, icon(`state-${tone}`, 20), ...children);
}
