/**
 * Wycheproof's files: one row of the index each, thousands of tests inside. "valid" must come out right,
 * "invalid" must be refused, and "acceptable" may be refused but never come out wrong.
 */
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
} from "../../src/engine/base/errors.js";
import { readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, type CaseOutcome, ofSubtests } from "./case.js";

export interface Vector {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
  /** hexadecimal, by the file's own names */
  readonly [field: string]: unknown;
}

export interface Group {
  readonly tests: readonly Vector[];
  readonly [field: string]: unknown;
}

export function hex(from: Vector | Group, field: string): Uint8Array<ArrayBuffer> {
  const text = from[field];
  if (typeof text !== "string") throw new Error(`no ${field}`);
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** What the engine made of a vector: the right answer, a wrong one, or none. */
export type Answer = "right" | "wrong" | "refused";

export type Attempt = (vector: Vector, group: Group) => Promise<Answer>;

const refusals = [DecryptionError, MalformedError, UnsupportedError, BudgetExceededError];

/** One file with the function that tries each of its vectors. */
export function wycheproofFile(name: RegExp, attempt: Attempt): CaseFunctions {
  return {
    matches: ({ path }) => path.startsWith("wycheproof/") && name.test(path),
    run: ({ path }) => runFile(path, attempt),
  };
}

async function runFile(path: string, attempt: Attempt): Promise<CaseOutcome> {
  const text = Buffer.from(readCorpus(path)).toString();
  const { testGroups } = JSON.parse(text) as { testGroups: readonly Group[] };
  const failed: string[] = [];
  let count = 0;
  for (const group of testGroups) {
    for (const vector of group.tests) {
      count++;
      const answer = await answerOf(vector, group, attempt);
      if (!isGood(vector, answer)) failed.push(`${vector.tcId} ${answer} [${vector.flags.join(" ")}]`);
    }
  }
  return ofSubtests(count, failed);
}

async function answerOf(vector: Vector, group: Group, attempt: Attempt): Promise<Answer> {
  try {
    return await attempt(vector, group);
  } catch (error) {
    if (refusals.some((kind) => error instanceof kind)) return "refused";
    throw error;
  }
}

function isGood({ result }: Vector, answer: Answer): boolean {
  if (result === "valid") return answer === "right";
  return result === "invalid" ? answer === "refused" : answer !== "wrong";
}

export function sameOctets(found: Uint8Array, wanted: Uint8Array): Answer {
  return Buffer.compare(found, wanted) === 0 ? "right" : "wrong";
}

export function verified(holds: boolean): Answer {
  return holds ? "right" : "refused";
}
