/**
 * Who the certificate is for, and what kind of key: the same form for a request, and for a certificate that one makes
 * alone. The first time it also asks how the keys shall be sealed.
 */
import { ask } from "../../protocol/ask.js";
import type {
  NewCertificate,
  NewRequest,
  OfferedKeyKind,
  Reply,
  VaultStatus,
} from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, text, underscored } from "../../ui/text.js";
import { protectionFields, type ProtectionFields } from "../options/protection-fields.js";
import { choiceField, localForm, problemLine } from "./fields.js";
import { notice } from "./notice.js";
import { namedAddress, ownAddresses } from "./own-addresses.js";
import { linesField, linesOf, textField, type TextField } from "./text-fields.js";
import { unlockForm } from "./unlock-form.js";
import { working } from "./working.js";

type Kind = NewRequest["kind"];

/** Keys that sign: what one makes alone is signed by itself. */
export const singleKinds: readonly OfferedKeyKind[] = ["rsa-3072", "p-256", "ed25519", "ml-dsa-65"];
/** An authority that makes both certificates is needed. */
export const requestKinds: readonly Kind[] = [...singleKinds, "ed25519+x25519", "ml-dsa-65+ml-kem-768"];
/** what they cannot do has to be said before they are made */
const unremarkable: ReadonlySet<Kind> = new Set(["rsa-3072", "p-256"]);

export interface NewCertificateForm<Answer, Offered extends Kind> {
  readonly id: string;
  readonly button: string;
  /** the first is chosen until somebody chooses another */
  readonly kinds: readonly Offered[];
  readonly make: (wish: Omit<NewCertificate, "kind"> & { readonly kind: Offered }) => Promise<Reply<Answer>>;
  readonly done: (answer: Answer) => Promise<void>;
}

interface Fields<Offered> {
  readonly name: TextField;
  readonly addresses: TextField;
  readonly protection: ProtectionFields | null;
  readonly problem: HTMLElement;
  kind: Offered;
}

export function newCertificateForm<Answer, Offered extends Kind>(
  wish: NewCertificateForm<Answer, Offered>,
  vault: VaultStatus,
): HTMLElement {
  if (vault.state === "locked") return unlockFirst(wish);
  const fields: Fields<Offered> = {
    name: textField({ label: text("new_name"), hint: text("new_name_hint"), autocomplete: "name" }),
    addresses: linesField({ label: text("new_addresses"), hint: text("new_addresses_hint") }),
    protection: vault.state === "empty" ? protectionFields(`-${wish.id}`) : null,
    problem: problemLine(),
    kind: wish.kinds[0]!,
  };
  const suggestions = element("div", { class: "row" });
  const form = localForm(
    submit,
    fields.name.node,
    fields.addresses.node,
    suggestions,
    kindChoice(wish, fields),
    fields.protection?.node ?? null,
    fields.problem,
    element("div", { class: "row" }, element("button", { type: "submit", class: "primary" }, wish.button)),
  );
  void suggest(fields, suggestions);
  return form;

  async function submit(): Promise<void> {
    fields.addresses.fail(null);
    fields.problem.textContent = "";
    if (linesOf(fields.addresses).length === 0) return fields.addresses.fail(text("error_address_missing"));
    if (fields.protection !== null && !fields.protection.complete()) return;
    const reply = await working(form, text("new_working"), async () => {
      const made = await ensureVault(fields.protection);
      return made.ok ? wish.make(wishOf(fields)) : made;
    });
    if (reply.ok) return wish.done(reply.answer);
    if (reply.code === "address-malformed") fields.addresses.fail(errorText(reply.code));
    else if (reply.code === "passphrase-too-short") fields.protection?.fail(errorText(reply.code));
    else fields.problem.textContent = errorText(reply.code);
  }
}

function wishOf<Offered>({ name, addresses, kind }: Fields<Offered>) {
  return { commonName: name.input.value.trim(), addresses: linesOf(addresses), kind };
}

/** A second try must not make it again. */
async function ensureVault(protection: ProtectionFields | null): Promise<Reply<unknown>> {
  const status = await ask("vault:status", {});
  if (!status.ok || protection === null || status.answer.state !== "empty") return status;
  const made = await ask("vault:create", { passphrase: protection.passphrase() });
  if (made.ok) protection.settle();
  return made;
}

function unlockFirst<Answer, Offered extends Kind>(wish: NewCertificateForm<Answer, Offered>): HTMLElement {
  const place = element("div", { class: "stack" });
  const unlock = unlockForm(async () => {
    const status = await ask("vault:status", {});
    if (status.ok) place.replaceChildren(newCertificateForm(wish, status.answer));
  }, `${wish.id}-unlock`);
  place.append(element("p", {}, text("new_unlock_first")), unlock);
  return place;
}

function kindChoice<Answer, Offered extends Kind>(
  { id, kinds }: NewCertificateForm<Answer, Offered>,
  fields: Fields<Offered>,
): HTMLElement {
  const remark = element("div", { role: "status" });
  const choice = choiceField(
    { label: text("new_kind"), hint: text("new_kind_hint"), id: `kind-${id}` },
    {
      list: kinds.map((value) => ({ value, label: text(`new_kind_${textKey(value)}`) })),
      current: fields.kind,
    },
    (value) => {
      fields.kind = kinds.find((kind) => kind === value) ?? kinds[0]!;
      const words = unremarkable.has(fields.kind) ? null : text(`new_kind_${textKey(fields.kind)}_note`);
      remark.replaceChildren(...(words === null ? [] : [notice("caution", element("p", {}, words))]));
    },
  );
  return element(
    "details",
    { id: `more-${id}` },
    element("summary", {}, text("new_kind_more")),
    element("div", { class: "stack tight" }, choice, remark),
  );
}

const textKey = (kind: Kind): string => underscored(kind.replace("+", "-"));

/** What the mail client knows is typed in already; further addresses are a click each. */
async function suggest(
  { name, addresses }: Pick<Fields<Kind>, "name" | "addresses">,
  place: HTMLElement,
): Promise<void> {
  const own = await ownAddresses();
  if (name.input.value === "" && own.name !== null) name.input.value = own.name;
  const named = namedAddress();
  const wanted = [...(named === null ? [] : [named]), ...own.addresses];
  const [first, ...others] = [...new Set(wanted)];
  if (addresses.input.value === "" && first !== undefined) addresses.input.value = first;
  for (const address of others) {
    const add = element(
      "button",
      { type: "button", class: "quiet", click: () => take() },
      text("new_addresses_add", address),
    );
    const take = (): void => {
      addresses.input.value = [...linesOf(addresses), address].join("\n");
      add.remove();
      addresses.input.focus();
    };
    place.append(add);
  }
}
