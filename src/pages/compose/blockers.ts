/** What stops the send, each with what to do; the keys can be unlocked on the spot. */
import type { Blocker } from "../../protocol/verdict.js";
import type { ComposeState } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { blockerText, noticeText, text } from "../../ui/text.js";
import { openPage } from "../parts/host.js";
import { notice } from "../parts/notice.js";

/** Which section of the settings helps against it. */
const helps: Partial<Record<Blocker["code"], "identities" | "people" | "anchors">> = {
  "identity-missing": "identities",
  "identity-expired": "identities",
  "identity-unsuitable": "identities",
  "identity-stolen": "identities",
  "recipient-certificate-missing": "people",
  "recipient-certificate-expired": "people",
  "recipient-certificate-unsuitable": "people",
  "recipient-certificate-revoked": "people",
  "recipient-certificate-unconfirmed": "anchors",
};

/** Why the last click on Send did not send: beside what the lock says now. */
export function stoppedSection({ notices }: ComposeState): HTMLElement | null {
  if (!notices.includes("less-than-said")) return null;
  return element(
    "section",
    { id: "stopped", "aria-label": text("compose_blockers") },
    notice("caution", element("p", {}, noticeText("less-than-said"))),
  );
}

export function blockersSection(state: ComposeState, unlock: HTMLFormElement): HTMLElement | null {
  if (state.blockers.length === 0) return null;
  const locked = state.blockers.some(({ code }) => code === "identity-locked");
  const sections = new Set(
    state.blockers.map(({ code }) => helps[code]).filter((section) => section !== undefined),
  );
  return element(
    "section",
    { class: "stack tight", "aria-label": text("compose_blockers") },
    notice(
      "caution",
      element(
        "ul",
        { class: "blockers" },
        ...state.blockers.map((blocker) => element("li", {}, blockerText(blocker))),
      ),
    ),
    ...(locked ? [unlock] : []),
    ...[...sections].map((section) =>
      element(
        "button",
        {
          type: "button",
          id: `help-${section}`,
          click: () => void openPage(`/pages/options/options.html#${section}`),
        },
        text(`compose_help_${section}`),
      ),
    ),
  );
}
