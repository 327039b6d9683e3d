/** A section of the settings: a heading, what it is for, and a body that is drawn anew. */
import { element, type Child } from "../../ui/dom.js";
import { text } from "../../ui/text.js";

export interface Section {
  readonly node: HTMLElement;
  readonly body: HTMLElement;
}

/** @param id for links (#people); the words are `options_ID` and `options_ID_why` */
export function section(id: string): Section {
  const body = element("div", { class: "stack" });
  const node = element(
    "section",
    { class: "card stack", id, "aria-labelledby": `${id}-title` },
    element(
      "div",
      { class: "section-head" },
      element("h2", { id: `${id}-title` }, text(`options_${id}`)),
      element("p", { class: "soft" }, text(`options_${id}_why`)),
    ),
    body,
  );
  return { node, body };
}

/** A list, or the sentence that there is nothing in it. */
export function listOr(emptyKey: string, rows: readonly HTMLElement[]): HTMLElement {
  if (rows.length === 0) return element("p", { class: "soft" }, text(emptyKey));
  return element("ul", { class: "entries" }, ...rows);
}

export function entry(what: Child, ...buttons: readonly Child[]): HTMLElement {
  return element(
    "li",
    { class: "entry" },
    element("div", { class: "entry-what" }, what),
    element("div", { class: "row" }, ...buttons),
  );
}
