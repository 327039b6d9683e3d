/**
 * The memory of signers: who signed for which address, since when and how often; to be looked at, saved and
 * forgotten. A hundred addresses are drawn at a time, for there may be a hundred thousand.
 */
import { ask } from "../../protocol/ask.js";
import type { MemoryView } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { countedText, dateText, errorText, harmless, numberText, text } from "../../ui/text.js";
import { grouped } from "../../ui/verdict-details.js";
import { confirmed } from "../parts/confirm.js";
import { redraw } from "../parts/page.js";
import { working } from "../parts/working.js";
import type { DrawnSection } from "./people.js";
import { entry, listOr, section } from "./section.js";

export function memorySection(): DrawnSection {
  const { node, body } = section("memory");
  const problem = element("p", { class: "problem", role: "alert" });
  const search = element("input", {
    type: "search",
    id: "memory-search",
    "aria-label": text("memory_search"),
    placeholder: text("memory_search"),
    input: () => void draw(),
  });
  const list = element("div", { class: "stack" });
  body.append(element("div", { class: "row" }, search), list, actions(problem, draw), problem);
  let drawing = 0;
  return { node, draw };

  async function draw(): Promise<void> {
    // An answer that was overtaken by a later one is not drawn.
    const turn = ++drawing;
    const drawn = await pageOfRows(null);
    if (drawn !== null && turn === drawing) {
      redraw(list, listOr("memory_none", drawn.rows), moreButton(drawn.last, drawn.more));
    }
  }

  async function pageOfRows(after: string | null) {
    const reply = await ask("memory:list", { search: search.value.trim().toLowerCase(), after });
    problem.textContent = reply.ok ? "" : errorText(reply.code);
    if (!reply.ok) return null;
    const { entries, more } = reply.answer;
    const rows = entries.map((view) => addressRow(view, draw));
    return { rows, more, last: entries.at(-1)?.address ?? null };
  }

  function moreButton(after: string | null, more: boolean): HTMLElement | null {
    if (!more) return null;
    const click = async (): Promise<void> => {
      const next = await pageOfRows(after);
      if (next === null) return;
      button.replaceWith(element("ul", { class: "entries" }, ...next.rows));
      const further = moreButton(next.last, next.more);
      if (further !== null) list.append(further);
    };
    const button = element("button", { type: "button", click: () => void click() }, text("memory_more"));
    return button;
  }
}

/** To save all of it, and to forget all of it. */
function actions(problem: HTMLElement, changed: () => Promise<void>): HTMLElement {
  const save = async (): Promise<void> => {
    problem.textContent = (await working(node, text("order_working"), saveAll)) ?? "";
  };
  const clear = async (): Promise<void> => {
    if (await reallyForget("memory_clear_title", "memory_clear_why"))
      await working(node, text("order_working"), () => ask("memory:clear", {}));
    await changed();
  };
  const saver = { type: "button", id: "memory-export", click: () => void save() };
  const clearer = { type: "button", id: "memory-clear", class: "danger", click: () => void clear() };
  const node = element(
    "div",
    { class: "row" },
    element("button", saver, text("memory_export")),
    element("button", clearer, text("memory_clear")),
  );
  return node;
}

function reallyForget(title: string, why: string, address = ""): Promise<boolean> {
  return confirmed({
    title: text(title, address),
    sentences: [text(why)],
    yes: text("memory_remove"),
    no: text("keep"),
    kind: "danger",
  });
}

function addressRow(view: MemoryView, changed: () => Promise<void>): HTMLElement {
  const { address, signed, messages, signers, confirmed: confirmations, expectation } = view;
  const lines = [countedText("memory_counts", signed, numberText(messages))];
  if (expectation === "expected") lines.push(text("memory_expected"));
  if (expectation === "declined") lines.push(text("memory_not_expected"));
  const what = element(
    "div",
    { class: "stack tight" },
    element("p", { class: "signer-owner" }, harmless(address)),
    ...lines.map((line) => element("p", { class: "small soft" }, line)),
    element(
      "details",
      {},
      element("summary", {}, text("card_details")),
      ...signers.flatMap(signerLines),
      ...confirmations.map((one) => confirmedLine(address, one, changed)),
    ),
  );
  const expects = expectation !== "expected";
  const verb = expects ? "memory_expect" : "memory_decline";
  const toggle =
    expectation === "learning"
      ? null
      : doing(verb, address, async () => void (await ask("memory:expect", { address, expects })));
  const remove = doing("memory_remove", address, async () => {
    if (await reallyForget("memory_remove_title", "memory_remove_why", address))
      await ask("memory:remove", { address });
  });
  return entry(what, toggle, remove);

  function doing(key: string, named: string, act: () => Promise<void>): HTMLElement {
    const attributes = { type: "button", "aria-label": text(`${key}_named`, named) };
    return element("button", { ...attributes, click: () => void act().then(changed) }, text(key));
  }
}

function signerLines(signer: MemoryView["signers"][number]): readonly HTMLElement[] {
  const key = signer.standing === "usual" ? "memory_signer" : "memory_signer_other";
  const words = text(key, harmless(signer.issuerName), dateText(signer.firstSeen), dateText(signer.lastSeen));
  return [
    element("p", { class: "small" }, words),
    element("p", { class: "small exact" }, grouped(signer.fingerprint)),
  ];
}

function confirmedLine(
  address: string,
  { fingerprint, since }: MemoryView["confirmed"][number],
  changed: () => Promise<void>,
): HTMLElement {
  const click = async (): Promise<void> => {
    await ask("memory:unconfirm", { address, fingerprint });
    await changed();
  };
  const label = { type: "button", "aria-label": text("memory_unconfirm_named", address) };
  return element(
    "div",
    { class: "stack tight" },
    element("p", { class: "small" }, text("memory_confirmed", dateText(since))),
    element("p", { class: "small exact" }, grouped(fingerprint)),
    element(
      "div",
      { class: "row" },
      element("button", { ...label, click: () => void click() }, text("memory_unconfirm")),
    ),
  );
}

/** @returns the sentence why not */
async function saveAll(): Promise<string | null> {
  const all: MemoryView[] = [];
  for (let after: string | null = null; ;) {
    const reply = await ask("memory:list", { search: "", after });
    if (!reply.ok) return errorText(reply.code);
    all.push(...reply.answer.entries);
    if (!reply.answer.more) break;
    after = all.at(-1)!.address;
  }
  const json = JSON.stringify({ signet: "memory-of-signers", version: 1, addresses: all }, null, 2);
  const url = URL.createObjectURL(new Blob([json], { type: "application/json" }));
  element("a", { href: url, download: "signet-signers.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return null;
}
