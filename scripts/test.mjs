/**
 * `npm test`: sets everything up, then runs every group of tests, the fast ones first, and ends with one
 * line: N passed, N failed, N skipped. `node scripts/test.mjs GROUP …` runs some groups only, `--e2e` those that
 * drive a real program.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { setUp } from "./setup.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const results = `${root}.build/test-results/`;
const minute = 60_000;
const cores = availableParallelism();

/**
 * Folders with a group of their own; every other test file is a unit test, so that none is forgotten.
 * `timeout` is for one file; `needs` is what `setup.mjs` has to bring.
 */
const groups = [
  {
    name: "check",
    needs: "code",
    steps: ["kernels", "types", "lint", "format"],
    files: ["test/architecture.test.ts"],
  },
  { name: "unit", needs: "test", concurrency: cores, timeout: 10 * minute },
  { name: "fuzz", needs: "test", below: "test/fuzz/", concurrency: cores, timeout: 10 * minute },
  { name: "interop", needs: "test", below: "test/interop/", concurrency: cores, timeout: 10 * minute },
  { name: "corpora", needs: "test", below: "test/corpora/", concurrency: cores, timeout: 10 * minute },
  { name: "chromium", needs: "test", below: "test/e2e/chromium/", steps: ["build"], timeout: 10 * minute },
  { name: "firefox", needs: "test", below: "test/e2e/firefox/", steps: ["build"], timeout: 10 * minute },
  {
    name: "thunderbird",
    needs: "test",
    below: "test/e2e/thunderbird/",
    steps: ["build"],
    timeout: 15 * minute,
  },
];

function testFiles() {
  return readdirSync(`${root}test`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/").slice(root.length))
    .sort();
}

function filesOf(group, all) {
  if (group.files) return group.files;
  if (group.below) return all.filter((path) => path.startsWith(group.below));
  const elsewhere = groups.flatMap(({ below, files }) => [...(below ? [below] : []), ...(files ?? [])]);
  return all.filter((path) => !elsewhere.some((place) => path.startsWith(place)));
}

function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: "inherit" });
    child.once("error", (error) => {
      console.error(String(error));
      resolve(false);
    });
    child.once("exit", (code) => resolve(code === 0));
  });
}

const steps = {
  kernels: ["--import", "tsx", "src/build/kernels.ts"],
  types: ["node_modules/typescript/bin/tsc", "-b"],
  lint: ["node_modules/eslint/bin/eslint.js", "."],
  format: ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."],
  build: ["--import", "tsx", "src/build/build.ts"],
};
const stepsDone = new Map();

/** Types, lint, format and the build count as one test each; a step that two groups name runs once. */
async function runStep(name) {
  if (stepsDone.has(name)) return { passed: 0, failed: stepsDone.get(name) ? 0 : 1, skipped: 0 };
  const good = await run(process.execPath, steps[name]);
  stepsDone.set(name, good);
  console.log(`${good ? "✔" : "✖"} ${name}`);
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 };
}

async function runFiles({ name, concurrency = 1, timeout = 10 * minute }, files) {
  const tap = `${results}${name}.tap`;
  rmSync(tap, { force: true });
  const good = await run(process.execPath, [
    ...["--import", "tsx", "--test", `--test-concurrency=${concurrency}`, `--test-timeout=${timeout}`],
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...["--test-reporter=tap", `--test-reporter-destination=${tap}`],
    ...files,
  ]);
  const count = countsOf(tap);
  // A file that dies before its first test, a runner that counts nothing: neither is a success.
  if (!good && count.failed === 0) return { ...count, failed: 1 };
  if (count.passed + count.failed + count.skipped === 0) return { ...count, failed: 1 };
  return count;
}

/** The runner's own sums at the end of its TAP. */
function countsOf(tap) {
  const text = readIfThere(tap);
  const sum = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  return {
    passed: sum("pass"),
    failed: sum("fail") + sum("cancelled"),
    skipped: sum("skipped") + sum("todo"),
  };
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return "";
    throw error;
  }
}

async function runGroup(group, all) {
  const files = filesOf(group, all);
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  console.log(`\n── ${group.name}`);
  setUp(group.needs);
  const parts = [];
  for (const step of group.steps ?? []) parts.push(await runStep(step));
  parts.push(await runFiles(group, files));
  return add(parts);
}

function add(parts) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const part of parts) for (const key of Object.keys(sum)) sum[key] += part[key];
  return sum;
}

function chosenGroups(args) {
  const among = args.includes("--e2e")
    ? groups.filter(({ below }) => below?.startsWith("test/e2e/"))
    : groups;
  const names = args.filter((arg) => arg !== "--e2e");
  if (names.length === 0) return among;
  const unknown = names.filter((name) => !among.some((group) => group.name === name));
  if (unknown.length > 0) {
    console.error(
      `No such group: ${unknown.join(", ")}. There are: ${among.map(({ name }) => name).join(", ")}`,
    );
    process.exit(2);
  }
  return among.filter((group) => names.includes(group.name));
}

const began = Date.now();
const chosen = chosenGroups(process.argv.slice(2));
// Everything that will be needed at once: nobody waits twenty minutes to hear that a program is missing.
setUp(chosen.some(({ needs }) => needs === "test") ? "test" : "code");
mkdirSync(results, { recursive: true });
if (!chosen.some(({ name }) => name === "check")) await runStep("kernels");
const all = testFiles();
const table = [];
for (const group of chosen) table.push({ name: group.name, ...(await runGroup(group, all)) });

console.log(`\n── all, in ${Math.round((Date.now() - began) / 1000)} s`);
for (const { name, passed, failed, skipped } of table) {
  console.log(`${failed ? "✖" : "✔"} ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
}
const { passed, failed, skipped } = add(table);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
