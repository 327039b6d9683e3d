/** A button that takes certificates from a file, and says what came of it. Files may be dropped on it too. */
import type { CertificateSummary } from "../../protocol/verdict.js";
import type { Reply } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { ownerOf } from "../../ui/signer-card.js";
import { errorText, text } from "../../ui/text.js";
import { dropZone } from "../parts/drop-zone.js";
import { notice } from "../parts/notice.js";
import { working } from "../parts/working.js";

type Imported = Reply<{ readonly added: readonly CertificateSummary[] }>;

/** @param take null: the person changed their mind */
export function fileImport(
  kind: "people" | "anchors",
  take: (file: File) => Promise<Imported | null>,
  changed: () => Promise<void>,
): HTMLElement {
  const said = element("div", { role: "status" });
  const zone = dropZone(
    {
      title: text(`${kind}_import`),
      hint: text(`${kind}_import_hint`),
      button: text("choose_file"),
      accept: ".pem,.cer,.crt,.der,.p7b,.p7c",
      mark: "icon-certificate",
    },
    (file) => void run(file),
  );
  zone.classList.add("compact");
  return element("div", { class: "stack tight" }, said, zone);

  async function run(file: File): Promise<void> {
    said.replaceChildren();
    const reply = await working(zone, text("certificates_working"), () => take(file));
    if (reply === null) return;
    said.replaceChildren(
      reply.ok
        ? outcome(reply.answer.added, kind)
        : notice("caution", element("p", {}, errorText(reply.code))),
    );
    if (reply.ok) await changed();
  }
}

function outcome(added: readonly CertificateSummary[], kind: string): HTMLElement {
  if (added.length === 0) return notice("good", element("p", {}, text(`${kind}_added_none`)));
  return notice(
    "good",
    ...added.map((certificate) => element("p", {}, text(`${kind}_added`, ownerOf(certificate)))),
  );
}
