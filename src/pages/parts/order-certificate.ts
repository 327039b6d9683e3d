/**
 * A certificate from an authority that speaks ACME and writes a mail (RFC 8555, RFC 8823): which authority, which
 * address, its terms; then what is under way, step by step. No authority is built in, so its address is asked for.
 */
import { ask, onPageEvent } from "../../protocol/ask.js";
import type { OfferedKeyKind, VaultStatus } from "../../protocol/messages.js";
import type { AuthorityView } from "../../protocol/orders.js";
import { contractFields } from "./contract-fields.js";
import { element, uniqueId } from "../../ui/dom.js";
import { errorText, text, underscored } from "../../ui/text.js";
import { protectionFields } from "../options/protection-fields.js";
import { choiceField, localForm, problemLine } from "./fields.js";
import { requestHost } from "./host.js";
import { orderList } from "./order-list.js";
import { namedAddress } from "./own-addresses.js";
import { unlockForm } from "./unlock-form.js";
import { working } from "./working.js";

export interface OrderCertificate {
  readonly node: HTMLElement;
  draw(vault: VaultStatus): Promise<void>;
}

/** @param id tells the fields of one page from another's @param changed a vault was made, or opened */
export function orderCertificate(id: string, changed: () => Promise<void>): OrderCertificate {
  const list = orderList();
  const place = element("div", { class: "stack" });
  let vault: VaultStatus | null = null;
  const begin = (): void => place.replaceChildren(firstForm(id, known, agree));
  let known: Known = { addresses: [], directory: null };
  onPageEvent(({ event }) => {
    if (event === "orders-changed" || event === "vault-changed") void list.draw();
  });
  return {
    node: element("div", { class: "stack" }, list.node, place),
    async draw(now) {
      vault = now;
      const [own, policy] = await Promise.all([
        ask("order:addresses", {}),
        ask("policy:get", {}),
        list.draw(),
      ]);
      known = {
        addresses: own.ok ? own.answer : [],
        directory: policy.ok ? policy.answer.acmeDirectory : null,
      };
      // What a person types is not taken away by an event.
      if (place.childElementCount === 0) begin();
    },
  };

  function agree(wish: Wish, authority: AuthorityView): void {
    const form = termsForm({ wish, authority, vault, cancel: begin }, async () => {
      begin();
      await Promise.all([list.draw(), changed()]);
    });
    place.replaceChildren(form);
    form.querySelector<HTMLElement>("input, button")?.focus();
  }
}

interface Known {
  readonly addresses: readonly string[];
  /** the organisation's: no other is asked; null: nobody decided */
  readonly directory: string | null;
}

interface Wish {
  readonly directory: string;
  readonly address: string;
  readonly kind: OfferedKeyKind;
}

const kinds: readonly OfferedKeyKind[] = ["rsa-3072", "p-256", "ed25519"];

function firstForm(
  id: string,
  { addresses, directory: given }: Known,
  agree: (wish: Wish, authority: AuthorityView) => void,
): HTMLElement {
  const directory = directoryField(id, given);
  let kind: OfferedKeyKind = "rsa-3072";
  let address = addresses.find((one) => one === namedAddress()) ?? addresses[0] ?? "";
  const typed = inputField(`order-address-${id}`, "email", "order_address");
  const list = addresses.map((value) => ({ value, label: value }));
  const words = { id: `order-address-${id}`, label: text("order_address"), hint: null };
  const chosen = choiceField(words, { list, current: address }, (value) => (address = value));
  const problem = problemLine();
  const form = localForm(
    submit,
    element("p", { class: "soft" }, text("order_why")),
    directory.node,
    addresses.length === 0 ? typed.node : chosen,
    kindDetails(id, kind, (chosenKind) => (kind = chosenKind)),
    problem,
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "primary", id: `order-ask-${id}` }, text("order_ask")),
    ),
  );
  return form;

  async function submit(): Promise<void> {
    problem.textContent = "";
    const wish = {
      directory: directory.input.value.trim(),
      address: address || typed.input.value.trim(),
      kind,
    };
    if (!/^https?:\/\//.test(wish.directory) || !URL.canParse(wish.directory))
      return void (problem.textContent = errorText("acme-address"));
    if (wish.address === "") return void (problem.textContent = errorText("address-malformed"));
    // First thing in the click: the browser asks only while a person acts.
    if (!(await requestHost(wish.directory))) return void (problem.textContent = text("order_not_allowed"));
    const { directory: url } = wish;
    const reply = await working(form, text("order_asking_terms"), () =>
      ask("order:authority", { directory: url }),
    );
    if (!reply.ok) return void (problem.textContent = errorText(reply.code));
    agree(wish, reply.answer);
  }
}

function directoryField(id: string, given: string | null): InputField {
  const field = inputField(`order-directory-${id}`, "url", "order_directory");
  if (given === null) return field;
  field.input.value = given;
  field.input.readOnly = true;
  field.node.append(element("p", { class: "hint managed" }, text("set_by_organisation")));
  return field;
}

function kindDetails(
  id: string,
  current: OfferedKeyKind,
  chosen: (kind: OfferedKeyKind) => void,
): HTMLElement {
  const words = { id: `order-kind-${id}`, label: text("new_kind"), hint: text("new_kind_hint") };
  const list = kinds.map((value) => ({ value, label: text(`new_kind_${underscored(value)}`) }));
  return element(
    "details",
    { id: `order-more-${id}` },
    element("summary", {}, text("new_kind_more")),
    choiceField(words, { list, current }, (value) => chosen(value as OfferedKeyKind)),
  );
}

interface Terms {
  readonly wish: Wish;
  readonly authority: AuthorityView;
  readonly vault: VaultStatus | null;
  readonly cancel: () => void;
}

function termsForm({ wish, authority, vault, cancel }: Terms, done: () => Promise<void>): HTMLElement {
  if (vault?.state === "locked") {
    const open = { ...vault, state: "unlocked" } as const;
    const form = element("div", { class: "stack" }, element("p", {}, text("import_unlock_first")));
    const next = async (): Promise<void> =>
      form.replaceWith(termsForm({ wish, authority, vault: open, cancel }, done));
    form.append(unlockForm(next, "order-unlock"));
    return form;
  }
  const protection = vault?.state === "empty" ? protectionFields() : null;
  const contract = authority.needsContract ? contractFields(authority.host) : null;
  const problem = problemLine();
  const form = localForm(
    submit,
    element("p", {}, text("order_what_happens", authority.host, wish.address)),
    terms(authority),
    contract?.node ?? null,
    protection?.node ?? null,
    problem,
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "primary", id: "order-begin" }, text("order_begin")),
      element("button", { type: "button", class: "quiet", click: () => cancel() }, text("cancel")),
    ),
  );
  return form;

  async function submit(): Promise<void> {
    problem.textContent = "";
    if (contract !== null && !contract.complete()) return;
    if (protection !== null && !protection.complete()) return;
    const passphrase = protection?.passphrase() ?? null;
    const reply = await working(form, text("order_making_key"), async () => {
      const status = await ask("vault:status", {});
      if (!status.ok) return status;
      if (status.answer.state === "empty") {
        const made = await ask("vault:create", { passphrase });
        if (!made.ok) return made;
        protection?.settle();
      }
      return ask("order:begin", { ...wish, renews: null, contract: contract?.value() ?? null });
    });
    if (reply.ok) return done();
    if (reply.code === "passphrase-too-short" && protection !== null) protection.fail(errorText(reply.code));
    else if (reply.code === "contract-malformed" && contract !== null) contract.fail(errorText(reply.code));
    else problem.textContent = errorText(reply.code);
  }
}

function terms({ host, termsOfService }: AuthorityView): HTMLElement {
  if (termsOfService === null) return element("p", { class: "soft" }, text("order_no_terms", host));
  const link = element(
    "a",
    { href: termsOfService, target: "_blank", rel: "noopener noreferrer", id: "order-terms" },
    text("order_terms", host),
  );
  return element("p", {}, link);
}

interface InputField {
  readonly node: HTMLElement;
  readonly input: HTMLInputElement;
}

function inputField(id: string, type: "url" | "email", key: string): InputField {
  const hint = uniqueId("hint");
  const input = element("input", {
    id,
    type,
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": hint,
  });
  const node = element(
    "div",
    { class: "field" },
    element("label", { for: id }, text(key)),
    element("p", { class: "hint", id: hint }, text(`${key}_hint`)),
    input,
  );
  return { node, input };
}
