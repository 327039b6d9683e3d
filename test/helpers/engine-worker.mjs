/** A worker thread of Node as a browser's worker sees itself; runs src/worker/main.ts. */
import { parentPort } from "node:worker_threads";
import { register } from "tsx/esm/api";

register();
globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
await import("../../src/worker/main.ts");
parentPort.on("message", (data) => globalThis.onmessage?.({ data }));
