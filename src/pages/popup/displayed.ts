/** The message in the mail tab: its verdict, and what can be done with it. */
import { ask } from "../../protocol/ask.js";
import type { DisplayedMessage, Reply } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { ownerOf } from "../../ui/signer-card.js";
import { errorText, text } from "../../ui/text.js";
import { verdictView } from "../../ui/verdict-view.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { problemLine } from "../parts/fields.js";
import { confirmSigner } from "./confirm-signer.js";
import { missingIssuers } from "../parts/missing-issuers.js";
import { notice } from "../parts/notice.js";
import { revocationOff } from "../parts/revocation-off.js";
import { unlockForm } from "../parts/unlock-form.js";
import { working } from "../parts/working.js";

interface Place {
  readonly tabId: number;
  refresh(): Promise<void>;
}

export function displayedView(shown: Reply<DisplayedMessage>, place: Place): HTMLElement {
  if (!shown.ok) {
    return element(
      "div",
      { class: "stack" },
      element("h1", {}, text("popup_failed")),
      notice("caution", element("p", {}, errorText(shown.code))),
    );
  }
  const { answer } = shown;
  if (answer.kind === "none") return element("p", {}, text("popup_nothing"));
  return element(
    "div",
    { class: "stack" },
    verdictView(answer.verdict),
    answer.isAsking === true
      ? element("p", { class: "small soft", role: "status" }, text("revocation_asking"))
      : null,
    answer.isAsking === true ? null : revocationOff(answer.verdict, () => window.close()),
    confirmSigner(answer.verdict.summary, place.refresh),
    missingIssuers(answer.issuerHosts ?? [], () => findIssuers(place)),
    keepCertificates(answer.certificateFiles ?? [], place),
    actionFor(answer.action, place),
  );
}

async function findIssuers({ tabId, refresh }: Place): Promise<Reply<unknown>> {
  const reply = await ask("message:find-issuers", { tabId });
  if (reply.ok) await refresh();
  return reply;
}

/** What was said about the files of this name: keeping changes the store, and then all of this is drawn again. */
const saidOf = new Map<string, HTMLElement>();

/** Certificates attached to the message: kept by a click, and by nothing else. */
function keepCertificates(files: readonly string[], { tabId }: Place): HTMLElement | null {
  if (files.length === 0) return null;
  const names = shortList(files);
  // A popup closes before its message changes, so that the same names are the same files.
  const said = saidOf.get(names) ?? element("div", { class: "small", role: "status" });
  saidOf.set(names, said);
  const button = element(
    "button",
    { type: "button", id: "keep-certificates", click: () => void run() },
    text("popup_keep_certificate", names),
  );
  return element(
    "section",
    { class: "stack tight", "aria-label": text("popup_certificates") },
    element("p", {}, text("popup_certificates")),
    element("p", { class: "small soft" }, text("popup_certificates_why")),
    wholeList(files),
    element("div", { class: "row" }, button),
    said,
  );

  async function run(): Promise<void> {
    const reply = await ask("message:keep-certificates", { tabId });
    if (!reply.ok) return said.replaceChildren(errorText(reply.code));
    // A certificate of several addresses is kept for all of them, so all of them are named.
    const kept = reply.answer.kept.flatMap((one) =>
      one.addresses.length > 0 ? one.addresses : [ownerOf(one)],
    );
    const whole = wholeList(kept);
    const sentence = element("p", {}, text("popup_kept_certificate", shortList(kept)));
    said.replaceChildren(...(whole === null ? [sentence] : [sentence, whole]));
  }
}

function actionFor(action: "open" | "unlock" | null, place: Place): HTMLElement | null {
  switch (action) {
    case null:
      return null;
    case "unlock":
      return unlockForm(async () => void (await open(place)));
    case "open":
      return openButton(place);
  }
}

function openButton(place: Place): HTMLElement {
  const problem = problemLine();
  const button = element(
    "button",
    { type: "button", class: "primary", id: "open", click: () => void run() },
    text("popup_open"),
  );
  const node = element("div", { class: "stack tight" }, element("div", { class: "row" }, button), problem);
  return node;

  async function run(): Promise<void> {
    const failed = await working(node, text("popup_opening"), () => open(place));
    problem.textContent = failed ?? "";
  }
}

/** @returns the sentence why not; otherwise the message stands open behind the popup, which goes away. */
async function open({ tabId, refresh }: Place): Promise<string | null> {
  const reply = await ask("message:open", { tabId });
  if (!reply.ok) {
    await refresh();
    return errorText(reply.code);
  }
  window.close();
  return null;
}
