/** One thing to be timed, on any host. */

/** Sets itself up, files read and keys imported, before it is given back. */
export interface Job {
  (): Promise<unknown>;
  /** done before each run, not timed */
  readonly before?: () => Promise<void>;
}

export type Operations = Readonly<Record<string, (...words: string[]) => Promise<Job> | Job>>;

/** @returns milliseconds of one, on average */
export async function timed(job: Job, times: number): Promise<number> {
  let total = 0;
  if (job.before === undefined) {
    const begun = performance.now();
    for (let i = 0; i < times; i++) await job();
    total = performance.now() - begun;
  } else {
    for (let i = 0; i < times; i++) {
      await job.before();
      const begun = performance.now();
      await job();
      total += performance.now() - begun;
    }
  }
  return total / times;
}

/** Messages or signatures in one file, each behind its length in four octets. */
export function readEach(octets: Uint8Array<ArrayBuffer>): readonly Uint8Array<ArrayBuffer>[] {
  const view = new DataView(octets.buffer, octets.byteOffset);
  const all: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < octets.length;) {
    const length = view.getUint32(at);
    all.push(octets.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return all;
}
