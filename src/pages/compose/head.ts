/** What will happen to the message as it stands now, in one line; never what is merely wished for. */
import type { ComposeState } from "../../protocol/messages.js";
import { element, icon } from "../../ui/dom.js";
import { text } from "../../ui/text.js";

interface Outlook {
  readonly key: "off" | "blocked" | "both" | "sign" | "encrypt" | "unavailable";
  readonly mark: string;
}

function outlookOf(state: ComposeState): Outlook {
  if (state.hook === "unavailable") return { key: "unavailable", mark: "lock-open" };
  if (state.mode === "off") return { key: "off", mark: "lock-open" };
  if (state.blockers.length > 0) return { key: "blocked", mark: "lock-blocked" };
  if (state.willSign && state.willEncrypt) return { key: "both", mark: "lock-closed" };
  if (state.willEncrypt) return { key: "encrypt", mark: "lock-closed" };
  return state.willSign ? { key: "sign", mark: "icon" } : { key: "off", mark: "lock-open" };
}

export function headSection(state: ComposeState): HTMLElement {
  const { key, mark } = outlookOf(state);
  const automatic = key === "sign" && state.mode === "automatic" ? "_automatic" : "";
  return element(
    "header",
    { class: "outlook", "data-outlook": key },
    icon(mark, 32),
    element(
      "div",
      { role: "status" },
      element("h1", {}, text(`outlook_${key}`)),
      element("p", { class: "soft" }, text(`outlook_${key}${automatic}_why`)),
    ),
  );
}
