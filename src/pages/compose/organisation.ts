/** What the organisation asks of this message, and who can read it besides the recipients: always shown, never folded away. */
import type { CertificateSummary } from "../../protocol/verdict.js";
import type { ComposeState } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { certificateLine, ownerOf } from "../../ui/signer-card.js";
import { text } from "../../ui/text.js";

export function organisationSection({ organisation }: ComposeState): HTMLElement | null {
  if (organisation === undefined) return null;
  const { alwaysSign, mustEncrypt, escrow } = organisation;
  return element(
    "section",
    { class: "stack tight", id: "organisation", "aria-labelledby": "organisation-title" },
    element("h2", { id: "organisation-title" }, text("compose_organisation")),
    alwaysSign ? element("p", { class: "small" }, text("compose_organisation_signs")) : null,
    mustEncrypt ? element("p", { class: "small" }, text("compose_organisation_encrypts")) : null,
    ...(escrow === null ? [] : escrowLines(escrow)),
  );
}

function escrowLines(escrow: CertificateSummary): readonly HTMLElement[] {
  return [
    element("p", {}, text("compose_organisation_reads")),
    element("p", {}, ownerOf(escrow)),
    element("p", { class: "small soft" }, certificateLine(escrow)),
    element("p", { class: "small soft exact", id: "escrow-fingerprint" }, grouped(escrow.fingerprint)),
  ];
}

/** By pairs, as everywhere where people compare them. */
function grouped(fingerprint: string): string {
  return (fingerprint.match(/../g) ?? []).join(" ");
}
