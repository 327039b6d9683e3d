/**
 * `npm run mutate [-- FILE…] [-- --jobs N]`: takes every check out of the code that judges certificates, one
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
  "revocation.ts",
  "revocation-signer.ts",
  "judge-crls.ts",
  "judge-ocsp.ts",
  "judge-question.ts",
  "distribution-points.ts",
  "crl.ts",
  "ocsp.ts",
];

const units = (...names: readonly string[]): readonly string[] => [
  "--test",
  ...names.map((name) => `test/engine/x509/${name}.test.ts`),
];

/** Quick ones first: most mutants go no further. */
const suites: readonly (readonly string[])[] = [
  units("path*", "name*", "policy-*", "certificate-*", "public-roots*", "check-encryption*"),
  units("revocation*", "crl*", "ocsp*", "distribution*"),
  ["test/corpora/conformance.ts", "pkits", "limbo", "rfc9216"],
];

interface Job extends Mutant {
  readonly file: string;
}

type Equivalents = Readonly<Record<string, string>>;

function jobsFor(names: readonly string[]): readonly Job[] {
  const files = judging.filter((file) => names.length === 0 || names.includes(file));
  return files
    .filter((file) => existsSync(`${project}${rooms}${file}`))
    .flatMap((file) =>
      mutantsOf(readFileSync(`${project}${rooms}${file}`, "utf8")).map((mutant) => ({ ...mutant, file })),
    );
}

function nameOf({ file, was, becomes }: Job): string {
  return `${file}: ${was} → ${becomes}`;
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

function passes(copy: string, suite: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const words = suite.flatMap((word) => (word.includes("*") ? filesLike(copy, word) : [word]));
    const child = spawn(process.execPath, ["--import", "tsx", ...words], { cwd: copy, stdio: "ignore" });
    // A mutant that never ends was noticed.
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

function filesLike(copy: string, pattern: string): readonly string[] {
  const at = pattern.lastIndexOf("/");
  const shape = new RegExp(
    `^${pattern
      .slice(at + 1)
      .replaceAll(".", "\\.")
      .replaceAll("*", ".*")}$`,
  );
  return readdirSync(copy + pattern.slice(0, at))
    .filter((name) => shape.test(name))
    .map((name) => `${pattern.slice(0, at)}/${name}`);
}

async function survives(copy: string, job: Job): Promise<boolean> {
  const path = `${copy}${rooms}${job.file}`;
  const source = readFileSync(path, "utf8");
  writeFileSync(path, applied(source, job));
  try {
    for (const suite of suites) if (!(await passes(copy, suite))) return false;
    return true;
  } finally {
    writeFileSync(path, source);
  }
}

async function main(args: readonly string[]): Promise<void> {
  await buildKernels();
  const at = args.indexOf("--jobs");
  const count = at < 0 ? 2 : Number(args[at + 1]);
  const names = args.filter((word, i) => !word.startsWith("--") && (at < 0 || i !== at + 1));
  const equivalents = JSON.parse(
    readFileSync(new URL("equivalent.json", import.meta.url), "utf8"),
  ) as Equivalents;
  const waiting = [...jobsFor(names)];
  const total = waiting.length;
  const survivors: string[] = [];
  let excused = 0;
  const worker = async (): Promise<void> => {
    const copy = copyProject();
    // A suite that fails without a mutant would notice every one.
    for (const suite of suites) {
      if (!(await passes(copy, suite))) throw new Error(`fails without a mutant: ${suite.join(" ")}`);
    }
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const name = nameOf(job);
      if (name in equivalents) excused++;
      else if (await survives(copy, job)) {
        survivors.push(name);
        console.log(`survived ${job.file}:${job.line} ${job.was} → ${job.becomes}`);
      }
    }
    rmSync(`${copy}..`, { recursive: true, force: true });
  };
  await Promise.all(Array.from({ length: count }, worker));
  console.log(`${total} mutants, ${survivors.length} survived, ${excused} equivalent by equivalent.json`);
  if (survivors.length > 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
