/** Per recipient: is there a certificate that can be used, and which; and what the lock cannot cover. */
import type { CertificateOrigin, ComposeState, RecipientView, Search } from "../../protocol/messages.js";
import { element, icon } from "../../ui/dom.js";
import { certificateLine } from "../../ui/signer-card.js";
import { certificateProblemText, dateText, harmless, noticeText, text, underscored } from "../../ui/text.js";

/** A click on "ask for the certificate". */
type AskFor = (address: string) => void;

export function recipientsSection(state: ComposeState, askFor: AskFor): HTMLElement | null {
  if (state.recipients.length === 0) return null;
  const known = state.recipients.filter(usable).length;
  return element(
    "section",
    { class: "stack tight", "aria-labelledby": "recipients-title" },
    element(
      "div",
      { class: "row between" },
      element("h2", { id: "recipients-title" }, text("compose_recipients")),
      element(
        "p",
        { class: "small soft" },
        text("compose_recipients_known", String(known), String(state.recipients.length)),
      ),
    ),
    element(
      "ul",
      { class: "recipients" },
      ...state.recipients.map((recipient) => recipientRow(recipient, askFor)),
    ),
  );
}

function usable(recipient: RecipientView): boolean {
  return recipient.certificate !== null && recipient.problem === null;
}

function recipientRow(recipient: RecipientView, askFor: AskFor): HTMLElement {
  const good = usable(recipient);
  const { certificate, problem, displayName } = recipient;
  return element(
    "li",
    {},
    icon(good ? "lock-closed" : "lock-open", 18),
    element(
      "div",
      {},
      element(
        "p",
        { class: "recipient-address" },
        harmless(recipient.address),
        recipient.field === "bcc" ? element("span", { class: "tag" }, text("compose_bcc")) : null,
      ),
      displayName === null || displayName === ""
        ? null
        : element("p", { class: "small soft" }, harmless(displayName)),
      element(
        "p",
        { class: "small soft" },
        certificate === null ? text("compose_certificate_unknown") : certificateLine(certificate),
      ),
      ...originLines(recipient),
      problem === null || certificate === null
        ? null
        : element("p", { class: "small" }, certificateProblemText(problem)),
      ...(recipient.searches ?? []).map((search) =>
        element("p", { class: "small soft", "data-search": search.outcome }, searchText(search)),
      ),
      certificate === null ? askButton(recipient.address, askFor) : null,
    ),
  );
}

/** Why this one: where it comes from, and whether its owner asked for it. */
function originLines({ origin, address }: RecipientView): readonly HTMLElement[] {
  if (origin == null) return [];
  const wish = origin.preferredAt === null ? [] : [text("origin_preferred", dateText(origin.preferredAt))];
  const age = origin.newestOfSeveral === true ? [text("origin_newest")] : [];
  return [originText(origin, address), ...wish, ...age].map((words) =>
    element("p", { class: "small soft", "data-origin": origin.source }, words),
  );
}

function originText({ source, since, vouchedByDns }: CertificateOrigin, address: string): string {
  const domain = harmless(address.slice(address.lastIndexOf("@") + 1));
  if (vouchedByDns === true) return text("origin_vouched", domain);
  const detail = source === "dns" ? domain : since === "" ? "" : dateText(since);
  return text(`origin_${underscored(source)}`, detail);
}

function searchText({ place, who, outcome }: Search): string {
  return text(`search_${place}_${underscored(outcome)}`, harmless(who));
}

function askButton(address: string, askFor: AskFor): HTMLElement {
  return element(
    "button",
    {
      type: "button",
      class: "quiet ask-certificate",
      "aria-label": text("compose_ask_certificate_named", harmless(address)),
      click: () => askFor(address),
    },
    text("compose_ask_certificate"),
  );
}

export function noticesSection(state: ComposeState): HTMLElement | null {
  const notices = state.notices.filter((notice) => notice !== "less-than-said");
  if (notices.length === 0) return null;
  return element(
    "section",
    { "aria-label": text("compose_notices") },
    element("ul", { class: "notices" }, ...notices.map((notice) => element("li", {}, noticeText(notice)))),
  );
}
