/** Signet's engine as a contestant in a browser: the same words as `serve.ts`, asked by the driver. */
import { operationsReading } from "./operations.js";
import { type Job, timed } from "./job.js";

const jobs = new Map<string, Job>();
const operations = operationsReading(async (file) => {
  const response = await fetch(`/files/${file}`);
  if (!response.ok) throw new Error(`no ${file}`);
  return new Uint8Array(await response.arrayBuffer());
});

Object.assign(globalThis, {
  /** @returns what keeps it from doing this; null where it can */
  async load(id: string, [operation = "", ...words]: readonly string[]): Promise<string | null> {
    try {
      const job = await operations[operation]!(...words);
      await job();
      jobs.set(id, job);
      return null;
    } catch (error) {
      return `cannot ${String(error)}`;
    }
  },
  run: (id: string, times: number): Promise<number> => timed(jobs.get(id)!, times),
  drop: (id: string): boolean => jobs.delete(id),
});
