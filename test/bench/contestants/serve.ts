/**
 * How a contestant that runs in Node is talked to: lines in, lines out, so that runs of several of them
 * can be interleaved. The same words as `libcrypto.c` knows.
 *
 *   load ID OPERATION ARGUMENT...   ->  ok | cannot REASON
 *   run ID TIMES                    ->  milliseconds of one, on average
 *   drop ID                         ->  ok
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Job, type Operations, timed } from "./job.js";

export type { Job, Operations };

/** A plain view: Node keeps small files in a pool that they share. */
export function readBytes(file: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(file));
}

export async function serve(operations: Operations): Promise<void> {
  const jobs = new Map<string, Job>();
  for await (const line of createInterface({ input: process.stdin })) {
    const [verb, id = "", ...words] = line.trim().split(" ");
    const answer = await answerTo(verb, { id, words, jobs, operations });
    process.stdout.write(`${answer}\n`);
  }
}

interface Request {
  readonly id: string;
  readonly words: readonly string[];
  readonly jobs: Map<string, Job>;
  readonly operations: Operations;
}

async function answerTo(verb: string | undefined, { id, words, jobs, operations }: Request): Promise<string> {
  switch (verb) {
    case "load": {
      const [operation = "", ...rest] = words;
      try {
        const job = await operations[operation]!(...rest);
        await job();
        jobs.set(id, job);
        return "ok";
      } catch (error) {
        return `cannot ${String(error).replaceAll("\n", " ").slice(0, 200)}`;
      }
    }
    case "run":
      return String(await timed(jobs.get(id)!, Number(words[0])));
    case "drop":
      jobs.delete(id);
      // Between cases, so that one does not pay for the garbage of another.
      (globalThis as { gc?: () => void }).gc?.();
      return "ok";
    default:
      throw new Error(`unknown: ${verb}`);
  }
}
