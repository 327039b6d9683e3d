/**
 * `npm run torture [-- MINUTES] [-- MINUTES TARGET …]`: every fuzz target for an hour, side by side, at the lowest
 * priority. What they learn is kept in `.build/fuzz/corpus`, so that the next run goes on from there; the results of
 * the last long run are in docs/fuzzing.md. `npm run torture -- 1 kill` kills a browser a hundred times instead.
 */
import { constants, cpus, setPriority } from "node:os";
import { killRounds } from "../helpers/browsers/kill-rounds.js";
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

/** A real Chromium, killed in the middle of writing keys; none may be lost (dist/chrome must be built). */
async function killAHundredTimes(): Promise<void> {
  const { rounds, done, undone, names } = await killRounds(100);
  console.log(`killed ${rounds} times: ${done} came to their end, ${undone} did not, no key lost`);
  console.log(`in the middle of: ${[...names].join(", ")}`);
}

async function main([minutes = "60", ...names]: readonly string[]): Promise<void> {
  const known = Object.keys(targets) as Target[];
  const chosen = names.length === 0 ? known : known.filter((target) => names.includes(target));
  const seconds = Number(minutes) * 60;
  if (!(seconds > 0) || (chosen.length < names.length && !names.includes("kill")))
    throw new RangeError("torture [MINUTES [TARGET …]]");
  if (names.includes("kill")) return killAHundredTimes();
  if (cannotFuzz !== false) throw new Error(cannotFuzz);
  setPriority(constants.priority.PRIORITY_LOW);
  await prepare();
  const runs = chosen.map(async (target) => {
    const outcome = await fuzz({ target, seconds, corpus: "kept", seeds: await corpusSeeds(target) });
    console.log(`${target}: ${outcome.executions} executions, ${outcome.findings.length} findings`);
    return outcome;
  });
  const outcomes = await Promise.all(runs);
  report(outcomes);
  process.exitCode = outcomes.some(({ said }) => said !== null) ? 1 : 0;
}

await main(process.argv.slice(2));
