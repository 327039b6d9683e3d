/** The buttons of an order's row: each asks the background for one thing, and the row says what became of it. */
import type { Reply } from "../../protocol/messages.js";
import { element, type Child } from "../../ui/dom.js";
import { text } from "../../ui/text.js";

/** null: the browser was not allowed to reach the authority */
export type Act = () => Promise<Reply<unknown> | null>;
export type Run = (act: Act) => Promise<void>;

// eslint-disable-next-line max-params -- what it says, how it looks, what it does; rarely whom it names
export function button(
  key: string,
  kind: "primary" | "plain" | "quiet",
  click: () => Promise<void>,
  inserted: readonly string[] = [],
): HTMLElement {
  return element(
    "button",
    { type: "button", class: kind, "data-does": key, click: () => void click() },
    text(key, ...inserted),
  );
}

export function buttons(...list: readonly Child[]): HTMLElement {
  return element("div", { class: "row" }, ...list);
}
