/** Fields for words, with label, hint and problem tied together as in `fields.ts`: one line, or one thing on each line. */
import { element, uniqueId } from "../../ui/dom.js";

export interface TextWords {
  readonly label: string;
  readonly hint: string;
  readonly value?: string;
  readonly autocomplete?: string;
}

export interface TextField {
  readonly node: HTMLElement;
  readonly input: HTMLInputElement | HTMLTextAreaElement;
  /** draws the sentence below the field and says it; null takes it away */
  fail(sentence: string | null): void;
}

export function textField(words: TextWords): TextField {
  const id = uniqueId("text");
  const input = element("input", {
    ...common(id),
    type: "text",
    autocomplete: words.autocomplete ?? "off",
  });
  return assemble(words, id, input);
}

/** Each line is one. */
export function linesField(words: TextWords): TextField {
  const id = uniqueId("lines");
  return assemble(words, id, element("textarea", { ...common(id), rows: "2", spellcheck: "false" }));
}

export function linesOf({ input }: TextField): readonly string[] {
  return input.value
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

const common = (id: string) => ({ id, "aria-describedby": `${id}-problem ${id}-hint` });

function assemble({ label, hint, value }: TextWords, id: string, input: TextField["input"]): TextField {
  if (value !== undefined) input.value = value;
  const problem = element("p", { class: "problem", id: `${id}-problem`, role: "alert" });
  const node = element(
    "div",
    { class: "field" },
    element("label", { for: id }, label),
    element("p", { class: "hint", id: `${id}-hint` }, hint),
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
