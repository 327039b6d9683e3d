/** A place to drop a file on, or to choose one with mouse or keyboard. */
import { element, icon, uniqueId } from "../../ui/dom.js";

export interface DropWords {
  readonly title: string;
  readonly hint: string;
  readonly button: string;
  /** file endings for the chooser: ".p12,.pfx" */
  readonly accept: string;
  readonly mark: string;
}

/** The focus of the visible button is the button's own: the file input stays out of sight and of the tab order. */
export function dropZone(words: DropWords, chosen: (file: File) => void): HTMLElement {
  const id = uniqueId("file");
  const input = element("input", {
    id,
    type: "file",
    accept: words.accept,
    hidden: true,
    change: () => {
      const [file] = input.files ?? [];
      // The same file chosen again, after a wrong password, is a choice too.
      input.value = "";
      if (file !== undefined) chosen(file);
    },
  });
  const zone = element(
    "div",
    { class: "drop" },
    icon(words.mark, 40),
    element("p", { class: "title" }, words.title),
    element("p", { class: "hint" }, words.hint),
    element("button", { type: "button", click: () => input.click() }, words.button),
    input,
  );
  acceptDrops(zone, chosen);
  return zone;
}

function acceptDrops(zone: HTMLElement, chosen: (file: File) => void): void {
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.toggleAttribute("data-over", true);
  });
  zone.addEventListener("dragleave", () => zone.toggleAttribute("data-over", false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.toggleAttribute("data-over", false);
    const [file] = event.dataTransfer?.files ?? [];
    if (file !== undefined) chosen(file);
  });
}
