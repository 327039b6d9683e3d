/** The seal on the keys: open or shut, for how long, and the passphrase. Not drawn while there are no keys. */
import { ask } from "../../protocol/ask.js";
import type { VaultStatus } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, text, timeText } from "../../ui/text.js";
import { localForm, passwordField, problemLine } from "../parts/fields.js";
import { redraw } from "../parts/page.js";
import { unlockForm } from "../parts/unlock-form.js";
import { working } from "../parts/working.js";
import { protectionFields } from "./protection-fields.js";
import { section } from "./section.js";

export interface VaultSection {
  readonly node: HTMLElement;
  draw(vault: VaultStatus): void;
}

export function vaultSection(changed: () => Promise<void>): VaultSection {
  const { node, body } = section("vault");
  const unlock = unlockForm(changed);
  const problem = problemLine();
  const said = element("p", { class: "status", role: "status" });
  let change: { readonly for: VaultStatus["protection"]; readonly node: HTMLElement } | null = null;
  return {
    node,
    draw(vault) {
      node.hidden = vault.state === "empty";
      if (change?.for !== vault.protection)
        change = { for: vault.protection, node: changeForm(vault, { changed, said }) };
      const open = vault.state === "unlocked";
      redraw(
        body,
        element("p", {}, statusText(vault)),
        open ? null : unlock,
        open && vault.protection === "passphrase" ? lockButton() : null,
        problem,
        open ? change.node : null,
        said,
      );
    },
  };

  function lockButton(): HTMLElement {
    return element(
      "div",
      { class: "row" },
      element("button", { type: "button", id: "lock", click: () => void lock() }, text("vault_lock")),
    );
  }

  async function lock(): Promise<void> {
    const reply = await ask("vault:lock", {});
    problem.textContent = reply.ok ? "" : errorText(reply.code);
    await changed();
  }
}

function statusText({ state, protection, unlockedUntil, eachUse }: VaultStatus): string {
  if (protection === "device") return text("vault_device");
  if (state === "locked") return text("vault_locked");
  if (eachUse) return text("vault_unlocked_once");
  return unlockedUntil === null
    ? text("vault_unlocked")
    : text("vault_unlocked_until", timeText(unlockedUntil));
}

interface Ways {
  readonly changed: () => Promise<void>;
  readonly said: HTMLElement;
}

/** Change the passphrase, take it away, or set the first one. */
function changeForm(vault: VaultStatus, { changed, said }: Ways): HTMLElement {
  const current =
    vault.protection === "passphrase" ? passwordField(text("vault_current"), "current-password") : null;
  const next = protectionFields();
  const problem = problemLine();
  const form = localForm(
    submit,
    current?.node ?? null,
    next.node,
    element("p", { class: "hint" }, text("protection_from_now_on")),
    problem,
    element("div", { class: "row" }, element("button", { type: "submit" }, text("vault_change_button"))),
  );
  const details = element(
    "details",
    { id: "change-passphrase" },
    element("summary", {}, text(current === null ? "vault_set" : "vault_change")),
    form,
  );
  return details;

  async function submit(): Promise<void> {
    current?.fail(null);
    problem.textContent = said.textContent = "";
    if (!next.complete()) return;
    const wish = { current: current?.input.value ?? null, next: next.passphrase() };
    const reply = await working(form, text("vault_change_working"), () =>
      ask("vault:change-passphrase", wish),
    );
    const guessed = !reply.ok && (reply.code === "passphrase-wrong" || reply.code === "passphrase-wait");
    if (guessed && current !== null) return current.fail(errorText(reply.code, reply.detail));
    if (!reply.ok && reply.code === "passphrase-too-short") return next.fail(errorText(reply.code));
    if (!reply.ok) return void (problem.textContent = errorText(reply.code));
    form.reset();
    details.open = false;
    said.textContent = text("vault_changed");
    await changed();
  }
}
