/** The five positions of the lock, as one radio group: arrow keys move, and every position says what it does. */
import type { ComposeMode, ComposeState } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { text, underscored } from "../../ui/text.js";

const modes: readonly ComposeMode[] = ["off", "sign", "sign-and-encrypt", "automatic", "encrypt"];

export function modeSection(state: ComposeState, chosen: (mode: ComposeMode) => void): HTMLElement {
  return element(
    "fieldset",
    { class: "modes" },
    element("legend", { class: "hidden-visually" }, text("compose_modes")),
    ...modes.map((mode) => modeRow(mode, state, chosen)),
  );
}

function modeRow(mode: ComposeMode, state: ComposeState, chosen: (mode: ComposeMode) => void): HTMLElement {
  const id = `mode-${mode}`;
  const key = underscored(mode);
  return element(
    "label",
    { for: id, class: "mode" },
    element("input", {
      id,
      type: "radio",
      name: "mode",
      value: mode,
      checked: state.mode === mode,
      disabled: (state.hook === "unavailable" && mode !== "off") || isBelow(mode, state),
      "aria-describedby": `${id}-what`,
      change: () => chosen(mode),
    }),
    element("span", { class: "mode-name" }, text(`mode_${key}`)),
    element("span", { class: "mode-what", id: `${id}-what` }, text(`mode_${key}_what`)),
  );
}

/** The background refuses it; here it can be seen before. */
function isBelow(mode: ComposeMode, { organisation }: ComposeState): boolean {
  if (organisation?.mustEncrypt === true && (mode === "off" || mode === "sign")) return true;
  return organisation?.alwaysSign === true && (mode === "off" || mode === "encrypt");
}
