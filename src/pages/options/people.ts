/** Other people's certificates: seen on signed mail, or imported. They are what one encrypts for. */
import { ask } from "../../protocol/ask.js";
import { certificateFileLimit, putFileUpTo } from "../../protocol/handover.js";
import type { Reply, StoredCertificateView } from "../../protocol/messages.js";
import type { CertificateSummary } from "../../protocol/verdict.js";
import { element } from "../../ui/dom.js";
import { ownerOf, signerCard } from "../../ui/signer-card.js";
import { dateText, errorText, text } from "../../ui/text.js";
import { problemLine } from "../parts/fields.js";
import { redraw } from "../parts/page.js";
import { fileImport } from "./file-import.js";
import { removeButton } from "./remove-button.js";
import { entry, listOr, section } from "./section.js";

export interface DrawnSection {
  readonly node: HTMLElement;
  draw(): Promise<void>;
}

export function peopleSection(): DrawnSection {
  const { node, body } = section("people");
  const way = fileImport("people", importCertificates, draw);
  return { node, draw };

  async function draw(): Promise<void> {
    const reply = await ask("certificate:list", {});
    if (!reply.ok) return redraw(body, element("p", { class: "problem" }, errorText(reply.code)));
    redraw(
      body,
      listOr(
        "people_none",
        reply.answer.map((stored) => personRow(stored, draw)),
      ),
      way,
    );
  }
}

async function importCertificates(
  file: File,
): Promise<Reply<{ readonly added: readonly CertificateSummary[] }>> {
  const handed = await putFileUpTo(certificateFileLimit, file);
  return handed.ok ? ask("certificate:import", { file: handed.answer }) : handed;
}

const sources: Readonly<Record<StoredCertificateView["source"], string>> = {
  imported: "people_imported",
  "seen-on-mail": "people_seen",
  contacts: "people_contacts",
  dns: "people_dns",
  directory: "people_directory",
};

function personRow(
  { certificate, source, since }: StoredCertificateView,
  changed: () => Promise<void>,
): HTMLElement {
  const owner = ownerOf(certificate);
  const from = text(sources[source], dateText(since));
  const problem = problemLine();
  const words = { title: text("people_remove_title", owner), sentences: [text("people_remove_why")] };
  const remove = removeButton(
    text("people_remove_named", owner),
    () => words,
    async () => {
      const reply = await ask("certificate:remove", { fingerprint: certificate.fingerprint });
      problem.textContent = reply.ok ? "" : errorText(reply.code);
      if (reply.ok) await changed();
    },
  );
  return entry(
    element(
      "div",
      { class: "stack tight" },
      signerCard(certificate),
      element("p", { class: "small soft" }, from),
      problem,
    ),
    remove,
  );
}
