/** A certificate as a person knows one: whose it is, who vouches, how long; the rest folded away. */
import type { CertificateSummary } from "../protocol/verdict.js";
import { element } from "./dom.js";
import { dateText, harmless, text } from "./text.js";
import { certificateRows, type DetailRow } from "./verdict-details.js";
import { shortList } from "./whole-list.js";

/** The line that names the owner: the address where there is one, else the name. */
export function ownerOf(certificate: CertificateSummary): string {
  return harmless(
    certificate.addresses[0] ?? certificate.commonName ?? certificate.organization ?? certificate.subject,
  );
}

/** Every address, where somebody takes a certificate in: it may name somebody else's beside their own. */
export function ownersOf(certificate: CertificateSummary): string {
  return certificate.addresses.length > 1 ? shortList(certificate.addresses) : ownerOf(certificate);
}

/** "Example Mail CA vouches for it · valid until 1 March 2028" */
export function voucherLine(certificate: CertificateSummary): string {
  const until = dateText(certificate.notAfter);
  // An authority's own certificate: nobody else vouches, and nobody needs to.
  if (certificate.issuer === certificate.subject) return text("card_voucher_self", until);
  return text("card_voucher", certificate.issuerName || certificate.issuer, until);
}

/** The same in fewer words, for a narrow popup: "Certificate by Example Mail CA, until 1 March 2028" */
export function certificateLine(certificate: CertificateSummary): string {
  const issuer = certificate.issuerName || certificate.issuer;
  return text("card_certificate", issuer, dateText(certificate.notAfter));
}

/** @param unfolded what has to be seen without a click */
export function signerCard(
  certificate: CertificateSummary,
  unfolded: readonly DetailRow[] = [],
): HTMLElement {
  return element(
    "div",
    { class: "signer" },
    element("p", { class: "signer-owner" }, ownerOf(certificate)),
    element("p", { class: "signer-voucher" }, voucherLine(certificate)),
    unfolded.length === 0 ? null : detailList(unfolded),
    element(
      "details",
      {},
      element("summary", {}, text("card_details")),
      detailList(certificateRows(certificate)),
    ),
  );
}

export function detailList(rows: readonly DetailRow[]): HTMLDListElement {
  return element(
    "dl",
    { class: "details" },
    ...rows.map((row) =>
      element(
        "div",
        {},
        element("dt", {}, row.label),
        ...row.values.map((value) => element("dd", row.exact === true ? { class: "exact" } : {}, value)),
        row.remark === undefined ? null : element("dd", { class: "remark" }, row.remark),
      ),
    ),
  );
}
