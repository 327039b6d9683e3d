/**
 * `npm run conformance [-- --json]`: other people's test material against our engine, a case a row of
 * INDEX.tsv. What we do not do as the source demands stands in exceptions.json with its reason; one that
 * begins to pass is an error too, so that the list stays true.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { buildKernels } from "../../src/build/kernels.js";
import { type CorpusCase, corpusCases, noCorpora } from "../helpers/corpora.js";
import { type CaseOutcome, corpusOf, otherwise } from "./case.js";

/** A reason; of a file with many tests, for exactly these of them. */
type Exception = string | { readonly reason: string; readonly subtests: readonly string[] };

export interface CorpusResult {
  readonly name: string;
  readonly cases: number;
  readonly asExpected: number;
  readonly exceptions: number;
  readonly unexpected: number;
  readonly subtests: number;
  /** what went otherwise, by case */
  readonly surprises: Readonly<Record<string, string>>;
}

const kinds = ["verify", "decrypt", "p12", "mime", "vector", "path"];

function readExceptions(): Readonly<Record<string, Exception>> {
  const file = new URL("exceptions.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Exception>>;
}

/** Rows by corpus, in the index's order. */
export function corpora(): ReadonlyMap<string, readonly CorpusCase[]> {
  const found = new Map<string, CorpusCase[]>();
  for (const row of kinds.flatMap((kind) => corpusCases(kind))) {
    const name = corpusOf(row);
    found.set(name, [...(found.get(name) ?? []), row]);
  }
  return found;
}

export async function runCorpus(name: string, rows: readonly CorpusCase[]): Promise<CorpusResult> {
  const exceptions = readExceptions();
  const surprises: Record<string, string> = {};
  const count = { asExpected: 0, exceptions: 0, unexpected: 0, subtests: 0 };
  for (const row of rows) {
    const outcome = await runCase(row);
    count.subtests += outcome.kind === "otherwise" ? 0 : (outcome.subtests ?? 0);
    const exception = exceptions[row.id];
    const surprise = surpriseOf(outcome, exception);
    if (surprise !== null) {
      count.unexpected++;
      surprises[row.id] = surprise;
    } else if (exception === undefined) count.asExpected++;
    else count.exceptions++;
  }
  return { name, cases: rows.length, ...count, surprises };
}

async function runCase(row: CorpusCase): Promise<CaseOutcome> {
  // Not before: the engine needs its kernels, which a fresh checkout has yet to compile.
  const { registry } = await import("./registry.js");
  const functions = registry.find((candidate) => candidate.matches(row));
  if (functions === undefined) return otherwise("nobody runs this case");
  try {
    return await functions.run(row);
  } catch (error) {
    return otherwise(`threw ${String((error as Error).stack ?? error)}`);
  }
}

/** @returns null where it went as demanded, or exactly as its exception says */
function surpriseOf(outcome: CaseOutcome, exception: Exception | undefined): string | null {
  if (outcome.kind === "as-demanded") {
    return exception === undefined ? null : "passes now: remove the exception";
  }
  if (outcome.kind === "otherwise") {
    // No exception excuses a crash.
    if (outcome.what.startsWith("threw ")) return outcome.what;
    return exception === undefined ? outcome.what : null;
  }
  const excused = typeof exception === "object" ? new Set(exception.subtests) : new Set<string>();
  const failed = outcome.failed.filter((id) => !excused.has(id.split(" ")[0]!));
  const passed = [...excused].filter((id) => !outcome.failed.some((one) => one.split(" ")[0] === id));
  // A reason without a list allows refusing, never an answer that is wrong.
  const excusable = typeof exception === "string" && failed.every((one) => one.includes(" refused "));
  if (excusable || (failed.length === 0 && passed.length === 0)) return null;
  const told = [`${failed.length} failed: ${failed.slice(0, 40).join(", ")}`];
  if (passed.length > 0) told.push(`pass now: ${passed.join(", ")}`);
  return told.join("; ");
}

/** Exceptions for cases that do not exist hide nothing, but lie. */
export function staleExceptions(): readonly string[] {
  if (noCorpora !== false) return [];
  const known = new Set(kinds.flatMap((kind) => corpusCases(kind)).map(({ id }) => id));
  return Object.keys(readExceptions()).filter((id) => !known.has(id));
}

function table(results: readonly CorpusResult[]): string {
  const columns = ["corpus", "cases", "as expected", "exceptions", "unexpected", "subtests"];
  const cells = results.map((one) => [
    one.name,
    ...[one.cases, one.asExpected, one.exceptions, one.unexpected, one.subtests].map(String),
  ]);
  const widths = columns.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return [columns, ...cells].map(line).join("\n");
}

function total(results: readonly CorpusResult[]): CorpusResult {
  const sum = (of: (one: CorpusResult) => number): number => results.reduce((all, one) => all + of(one), 0);
  return {
    name: "all",
    cases: sum((one) => one.cases),
    asExpected: sum((one) => one.asExpected),
    exceptions: sum((one) => one.exceptions),
    unexpected: sum((one) => one.unexpected),
    subtests: sum((one) => one.subtests),
    surprises: {},
  };
}

/** `--json` for programs; a name or several run those corpora only. */
async function main(args: readonly string[]): Promise<void> {
  await buildKernels();
  const json = args.includes("--json");
  const names = args.filter((arg) => !arg.startsWith("--"));
  const results: CorpusResult[] = [];
  for (const [name, rows] of corpora()) {
    if (names.length === 0 || names.includes(name)) results.push(await runCorpus(name, rows));
  }
  if (json) console.log(JSON.stringify({ corpora: results }));
  else if (noCorpora === false) console.log(table([...results, total(results)]));
  for (const { surprises } of results) {
    for (const [id, what] of Object.entries(surprises)) console.error(`${id}: ${what}`);
  }
  const stale = staleExceptions();
  for (const id of stale) console.error(`${id}: no such case, remove the exception`);
  if (stale.length > 0 || results.some(({ unexpected }) => unexpected > 0)) process.exitCode = 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(process.argv.slice(2));
}
