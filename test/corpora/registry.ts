/** Who runs which rows of INDEX.tsv: the first that matches. See case.ts. */
import type { CaseFunctions } from "./case.js";
import { pkcs12Cases } from "./pkcs12-cases.js";

export const registry: readonly CaseFunctions[] = [pkcs12Cases];
