/**
 * The reader: a message opened from a file, or handed over by the background where the client cannot show
 * it itself. The verdict stands above the message, outside of the frame that the message is drawn in.
 * The message's id is in the address after "#": it never travels, and no other origin sees it.
 */
import { ask, onPageEvent } from "../../protocol/ask.js";
import { holdFiles, putFile } from "../../protocol/handover.js";
import type { PageJob } from "../../protocol/job.js";
import { startJob } from "../../protocol/job.js";
import type { ErrorCode, HandoverId, InspectedMessage } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, harmless, text, timeText } from "../../ui/text.js";
import { verdictView } from "../../ui/verdict-view.js";
import { dropZone } from "../parts/drop-zone.js";
import { messageFiles } from "../parts/message-files.js";
import { findIssuersOf, missingIssuers } from "../parts/missing-issuers.js";
import { revocationOff } from "../parts/revocation-off.js";
import { notice } from "../parts/notice.js";
import { redraw, startPage } from "../parts/page.js";
import { unlockForm } from "../parts/unlock-form.js";
import { working } from "../parts/working.js";
import { attachmentList } from "./attachments.js";
import { contentView } from "./content.js";

const main = startPage("reader_title");
const body = element("div", { class: "stack" });
const zone = dropZone(messageFiles(), (file) => void openFile(file));
/** Characters of a header field: enough for a hundred recipients. */
const headerLength = 5000;
let locked = false;
let letGo = (): void => undefined;
let current: PageJob | null = null;
main.append(body);

addEventListener("hashchange", () => void openCurrent());
onPageEvent((event) => {
  if (event.event === "vault-changed" && locked) void openCurrent();
});
await openCurrent();

async function openFile(file: File): Promise<void> {
  const handed = await working(zone, text("reader_reading"), (progress) => putFile(file, progress));
  if (!handed.ok) return drawFailure(handed.code);
  location.hash = encodeURIComponent(handed.answer);
}

async function openCurrent(): Promise<void> {
  const id = ownFile();
  current?.stop();
  if (id === "") return drawStart();
  const job = (current = startJob());
  const waiting = { words: text("reader_checking"), stop: job.stop };
  const reply = await working(body, waiting, () => ask("message:inspect", { file: id, job: job.id }));
  job.stop();
  // Another message was asked for meanwhile.
  if (current !== job) return;
  // Keys were locked while they were needed: what can be said without them is asked for.
  if (!reply.ok && reply.code === "vault-locked") return openCurrent();
  if (!reply.ok) return drawFailure(reply.code);
  draw(reply.answer);
}

function ownFile(): HandoverId {
  return decodeURIComponent(location.hash.slice(1));
}

function drawStart(): void {
  redraw(
    body,
    element("h1", {}, text("reader_heading")),
    element("p", { class: "soft" }, text("reader_why")),
    zone,
  );
}

/** A page that was loaded again asks for what the background has forgotten by now: then the file is needed anew. */
function drawFailure(code: ErrorCode): void {
  const sentence = code === "not-found" ? text("reader_forgotten") : errorText(code);
  redraw(
    body,
    element("h1", {}, text("reader_heading")),
    notice("caution", element("p", { role: "alert" }, sentence)),
    zone,
  );
}

function draw(message: InspectedMessage): void {
  const { verdict, headers, content, issuerHosts = [] } = message;
  letGo();
  letGo = holdFiles((content?.attachments ?? []).map(({ file }) => file));
  locked = verdict.summary.encryption === "key-locked";
  document.title = headers.subject === null ? text("reader_title") : harmless(headers.subject);
  redraw(
    body,
    element(
      "div",
      { class: "card stack" },
      verdictView(verdict),
      revocationOff(verdict),
      missingIssuers(issuerHosts, () => findIssuersOf(ownFile(), openCurrent)),
      locked ? unlockForm(openCurrent) : null,
    ),
    element(
      "article",
      { class: "card stack", "aria-labelledby": "subject" },
      headerBlock(headers),
      content === null
        ? element("p", { class: "soft" }, text("reader_not_shown"))
        : contentView(content, verdict.summary),
      content === null ? null : attachmentList(content.attachments),
    ),
  );
}

function headerBlock(headers: InspectedMessage["headers"]): HTMLElement {
  const subject =
    headers.subject === null || headers.subject === ""
      ? text("reader_no_subject")
      : harmless(headers.subject);
  const rows = (["from", "to", "date"] as const).flatMap((name) => {
    const value = headers[name];
    return value === null
      ? []
      : [
          element(
            "div",
            {},
            element("dt", {}, text(`reader_${name}`)),
            // Written by others, in the direction of their own letters: brackets keep their side.
            element(
              "dd",
              {},
              element("bdi", {}, name === "date" ? timeText(value) : harmless(value, headerLength)),
            ),
          ),
        ];
  });
  return element(
    "header",
    { class: "letterhead" },
    element("h2", { id: "subject" }, element("bdi", {}, subject)),
    element("dl", {}, ...rows),
  );
}
