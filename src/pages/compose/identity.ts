/** Whose certificate signs; a choice where there is one. */
import type { ComposeState, IdentityView } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { certificateProblemText, text } from "../../ui/text.js";
import { certificateLine, ownerOf } from "../../ui/signer-card.js";
import { choiceField } from "../parts/fields.js";

export function identitySection(
  state: ComposeState,
  chosen: (fingerprint: string) => void,
): HTMLElement | null {
  const { identity, identityChoices } = state;
  if (identityChoices.length > 1) return choiceSection(state, chosen);
  if (identity === null) return null;
  return element(
    "section",
    { "aria-labelledby": "identity-title" },
    element("h2", { id: "identity-title" }, text("compose_identity")),
    element("p", {}, ownerOf(identity.certificate)),
    element("p", { class: "small soft" }, certificateLine(identity.certificate)),
    identity.problem === null
      ? null
      : element("p", { class: "small" }, certificateProblemText(identity.problem)),
  );
}

function choiceSection(state: ComposeState, chosen: (fingerprint: string) => void): HTMLElement {
  const list = state.identityChoices.map((choice) => ({
    value: choice.certificate.fingerprint,
    label: choiceLabel(choice),
  }));
  const none = { value: "", label: text("compose_identity_choose") };
  const current = state.identity?.certificate.fingerprint ?? "";
  return choiceField(
    {
      id: "identity",
      label: text("compose_identity"),
      hint: state.identity === null ? null : certificateLine(state.identity.certificate),
    },
    { list: state.identity === null ? [none, ...list] : list, current },
    (fingerprint) => {
      if (fingerprint !== "") chosen(fingerprint);
    },
  );
}

function choiceLabel({ certificate }: IdentityView): string {
  return text("compose_identity_label", ownerOf(certificate), certificate.key, certificate.issuerName);
}
