/** A `.eml` or `.p7m` file in the popup: dropped or chosen, judged at once, read in the reader. */
import { ask, onPageEvent } from "../../protocol/ask.js";
import { holdFiles, putFile } from "../../protocol/handover.js";
import { startJob } from "../../protocol/job.js";
import type { HandoverId, InspectedMessage, Reply } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, harmless, text } from "../../ui/text.js";
import { verdictView } from "../../ui/verdict-view.js";
import { dropZone } from "../parts/drop-zone.js";
import { openPage } from "../parts/host.js";
import { messageFiles } from "../parts/message-files.js";
import { findIssuersOf, missingIssuers } from "../parts/missing-issuers.js";
import { revocationOff } from "../parts/revocation-off.js";
import { notice } from "../parts/notice.js";
import { unlockForm } from "../parts/unlock-form.js";
import { working } from "../parts/working.js";

export function fileView(): HTMLElement {
  const said = element("div", { class: "stack", role: "status" });
  const zone = dropZone(messageFiles(), (file) => void run(file));
  const node = element(
    "div",
    { class: "stack" },
    element("h1", {}, text("popup_file_title")),
    said,
    zone,
    element("div", { class: "row" }, tabButton()),
  );
  let current: HandoverId | null = null;
  let letGo = (): void => undefined;
  onPageEvent((event) => {
    if (event.event === "vault-changed" && current !== null) void inspectAgain(current);
  });
  return node;

  async function run(file: File): Promise<void> {
    said.replaceChildren();
    await working(zone, text("reader_checking"), async (progress) => {
      const handed = await putFile(file, progress);
      if (!handed.ok) return fail(handed);
      current = handed.answer;
      await inspectAgain(handed.answer);
    });
  }

  async function inspectAgain(id: HandoverId): Promise<void> {
    const job = startJob();
    const reply = await ask("message:inspect", { file: id, job: job.id });
    job.stop();
    if (!reply.ok) return fail(reply);
    node.querySelector("h1")?.toggleAttribute("hidden", true);
    zone.classList.add("compact");
    // The background may fall asleep under an open popup, and would forget the file that "show" needs.
    letGo();
    letGo = holdFiles([id]);
    said.replaceChildren(outcome(id, reply.answer, inspectAgain));
  }

  function fail(reply: Extract<Reply<never>, { ok: false }>): void {
    current = null;
    said.replaceChildren(notice("caution", element("p", {}, errorText(reply.code))));
  }
}

/** Some systems close the popup when their file chooser opens; a tab stays. */
function tabButton(): HTMLElement {
  return element(
    "button",
    {
      type: "button",
      class: "quiet",
      click: () => void openPage("/pages/reader/reader.html").then(() => window.close()),
    },
    text("popup_in_tab"),
  );
}

function outcome(
  id: HandoverId,
  { verdict, headers, content, issuerHosts = [] }: InspectedMessage,
  again: (id: HandoverId) => Promise<void>,
): HTMLElement {
  const show = element(
    "button",
    {
      type: "button",
      class: "primary",
      click: () =>
        void openPage(`/pages/reader/reader.html#${encodeURIComponent(id)}`).then(() => window.close()),
    },
    text("popup_show"),
  );
  const locked = verdict.summary.encryption === "key-locked";
  return element(
    "div",
    { class: "stack" },
    verdictView(verdict),
    revocationOff(verdict, () => window.close()),
    missingIssuers(issuerHosts, () => findIssuersOf(id, again)),
    headers.subject === null
      ? null
      : element("p", { class: "small soft" }, text("popup_subject", harmless(headers.subject))),
    // The event of the vault draws it again.
    locked ? unlockForm(async () => undefined) : null,
    content === null ? null : element("div", { class: "row" }, show),
  );
}
