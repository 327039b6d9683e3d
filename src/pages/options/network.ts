/**
 * Whom Signet asks whether a certificate was revoked, and what each of them learns by it. The browser gives
 * the network only to extensions that were allowed to; the question for that is asked here, by a click.
 */
import { ask } from "../../protocol/ask.js";
import type { Settings } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, text, underscored } from "../../ui/text.js";
import { choiceField, problemLine } from "../parts/fields.js";
import { requestNetwork } from "../parts/host.js";
import { notice } from "../parts/notice.js";
import { redraw } from "../parts/page.js";
import type { DrawnSection } from "./people.js";
import { section } from "./section.js";

type Revocation = Settings["revocation"];

const choices: readonly Revocation[] = ["never", "crl", "crl-and-ocsp"];

export function networkSection(): DrawnSection {
  const { node, body } = section("network");
  const said = element("p", { class: "small soft status", role: "status" });
  return { node, draw };

  async function draw(): Promise<void> {
    const [settings, network] = await Promise.all([ask("settings:get", {}), ask("network:status", {})]);
    if (!settings.ok) return fail(errorText(settings.code));
    if (!network.ok) return fail(errorText(network.code));
    const { revocation } = settings.answer;
    const missing = revocation !== "never" && !network.answer.allowed;
    redraw(body, revocationField(revocation, keep), missing ? permissionNotice(draw) : null, said, learns());
  }

  function fail(sentence: string): void {
    redraw(body, element("p", { class: "problem" }, sentence));
  }

  async function keep(revocation: Revocation): Promise<void> {
    const reply = await ask("settings:set", { change: { revocation } });
    said.textContent = reply.ok ? text("settings_kept") : errorText(reply.code);
    await draw();
    // Drawn anew, the field that a person was in is another.
    document.getElementById("revocation")?.focus();
  }
}

function revocationField(now: Revocation, keep: (revocation: Revocation) => Promise<void>): HTMLElement {
  const list = choices.map((value) => ({ value, label: text(`revocation_${underscored(value)}`) }));
  const words = { id: "revocation", label: text("setting_revocation"), hint: text("setting_revocation_why") };
  return choiceField(words, { list, current: now }, (value) => void keep(value as Revocation));
}

/** What each choice tells whom. */
function learns(): HTMLElement {
  const rows = choices.map((value) =>
    element(
      "li",
      {},
      element("strong", {}, text(`revocation_${underscored(value)}`)),
      " ",
      text(`revocation_${underscored(value)}_learns`),
    ),
  );
  return element("ul", { class: "small" }, ...rows, element("li", {}, text("revocation_always")));
}

function permissionNotice(changed: () => Promise<void>): HTMLElement {
  const problem = problemLine();
  const allow = element(
    "button",
    { type: "button", class: "primary", id: "allow-network", click: () => void run() },
    text("network_allow"),
  );
  return notice(
    "caution",
    element(
      "div",
      { class: "stack tight" },
      element("p", {}, text("network_missing")),
      element("div", { class: "row" }, allow),
      problem,
    ),
  );

  async function run(): Promise<void> {
    // First thing in the click: the browser asks only while a person acts.
    const allowed = await requestNetwork();
    if (allowed) await changed();
    else problem.textContent = text("network_refused");
  }
}
