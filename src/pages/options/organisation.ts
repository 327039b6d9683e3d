/** What the organisation has set here, who else reads what is encrypted, and what of its policy does not count. */
import type { PolicyProblem, PolicyView } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { signerCard } from "../../ui/signer-card.js";
import { harmless, listText, text, underscored } from "../../ui/text.js";
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
  const domains = listText(encryptInside.map((domain) => harmless(domain)));
  return [
    names.length === 0 ? null : element("p", {}, text("organisation_values", listText(names))),
    alwaysSign ? element("p", {}, text("organisation_signs")) : null,
    domains === "" ? null : element("p", {}, text("organisation_encrypts", domains)),
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
