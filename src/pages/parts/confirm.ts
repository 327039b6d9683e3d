/** A question before something that cannot be taken back. Escape and the first focus are the harmless answer. */
import { element, uniqueId } from "../../ui/dom.js";

export interface Question {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly yes: string;
  readonly no: string;
  readonly kind: "danger" | "primary";
  /** what is looked at or chosen from; it may hold the button back */
  readonly shown?: (agree: HTMLButtonElement) => HTMLElement;
  /** what has to be ticked first, where one click would be too little */
  readonly understood?: string;
}

export async function confirmed(question: Question): Promise<boolean> {
  const { title, sentences, yes, no, kind, shown, understood } = question;
  const id = uniqueId("question");
  const refuse = element("button", { type: "button", autofocus: true, click: () => dialog.close("no") }, no);
  const agree = element("button", { type: "button", class: kind, click: () => dialog.close("yes") }, yes);
  const tick = understood === undefined ? null : tickFirst(understood, agree);
  const dialog = element(
    "dialog",
    { "aria-labelledby": id, "aria-describedby": `${id}-text` },
    element(
      "div",
      { class: "stack" },
      element("h2", { id }, title),
      element(
        "div",
        { class: "stack tight", id: `${id}-text` },
        ...sentences.map((sentence) => element("p", {}, sentence)),
      ),
      shown?.(agree) ?? null,
      tick,
      element("div", { class: "row" }, refuse, agree),
    ),
  );
  const asker = document.activeElement;
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (asker instanceof HTMLElement) asker.focus();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}

/** The second step: the button waits for it. */
function tickFirst(words: string, agree: HTMLButtonElement): HTMLElement {
  const box = element("input", { type: "checkbox", id: uniqueId("understood") });
  agree.disabled = true;
  box.addEventListener("change", () => (agree.disabled = !box.checked));
  return element("div", { class: "option" }, box, element("label", { for: box.id }, words));
}
