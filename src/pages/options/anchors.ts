/** Authorities: whose word counts. Adding one is a decision, so it says what it means before it is done. */
import { ask } from "../../protocol/ask.js";
import { certificateFileLimit, putFileUpTo } from "../../protocol/handover.js";
import type { AnchorView } from "../../protocol/anchors.js";
import type { Reply } from "../../protocol/messages.js";
import type { CertificateSummary } from "../../protocol/verdict.js";
import { element } from "../../ui/dom.js";
import { ownerOf, signerCard } from "../../ui/signer-card.js";
import { errorText, text } from "../../ui/text.js";
import { problemLine } from "../parts/fields.js";
import { redraw } from "../parts/page.js";
import { scopeRows } from "./anchor-scope.js";
import { fileImport } from "./file-import.js";
import { chooseAnchors } from "./offered-anchors.js";
import type { DrawnSection } from "./people.js";
import { removeButton } from "./remove-button.js";
import { entry, listOr, section } from "./section.js";

export function anchorsSection(): DrawnSection {
  const { node, body } = section("anchors");
  const way = fileImport("anchors", importAnchors, draw);
  return { node, draw };

  async function draw(): Promise<void> {
    const reply = await ask("anchor:list", {});
    if (!reply.ok) return redraw(body, element("p", { class: "problem" }, errorText(reply.code)));
    redraw(
      body,
      listOr(
        "anchors_none",
        reply.answer.map((anchor) => anchorRow(anchor, draw)),
      ),
      way,
    );
  }
}

type Imported = Reply<{ readonly added: readonly CertificateSummary[] }>;

/** Nothing counts before each was seen; what is asked for is what was seen, not the file. */
async function importAnchors(file: File): Promise<Imported | null> {
  const seen = await putFileUpTo(certificateFileLimit, file);
  if (!seen.ok) return seen;
  const offers = await ask("anchor:examine", { file: seen.answer });
  if (!offers.ok) return offers;
  if (offers.answer.every(({ known }) => known)) return { ok: true, answer: { added: [] } };
  const fingerprints = await chooseAnchors(file.name, offers.answer);
  if (fingerprints === null) return null;
  // Handed over again: who compares fingerprints on the telephone takes longer than the background keeps a file.
  const handed = await putFileUpTo(certificateFileLimit, file);
  return handed.ok ? ask("anchor:import", { file: handed.answer, fingerprints }) : handed;
}

function anchorRow(anchor: AnchorView, changed: () => Promise<void>): HTMLElement {
  const card = signerCard(anchor, scopeRows(anchor));
  if (anchor.setBy === "organisation") {
    const said = element("p", { class: "small soft" }, text("anchors_organisation"));
    return entry(element("div", {}, card, said));
  }
  const owner = anchor.commonName ?? ownerOf(anchor);
  const problem = problemLine();
  const words = { title: text("anchors_remove_title", owner), sentences: [text("anchors_remove_why")] };
  const remove = removeButton(
    text("anchors_remove_named", owner),
    () => words,
    async () => {
      const reply = await ask("anchor:remove", { fingerprint: anchor.fingerprint });
      problem.textContent = reply.ok ? "" : errorText(reply.code);
      if (reply.ok) await changed();
    },
  );
  return entry(element("div", {}, card, problem), remove);
}
