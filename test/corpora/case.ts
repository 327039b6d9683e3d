/**
 * What a corpus case is and what may come of it. To add cases, write a `…-cases.ts` file that exports one
 * `CaseFunctions` and put it into the list in `registry.ts`; the first that matches a row runs it.
 *
 * A case function answers "as demanded", or says in words what happened instead. Where a file holds many
 * tests (Wycheproof), it answers with those that failed. It never decides that a failure is fine: that is
 * exceptions.json's, with a reason. A row whose `expected` no program can decide has its expectation, with
 * the reason, in expectations.json.
 */
import type { CorpusCase } from "../helpers/corpora.js";

export type CaseOutcome =
  | { readonly kind: "as-demanded"; readonly subtests?: number }
  | { readonly kind: "otherwise"; readonly what: string }
  | { readonly kind: "subtests-failed"; readonly subtests: number; readonly failed: readonly string[] };

export interface CaseFunctions {
  matches(row: CorpusCase): boolean;
  run(row: CorpusCase): Promise<CaseOutcome>;
}

export const asDemanded: CaseOutcome = { kind: "as-demanded" };

export function otherwise(what: string): CaseOutcome {
  return { kind: "otherwise", what };
}

/** @param failed of each test that failed its name, in the file's own numbering */
export function ofSubtests(subtests: number, failed: readonly string[]): CaseOutcome {
  return failed.length === 0
    ? { kind: "as-demanded", subtests }
    : { kind: "subtests-failed", subtests, failed };
}

/** "rfc9216", "openssl", …: whose case it is. */
export function corpusOf({ path }: CorpusCase): string {
  const [first, second] = path.split("/");
  if (first === "path") return "limbo";
  if (first === "x509") return "zlint";
  if (first !== "ietf") return first!;
  return second!.startsWith("rfc") ? second! : "lamps";
}
