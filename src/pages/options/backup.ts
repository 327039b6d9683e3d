/**
 * The backup: one encrypted file with all keys, and a code on paper that opens it. The code is made here,
 * shown until two of its groups were typed back, and kept nowhere. A word above the settings reminds of it,
 * calmly, until a backup exists.
 */
import { ask } from "../../protocol/ask.js";
import type { BackupStatus, MadeBackup, VaultStatus } from "../../protocol/messages.js";
import { isSameGroup, newRecoveryCode } from "../../protocol/recovery-code.js";
import { element } from "../../ui/dom.js";
import { ownerOf } from "../../ui/signer-card.js";
import { dateText, errorText, text } from "../../ui/text.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { localForm, passwordField, problemLine, type Field } from "../parts/fields.js";
import { notice } from "../parts/notice.js";
import { redraw } from "../parts/page.js";
import { saveFile } from "../parts/save-file.js";
import { textField } from "../parts/text-fields.js";
import { working } from "../parts/working.js";
import { section } from "./section.js";

export interface BackupSection {
  readonly node: HTMLElement;
  /** for the top of the page */
  readonly reminder: HTMLElement;
  draw(vault: VaultStatus): Promise<void>;
}

export function backupSection(changed: () => Promise<void>): BackupSection {
  const { node, body } = section("backup");
  const reminder = element("div", { id: "backup-reminder" });
  const said = element("div", { role: "status" });
  const problem = problemLine();
  const state = element("p");
  const work = element("div", { class: "stack" });
  redraw(body, state, said, problem, work);
  let protection: VaultStatus["protection"] = null;
  const newerMac = macChoice();
  const ways: Ways = { done, cancel: idle, mac: () => (newerMac.box.checked ? "pbmac1" : undefined) };
  idle();
  return { node, reminder, draw };

  async function draw(vault: VaultStatus): Promise<void> {
    protection = vault.protection;
    const reply = await ask("backup:status", {});
    node.hidden = reply.ok && reply.answer.state === "nothing";
    problem.textContent = reply.ok ? "" : errorText(reply.code);
    if (!reply.ok) return;
    state.textContent = stateText(reply.answer);
    redraw(reminder, reply.answer.remind ? reminderNotice(begin, later) : null);
  }

  function idle(): void {
    const click = (): void => begin();
    const button = element("button", { type: "button", id: "backup-make", click }, text("backup_make"));
    redraw(work, element("div", { class: "row" }, button), newerMac.node);
  }

  function begin(): void {
    said.replaceChildren();
    const form = protection === "passphrase" ? passphraseForm(ways, work) : null;
    if (form === null) return void make(ways, work, null);
    redraw(work, form);
    node.scrollIntoView();
    form.querySelector("input")?.focus();
  }

  async function later(): Promise<void> {
    await ask("backup:later", {});
    await changed();
    node.querySelector<HTMLElement>("#backup-make")?.focus();
  }

  async function done(made: MadeBackup): Promise<void> {
    const reply = await ask("backup:made", { fingerprints: made.fingerprints });
    problem.textContent = reply.ok ? "" : errorText(reply.code);
    idle();
    said.replaceChildren(completed());
    await changed();
  }
}

function completed(): HTMLElement {
  return notice("good", element("p", {}, text("backup_done")), element("p", {}, text("backup_restore_how")));
}

interface Ways {
  done(made: MadeBackup): Promise<void>;
  cancel(): void;
  /** how the file is to be protected against changes */
  mac(): "pbmac1" | undefined;
}

/** Off by default: hardly anybody reads it yet. */
function macChoice(): { readonly node: HTMLElement; readonly box: HTMLInputElement } {
  const box = element("input", { type: "checkbox", id: "backup-pbmac1" });
  const label = element("label", { for: box.id, class: "small" }, text("backup_pbmac1"));
  return { box, node: element("div", { class: "option" }, box, label) };
}

function stateText({ state, since }: BackupStatus): string {
  return state === "missing" || since === null
    ? text("backup_missing")
    : text(`backup_${state}`, dateText(since));
}

function reminderNotice(begin: () => void, later: () => Promise<void>): HTMLElement {
  return notice(
    "caution",
    element(
      "div",
      { class: "stack tight" },
      element("p", {}, text("backup_reminder")),
      element(
        "div",
        { class: "row" },
        element("button", { type: "button", class: "primary", click: begin }, text("backup_make")),
        element(
          "button",
          { type: "button", class: "quiet", click: () => void later() },
          text("backup_later"),
        ),
      ),
    ),
  );
}

function passphraseForm(ways: Ways, work: HTMLElement): HTMLFormElement {
  const field = passwordField(text("vault_current"), "current-password", text("backup_passphrase_why"));
  return localForm(
    () => make(ways, work, field),
    field.node,
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "primary" }, text("backup_next")),
      element("button", { type: "button", class: "quiet", click: ways.cancel }, text("cancel")),
    ),
  );
}

/** @param field absent: no passphrase protects the keys */
async function make(ways: Ways, work: HTMLElement, field: Field | null): Promise<void> {
  const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));
  const passphrase = field?.input.value ?? null;
  const reply = await working(work, text("backup_working"), () =>
    ask("backup:make", { passphrase, code, mac: ways.mac() }),
  );
  if (reply.ok) return showCode(ways, work, { code, made: reply.answer, saved: false });
  const sentence = errorText(reply.code, reply.detail);
  if (field !== null) field.fail(sentence);
  else redraw(work, element("p", { class: "problem", role: "alert" }, sentence));
}

interface Sheet {
  readonly code: string;
  readonly made: MadeBackup;
  /** until then nothing may be said to be kept */
  saved: boolean;
}

function waitingKeys(addresses: readonly string[]): HTMLElement | null {
  if (addresses.length === 0) return null;
  const sentence = element("p", {}, text("backup_waiting", shortList(addresses)));
  return element("div", { class: "small" }, sentence, wholeList(addresses));
}

/** The file first: a code on paper without its file helps nobody. */
function showCode(ways: Ways, work: HTMLElement, sheet: Sheet): void {
  const { code, made } = sheet;
  const problem = problemLine();
  const heading = element("h3", { tabindex: "-1" }, text("backup_code_title"));
  const save = element(
    "button",
    { type: "button", id: "backup-save", class: "primary", click: () => void keep() },
    text("backup_save"),
  );
  const written = element(
    "button",
    { type: "button", id: "backup-written", click: () => askBack(ways, work, sheet) },
    text("backup_written"),
  );
  written.disabled = !sheet.saved;
  redraw(
    work,
    element(
      "div",
      { class: "stack recovery-sheet" },
      heading,
      element("p", {}, text("backup_code_what")),
      element("p", { class: "recovery-code" }, code),
      element("p", { class: "small soft" }, text("backup_code_letters")),
    ),
    waitingKeys(made.waiting),
    made.left.length === 0
      ? null
      : notice("caution", ...made.left.map((one) => element("p", {}, text("backup_left_out", ownerOf(one))))),
    problem,
    element(
      "div",
      { class: "row" },
      save,
      element("button", { type: "button", click: () => print() }, text("backup_print")),
      written,
      element("button", { type: "button", class: "quiet", click: ways.cancel }, text("cancel")),
    ),
  );
  heading.focus();

  async function keep(): Promise<void> {
    const name = `signet-backup-${new Date().toISOString().slice(0, 10)}.p12`;
    const code = await saveFile(made.file, name);
    problem.textContent = code === null ? "" : errorText(code);
    sheet.saved ||= code === null;
    written.disabled = !sheet.saved;
  }
}

/** Two groups, by chance: whoever has no paper finds out now. */
function askBack(ways: Ways, work: HTMLElement, sheet: Sheet): void {
  const groups = sheet.code.split("-");
  const asked = twoOf(groups.length);
  const fields = asked.map((place) =>
    textField({ label: text("backup_group", String(place + 1)), hint: text("backup_group_hint") }),
  );
  const form = localForm(
    submit,
    element("p", {}, text("backup_back_what")),
    ...fields.map(({ node }) => node),
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "primary" }, text("backup_confirm")),
      element(
        "button",
        { type: "button", class: "quiet", click: () => showCode(ways, work, sheet) },
        text("backup_again"),
      ),
    ),
  );
  redraw(work, form);
  fields[0]?.input.focus();

  async function submit(): Promise<void> {
    const wrong = fields.findIndex(({ input }, index) => !isSameGroup(input.value, groups[asked[index]!]!));
    for (const [index, field] of fields.entries())
      field.fail(index === wrong ? text("backup_group_wrong") : null);
    if (wrong < 0) await ways.done(sheet.made);
  }
}

/** In the order in which they stand on the paper. */
function twoOf(count: number): readonly number[] {
  const [first, step] = crypto.getRandomValues(new Uint8Array(2));
  const one = first! % count;
  return [one, (one + 1 + (step! % (count - 1))) % count].sort((a, b) => a - b);
}
