/**
 * Nobody was asked whether the certificates behind a signature were withdrawn, because the person said "never",
 * or because the browser does not let Signet use the network yet: said beside the verdict, with the way to change it.
 */
import { ask } from "../../protocol/ask.js";
import type { MessageVerdict } from "../../protocol/verdict.js";
import { element } from "../../ui/dom.js";
import { text } from "../../ui/text.js";
import { openPage } from "./host.js";

/** @returns a place that stays empty where somebody was asked, or where there was nothing to ask */
export function revocationOff(verdict: MessageVerdict, close: () => void = () => undefined): HTMLElement {
  const place = element("div", { class: "stack tight" });
  if (isUnknown(verdict)) void fill(place, close);
  return place;
}

function isUnknown({ layers }: MessageVerdict): boolean {
  const signatures = layers.flatMap((layer) => (layer.kind === "signed" ? layer.signatures : []));
  return signatures.some(({ revocation = [] }) => revocation.some(({ status }) => status === "unknown"));
}

async function fill(place: HTMLElement, close: () => void): Promise<void> {
  const [settings, network] = await Promise.all([ask("settings:get", {}), ask("network:status", {})]);
  if (!settings.ok || !network.ok) return;
  const reason =
    settings.answer.revocation === "never" ? "setting" : network.answer.allowed ? null : "permission";
  if (reason === null) return;
  const go = (): void => void openPage("/pages/options/options.html#network").then(close);
  const button = element(
    "button",
    { type: "button", id: "revocation-settings", click: go },
    text("revocation_off_change"),
  );
  place.append(
    element("p", { class: "small", role: "status" }, text(`revocation_off_${reason}`)),
    element("div", { class: "row" }, button),
  );
}
