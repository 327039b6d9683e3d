/**
 * Times of several ways to do a thing, taken in turns: whatever else the machine does falls on all of them alike.
 * For tests that look for a difference that an attacker could see; none asserts how long anything takes.
 */
export interface Timed {
  readonly says: string;
  /** milliseconds: half of the tries were faster */
  readonly median: number;
}

export interface Way {
  readonly says: string;
  run(): Promise<unknown>;
}

/** Each round does all of them, beginning with another one each time. */
export async function interleaved(ways: readonly Way[], rounds: number): Promise<readonly Timed[]> {
  const times = ways.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < ways.length; i++) {
      const which = (round + i) % ways.length;
      const began = performance.now();
      await ways[which]!.run();
      times[which]!.push(performance.now() - began);
    }
  }
  return ways.map(({ says }, i) => ({ says, median: median(times[i]!) }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The slowest way's median as a multiple of the fastest's. */
export function spread(timed: readonly Timed[]): number {
  const medians = timed.map((one) => one.median);
  return Math.max(...medians) / Math.min(...medians);
}

export function describeTimes(timed: readonly Timed[]): string {
  return timed.map(({ says, median }) => `${says} ${median.toFixed(2)} ms`).join(", ");
}
