/** Form fields with their label, hint and problem tied together, so that a screen reader says all three. */
import { element, uniqueId, type Child } from "../../ui/dom.js";
import { isManaged, managedNote } from "./managed.js";

export interface Field<Input extends HTMLInputElement | HTMLTextAreaElement = HTMLInputElement> {
  readonly node: HTMLElement;
  readonly input: Input;
  /** draws the sentence below the field and says it; null takes it away */
  fail(sentence: string | null): void;
}

/** What ties them together; the input brings its own type. @param hint null: nothing to say */
export function fieldAround<Input extends HTMLInputElement | HTMLTextAreaElement>(
  label: string,
  hint: string | null,
  input: Input,
): Field<Input> {
  const id = uniqueId("field");
  const problem = element("p", { class: "problem", id: `${id}-problem`, role: "alert" });
  input.id = id;
  input.setAttribute("aria-describedby", hint === null ? `${id}-problem` : `${id}-problem ${id}-hint`);
  const node = element(
    "div",
    { class: "field" },
    element("label", { for: id }, label),
    hint === null ? null : element("p", { class: "hint", id: `${id}-hint` }, hint),
    input,
    problem,
  );
  return {
    node,
    input,
    fail(sentence) {
      problem.textContent = sentence ?? "";
      if (sentence === null) return input.removeAttribute("aria-invalid");
      input.setAttribute("aria-invalid", "true");
      input.focus();
    },
  };
}

/** @param autocomplete "current-password", "new-password" or "off": what a password manager should do */
export function passwordField(label: string, autocomplete: string, hint: string | null = null): Field {
  const input = element("input", { type: "password", autocomplete, spellcheck: "false" });
  const field = fieldAround(label, hint, input);
  return {
    ...field,
    fail(sentence) {
      field.fail(sentence);
      // Typed anew, not mended: nobody sees which of its letters was wrong.
      if (sentence !== null) input.select();
    },
  };
}

/** A form that never leaves the page. */
export function localForm(submit: () => Promise<void>, ...children: readonly Child[]): HTMLFormElement {
  return element(
    "form",
    {
      class: "stack",
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        void submit();
      },
    },
    ...children,
  );
}

/** A place that reads its sentence out when one arrives. */
export function problemLine(): HTMLParagraphElement {
  return element("p", { class: "problem", role: "alert" });
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A select with its label and a hint; `chosen` hears the new value. */
export function choiceField(
  words: { readonly label: string; readonly hint: string | null; readonly id: string },
  choices: { readonly list: readonly Choice[]; readonly current: string },
  chosen: (value: string) => void,
): HTMLElement {
  const select = element("select", {
    id: words.id,
    disabled: isManaged(words.id),
    ...(words.hint === null ? {} : { "aria-describedby": `${words.id}-hint` }),
    change: () => chosen(select.value),
  });
  for (const { value, label } of choices.list)
    select.append(element("option", { value, selected: value === choices.current }, label));
  return element(
    "div",
    { class: "field" },
    element("label", { for: words.id }, words.label),
    words.hint === null ? null : element("p", { class: "hint", id: `${words.id}-hint` }, words.hint),
    select,
    managedNote(words.id),
  );
}
