/**
 * The built-in authorities: all of them at once, or one by one. Ninety rows are drawn when somebody opens the
 * list; what is typed above it leaves those that match.
 */
import { ask } from "../../protocol/ask.js";
import type { PublicRootsView, PublicRootView } from "../../protocol/messages.js";
import { element, uniqueId } from "../../ui/dom.js";
import { countedText, dateText, errorText, harmless, language, text } from "../../ui/text.js";
import { detailList } from "../../ui/signer-card.js";
import { grouped } from "../../ui/verdict-details.js";
import { redraw } from "../parts/page.js";
import type { DrawnSection } from "./people.js";
import { section } from "./section.js";

export function rootsSection(): DrawnSection {
  const { node, body } = section("roots");
  const said = element("p", { class: "small", role: "status" });
  let drawn: Drawn | null = null;
  return { node, draw };

  async function draw(): Promise<void> {
    const reply = await ask("root:list", {});
    if (!reply.ok) {
      drawn = null;
      return redraw(body, element("p", { class: "problem" }, errorText(reply.code)));
    }
    // What a person typed, and where they are in the list, stays.
    if (drawn === null) {
      drawn = drawList(reply.answer, change);
      redraw(body, ...drawn.nodes, said);
    }
    drawn.update(reply.answer);
  }

  async function change(fingerprint: string, on: boolean, outcome: string): Promise<void> {
    const reply = await ask("root:switch", { fingerprint, on });
    said.textContent = reply.ok ? outcome : errorText(reply.code);
    await draw();
  }
}

interface Drawn {
  readonly nodes: readonly HTMLElement[];
  update(view: PublicRootsView): void;
}

type Change = (fingerprint: string, on: boolean, outcome: string) => Promise<void>;

function drawList(view: PublicRootsView, change: Change): Drawn {
  const all = element("input", {
    type: "checkbox",
    id: "roots-all",
    "aria-describedby": "roots-all-hint",
    change: () => void change("all", all.checked, text(all.checked ? "roots_all_on" : "roots_all_off")),
  });
  const roots = [...view.roots].sort((a, b) => a.name.localeCompare(b.name, language()));
  const folded = rootList(roots, change);
  return {
    nodes: [
      element("div", { class: "option" }, all, element("label", { for: "roots-all" }, text("roots_all"))),
      element("p", { class: "hint", id: "roots-all-hint" }, text("roots_all_hint")),
      folded.node,
      element(
        "p",
        { class: "small soft" },
        text("roots_origin", view.origin.program, dateText(view.origin.date)),
      ),
    ],
    update(latest) {
      all.checked = latest.on;
      folded.update(latest);
    },
  };
}

interface Row {
  readonly node: HTMLElement;
  readonly box: HTMLInputElement;
  readonly fingerprint: string;
  /** what a search looks at */
  readonly searched: string;
}

function rootList(
  roots: readonly PublicRootView[],
  change: Change,
): { readonly node: HTMLElement; update(view: PublicRootsView): void } {
  const list = element("ul", { class: "entries" });
  const found = element("p", { class: "small soft", role: "status" });
  const { field, search } = searchField(() => filter());
  let rows: readonly Row[] = [];
  let latest: PublicRootsView | null = null;
  const node = element(
    "details",
    { id: "roots-list", toggle: () => fill() },
    element("summary", {}, countedText("roots_show", roots.length)),
    field,
    found,
    list,
  );
  return { node, update };

  function fill(): void {
    if (!node.open || rows.length > 0) return;
    rows = roots.map((root) => rootRow(root, change));
    list.replaceChildren(...rows.map((row) => row.node));
    if (latest !== null) update(latest);
    filter();
  }

  function filter(): void {
    const wanted = comparable(search.value);
    for (const row of rows) row.node.hidden = !row.searched.includes(wanted);
    const count = rows.filter((row) => !row.node.hidden).length;
    found.textContent = count === 0 ? text("roots_found_none") : countedText("roots_found", count);
  }

  function update(view: PublicRootsView): void {
    latest = view;
    const on = new Map(view.roots.map((root) => [root.fingerprint, root.on]));
    for (const { box, fingerprint } of rows) {
      box.checked = on.get(fingerprint) ?? false;
      box.disabled = !view.on;
    }
  }
}

function searchField(typed: () => void): { readonly field: HTMLElement; readonly search: HTMLInputElement } {
  const search = element("input", {
    type: "text",
    id: "roots-search",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": "roots-search-hint",
    input: typed,
  });
  const field = element(
    "div",
    { class: "field" },
    element("label", { for: "roots-search" }, text("roots_search")),
    element("p", { class: "hint", id: "roots-search-hint" }, text("roots_search_hint")),
    search,
  );
  return { field, search };
}

function rootRow(root: PublicRootView, change: Change): Row {
  const id = uniqueId("root");
  const name = harmless(root.name);
  const box = element("input", {
    type: "checkbox",
    id,
    "aria-describedby": `${id}-of`,
    change: () =>
      void change(root.fingerprint, box.checked, text(box.checked ? "roots_on" : "roots_off", name)),
  });
  const country = root.country === null ? null : countryName(root.country);
  const facts = [
    root.organization === null ? null : harmless(root.organization),
    country,
    text("roots_valid_until", dateText(root.notAfter)),
    root.emailDistrustAfter === null ? null : text("roots_distrusted", dateText(root.emailDistrustAfter)),
  ].filter((fact) => fact !== null);
  const node = element(
    "li",
    { class: "entry" },
    element(
      "div",
      { class: "entry-what stack tight" },
      element("div", { class: "option" }, box, element("label", { for: id }, name)),
      element("p", { class: "small soft", id: `${id}-of` }, facts.join(" · ")),
      element(
        "details",
        {},
        element("summary", { "aria-label": text("roots_details_named", name) }, text("card_details")),
        detailList([{ label: text("roots_fingerprint"), values: [grouped(root.fingerprint)], exact: true }]),
      ),
    ),
  );
  const searched = comparable([root.name, root.organization, root.country, country].join(" "));
  return { node, box, fingerprint: root.fingerprint, searched: `${searched} ${root.fingerprint}` };
}

/** Without case and accents; a fingerprint is typed with blanks or colons by whoever compares one. */
function comparable(words: string): string {
  const plain = words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
  const digits = plain.replace(/[\s:]/g, "");
  return /^[0-9a-f]{8,64}$/.test(digits) ? digits : plain.replace(/\s+/g, " ");
}

function countryName(code: string): string {
  try {
    return new Intl.DisplayNames([language()], { type: "region" }).of(code) ?? code;
  } catch (error) {
    // A code that is none.
    if (error instanceof RangeError) return harmless(code);
    throw error;
  }
}
