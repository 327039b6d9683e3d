/**
 * The popup of the message header's button (Thunderbird) and of the toolbar (everywhere): the verdict on
 * the message that is shown, or a place to open a file. It stands in the client's own chrome, where no
 * message can draw, so this is the badge that counts.
 */
import { ask, onPageEvent } from "../../protocol/ask.js";
import { element } from "../../ui/dom.js";
import { text } from "../../ui/text.js";
import { openPage, ownTabId } from "../parts/host.js";
import { redraw, startPage } from "../parts/page.js";
import { working } from "../parts/working.js";
import { displayedView } from "./displayed.js";
import { fileView } from "./file.js";

const main = startPage("popup_title");
const tabId = await ownTabId();
const body = element("div", { class: "stack" });
const file = fileView();
main.append(body, footer());

onPageEvent((event) => {
  if (event.event !== "verdict-changed" || event.tabId === tabId) void refresh();
});
await refresh();

/** A mail tab shows its message's verdict; whatever else, and every browser tab, the way to open a file. */
async function refresh(): Promise<void> {
  const host = await ask("host:capabilities", {});
  if (!host.ok || host.answer.host === "browser" || tabId === null) return redraw(body, file);
  const look = () => ask("message:displayed", { tabId });
  // A large message is judged for seconds; what is drawn already stays as it is, with the focus in it.
  const shown = body.hasChildNodes() ? await look() : await working(body, text("reader_checking"), look);
  if (shown.ok && shown.answer.kind === "none") return redraw(body, file);
  redraw(body, displayedView(shown, { tabId, refresh }));
}

function footer(): HTMLElement {
  const settings = element(
    "button",
    {
      type: "button",
      class: "quiet",
      click: () => void openPage("/pages/options/options.html").then(() => window.close()),
    },
    text("popup_settings"),
  );
  return element("footer", { class: "row" }, settings);
}
