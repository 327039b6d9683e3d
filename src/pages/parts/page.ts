/**
 * What all our documents begin with: language, direction, title; and how they are drawn again when the
 * background says that something changed, without taking focus or open details away from a person.
 */
import { element } from "../../ui/dom.js";
import { direction, language, text } from "../../ui/text.js";

/** @returns the `main` of the document, empty */
export function startPage(titleKey: string): HTMLElement {
  document.documentElement.lang = language();
  document.documentElement.dir = direction();
  document.title = text(titleKey);
  const main = element("main", {});
  document.body.replaceChildren(main);
  return main;
}

/** A function is asked only when the focus has been noted: it may take a lasting element into a new one. */
export type Drawn = Node | null | (() => Node | null);

/** Elements with an id keep focus, and details with an id stay open. */
export function redraw(parent: HTMLElement, ...children: readonly Drawn[]): void {
  const focused = document.activeElement?.id;
  const open = new Set([...parent.querySelectorAll("details[open]")].map((details) => details.id));
  const nodes = children.map((child) => (typeof child === "function" ? child() : child));
  parent.replaceChildren(...nodes.filter((node) => node !== null));
  for (const details of parent.querySelectorAll("details")) {
    if (details.id !== "" && open.has(details.id)) details.open = true;
  }
  if (focused !== undefined && focused !== "") document.getElementById(focused)?.focus();
}
