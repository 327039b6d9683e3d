/**
 * Contestants side by side. Each lives in a process of its own and waits for a line; a case is run by all
 * of them in turn, round after round, so that whatever else the machine does is done to all. Ratios are
 * taken within a round; of the rounds, the median counts.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { type Interface, createInterface } from "node:readline";

export type ContestantName =
  "signet" | "host" | "libcrypto" | "libcrypto-cms" | "openssl" | "pkijs" | "forge" | "operations";

export interface Contestant {
  /** @returns what keeps it from doing this; null where it can */
  load(id: string, words: readonly string[]): Promise<string | null>;
  /** @returns milliseconds */
  run(id: string, times: number): Promise<number>;
  drop(id: string): Promise<void>;
  close(): void;
}

/** Speaks the lines of `contestants/serve.ts` and `libcrypto.c`. */
export class LineContestant implements Contestant {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  readonly #lines: Interface;
  #ended: Error | null = null;

  constructor(program: string, parameters: readonly string[], folder: string) {
    this.#child = spawn(program, parameters, { cwd: folder });
    this.#child.stderr.pipe(process.stderr);
    // Whoever asks hears of it by the exit.
    this.#child.stdin.on("error", () => undefined);
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#lines.on("line", (line) => this.#waiting.shift()?.resolve(line));
    this.#child.once("exit", (code) => {
      this.#ended = new Error(`${[program, ...parameters].join(" ")} ended with ${code}`);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
    });
  }

  async load(id: string, words: readonly string[]): Promise<string | null> {
    const answer = await this.#ask(["load", id, ...words].join(" "));
    return answer === "ok" ? null : answer;
  }

  async run(id: string, times: number): Promise<number> {
    return Number(await this.#ask(`run ${id} ${times}`));
  }

  async drop(id: string): Promise<void> {
    await this.#ask(`drop ${id}`);
  }

  close(): void {
    this.#child.stdin.end();
  }

  #ask(line: string): Promise<string> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${line}\n`);
    });
  }
}

/** A program that is started anew each time, as a script would. */
export class ProcessContestant implements Contestant {
  readonly #commands = new Map<string, readonly string[]>();
  readonly #program: string;
  readonly #folder: string;

  constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  load(id: string, words: readonly string[]): Promise<string | null> {
    this.#commands.set(id, words);
    const { status, stderr } = spawnSync(this.#program, words, { cwd: this.#folder });
    return Promise.resolve(status === 0 ? null : `cannot ${String(stderr).slice(0, 200)}`);
  }

  run(id: string, times: number): Promise<number> {
    const begun = performance.now();
    for (let i = 0; i < times; i++) {
      spawnSync(this.#program, this.#commands.get(id)!, { cwd: this.#folder, stdio: "ignore" });
    }
    return Promise.resolve((performance.now() - begun) / times);
  }

  drop(id: string): Promise<void> {
    this.#commands.delete(id);
    return Promise.resolve();
  }

  close(): void {}
}

export interface Case {
  readonly id: string;
  readonly size: string;
  readonly what: string;
  readonly rounds: number;
  /** milliseconds of the same work before anybody's time counts, where the usual is too little */
  readonly warmUp?: number;
  /** what each is told; those that are not named do not run */
  readonly entries: Readonly<Partial<Record<ContestantName, readonly string[]>>>;
}

export interface Spread {
  readonly median: number;
  /** quarters of the rounds lie below and above */
  readonly low: number;
  readonly high: number;
}

export interface Result {
  readonly id: string;
  readonly size: string;
  readonly what: string;
  /** milliseconds */
  readonly times: Readonly<Partial<Record<ContestantName, Spread>>>;
  /** Signet's time divided by theirs */
  readonly ratios: Readonly<Partial<Record<ContestantName, Spread>>>;
  /** why somebody did not run */
  readonly cannot: Readonly<Partial<Record<ContestantName, string>>>;
}

export async function race(
  { id, size, what, rounds, entries, warmUp = usualWarmUp }: Case,
  contestants: ReadonlyMap<ContestantName, Contestant>,
): Promise<Result> {
  const running: { name: ContestantName; contestant: Contestant; times: number; samples: number[] }[] = [];
  const cannot: Partial<Record<ContestantName, string>> = {};
  for (const [name, words] of Object.entries(entries) as [ContestantName, readonly string[]][]) {
    const contestant = contestants.get(name);
    const problem = contestant === undefined ? "skipped" : await contestant.load(`${id}/${name}`, words);
    if (contestant === undefined || problem !== null) cannot[name] = problem ?? "skipped";
    else running.push({ name, contestant, times: 1, samples: [] });
  }
  for (const one of running) {
    one.times = await repetitions(one.contestant, `${id}/${one.name}`, warmUp);
  }
  for (let round = 0; round < rounds; round++) {
    for (const one of running) {
      // What takes long is run a few times only: its median hardly moves.
      if (round >= 5 && one.samples[0]! * one.times > 400) continue;
      one.samples.push(await one.contestant.run(`${id}/${one.name}`, one.times));
    }
  }
  for (const one of running) await one.contestant.drop(`${id}/${one.name}`);
  const samples = new Map(running.map((one) => [one.name, one.samples]));
  return { id, size, what, cannot, ...summaryOf(samples) };
}

/** milliseconds of one sample, at least */
const sampleTime = 20;

/** milliseconds before anybody's time counts: hosts that compile what runs often have done so by then */
const usualWarmUp = 400;

/** As many as fill a sample; warm by then. */
async function repetitions(contestant: Contestant, id: string, warmUp: number): Promise<number> {
  let latest = await contestant.run(id, 1);
  if (latest > sampleTime) return 1;
  for (let spent = 0; spent < warmUp;) {
    const times = Math.ceil(sampleTime / latest);
    latest = await contestant.run(id, times);
    spent += Math.max(latest * times, 1);
  }
  return Math.max(1, Math.ceil(sampleTime / latest));
}

function summaryOf(
  samples: ReadonlyMap<ContestantName, readonly number[]>,
): Pick<Result, "times" | "ratios"> {
  const times: Partial<Record<ContestantName, Spread>> = {};
  const ratios: Partial<Record<ContestantName, Spread>> = {};
  const ours = samples.get("signet");
  for (const [name, theirs] of samples) {
    times[name] = spreadOf(theirs);
    if (ours === undefined || name === "signet") continue;
    ratios[name] = spreadOf(theirs.map((value, round) => ours[round]! / value));
  }
  return { times, ratios };
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
