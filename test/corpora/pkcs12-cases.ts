/**
 * Other people's PKCS #12 files: each opens with the password its source names, and with no other unless
 * it says itself that no password keeps it, or is refused.
 */
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
} from "../../src/engine/base/errors.js";
import type { Pkcs12Entry } from "../../src/engine/keys/match-entries.js";
import { readPkcs12 } from "../../src/engine/keys/pkcs12.js";
import { readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, type CaseOutcome, asDemanded, otherwise } from "./case.js";
import { expectationOf } from "./expectations.js";

const named = [DecryptionError, MalformedError, UnsupportedError, BudgetExceededError];

/** @returns the code of the refusal where it was refused */
async function open(path: string, password: string): Promise<readonly Pkcs12Entry[] | string> {
  try {
    return await readPkcs12(readCorpus(path), password);
  } catch (error) {
    // Anything else is our own bug, whatever the file demands.
    if (!named.some((kind) => error instanceof kind)) throw error;
    return (error as DecryptionError).code;
  }
}

export const pkcs12Cases: CaseFunctions = {
  matches: ({ kind }) => kind === "p12",
  async run(row) {
    const expected = expectationOf(row);
    const password = /pw='([^']*)'/.exec(expected)?.[1] ?? "";
    const found = await open(row.path, password);
    const refusal = /^refused: (.*)/.exec(expected)?.[1];
    if (expected.startsWith("MUST reject") || refusal !== undefined) {
      if (typeof found !== "string") return otherwise("opened");
      return refusal === undefined || refusal === found ? asDemanded : otherwise(found);
    }
    if (typeof found === "string") return otherwise(found);
    const demanded = expected.startsWith("opens empty") ? found.length === 0 : found.length > 0;
    return demanded ? withWrongPassword(row.path, password) : otherwise(`${found.length} entries`);
  },
};

async function withWrongPassword(path: string, password: string): Promise<CaseOutcome> {
  const found = await open(path, `${password} `);
  if (found === "decryption-failed") return asDemanded;
  const isOpen =
    typeof found !== "string" && found.every(({ keyProtection }) => keyProtection !== "password");
  return isOpen ? asDemanded : otherwise("opened with another password");
}
