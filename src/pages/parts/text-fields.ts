/** Fields for words: one line, or one thing on each line. */
import { element } from "../../ui/dom.js";
import { fieldAround, type Field } from "./fields.js";

export interface TextWords {
  readonly label: string;
  readonly hint: string;
  readonly value?: string;
  readonly autocomplete?: string;
}

export type TextField = Field<HTMLInputElement | HTMLTextAreaElement>;

export function textField({ label, hint, value = "", autocomplete = "off" }: TextWords): TextField {
  const input = element("input", { type: "text", autocomplete });
  input.value = value;
  return fieldAround<TextField["input"]>(label, hint, input);
}

/** Each line is one. */
export function linesField({ label, hint, value = "" }: TextWords): TextField {
  const input = element("textarea", { rows: "2", spellcheck: "false" });
  input.value = value;
  return fieldAround<TextField["input"]>(label, hint, input);
}

export function linesOf({ input }: TextField): readonly string[] {
  return input.value
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
