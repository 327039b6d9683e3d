/**
 * `npm run mutate [-- FILE…] [-- --jobs N] [-- --again OUTPUT]`: takes every check out of the code that judges certificates, one
 * at a time, in a copy of the project, and runs the tests that should notice. A mutant that no test notices
 * is a rule without a test; those that change nothing anybody could notice stand in equivalent.json, with
 * the reason. Ends with 1 where others survive. See docs/mutation.md.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { buildKernels } from "../../src/build/kernels.js";
import { type Mutant, applied, mutantsOf } from "./mutants.js";

const project = fileURLToPath(new URL("../../", import.meta.url));
const rooms = "src/engine/x509/";
const judging: readonly string[] = [
  "build-path.ts",
  "path-search.ts",
  "validate-path.ts",
  "path-checks.ts",
  "certificate-signature.ts",
  "name-constraints.ts",
  "name-matching.ts",
  "certificate-policies.ts",
  "policy-graph.ts",
  "names.ts",
  "dsa.ts",
  "revocation.ts",
  "revocation-signer.ts",
  "judge-crls.ts",
  "judge-ocsp.ts",
  "judge-question.ts",
  "distribution-points.ts",
  "crl.ts",
  "ocsp.ts",
];

/** Files by the beginning of their names; Node 20's runner expands no patterns. */
interface Suite {
  /** for mutants of these files */
  readonly of: RegExp;
  /** test files, `*` for any name: all in one process, which is quicker; or a program and its arguments */
  readonly tests?: readonly string[];
  readonly program?: readonly string[];
}

/** Quick ones first: most mutants go no further. */
const suites: readonly Suite[] = [
  {
    of: /^(?!revocation|judge|distribution|crl|ocsp)/,
    tests: ["path*", "name*", "policy-*", "certificate-*", "public-roots*", "check-encryption*"],
  },
  { of: /^(?:revocation|judge|distribution|crl|ocsp|dsa)/, tests: ["revocation*"] },
  { of: /./, program: ["test/corpora/conformance.ts", "pkits", "limbo", "rfc9216"] },
];

interface Job extends Mutant {
  readonly file: string;
  /** what stood there and what it becomes; of the second of its kind in a file, " (2)" */
  readonly name: string;
}

type Equivalents = Readonly<Record<string, string>>;

function jobsFor(names: readonly string[]): readonly Job[] {
  const files = judging.filter((file) => names.length === 0 || names.includes(file));
  return files
    .filter((file) => existsSync(`${project}${rooms}${file}`))
    .flatMap((file) => named(file, mutantsOf(readFileSync(`${project}${rooms}${file}`, "utf8"))));
}

/** An excuse is for one place, and for no other where the same words stand. */
function named(file: string, mutants: readonly Mutant[]): readonly Job[] {
  const counts = new Map<string, number>();
  return mutants.map((mutant) => {
    const words = `${mutant.was} → ${mutant.becomes}`;
    const count = (counts.get(words) ?? 0) + 1;
    counts.set(words, count);
    return { ...mutant, file, name: `${file}: ${words}${count === 1 ? "" : ` (${count})`}` };
  });
}

/** @param output of an earlier run: those that survived it */
function isIn(output: string): (job: Job) => boolean {
  const told = output.split("\n").map((line) => line.replace(/^survived ([^:]+):\d+ /, "$1: "));
  return ({ name }) => told.includes(name);
}

/** A place of its own, so that nobody who works in the project meets a mutant. */
function copyProject(): string {
  const place = mkdtempSync(`${tmpdir()}/signet-mutants-`);
  const copy = `${place}/project/`;
  mkdirSync(copy);
  for (const part of ["src", "test", "scripts", "bin", "_locales", "package.json", "tsconfig.json"])
    if (existsSync(project + part)) cpSync(project + part, copy + part, { recursive: true });
  symlinkSync(`${project}node_modules`, `${copy}node_modules`);
  const corpora = fileURLToPath(new URL("../../../shared", import.meta.url));
  if (existsSync(corpora)) symlinkSync(corpora, `${place}/shared`);
  return copy;
}

const patience = 120_000;

function passes(copy: string, { tests, program }: Suite): Promise<boolean> {
  const words = program ?? ["--input-type=module", "--eval", importing(copy, tests ?? [])];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", ...words], { cwd: copy, stdio: "ignore" });
    // A mutant that never ends was noticed.
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

const units = "test/engine/x509/";

function importing(copy: string, patterns: readonly string[]): string {
  const shapes = patterns.map((pattern) => new RegExp(`^${pattern.replace("*", ".*")}\\.test\\.ts$`));
  const files = readdirSync(copy + units).filter((file) => shapes.some((shape) => shape.test(file)));
  const kernels = `await (await import("./src/build/kernels.js")).buildKernels();`;
  return [kernels, ...files.map((file) => `await import("./${units}${file}");`)].join("\n");
}

async function survives(copy: string, job: Job): Promise<boolean> {
  const path = `${copy}${rooms}${job.file}`;
  const source = readFileSync(path, "utf8");
  writeFileSync(path, applied(source, job));
  try {
    for (const suite of suites) {
      if (suite.of.test(job.file) && !(await passes(copy, suite))) return false;
    }
    return true;
  } finally {
    writeFileSync(path, source);
  }
}

async function main(args: readonly string[]): Promise<void> {
  await buildKernels();
  const at = args.indexOf("--jobs");
  const count = at < 0 ? 2 : Number(args[at + 1]);
  const again = args.indexOf("--again");
  const taken = [at, again].filter((place) => place >= 0).map((place) => place + 1);
  const names = args.filter((word, i) => !word.startsWith("--") && !taken.includes(i));
  const equivalents = JSON.parse(
    readFileSync(new URL("equivalent.json", import.meta.url), "utf8"),
  ) as Equivalents;
  const jobs = jobsFor(names).filter(again < 0 ? () => true : isIn(readFileSync(args[again + 1]!, "utf8")));
  const waiting = [...jobs];
  const survivors: string[] = [];
  let excused = 0;
  const worker = async (): Promise<void> => {
    const copy = copyProject();
    // A suite that fails without a mutant would notice every one.
    for (const suite of suites.filter(({ of }) => jobs.some(({ file }) => of.test(file)))) {
      if (!(await passes(copy, suite))) throw new Error(`fails without a mutant: ${JSON.stringify(suite)}`);
    }
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { name, file, line } = job;
      if (name in equivalents) excused++;
      else if (await survives(copy, job)) {
        survivors.push(name);
        console.log(`survived ${file}:${line} ${name.slice(file.length + 2)}`);
      }
    }
    rmSync(copy.replace(/project\/$/, ""), { recursive: true, force: true });
  };
  await Promise.all(Array.from({ length: count }, worker));
  console.log(
    `${jobs.length} mutants, ${survivors.length} survived, ${excused} equivalent by equivalent.json`,
  );
  if (survivors.length > 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
