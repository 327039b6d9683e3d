/**
 * Whatever may take longer than a blink: the form is told to be busy at once, so that nobody sends it
 * twice; a bar and words appear after half a second, so that quick things do not flicker, and a way to stop
 * it where there is one.
 */
import { element } from "../../ui/dom.js";
import { text } from "../../ui/text.js";

/** from 0 to 1 */
export type ShowProgress = (part: number) => void;

const patience = 400;

export interface Stoppable {
  readonly words: string;
  /** called once at most, by a person's click */
  readonly stop: () => void;
}

export async function working<Answer>(
  place: HTMLElement,
  what: string | Stoppable,
  task: (progress: ShowProgress) => Promise<Answer>,
): Promise<Answer> {
  const words = typeof what === "string" ? what : what.words;
  const bar = element("progress", { max: "1", "aria-label": words });
  const shown = element(
    "div",
    { class: "stack tight working" },
    element("p", { class: "soft small", role: "status" }, words),
    bar,
    typeof what === "string" ? null : stopButton(what),
  );
  const waiting = setTimeout(() => place.append(shown), patience);
  const controls = [
    ...place.querySelectorAll<HTMLButtonElement | HTMLInputElement>("button:enabled, input:enabled"),
  ];
  const focused = document.activeElement;
  place.setAttribute("aria-busy", "true");
  for (const control of controls) control.disabled = true;
  try {
    return await task((part) => {
      bar.value = part;
      // A whole file handed over is not the end of the work: from there on nobody knows how long.
      if (part >= 1) bar.removeAttribute("value");
    });
  } finally {
    clearTimeout(waiting);
    shown.remove();
    place.removeAttribute("aria-busy");
    for (const control of controls) control.disabled = false;
    if (document.activeElement === document.body && focused instanceof HTMLElement && focused.isConnected)
      focused.focus();
  }
}

function stopButton({ stop }: Stoppable): HTMLElement {
  const button = element("button", { type: "button", class: "quiet", click: () => run() }, text("cancel"));
  const run = (): void => {
    button.disabled = true;
    stop();
  };
  return element("div", { class: "row" }, button);
}
