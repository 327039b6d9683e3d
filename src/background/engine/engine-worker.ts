/** A worker with an engine in it, however this host starts one. */
import type { FromWorker, ToWorker } from "../../worker/jobs.js";

export interface EngineWorker {
  post(message: ToWorker, transfer: ArrayBuffer[]): void;
  /** At once, whatever it is doing; all that it held is gone. */
  end(): void;
}

export interface WorkerEvents {
  said(message: FromWorker): void;
  /** It did not start, or broke down; nothing comes from it any more. */
  died(): void;
}

export type StartWorker = (events: WorkerEvents) => EngineWorker;
