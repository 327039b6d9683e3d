/**
 * A strip at the top of a signed or encrypted message that points to the header button. The document
 * belongs to the sender, who could draw such a strip too: so it tells what the badge tells and no more, and
 * says where the answer stands that no message can draw. It parses nothing of the mail.
 */
import { ask } from "../protocol/ask.js";
import type { BannerView } from "../protocol/messages.js";
import { type Tone, badge } from "../ui/badge.js";
import { element } from "../ui/dom.js";
import { direction, text } from "../ui/text.js";

const styles = `
  aside {
    display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; box-sizing: border-box;
    margin: 8px; padding: 8px 12px; border: 1px solid var(--edge); border-inline-start-width: 4px; border-radius: 6px;
    background: light-dark(#ffffff, #222529); color: light-dark(#1b2023, #eceff0);
    font: 400 14px/1.4 system-ui, sans-serif; text-align: start;
  }
  .good { --edge: light-dark(#126b47, #6fd3a3); }
  .caution { --edge: light-dark(#8a4b00, #f0b763); }
  .bad { --edge: light-dark(#a8251d, #ff9a90); }
  .grey, .neutral, .silent { --edge: light-dark(#848e94, #7d878e); }
  p { margin: 0; flex: 1 1 16em; overflow-wrap: anywhere; }
  strong { display: block; font-weight: 600; }
  span { color: light-dark(#566067, #a9b2b8); }
  button {
    font: inherit; padding: 4px 12px; border: 1px solid light-dark(#0b6b6f, #6ad0ca); border-radius: 6px;
    background: light-dark(#0b6b6f, #6ad0ca); color: light-dark(#ffffff, #06292a); cursor: pointer;
  }
  button:focus-visible { outline: 2px solid light-dark(#1b2023, #eceff0); outline-offset: 2px; }
  @media (forced-colors: active) { aside { border-color: CanvasText; } button { border-color: ButtonText; } }
  @media print { aside { display: none; } }
`;

/** Good is drawn for these states alone, whatever a later badge may think of. */
const goodStates: readonly string[] = ["2", "2o", "2a", "2b", "2c"];

async function main(): Promise<void> {
  const reply = await ask("display:banner", {});
  if (reply.ok && reply.answer !== null) place(reply.answer);
}

function place(view: BannerView): void {
  const host = document.createElement("div");
  // The message's own style sheets shall neither hide nor dress it.
  host.style.setProperty("all", "initial", "important");
  host.style.setProperty("display", "block", "important");
  host.style.setProperty("color-scheme", isDark() ? "dark" : "light", "important");
  const root = host.attachShadow({ mode: "closed" });
  root.append(element("style", {}, styles), strip(view));
  document.body.prepend(host);
}

/** A message's document always asks for light; Thunderbird darkens it afterwards, letter by letter. Its ink tells. */
function isDark(): boolean {
  const [red = 0, green = 0, blue = 0] =
    getComputedStyle(document.body).color.match(/\d+/g)?.map(Number) ?? [];
  return red + green + blue > 3 * 128;
}

function strip(view: BannerView): HTMLElement {
  const { title, tone } = badge(view.summary);
  const words = element("p", {}, element("strong", {}, title), element("span", {}, text("banner_see_badge")));
  const action = view.action === null ? null : button(view.action);
  return element("aside", { class: honest(tone, view), dir: direction() }, words, action);
}

function honest(tone: Tone, { summary }: BannerView): Tone {
  return tone === "good" && !goodStates.includes(summary.state) ? "grey" : tone;
}

function button(action: "open" | "unlock"): HTMLElement {
  const click: EventListener = (event) => {
    // No script of the sender's runs here; still, a click that nobody made counts for nothing.
    if (event.isTrusted) void ask("display:open", {});
  };
  return element("button", { type: "button", click }, text(`banner_${action}`));
}

void main();
