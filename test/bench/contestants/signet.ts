/** Signet's engine as a contestant. */
import { operationsReading } from "./operations.js";
import { readBytes, serve } from "./serve.js";

await serve(operationsReading((file) => Promise.resolve(readBytes(file))));
