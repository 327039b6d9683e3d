/**
 * Fuzzing with coverage feedback: each target of `targets/` is bundled with the engine inside, so that jazzer.js
 * instruments all of it and nothing of its packages, and runs in a process of its own. libFuzzer watches time and
 * memory; what it finds is written to `.build/fuzz/findings`.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { oid } from "../../src/engine/base/oid.js";
import { objectIdentifier } from "../../src/engine/base/der-writer.js";
import { fitAddon } from "./fit-addon.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const built = `${root}.build/fuzz/`;
const cli = `${root}node_modules/@jazzer.js/core/dist/cli.js`;
const prebuilt = `${root}node_modules/@jazzer.js/fuzzer/prebuilds/fuzzer-${process.platform}-${process.arch}.node`;

export const targets = {
  der: { dictionary: "asn1", longest: 4_096, form: "--sync" },
  mime: { dictionary: "mime", longest: 8_192, form: "--sync" },
  cms: { dictionary: "asn1", longest: 8_192, form: "--no-sync" },
  pkcs12: { dictionary: "asn1", longest: 6_144, form: "--no-sync" },
  crl: { dictionary: "asn1", longest: 4_096, form: "--sync" },
  ocsp: { dictionary: "asn1", longest: 4_096, form: "--sync" },
  dns: { dictionary: "dns", longest: 4_096, form: "--no-sync" },
  request: { dictionary: "asn1", longest: 4_096, form: "--no-sync" },
} as const;
export type Target = keyof typeof targets;

/** Of one input: seconds, and of the whole process: MB. A fuzzer at rest takes 200 to 300 MB. */
export const inputLimits = { seconds: 25, megabytes: 1_024 };

/** @returns why this machine cannot fuzz; false where it can, for `test(name, { skip })` */
export const cannotFuzz: string | false = existsSync(prebuilt)
  ? false
  : `no fuzzer for ${basename(prebuilt)}`;

/** Bundles, the addon made to fit, dictionaries: all that the processes need, in `.build/fuzz`. */
export async function prepare(): Promise<void> {
  await mkdir(`${built}findings`, { recursive: true });
  await Promise.all([...(Object.keys(targets) as Target[]).map(bundle), bundlePreload(), writeAddon()]);
  const known = Object.values(oid).flatMap((dotted) =>
    typeof dotted === "string" ? [dictionaryEntry(dotted)] : [],
  );
  const asn1 = await readFile(`${root}test/fuzz/dictionaries/asn1.dict`, "utf8");
  await writeFile(`${built}asn1.dict`, `${asn1}${known.join("\n")}\n`);
  for (const name of ["mime.dict", "dns.dict"])
    await writeFile(`${built}${name}`, await readFile(`${root}test/fuzz/dictionaries/${name}`));
}

function dictionaryEntry(dotted: string): string {
  const octets = [...objectIdentifier(dotted)].map((octet) => `\\x${octet.toString(16).padStart(2, "0")}`);
  return `"${octets.join("")}"`;
}

async function bundle(name: Target): Promise<void> {
  const entry = `${root}test/fuzz/targets/${name}.ts`;
  await build({
    ...{
      entryPoints: [entry],
      outfile: `${built}${name}.mjs`,
      bundle: true,
      format: "esm",
      platform: "node",
    },
    ...{ target: "node20", packages: "external", sourcemap: "inline", logLevel: "warning" },
    // The bundle lies elsewhere; what targets read beside them is found from where they are written.
    define: { "import.meta.url": JSON.stringify(pathToFileURL(entry).href) },
  });
}

async function bundlePreload(): Promise<void> {
  const [entry, outfile] = [`${root}test/fuzz/preload.ts`, `${built}preload.cjs`];
  await build({ entryPoints: [entry], outfile, bundle: true, format: "cjs", platform: "node" });
}

async function writeAddon(): Promise<void> {
  await writeFile(`${built}fuzzer.node`, fitAddon(await readFile(prebuilt)));
}

export interface Run {
  readonly target: Target;
  readonly seconds: number;
  /** what is learned: kept for the next run, or begun anew from the seeds */
  readonly corpus: "kept" | "new";
  /** folders of inputs to begin with, beside the target's own seeds */
  readonly seeds?: readonly string[];
}

export interface Outcome {
  readonly target: Target;
  readonly executions: number;
  /** edges of our code that were reached, and libFuzzer's finer features */
  readonly coverage: number;
  readonly features: number;
  readonly corpus: number;
  readonly seconds: number;
  /** what the process got of the processor, start-up included: less than `seconds` on a machine that is shared */
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  /** paths of inputs that break a promise */
  readonly findings: readonly string[];
  /** the last lines, where there is a finding or the fuzzer itself failed */
  readonly said: string | null;
}

export async function fuzz({ target, seconds, corpus, seeds = [] }: Run): Promise<Outcome> {
  const { dictionary, longest, form } = targets[target];
  const grown = `${built}${corpus === "kept" ? "corpus" : "corpus-of-a-test"}/${target}`;
  if (corpus === "new") await rm(grown, { recursive: true, force: true });
  await mkdir(grown, { recursive: true });
  const prefix = `${built}findings/${target}-`;
  const before = await findingsOf(target);
  const began = Date.now();
  const { code, output } = await run([
    ...["--require", `${built}preload.cjs`, cli, `${built}${target}.mjs`, grown],
    ...[`${root}test/fuzz/seeds/${target}`, ...seeds].filter((folder) => existsSync(folder)),
    ...[form, "--disableBugDetectors", "^(?!prototype)", "--"],
    ...[
      `-max_total_time=${seconds}`,
      `-timeout=${inputLimits.seconds}`,
      `-rss_limit_mb=${inputLimits.megabytes}`,
    ],
    ...[`-max_len=${longest}`, `-dict=${built}${dictionary}.dict`, `-artifact_prefix=${prefix}`],
    ...["-print_final_stats=1", "-reload=0"],
  ]);
  const findings = (await findingsOf(target)).filter((path) => !before.includes(path));
  const failed = code !== 0 || findings.length > 0;
  const said = failed ? output.split("\n").slice(-60).join("\n") : null;
  return { target, ...numbersOf(output), seconds: Math.round((Date.now() - began) / 1000), findings, said };
}

async function findingsOf(target: Target): Promise<readonly string[]> {
  const names = await readdir(`${built}findings`);
  return names.filter((name) => name.startsWith(`${target}-`)).map((name) => `${built}findings/${name}`);
}

function run(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const environment = { ...process.env, SIGNET_FUZZER_ADDON: `${built}fuzzer.node`, NODE_OPTIONS: "" };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: built,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    // What a fuzzer says in an hour is long; its end tells.
    let output = "";
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString("latin1")).slice(-400_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", reject);
    // Not at "exit": the last words may still be on their way.
    child.once("close", (code) => resolve({ code, output }));
    const stop = (): void => void child.kill();
    process.once("exit", stop);
    child.once("exit", () => process.removeListener("exit", stop));
  });
}

function numbersOf(output: string) {
  const lines = output.matchAll(/^#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)\/.* rss: (\d+)Mb/gm);
  const [executions = 0, coverage = 0, features = 0, corpus = 0, peakMegabytes = 0] = [...lines]
    .map((line) => line.slice(1).map(Number))
    .reduce((one, other) => one.map((value, i) => Math.max(value, other[i]!)), [0, 0, 0, 0, 0]);
  const cpuSeconds = Number(/^cpu seconds: (\d+)/m.exec(output)?.[1] ?? 0);
  return { executions, coverage, features, corpus, peakMegabytes, cpuSeconds };
}
