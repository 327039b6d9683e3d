/** The matrix as a page of the docs, and that page read again: what is written there has to be what ran. */
import { format, resolveConfig } from "prettier";
import type { Limit } from "./limits.js";
import { type Cell, type Outcome, type TableName, tables } from "./matrix.js";

const head = `# Who reads whom

Signet and other S/MIME programs, both directions, run as processes; \`npm run interop\` writes this page, and
\`npm test\` checks that it tells what ran (of programs of the same versions). Each ✓ ran: what a program wrote was read
and said what it was, and no longer held with one octet turned, or for a stranger; what Signet wrote was read by the
program. A number is a limit of that program, in its own words below. – means that the program has no option for it, or
that Signet does not write it. Programs newer than Debian 12's come from newer Debian releases, unpacked into \`.build\`.
`;

export interface Result {
  readonly cell: Cell;
  readonly outcome: Outcome | null;
}

export async function results(cells: readonly Cell[]): Promise<readonly Result[]> {
  return Promise.all(cells.map(async (cell) => ({ cell, outcome: await cell.outcome })));
}

export async function pageOf(all: readonly Result[]): Promise<string> {
  const notes: string[] = [];
  const parts = tables.map((table) => `## ${table}\n\n${tableOf(table, all, notes)}`);
  const list = notes.map((note, at) => `${at + 1}. ${note}`).join("\n");
  const text = `${head}\n${parts.join("\n")}\n## What they say\n\n${list}\n`;
  const style = await resolveConfig(new URL("../../../docs/interop.md", import.meta.url));
  return format(text, { ...style, parser: "markdown" });
}

function tableOf(table: TableName, all: readonly Result[], notes: string[]): string {
  const here = all.filter(({ cell }) => cell.table === table);
  const titles = unique(here.map(({ cell }) => cell.peer.title));
  const lines = [`| | ${titles.join(" | ")} |`, `|---|${titles.map(() => ":-:|").join("")}`];
  for (const row of unique(here.map(({ cell }) => cell.row))) {
    const marks = here
      .filter(({ cell }) => cell.row === row)
      .map(({ cell, outcome }) => markOf(outcome, cell, notes));
    if (marks.some((mark) => mark !== "–")) lines.push(`| ${row} | ${marks.join(" | ")} |`);
  }
  return `${lines.join("\n")}\n`;
}

function markOf(outcome: Outcome | null, cell: Cell, notes: string[]): string {
  if (outcome === null) return "–";
  switch (outcome.kind) {
    case "holds":
      return "✓";
    case "fails":
      return "✗";
    case "cannot": {
      const note = noteOf(outcome.limit, cell);
      if (!notes.includes(note)) notes.push(note);
      return `${notes.indexOf(note) + 1}`;
    }
  }
}

function noteOf({ says, why, writesWrongly }: Limit, { peer }: Cell): string {
  const name = peer.title.split(" ")[0]!;
  return writesWrongly === true ? `${name}: ${why}` : `${name}: “${says}”. ${why}`;
}

/** "table: row: title" → "✓", "✗", "–" or the words of a note */
export function cellsOf(page: string): ReadonlyMap<string, string> {
  const notes = [...page.matchAll(/^\d+\. (.*)$/gm)].map((match) => match[1]!);
  const cells = new Map<string, string>();
  for (const section of page.split(/^## /m).slice(1)) {
    const [table, ...lines] = section.split("\n");
    const rows = lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").slice(1, -1));
    const [titles, , ...body] = rows.map((cellsOfRow) => cellsOfRow.map((cell) => cell.trim()));
    for (const [row, ...marks] of body) {
      for (const [at, mark] of marks.entries()) {
        const meaning = /^\d+$/.test(mark) ? notes[Number(mark) - 1] : mark;
        cells.set(`${table}: ${row}: ${titles![at + 1]}`, meaning ?? "a note that is not there");
      }
    }
  }
  return cells;
}

function unique(list: readonly string[]): readonly string[] {
  return [...new Set(list)];
}
