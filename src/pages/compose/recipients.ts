/** Per recipient: is there a certificate that can be used, and which; and what the lock cannot cover. */
import type { ComposeState, RecipientView } from "../../protocol/messages.js";
import { element, icon } from "../../ui/dom.js";
import { certificateLine } from "../../ui/signer-card.js";
import { certificateProblemText, harmless, noticeText, text } from "../../ui/text.js";

export function recipientsSection(state: ComposeState): HTMLElement | null {
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
    element("ul", { class: "recipients" }, ...state.recipients.map(recipientRow)),
  );
}

function usable(recipient: RecipientView): boolean {
  return recipient.certificate !== null && recipient.problem === null;
}

function recipientRow(recipient: RecipientView): HTMLElement {
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
      problem === null || certificate === null
        ? null
        : element("p", { class: "small" }, certificateProblemText(problem)),
    ),
  );
}

export function noticesSection(state: ComposeState): HTMLElement | null {
  if (state.notices.length === 0) return null;
  return element(
    "section",
    { "aria-label": text("compose_notices") },
    element(
      "ul",
      { class: "notices" },
      ...state.notices.map((notice) => element("li", {}, noticeText(notice))),
    ),
  );
}
