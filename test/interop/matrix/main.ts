/**
 * `npm run interop`: runs the matrix, prints it and writes docs/interop.md. `npm run interop -- PATTERN` runs
 * the cells whose "table: row: program" matches, tells what each says, and writes nothing.
 */
import { readFile, writeFile } from "node:fs/promises";
import { availablePeers } from "../../helpers/peers/available.js";
import { startMatrix } from "./matrix.js";
import { type Result, pageOf, results } from "./report.js";

const page = new URL("../../../docs/interop.md", import.meta.url);
const pattern = process.argv[2];
const { peers, missing, remove } = await availablePeers();
for (const one of missing) console.log(`skipped: ${one}`);
try {
  const all = await results(startMatrix(peers, pattern === undefined ? {} : { only: new RegExp(pattern) }));
  const failed = all.filter(({ outcome }) => outcome?.kind === "fails");
  if (pattern !== undefined) for (const one of all) tell(one);
  else if (failed.length === 0 && missing.length === 0) await write(await pageOf(all));
  else console.log(await pageOf(all));
  for (const one of failed) tell(one);
  const tried = all.filter(({ outcome }) => outcome !== null).length;
  console.log(`${tried} tried, ${failed.length} failed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  await remove();
}

async function write(text: string): Promise<void> {
  const before = await readFile(page, "utf8").catch(() => "");
  await writeFile(page, text);
  console.log(text);
  console.log(before === text ? "docs/interop.md tells it already" : "docs/interop.md is written anew");
}

function tell({ cell, outcome }: Result): void {
  if (outcome === null) return;
  const mark = { holds: "✓", cannot: "cannot", fails: "✗" }[outcome.kind];
  const why = outcome.kind === "fails" ? `\n    ${outcome.why.trim().replaceAll("\n", "\n    ")}` : "";
  console.log(`${mark} ${cell.table}: ${cell.row}: ${cell.peer.title}${why}`);
}
