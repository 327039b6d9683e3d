/** Who runs which rows of INDEX.tsv: the first that matches. See case.ts. */
import type { CaseFunctions } from "./case.js";
import { certificateCases } from "./certificate-cases.js";
import { decryptionCases } from "./decryption-cases.js";
import { keyCases } from "./key-cases.js";
import { limboCases } from "./limbo-cases.js";
import { mimeCases } from "./mime-cases.js";
import { mime4jCases } from "./mime4j.js";
import { pkcs12Cases } from "./pkcs12-cases.js";
import { pkitsCases } from "./pkits-cases.js";
import { samplePaths } from "./sample-paths.js";
import { signatureCases } from "./signature-cases.js";
import { wycheproofDecryption } from "./wycheproof-decryption.js";
import { wycheproofDerivation } from "./wycheproof-derivation.js";
import { wycheproofPasswords } from "./wycheproof-passwords.js";
import { wycheproofSignatures } from "./wycheproof-signatures.js";
import { zlintCases } from "./zlint-cases.js";

export const registry: readonly CaseFunctions[] = [
  pkcs12Cases,
  keyCases,
  signatureCases,
  decryptionCases,
  ...certificateCases,
  ...mimeCases,
  ...mime4jCases,
  ...wycheproofSignatures,
  ...wycheproofDecryption,
  ...wycheproofDerivation,
  ...wycheproofPasswords,
  zlintCases,
  pkitsCases,
  limboCases,
  samplePaths,
];
