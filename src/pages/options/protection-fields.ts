/**
 * How the keys are sealed in this profile: by a passphrase, or by nothing but the profile itself. The second
 * is offered with honest words, because a passphrase that is forgotten loses more than it protects.
 */
import { element } from "../../ui/dom.js";
import { text } from "../../ui/text.js";
import { passwordField } from "../parts/fields.js";

export interface ProtectionFields {
  readonly node: HTMLElement;
  /** null: no passphrase */
  passphrase(): string | null;
  /** false where something is missing; the sentence is drawn then */
  complete(): boolean;
  fail(sentence: string): void;
  /** it is decided: what is typed here from now on would count for nothing, so nothing can be */
  settle(): void;
}

/** @param scope tells this one from another in the same document */
export function protectionFields(scope = ""): ProtectionFields {
  const first = passwordField(
    text("protection_passphrase"),
    "new-password",
    text("protection_passphrase_hint"),
  );
  const second = passwordField(text("protection_repeat"), "new-password");
  const fields = element("div", { class: "stack indented" }, first.node, second.node);
  const withPassphrase = option("passphrase", { checked: true, scope });
  const without = option("device", { checked: false, scope });
  const node = element(
    "fieldset",
    { class: "stack", change: () => fields.toggleAttribute("hidden", without.input.checked) },
    element("legend", {}, text("protection_legend")),
    element("p", { class: "hint" }, text("protection_why")),
    withPassphrase.node,
    fields,
    without.node,
  );
  return {
    node,
    passphrase: () => (without.input.checked ? null : first.input.value),
    fail: (sentence) => first.fail(sentence),
    settle() {
      node.replaceChildren(
        element("p", {}, text(without.input.checked ? "protection_settled_device" : "protection_settled")),
      );
    },
    complete() {
      if (!node.contains(without.input)) return true;
      first.fail(null);
      second.fail(null);
      if (without.input.checked) return true;
      if (first.input.value === "") first.fail(text("protection_missing"));
      else if (first.input.value !== second.input.value) second.fail(text("protection_differs"));
      else return true;
      return false;
    },
  };
}

function option(
  name: string,
  { checked, scope }: { readonly checked: boolean; readonly scope: string },
): { readonly node: HTMLElement; readonly input: HTMLInputElement } {
  const id = `protection-${name}${scope}`;
  const input = element("input", {
    type: "radio",
    name: "protection",
    id,
    value: name,
    checked,
    "aria-describedby": `${id}-what`,
  });
  const node = element(
    "div",
    { class: "option" },
    input,
    element("label", { for: id }, text(`protection_${name}_option`)),
    element("p", { class: "hint", id: `${id}-what` }, text(`protection_${name}_what`)),
  );
  return { node, input };
}
