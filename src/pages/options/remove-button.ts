/** What takes a row away: a red button that says of whom, and a question before anything is done. */
import { element } from "../../ui/dom.js";
import { text } from "../../ui/text.js";
import { confirmed, type Question } from "../parts/confirm.js";

type Words = Pick<Question, "title" | "sentences" | "understood">;

/**
 * @param named what a screen reader says in place of "Remove", of which there are many on the page
 * @param words asked for when the button was clicked
 * @param remove after a yes
 */
export function removeButton(
  named: string,
  words: () => Words | Promise<Words>,
  remove: () => Promise<void>,
): HTMLElement {
  const click = (): void => void run();
  return element("button", { type: "button", class: "danger", "aria-label": named, click }, text("remove"));

  async function run(): Promise<void> {
    const kind = "danger";
    if (await confirmed({ ...(await words()), yes: text("remove"), no: text("keep"), kind })) await remove();
  }
}
