/** What the organisation has set here, who else reads what is encrypted, and what of its policy does not count. */
import type { PolicyProblem, PolicyView } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { signerCard } from "../../ui/signer-card.js";
import { harmless, text, underscored } from "../../ui/text.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { notice } from "../parts/notice.js";
import { redraw } from "../parts/page.js";
import { section } from "./section.js";

export interface OrganisationSection {
  readonly node: HTMLElement;
  draw(policy: PolicyView): void;
}

/** Hidden where nobody manages this browser. */
export function organisationSection(): OrganisationSection {
  const { node, body } = section("organisation");
  node.hidden = true;
  return {
    node,
    draw(policy) {
      node.hidden = policy.names.length === 0 && policy.problems.length === 0;
      redraw(body, ...rules(policy), problems(policy.problems));
    },
  };
}

function rules({ names, alwaysSign, encryptInside, escrow }: PolicyView): readonly (HTMLElement | null)[] {
  return [
    names.length === 0 ? null : element("p", {}, text("organisation_values", shortList(names))),
    alwaysSign ? element("p", {}, text("organisation_signs")) : null,
    encryptInside.length === 0
      ? null
      : element("p", {}, text("organisation_encrypts", shortList(encryptInside))),
    wholeList(encryptInside),
    escrow === null ? null : element("p", {}, text("organisation_escrow")),
    escrow === null ? null : signerCard(escrow),
  ];
}

function problems(list: readonly PolicyProblem[]): HTMLElement | null {
  if (list.length === 0) return null;
  const rows = list.map(({ name, code }) =>
    element("li", {}, text(`policy_problem_${underscored(code)}`, harmless(name))),
  );
  return notice(
    "caution",
    element("div", {}, element("p", {}, text("organisation_problems")), element("ul", {}, ...rows)),
  );
}
