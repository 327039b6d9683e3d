/** Gecko: the event page makes the worker, which dies with it and hears nobody else. */
import type { Beginning, FromWorker } from "../../worker/jobs.js";
import type { StartWorker } from "./engine-worker.js";

export const startDedicatedWorker: StartWorker = ({ said, died }) => {
  const worker = new Worker("/worker/main.js", { type: "module", name: "signet-engine" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => said(data);
  // Out of memory, a script that does not load, an exception that nobody caught, a message that cannot be read.
  worker.onerror = (event) => {
    event.preventDefault();
    died();
  };
  worker.onmessageerror = died;
  worker.postMessage({ port: null } satisfies Beginning);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    end: () => worker.terminate(),
  };
};
