/** What each row of INDEX.tsv demands; where a program cannot tell, expectations.json says it, with the reason. */
import { readFileSync } from "node:fs";
import type { CorpusCase } from "../helpers/corpora.js";

interface Expectation {
  readonly expected: string;
  readonly why: string;
}

const own = JSON.parse(readFileSync(new URL("expectations.json", import.meta.url), "utf8")) as Readonly<
  Record<string, Expectation>
>;

export function expectationOf(row: CorpusCase): string {
  return own[row.id]?.expected ?? row.expected;
}
