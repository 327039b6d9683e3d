/**
 * What every fuzz target holds a parser to: it throws the errors that it promises (src/engine/base/errors.ts)
 * and no others, in time and memory that the fuzzer itself watches (`run-fuzzers.ts`).
 */
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
} from "../../../src/engine/base/errors.js";

const promised = [MalformedError, UnsupportedError, BudgetExceededError, DecryptionError];

export function isPromised(error: unknown): boolean {
  return promised.some((kind) => error instanceof kind);
}

/** @returns what was parsed; undefined where the parser threw what it promises. @throws anything else: a finding */
export function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (isPromised(error)) return undefined;
    throw error;
  }
}

/** The same, of parsers that ask the platform's cryptography. */
export async function parsedLater<T>(parse: () => Promise<T>): Promise<T | undefined> {
  try {
    return await parse();
  } catch (error) {
    if (isPromised(error)) return undefined;
    throw error;
  }
}

/** A property that does not hold is a finding. */
export function insist(holds: boolean, says: string): void {
  if (!holds) throw new Error(`does not hold: ${says}`);
}
