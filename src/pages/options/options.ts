/**
 * The settings: your certificates, other people's, authorities, and how Signet behaves. On the first visit
 * it leads to the one thing that is missing. Each section draws itself anew when the background's store or
 * vault changes.
 */
import { ask, onPageEvent } from "../../protocol/ask.js";
import type { HostCapabilities, IdentityView, PolicyView, VaultStatus } from "../../protocol/messages.js";
import { element, icon } from "../../ui/dom.js";
import { errorText, text } from "../../ui/text.js";
import { setManaged } from "../parts/managed.js";
import { ownAddresses } from "../parts/own-addresses.js";
import { redraw, startPage } from "../parts/page.js";
import { anchorsSection } from "./anchors.js";
import { authoritySection } from "./authority.js";
import { findingSection } from "./finding.js";
import { backupSection } from "./backup.js";
import { getCertificateSection } from "./get-certificate.js";
import { identitiesSection } from "./identities.js";
import { memorySection } from "./memory.js";
import { networkSection } from "./network.js";
import { organisationSection } from "./organisation.js";
import { peopleSection } from "./people.js";
import { requestsSection } from "./requests.js";
import { rootsSection } from "./roots.js";
import { settingsSection } from "./settings.js";
import { vaultSection } from "./vault.js";

interface Shown {
  readonly vault: VaultStatus;
  readonly identities: readonly IdentityView[];
  readonly host: HostCapabilities;
  readonly policy: PolicyView;
  readonly own: readonly string[];
}

const main = startPage("options_title");
const head = element("header", { class: "head" }, icon("icon", 56));
const headWords = element("div", {}, element("h1", {}, text("options_heading")));
const lead = element("p", { class: "soft lead" });
const problem = element("p", { class: "problem", role: "alert" });
headWords.append(lead);
head.append(headWords);

const identities = identitiesSection(refresh);
const requests = requestsSection(refresh);
const vault = vaultSection(refresh);
const organisation = organisationSection();
const backup = backupSection(refresh);
const order = getCertificateSection(refresh);
const people = peopleSection();
const anchors = anchorsSection();
const roots = rootsSection();
const authority = authoritySection();
const memory = memorySection();
const network = networkSection();
const finding = findingSection();
const settings = settingsSection();

onPageEvent((event) => {
  if (event.event === "store-changed" || event.event === "vault-changed") void refresh();
});
redraw(
  main,
  head,
  problem,
  backup.reminder,
  organisation.node,
  identities.node,
  order.node,
  requests.node,
  vault.node,
  backup.node,
  people.node,
  memory.node,
  anchors.node,
  roots.node,
  authority.node,
  network.node,
  finding.node,
  settings.node,
  footer(),
);
await refresh();
// The sections have their room only now: go where the link meant.
if (location.hash !== "") document.getElementById(location.hash.slice(1))?.scrollIntoView();

async function refresh(): Promise<void> {
  const shown = await load();
  problem.textContent = typeof shown === "string" ? shown : "";
  if (typeof shown === "string") return;
  lead.textContent = text(shown.identities.length === 0 ? "options_lead_first" : "options_lead");
  setManaged(shown.policy.settings);
  organisation.draw(shown.policy);
  identities.draw(shown.identities, shown.vault, shown.own);
  vault.draw(shown.vault);
  await Promise.all([
    requests.draw(shown.vault),
    backup.draw(shown.vault),
    order.draw(shown.vault),
    people.draw(),
    memory.draw(),
    anchors.draw(),
    roots.draw(),
    network.draw(),
    finding.draw(),
    settings.draw(shown.host),
  ]);
}

async function load(): Promise<Shown | string> {
  const [vault, identities, host, policy, own] = await Promise.all([
    ask("vault:status", {}),
    ask("identity:list", {}),
    ask("host:capabilities", {}),
    ask("policy:get", {}),
    ownAddresses(),
  ]);
  if (!vault.ok) return errorText(vault.code);
  if (!identities.ok) return errorText(identities.code);
  if (!host.ok) return errorText(host.code);
  if (!policy.ok) return errorText(policy.code);
  return {
    ...{ policy: policy.answer, vault: vault.answer, identities: identities.answer, host: host.answer },
    own: own.addresses,
  };
}

function footer(): HTMLElement {
  return element("footer", { class: "soft small" }, element("p", {}, text("options_footer")));
}
