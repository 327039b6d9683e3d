/** Signet's engine as a contestant. */
import { operations } from "./operations.js";
import { serve } from "./serve.js";

await serve(operations);
