/**
 * `npm run torture [-- MINUTES] [-- MINUTES TARGET …]`: every fuzz target for an hour, side by side, at the lowest
 * priority. What they learn is kept in `.build/fuzz/corpus`, so that the next run goes on from there; the results of
 * the last long run are in docs/fuzzing.md. Before them Chromium is killed a hundred times and Thunderbird
 * twenty times while they write keys; that alone: `npm run torture -- 1 kill`.
 */
import { constants, cpus, setPriority } from "node:os";
import { killRoundsInChromium } from "../helpers/killing/in-chromium.js";
import type { KillReport } from "../helpers/killing/kill-rounds.js";
import { killRoundsInThunderbird } from "../helpers/killing/thunderbird.js";
import { corpusSeeds } from "./corpus-seeds.js";
import { type Outcome, type Target, cannotFuzz, fuzz, prepare, targets } from "./run-fuzzers.js";

function row(values: readonly (string | number)[]): string {
  return `| ${values.join(" | ")} |`;
}

function report(outcomes: readonly Outcome[]): void {
  console.log(
    `\n${new Date().toISOString()}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.version}\n`,
  );
  console.log(row(["target", "wall s", "CPU s", "executions", "cov", "ft", "corpus", "peak MB", "findings"]));
  console.log(row(["---", "--:", "--:", "--:", "--:", "--:", "--:", "--:", "--:"]));
  for (const one of outcomes) {
    const { target, seconds, cpuSeconds, executions, coverage, features, corpus, peakMegabytes, findings } =
      one;
    const numbers = [
      seconds,
      cpuSeconds,
      executions,
      coverage,
      features,
      corpus,
      peakMegabytes,
      findings.length,
    ];
    console.log(row([target, ...numbers]));
  }
  for (const { said, findings } of outcomes) {
    for (const path of findings) console.log(`\nfound: ${path}`);
    if (said !== null) console.log(said);
  }
}

/** Real programs, killed in the middle of writing keys; none may be lost (dist must be built). */
async function kill(): Promise<void> {
  const report = (where: string, { rounds, done, undone, inside, names }: KillReport): void => {
    const outcome = `${done} acts done whole, ${undone} not at all, 0 keys lost`;
    console.log(`${where}, killed ${rounds} times, ${inside} of them inside a write: ${outcome}`);
    console.log(`in the middle of: ${[...names].join(", ")}`);
  };
  report("Chromium", await killRoundsInChromium(100));
  report("Thunderbird", await killRoundsInThunderbird(20));
}

async function fuzzAll(chosen: readonly Target[], seconds: number): Promise<void> {
  if (cannotFuzz !== false) throw new Error(cannotFuzz);
  await prepare();
  const runs = chosen.map(async (target) => {
    const outcome = await fuzz({ target, seconds, corpus: "kept", seeds: await corpusSeeds(target) });
    console.log(`${target}: ${outcome.executions} executions, ${outcome.findings.length} findings`);
    return outcome;
  });
  const outcomes = await Promise.all(runs);
  report(outcomes);
  if (outcomes.some(({ said }) => said !== null)) process.exitCode = 1;
}

async function main([minutes = "60", ...names]: readonly string[]): Promise<void> {
  const known = Object.keys(targets) as Target[];
  const chosen = names.length === 0 ? known : known.filter((target) => names.includes(target));
  const seconds = Number(minutes) * 60;
  const kills = names.length === 0 || names.includes("kill");
  if (!(seconds > 0) || names.some((name) => name !== "kill" && !chosen.includes(name as Target)))
    throw new RangeError("torture [MINUTES [TARGET …]]");
  setPriority(constants.priority.PRIORITY_LOW);
  if (kills) await kill();
  if (chosen.length > 0) await fuzzAll(chosen, seconds);
}

await main(process.argv.slice(2));
