/** Certificates that were asked for by a file: what waits, the way to ask, and the way for the answer. */
import { ask } from "../../protocol/ask.js";
import { certificateFileLimit, putFileUpTo } from "../../protocol/handover.js";
import type {
  AnsweredRequests,
  ErrorCode,
  HandoverId,
  NewRequest,
  PendingRequestView,
  VaultStatus,
} from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { ownersOf } from "../../ui/signer-card.js";
import { dateText, errorText, text } from "../../ui/text.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { compareFingerprint } from "../parts/compare-fingerprint.js";
import { dropZone } from "../parts/drop-zone.js";
import { problemLine } from "../parts/fields.js";
import { newCertificateForm, requestKinds } from "../parts/new-certificate.js";
import { notice } from "../parts/notice.js";
import { ownAddresses } from "../parts/own-addresses.js";
import { redraw } from "../parts/page.js";
import { saveFile } from "../parts/save-file.js";
import { working } from "../parts/working.js";
import { speaksElsewhere } from "./address-change.js";
import { removeButton } from "./remove-button.js";
import { entry, listOr, section } from "./section.js";

export interface RequestsSection {
  readonly node: HTMLElement;
  draw(vault: VaultStatus): Promise<void>;
}

export function requestsSection(changed: () => Promise<void>): RequestsSection {
  const { node, body } = section("requests");
  const parts = requestParts("options", changed);
  return {
    node,
    async draw(vault) {
      await parts.draw(vault);
      redraw(body, parts.list, parts.answer, parts.make);
    },
  };
}

export interface RequestParts {
  readonly list: HTMLElement;
  readonly answer: HTMLElement;
  readonly make: HTMLElement;
  draw(vault: VaultStatus): Promise<void>;
}

/** The same three on the first-run page. */
export function requestParts(id: string, changed: () => Promise<void>): RequestParts {
  const list = element("div", { class: "stack tight" });
  const said = element("div", { role: "status" });
  const place = element("div", { class: "stack" });
  const make = element(
    "details",
    { id: `request-new-${id}` },
    element("summary", {}, text("request_new")),
    place,
  );
  let state: string | null = null;
  const zone = answerZone(changed);
  return {
    list: element("div", { class: "stack tight" }, list, said),
    answer: zone,
    make,
    async draw(vault) {
      const reply = await ask("request:list", {});
      if (!reply.ok) return list.replaceChildren(element("p", { class: "problem" }, errorText(reply.code)));
      const waiting = reply.answer.filter(({ way }) => way === "file");
      const rows = waiting.map((request) => requestRow(request, changed));
      redraw(list, listOr("requests_none", rows));
      zone.querySelector(".drop")!.toggleAttribute("hidden", waiting.length === 0);
      // A form that somebody fills in is not taken away.
      if (vault.state === state) return;
      state = vault.state;
      place.replaceChildren(newForm(vault));
    },
  };

  function newForm(vault: VaultStatus): HTMLElement {
    const done = async (made: PendingRequestView): Promise<void> => {
      state = null;
      make.open = false;
      said.replaceChildren(
        notice(
          "good",
          element("p", {}, text("request_made")),
          element("p", { class: "small" }, text("request_pkcs_note")),
        ),
      );
      await changed();
      await saveRequest(made);
    };
    const button = text("request_new_button");
    const create = (wish: NewRequest) => ask("request:create", wish);
    return newCertificateForm({ id, button, kinds: requestKinds, make: create, done }, vault);
  }
}

async function saveRequest({ id, addresses }: PendingRequestView): Promise<ErrorCode | null> {
  const reply = await ask("request:file", { id });
  return reply.ok ? saveFile(reply.answer.file, text("request_file_name", addresses[0] ?? "")) : reply.code;
}

function requestRow(request: PendingRequestView, changed: () => Promise<void>): HTMLElement {
  const owner = shortList(request.addresses);
  const problem = problemLine();
  const say = (code: ErrorCode | null): void => {
    problem.textContent = code === null ? "" : errorText(code);
  };
  const place = element("div", {});
  const saving = (): Promise<ErrorCode | null> =>
    working(place, text("request_file_working"), () => saveRequest(request));
  const save = element(
    "button",
    {
      type: "button",
      "aria-label": text("request_save_named", owner),
      click: () => void saving().then(say),
    },
    text("request_save"),
  );
  const words = { title: text("request_remove_title", owner), sentences: [text("request_remove_why")] };
  const remove = removeButton(
    text("request_remove_named", owner),
    () => words,
    async () => {
      const reply = await ask("request:remove", { id: request.id });
      say(reply.ok ? null : reply.code);
      if (reply.ok) await changed();
    },
  );
  const asked = text("request_row", dateText(request.since), request.kind.toUpperCase());
  return entry(
    element(
      "div",
      { class: "stack tight" },
      element("p", { class: "signer-owner" }, owner),
      wholeList(request.addresses),
      element("p", { class: "small soft" }, asked),
      compareFingerprint(request.id),
      place,
      problem,
    ),
    save,
    remove,
  );
}

/** The authority's answer, whenever it comes. */
function answerZone(changed: () => Promise<void>): HTMLElement {
  const said = element("div", { role: "status", class: "stack tight" });
  const zone = dropZone(
    {
      title: text("answer_title"),
      hint: text("answer_hint"),
      button: text("choose_file"),
      accept: ".cer,.crt,.pem,.der,.p7b,.p7c",
      mark: "icon-certificate",
    },
    (file) => void take(file),
  );
  zone.classList.add("compact");
  return element("div", { class: "stack tight" }, said, zone);

  async function take(file: File): Promise<void> {
    const handed = await working(zone, text("answer_working"), () => putFileUpTo(certificateFileLimit, file));
    if (!handed.ok) return fail(handed.code);
    await answered(handed.answer, "refuse");
  }

  async function answered(file: HandoverId, otherAddress: "refuse" | "accept"): Promise<void> {
    said.replaceChildren();
    const reply = await working(zone, text("answer_working"), () =>
      ask("request:answer", { file, otherAddress }),
    );
    if (!reply.ok) {
      const keep = (): void => void answered(file, "accept");
      const others = reply.detail?.split("\n") ?? [];
      return fail(reply.code, reply.code === "certificate-other-address" ? { keep, others } : null);
    }
    said.replaceChildren(...outcome(reply.answer, (await ownAddresses()).addresses));
    await changed();
  }

  function fail(code: ErrorCode, doubt: Doubt | null = null): void {
    const words = element("p", {}, errorText(code));
    said.replaceChildren(notice("caution", words, ...(doubt === null ? [] : doubtful(doubt))));
  }
}

/** It names addresses that were not asked for. */
interface Doubt {
  readonly keep: () => void;
  readonly others: readonly string[];
}

function doubtful({ keep, others }: Doubt): readonly (HTMLElement | null)[] {
  return [
    others.length === 0 ? null : element("p", {}, text("answer_not_asked", shortList(others))),
    wholeList(others),
    element("div", { class: "row" }, element("button", { type: "button", click: keep }, text("answer_keep"))),
  ];
}

function outcome(
  { added, known, incomplete }: AnsweredRequests,
  own: readonly string[],
): readonly HTMLElement[] {
  const sentences = [
    ...added.map(({ certificate }) => text("answer_added", ownersOf(certificate))),
    ...known.map(({ certificate }) => text("answer_known", ownersOf(certificate))),
  ];
  const remarks = [
    ...added.map((identity) => speaksElsewhere(identity, own)).filter((remark) => remark !== null),
    ...(incomplete ? [text("answer_incomplete")] : []),
  ];
  const said = (words: readonly string[]) => words.map((sentence) => element("p", {}, sentence));
  const whole = added.map(({ certificate }) => wholeList(certificate.addresses));
  const good = notice("good", ...said(sentences), ...whole);
  return remarks.length === 0 ? [good] : [good, notice("caution", ...said(remarks))];
}
