/** The passphrase, asked for where it is needed: in the composer, at a message, in the settings. */
import { ask } from "../../protocol/ask.js";
import { element } from "../../ui/dom.js";
import { errorText, text } from "../../ui/text.js";
import { localForm, passwordField } from "./fields.js";
import { working } from "./working.js";

/**
 * @param unlocked what to do then; the form empties itself
 * @param id another one on a page that may show several: a label belongs to the first that bears its id
 */
export function unlockForm(unlocked: () => Promise<void>, id = "unlock-passphrase"): HTMLFormElement {
  const field = passwordField(text("unlock_passphrase"), "current-password");
  field.input.id = id;
  field.node.querySelector("label")!.htmlFor = field.input.id;
  const form = localForm(
    async () => {
      field.fail(null);
      const passphrase = field.input.value;
      const sentence = await working(form, text("unlock_working"), async () => unlock(passphrase));
      if (sentence !== null) return field.fail(sentence);
      field.input.value = "";
      await unlocked();
    },
    field.node,
    element(
      "div",
      { class: "row" },
      element("button", { class: "primary", type: "submit" }, text("unlock_button")),
    ),
  );
  return form;
}

/** @returns the sentence why not, or null. Argon2id takes about a second, on purpose. */
async function unlock(passphrase: string): Promise<string | null> {
  if (passphrase === "") return text("unlock_empty");
  const settings = await ask("settings:get", {});
  if (!settings.ok) return errorText(settings.code);
  const reply = await ask("vault:unlock", { passphrase, minutes: settings.answer.unlockMinutes });
  return reply.ok ? null : errorText(reply.code, reply.detail);
}
