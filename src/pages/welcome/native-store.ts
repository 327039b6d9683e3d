/** What Thunderbird's own store holds, each with a box to tick: nothing is taken over that nobody chose. */
import { ask } from "../../protocol/ask.js";
import type { ImportedIdentities, NativeCertificateView, VaultStatus } from "../../protocol/messages.js";
import { element, uniqueId } from "../../ui/dom.js";
import { ownerOf, voucherLine } from "../../ui/signer-card.js";
import { errorText, text } from "../../ui/text.js";
import { protectionFields, type ProtectionFields } from "../options/protection-fields.js";
import { localForm, problemLine } from "../parts/fields.js";
import { unlockForm } from "../parts/unlock-form.js";
import { working } from "../parts/working.js";

export async function nativeStore(
  vault: VaultStatus,
  done: (imported: ImportedIdentities) => Promise<void>,
): Promise<HTMLElement> {
  const reply = await ask("native:list", {});
  const content = !reply.ok
    ? [element("p", { class: "problem" }, errorText(reply.code))]
    : reply.answer.length === 0
      ? [element("p", { class: "soft" }, text("native_none"))]
      : [element("p", { class: "soft" }, text("native_what")), choice(reply.answer, vault, done)];
  return element(
    "div",
    { class: "stack tight", id: "native" },
    element("h3", {}, text("native_title")),
    ...content,
  );
}

interface Row {
  readonly node: HTMLElement;
  readonly input: HTMLInputElement;
  readonly fingerprint: string;
}

function choice(
  list: readonly NativeCertificateView[],
  vault: VaultStatus,
  done: (imported: ImportedIdentities) => Promise<void>,
): HTMLElement {
  const rows = list.map(nativeRow);
  if (vault.state === "locked") {
    const place = element("div", { class: "stack" });
    const unlock = unlockForm(async () => {
      const status = await ask("vault:status", {});
      if (status.ok) place.replaceChildren(choice(list, status.answer, done));
    }, "native-unlock");
    place.append(element("p", {}, text("new_unlock_first")), unlock);
    return place;
  }
  const protection = vault.state === "empty" ? protectionFields("-native") : null;
  const problem = problemLine();
  const button = element("button", { type: "submit", class: "primary" }, text("native_button"));
  const form = localForm(
    submit,
    element("div", { class: "native" }, ...rows.map(({ node }) => node)),
    protection?.node ?? null,
    problem,
    element("div", { class: "row" }, button),
  );
  return form;

  async function submit(): Promise<void> {
    problem.textContent = "";
    const fingerprints = rows.filter(({ input }) => input.checked).map(({ fingerprint }) => fingerprint);
    if (fingerprints.length === 0) return void (problem.textContent = text("native_choose"));
    if (protection !== null && !protection.complete()) return;
    const reply = await working(form, text("native_working"), () => takeOver(fingerprints, protection));
    if (reply.ok) return done(reply.answer);
    if (reply.code === "passphrase-too-short") protection?.fail(errorText(reply.code));
    else problem.textContent = errorText(reply.code);
  }
}

async function takeOver(fingerprints: readonly string[], protection: ProtectionFields | null) {
  const status = await ask("vault:status", {});
  if (!status.ok) return status;
  if (protection !== null && status.answer.state === "empty") {
    const made = await ask("vault:create", { passphrase: protection.passphrase() });
    if (!made.ok) return made;
    protection.settle();
  }
  return ask("native:import", { fingerprints });
}

function nativeRow({ certificate, known }: NativeCertificateView): Row {
  const id = uniqueId("native");
  const input = element("input", {
    ...{ type: "checkbox", id, "aria-describedby": `${id}-what` },
    ...{ checked: !known, disabled: known },
  });
  const what = known ? text("native_known") : voucherLine(certificate);
  const node = element(
    "div",
    { class: "option" },
    input,
    element("label", { for: id }, ownerOf(certificate)),
    element("p", { class: "hint", id: `${id}-what` }, what),
  );
  return { node, input, fingerprint: certificate.fingerprint };
}
