/**
 * The way in: a key file, its password, and, the first time, the passphrase that seals the keys here.
 * One form for all three, so that two minutes are enough. The file goes to the background's memory only.
 */
import { ask } from "../../protocol/ask.js";
import { pkcs12Limit, putFileUpTo } from "../../protocol/handover.js";
import type {
  ErrorCode,
  IdentityView,
  ImportedIdentities,
  Reply,
  VaultStatus,
} from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { ownerOf, ownersOf } from "../../ui/signer-card.js";
import { certificateProblemText, countedText, dateText, errorText, sizeText, text } from "../../ui/text.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { dropZone } from "../parts/drop-zone.js";
import { localForm, passwordField, problemLine, type Field } from "../parts/fields.js";
import { notice } from "../parts/notice.js";
import { ownAddresses } from "../parts/own-addresses.js";
import { unlockForm } from "../parts/unlock-form.js";
import { working, type ShowProgress } from "../parts/working.js";
import { speaksElsewhere } from "./address-change.js";
import { protectionFields, type ProtectionFields } from "./protection-fields.js";

export interface ImportIdentity {
  readonly node: HTMLElement;
  /** the vault as it is now: what has to be asked for depends on it; and whether this is the first one */
  know(vault: VaultStatus, another: boolean): void;
}

export function importIdentity(changed: () => Promise<void>): ImportIdentity {
  const node = element("div", { class: "stack" });
  const said = element("div", { role: "status" });
  let vault: VaultStatus | null = null;
  const zone = dropZone(
    {
      title: text("import_title"),
      hint: text("import_hint"),
      button: text("import_choose"),
      accept: ".p12,.pfx,.pem,application/x-pkcs12",
      mark: "icon",
    },
    begin,
  );
  node.append(said, zone);
  return {
    node,
    know(now, another) {
      vault = now;
      zone.classList.toggle("compact", another);
    },
  };

  function begin(file: File): void {
    said.replaceChildren();
    if (vault?.state === "locked") return showUnlock(file);
    const form = importForm(file, vault?.state === "empty", { done, cancel });
    zone.replaceWith(form);
    form.querySelector("input")?.focus();
  }

  /** The keys' seal must be open to put another one under it. */
  function showUnlock(file: File): void {
    const form = unlockForm(async () => {
      form.replaceWith(zone);
      await changed();
      begin(file);
    }, "import-unlock");
    form.prepend(element("p", {}, text("import_unlock_first")));
    zone.replaceWith(form);
    form.querySelector("input")?.focus();
  }

  function cancel(form: HTMLFormElement): void {
    form.replaceWith(zone);
    zone.querySelector("button")?.focus();
  }

  async function done(form: HTMLFormElement, imported: ImportedIdentities): Promise<void> {
    form.replaceWith(zone);
    said.replaceChildren(...outcome(imported, (await ownAddresses()).addresses));
    await changed();
  }
}

interface Ways {
  done(form: HTMLFormElement, imported: ImportedIdentities): Promise<void>;
  cancel(form: HTMLFormElement): void;
}

function importForm(file: File, first: boolean, ways: Ways): HTMLFormElement {
  const password = passwordField(text("import_password"), "off", text("import_password_hint"));
  const protection = first ? protectionFields() : null;
  const problem = problemLine();
  const form = localForm(
    submit,
    element(
      "p",
      {},
      element("strong", {}, text("import_file", file.name)),
      " ",
      element("span", { class: "soft" }, sizeText(file.size)),
    ),
    password.node,
    protection?.node ?? null,
    problem,
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "primary" }, text("import_button")),
      element("button", { type: "button", class: "quiet", click: () => ways.cancel(form) }, text("cancel")),
    ),
  );
  return form;

  async function submit(): Promise<void> {
    password.fail(null);
    problem.textContent = "";
    if (protection !== null && !protection.complete()) return;
    const words = { file, password: password.input.value, protection };
    const reply = await working(form, text("import_working"), (progress) => importFile(words, progress));
    if (reply.ok) return ways.done(form, reply.answer);
    fail(reply.code, { password, protection, problem });
  }
}

interface Words {
  readonly file: File;
  readonly password: string;
  readonly protection: ProtectionFields | null;
}

async function importFile(words: Words, progress: ShowProgress): Promise<Reply<ImportedIdentities>> {
  const handed = await putFileUpTo(pkcs12Limit, words.file, progress);
  if (!handed.ok) return handed;
  if (words.protection !== null) {
    const status = await ask("vault:status", {});
    if (!status.ok) return status;
    // A wrong password leaves the vault made: the second try must not make it again.
    if (status.answer.state === "empty") {
      const made = await ask("vault:create", { passphrase: words.protection.passphrase() });
      if (!made.ok) return made;
      words.protection.settle();
    }
  }
  return ask("identity:import", { file: handed.answer, password: words.password });
}

interface Places {
  readonly password: Field;
  readonly protection: ProtectionFields | null;
  readonly problem: HTMLElement;
}

/** The sentence stands where the mistake is. */
function fail(code: ErrorCode, { password, protection, problem }: Places): void {
  if (code === "password-wrong") password.fail(errorText(code));
  else if (code === "passphrase-too-short" && protection !== null) protection.fail(errorText(code));
  else problem.textContent = errorText(code);
}

function outcome(imported: ImportedIdentities, own: readonly string[]): readonly HTMLElement[] {
  const { added, known, withoutKey, unusable = [], fileProtection } = imported;
  const { waiting = [], unnamed = 0 } = imported;
  const ready = added.filter(({ problem, stolen }) => problem === null && stolen === undefined);
  const good = [
    ...ready.map(({ certificate }) => text("imported_added", ownersOf(certificate))),
    ...known.map(({ certificate }) => text("imported_known", ownersOf(certificate))),
    ...(withoutKey.length === 0 ? [] : [countedText("imported_without_key", withoutKey.length)]),
    ...(waiting.length === 0 ? [] : [text("imported_waiting", shortList(waiting))]),
  ];
  const remarks = [
    ...added.flatMap((identity) => remarksOn(identity, own)),
    ...known.flatMap(stolenRemark),
    ...unusable.map((certificate) => text("imported_unusable", ownerOf(certificate))),
    ...(unnamed === 0 ? [] : [countedText("imported_unnamed", unnamed)]),
    ...(fileProtection === "none" ? [text("imported_unprotected")] : []),
  ];
  const whole = added.map(({ certificate }) => wholeList(certificate.addresses));
  return [...noticeOf("good", good, whole), ...noticeOf("caution", remarks)];
}

function noticeOf(
  tone: "good" | "caution",
  sentences: readonly string[],
  more: readonly (HTMLElement | null)[] = [],
): readonly HTMLElement[] {
  if (sentences.length === 0) return [];
  return [notice(tone, ...sentences.map((sentence) => element("p", {}, sentence)), ...more)];
}

/** It came in, but not for what somebody may have wanted it for. */
export function remarksOn(identity: IdentityView, own: readonly string[]): readonly string[] {
  const { certificate, problem } = identity;
  const elsewhere = speaksElsewhere(identity, own);
  const unfit =
    problem === null
      ? []
      : [text("imported_added_problem", ownersOf(certificate)), certificateProblemText(problem)];
  return [...unfit, ...stolenRemark(identity), ...(elsewhere === null ? [] : [elsewhere])];
}

/** Somebody said so, here or where the file was made: whoever imports the key shall not find out when a letter fails. */
function stolenRemark({ certificate, stolen }: IdentityView): readonly string[] {
  if (stolen === undefined) return [];
  return [text("imported_stolen", ownersOf(certificate), dateText(stolen.since))];
}
