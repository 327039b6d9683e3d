/** The run itself: everybody in turn, then what needs processes of its own, then the tables. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { type BrowserName, browserNames, measureInBrowser } from "./browsers.js";
import { allCases } from "./cases.js";
import { measureCold, measurePeaks } from "./fresh.js";
import { type Goal, type Measured, judge } from "./goals.js";
import { files, makeMaterials } from "./materials.js";
import { buildBadge, buildContestants, buildLibcrypto, root, scratch, versions } from "./places.js";
import {
  type Case,
  type Contestant,
  type ContestantName,
  LineContestant,
  ProcessContestant,
  type Result,
  race,
} from "./race.js";
import {
  type Kept,
  coldTable,
  goalTable,
  peakTable,
  ratiosToKeep,
  regressions,
  resultTable,
  weightTable,
} from "./report.js";
import { badgeEntry, weigh } from "./sizes.js";

const keptFile = `${root}docs/performance.json`;
const documentFile = `${root}docs/performance.md`;
const json = process.argv.includes("--json");
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;

/** With --json, standard output is for the JSON alone. */
function say(text: string): void {
  (json ? process.stderr : process.stdout).write(`${text}\n`);
}

function contestants(): ReadonlyMap<ContestantName, Contestant> {
  const node = (name: string): Contestant =>
    new LineContestant(process.execPath, ["--expose-gc", `${scratch}js/${name}.js`], files);
  const signet = node("signet");
  const found = new Map<ContestantName, Contestant>([
    ["signet", signet],
    ["host", signet],
    ["operations", signet],
    ["openssl", new ProcessContestant("openssl", files)],
    ["pkijs", node("pkijs")],
    ["forge", node("forge")],
  ]);
  const missing = buildLibcrypto();
  if (missing === null) {
    const libcrypto = new LineContestant(`${scratch}libcrypto`, [], files);
    found.set("libcrypto", libcrypto).set("libcrypto-cms", libcrypto);
  } else {
    say(`libcrypto: skipped (${missing})`);
  }
  return found;
}

async function raceAll(cases: readonly Case[]): Promise<readonly Result[]> {
  const running = contestants();
  const results: Result[] = [];
  for (const one of cases) {
    results.push(await race(one, running));
    process.stderr.write(`\r${results.length}/${cases.length} ${one.id}\u001b[K`);
  }
  process.stderr.write("\r\u001b[K");
  for (const contestant of new Set(running.values())) contestant.close();
  return results;
}

function machine(): string {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const programs = Object.entries(versions()).map(([name, version]) => `${name} ${version}`);
  return [
    `${cpus().length} × ${processor?.model ?? "?"}, ${memory} GiB, Linux ${release()}`,
    ...programs,
  ].join("; ");
}

function readKept(): Kept | null {
  try {
    return JSON.parse(readFileSync(keptFile, "utf8")) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function compare(results: readonly Result[]): void {
  const kept = readKept();
  if (kept === null) return;
  const worse = regressions(ratiosToKeep(results), kept.ratios);
  say(`\nSince ${kept.date}: ${worse.length === 0 ? "nothing got worse by more than noise" : "got worse"}`);
  for (const line of worse) say(`  ${line}`);
}

async function inBrowsers(): Promise<Partial<Record<BrowserName, readonly Result[]>>> {
  const found: Partial<Record<BrowserName, readonly Result[]>> = {};
  if (process.argv.includes("--no-browsers")) return found;
  for (const name of browserNames) {
    const results = await measureInBrowser(name);
    if (results === null) say(`\n${name}: skipped, not installed`);
    else {
      found[name] = results;
      say(`\nIn ${name}:\n\n${resultTable(results)}`);
    }
  }
  return found;
}

/** Into docs/performance.md between its marks, and docs/performance.json for the next comparison. */
async function keep(
  measured: Measured,
  goals: readonly Goal[],
  browsers: Partial<Record<BrowserName, readonly Result[]>>,
): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const values = Object.fromEntries(
    goals.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])),
  ) as Kept["goals"];
  const kept: Kept = { machine: machine(), date, ratios: ratiosToKeep(measured.results), goals: values };
  await writeDocument(keptFile, JSON.stringify(kept));
  const inBrowsers = Object.entries(browsers).map(
    ([name, results]) => `### In ${name}\n\n${resultTable(results)}`,
  );
  const numbers = [
    `Measured on ${date}: ${machine()}; load ${loadavg()[0]!.toFixed(1)} at the end.`,
    `### Goals\n\n${goalTable(goals)}`,
    `### Against others, in Node\n\n${resultTable(measured.results)}`,
    ...inBrowsers,
    `### Fresh processes\n\n${coldTable(measured.cold)}`,
    `### Memory\n\n${peakTable(measured.peaks)}`,
    `### Size\n\n${weightTable(measured)}`,
  ].join("\n\n");
  const document = readFileSync(documentFile, "utf8");
  const marks = /(<!-- numbers -->\n)[^]*(\n<!-- end of numbers -->)/;
  await writeDocument(
    documentFile,
    document.replace(marks, (_, begin: string, end: string) => begin + numbers + end),
  );
}

async function writeDocument(file: string, text: string): Promise<void> {
  const { format, resolveConfig } = await import("prettier");
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

export async function runBench(): Promise<void> {
  await makeMaterials();
  await buildContestants();
  await buildBadge(badgeEntry);
  say(
    `${machine()}\nload ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}\n`,
  );
  const all = process.argv.includes("--quick")
    ? allCases().map((one) => ({ ...one, rounds: 1 }))
    : allCases();
  const cases = all.filter(({ id, what }) => only === undefined || `${id} ${what}`.includes(only));
  const results = await raceAll(cases);
  say(resultTable(results));
  compare(results);
  if (only !== undefined) return;
  const measured: Measured = { results, cold: measureCold(), peaks: measurePeaks(), weights: await weigh() };
  say(
    `\n${coldTable(measured.cold)}\n\n${peakTable(measured.peaks)}\n(${measured.peaks[0]!.how})\n\n${weightTable(measured)}`,
  );
  const browsers = await inBrowsers();
  const goals = judge(measured);
  say(`\n${goalTable(goals)}`);
  if (json) console.log(JSON.stringify({ machine: machine(), goals, ...measured, browsers }));
  if (process.argv.includes("--keep")) await keep(measured, goals, browsers);
}
