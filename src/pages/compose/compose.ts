/**
 * The lock's popup in the composer: what will really happen, the modes, what stands in the way and what to
 * do about it, each recipient's certificate, the identity. It asks and draws; the background decides.
 */
import { ask, onPageEvent } from "../../protocol/ask.js";
import type { ComposeChange, ComposeMode, ComposeState, Reply } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, text } from "../../ui/text.js";
import { confirmed } from "../parts/confirm.js";
import { ownTabId } from "../parts/host.js";
import { redraw, startPage } from "../parts/page.js";
import { unlockForm } from "../parts/unlock-form.js";
import { blockersSection, stoppedSection } from "./blockers.js";
import { headSection } from "./head.js";
import { identitySection } from "./identity.js";
import { modeSection } from "./modes.js";
import { organisationSection } from "./organisation.js";
import { noticesSection, recipientsSection } from "./recipients.js";

const main = startPage("compose_title");
const tabId = await ownTabId();
/** One form for the popup's life, so that redrawing does not eat what is being typed. */
const unlock = unlockForm(refresh);
const said = element("p", { class: "small soft status", role: "status" });
let state: ComposeState | null = null;

onPageEvent((event) => {
  if (event.event !== "compose-changed" || event.tabId === tabId) void refresh();
});
await refresh();

async function refresh(): Promise<void> {
  take(tabId === null ? { ok: false, code: "not-found" } : await ask("compose:state", { tabId }));
}

function take(reply: Reply<ComposeState>): void {
  if (!reply.ok)
    return redraw(
      main,
      element("h1", {}, text("compose_failed")),
      element("p", { role: "alert" }, errorText(reply.code)),
    );
  state = reply.answer;
  draw(state);
}

function draw(now: ComposeState): void {
  redraw(
    main,
    headSection(now),
    stoppedSection(now),
    () => blockersSection(now, unlock),
    modeSection(now, (mode) => void chooseMode(mode)),
    recipientsSection(now, (address) => void askForCertificate(address)),
    organisationSection(now),
    identitySection(now, (fingerprint) => void change({ kind: "identity", fingerprint })),
    noticesSection(now),
    footer(),
  );
}

async function chooseMode(mode: ComposeMode): Promise<void> {
  // Decrypted text would leave in clear: the question comes before the change. Where it depends on the
  // recipients (automatic), the background knows, and answers that it needs the confirmation.
  const opens = mode === "off" || mode === "sign";
  const asks = opens && state?.quotesDecrypted === true && state.mode !== mode;
  if (asks && !(await agreesToClear())) return redrawAsItIs();
  await change({ kind: "mode", mode, confirmedClear: asks });
}

function agreesToClear(): Promise<boolean> {
  return confirmed({
    title: text("compose_clear_title"),
    sentences: [text("compose_clear_why")],
    yes: text("compose_clear_yes"),
    no: text("compose_clear_no"),
    kind: "danger",
  });
}

/** The radio button has moved already; the state has not. */
function redrawAsItIs(): void {
  if (state !== null) draw(state);
}

async function change(wish: ComposeChange): Promise<void> {
  if (tabId === null) return;
  const reply = await ask("compose:change", { tabId, change: wish });
  if (!reply.ok && reply.code === "confirmation-needed" && wish.kind === "mode") {
    if (await agreesToClear()) return change({ ...wish, confirmedClear: true });
    return redrawAsItIs();
  }
  said.textContent = reply.ok
    ? wish.kind === "remember-default"
      ? text("compose_remembered")
      : ""
    : errorText(reply.code);
  if (reply.ok) take(reply);
  else await refresh();
}

/** The letter opens in a window of its own, and nothing leaves before a person sends it. */
async function askForCertificate(address: string): Promise<void> {
  if (tabId === null) return;
  const reply = await ask("compose:ask-certificate", { tabId, address });
  if (!reply.ok) said.textContent = errorText(reply.code);
}

function footer(): HTMLElement {
  const remember = element(
    "button",
    {
      type: "button",
      class: "quiet",
      id: "remember",
      click: () => void change({ kind: "remember-default" }),
    },
    text("compose_remember"),
  );
  return element("footer", { class: "stack tight" }, element("div", { class: "row" }, remember), said);
}
