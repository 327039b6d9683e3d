/**
 * Answering a challenge where no mail client is (RFC 8823 §3.2): the mail's subject is copied in, the answer out, and
 * the person says when it is sent. No mail of ours leaves.
 */
import { ask } from "../../protocol/ask.js";
import type { AnswerView } from "../../protocol/orders.js";
import { element } from "../../ui/dom.js";
import { errorText, text } from "../../ui/text.js";
import { localForm, problemLine } from "./fields.js";
import { type Run, button, buttons } from "./order-buttons.js";

export function byHand(id: string, run: Run): HTMLElement {
  const input = element("input", {
    id: `subject-${id}`,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    dir: "ltr",
  });
  const problem = problemLine();
  const place = element("div", { class: "stack tight" });
  return localForm(
    async () => {
      const reply = await ask("order:answer", { id, subject: input.value });
      problem.textContent = reply.ok ? "" : errorText(reply.code);
      if (reply.ok) place.replaceChildren(...answer(reply.answer));
    },
    element("div", { class: "field" }, element("label", { for: input.id }, text("order_subject")), input),
    problem,
    buttons(element("button", { type: "submit" }, text("order_subject_button"))),
    place,
  );

  function answer({ to, subject, body }: AnswerView): readonly HTMLElement[] {
    const label = text("order_copy");
    const words = element("textarea", { class: "verbatim", readonly: true, rows: "4", "aria-label": label });
    words.value = body;
    // Whoever comes to it comes to copy it whole.
    words.addEventListener("focus", () => words.select());
    const sent = async (): Promise<void> => {
      // It is done: nothing typed keeps this from being drawn anew.
      input.value = "";
      await run(() => ask("order:answered", { id }));
    };
    return [
      element("p", {}, text("order_copy_to", to, subject)),
      words,
      buttons(button("order_sent", "primary", sent)),
    ];
  }
}

/** The mail that was answered may have been a stranger's order's for the same address; ours comes later. */
export function anotherMail(id: string, run: Run): HTMLElement {
  const summary = element("summary", {}, text("order_another_mail"));
  return element("details", { id: `another-${id}` }, summary, byHand(id, run));
}

/** @returns is something typed in this row, or about to be? */
export function isHalfDone(row: HTMLElement): boolean {
  const fields = [...row.querySelectorAll("input")];
  return fields.some((field) => field.value !== "" || document.activeElement === field);
}
