/**
 * The authorities of a file, each with what it may vouch for, before one of them counts. A file may hold more than
 * the one that its owner spoke of: where there are several, each is chosen by itself.
 */
import type { AnchorOffer } from "../../protocol/anchors.js";
import { element, uniqueId } from "../../ui/dom.js";
import { detailList, voucherLine } from "../../ui/signer-card.js";
import { harmless, text } from "../../ui/text.js";
import { type DetailRow, grouped } from "../../ui/verdict-details.js";
import { confirmed } from "../parts/confirm.js";
import { scopeRows } from "./anchor-scope.js";

/** @param file its name @returns fingerprints; null: the person changed their mind */
export async function chooseAnchors(
  file: string,
  offers: readonly AnchorOffer[],
): Promise<readonly string[] | null> {
  const fresh = offers.filter(({ known }) => !known).map(({ certificate }) => certificate.fingerprint);
  const isOne = offers.length === 1;
  const chosen = new Set(isOne ? fresh : []);
  const sure = await confirmed({
    title: text(isOne ? "anchors_import_title" : "anchors_import_title_many", harmless(file)),
    sentences: [text("anchors_import_meaning"), text("anchors_import_advice")],
    shown: (agree) => offerList(offers, isOne ? null : { chosen, agree }),
    yes: text(isOne ? "anchors_import_yes" : "anchors_import_yes_many"),
    no: text("cancel"),
    kind: "primary",
  });
  return sure ? [...chosen] : null;
}

interface Choice {
  readonly chosen: Set<string>;
  /** waits for a first one */
  readonly agree: HTMLButtonElement;
}

function offerList(offers: readonly AnchorOffer[], choice: Choice | null): HTMLElement {
  if (choice !== null) choice.agree.disabled = true;
  const rows = offers.map((offer) => offerRow(offer, choice));
  // It scrolls where it is long: by keyboard too.
  return element(
    "ul",
    { class: "entries offers", tabindex: "0", "aria-label": text("options_anchors") },
    ...rows,
  );
}

function offerRow(offer: AnchorOffer, choice: Choice | null): HTMLElement {
  const { certificate, known } = offer;
  const id = uniqueId("offer");
  const name = harmless(certificate.commonName ?? certificate.organization ?? certificate.subject);
  return element(
    "li",
    { class: "entry" },
    element(
      "div",
      { class: "entry-what stack tight" },
      choice === null || known
        ? element("p", { class: "signer-owner" }, name)
        : tickRow({ id, name, fingerprint: certificate.fingerprint }, choice),
      element("p", { class: "signer-voucher" }, voucherLine(certificate)),
      known ? element("p", { class: "small soft" }, text("anchors_known")) : null,
      element("div", { id: `${id}-facts` }, detailList(factsOf(offer))),
    ),
  );
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly fingerprint: string;
}

function tickRow({ id, name, fingerprint }: Named, { chosen, agree }: Choice): HTMLElement {
  const box = element("input", {
    type: "checkbox",
    id,
    "aria-describedby": `${id}-facts`,
    change: () => {
      if (box.checked) chosen.add(fingerprint);
      else chosen.delete(fingerprint);
      agree.disabled = chosen.size === 0;
    },
  });
  return element("div", { class: "option" }, box, element("label", { for: id }, name));
}

function factsOf(offer: AnchorOffer): readonly DetailRow[] {
  const values = [grouped(offer.certificate.fingerprint)];
  return [...scopeRows(offer), { label: text("roots_fingerprint"), values, exact: true }];
}
