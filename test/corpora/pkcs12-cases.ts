/** Other people's PKCS #12 files: each opens with the password its source names, or is refused. */
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
} from "../../src/engine/base/errors.js";
import { readPkcs12 } from "../../src/engine/keys/pkcs12.js";
import { readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, asDemanded, otherwise } from "./case.js";

const named = [DecryptionError, MalformedError, UnsupportedError, BudgetExceededError];

export const pkcs12Cases: CaseFunctions = {
  matches: ({ kind }) => kind === "p12",
  async run({ path, expected }) {
    const password = /pw='([^']*)'/.exec(expected)?.[1] ?? "";
    const mustFail = expected.startsWith("MUST reject");
    try {
      const entries = await readPkcs12(readCorpus(path), password);
      if (mustFail) return otherwise("opened");
      return entries.length > 0 ? asDemanded : otherwise("nothing found");
    } catch (error) {
      // Anything else is our own bug, whatever the file demands.
      if (!named.some((kind) => error instanceof kind)) throw error;
      return mustFail ? asDemanded : otherwise(String(error));
    }
  },
};
