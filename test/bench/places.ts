/** Where the bench keeps what it makes, and how its programs are made. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { oneCore } from "../../src/build/one-core.js";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const scratch = `${root}.build/bench/`;
const here = fileURLToPath(new URL("./", import.meta.url));

/** The engine and the contestants as ES modules, lazy parts in files of their own, as they are shipped. */
export async function buildContestants(): Promise<void> {
  const names = ["signet", "pkijs", "forge", "cold", "memory", "empty", "floor"];
  const contestants = names.map((name) => [name, `test/bench/contestants/${name}.ts`]);
  await build({
    absWorkingDir: root,
    entryPoints: {
      engine: "src/engine/index.ts",
      ...(Object.fromEntries(contestants) as Record<string, string>),
    },
    bundle: true,
    splitting: true,
    plugins: [oneCore],
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["node:*", "node-forge"],
    target: "node20",
    outdir: `${scratch}js`,
    logLevel: "error",
  });
}

/** What a badge needs, minified, as small as it is shipped: for imports and first calls. */
export async function buildBadge(entry: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: entry, resolveDir: root, sourcefile: "badge.js" },
    entryNames: "badge",
    bundle: true,
    splitting: true,
    plugins: [oneCore],
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "node20",
    outdir: `${scratch}badge`,
    // What is shipped is not written by esbuild either.
    write: false,
    logLevel: "error",
  });
  mkdirSync(`${scratch}badge`, { recursive: true });
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
}

/** @returns why there is no libcrypto to compare with; null where there is one */
export function buildLibcrypto(): string | null {
  mkdirSync(scratch, { recursive: true });
  if (spawnSync("cc", ["--version"]).status !== 0) return "no C compiler";
  const compiled = spawnSync("cc", ["-O2", "-o", `${scratch}libcrypto`, `${here}libcrypto.c`, "-lcrypto"]);
  return compiled.status === 0 ? null : "no libssl-dev";
}

export function versions(): Readonly<Record<string, string>> {
  const told = (program: string, ...words: string[]): string => {
    try {
      return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return "absent";
    }
  };
  return {
    node: process.version,
    "its OpenSSL": process.versions.openssl,
    openssl: told("openssl", "version"),
    chromium: told("chromium", "--version"),
    firefox: told("firefox-esr", "--version"),
  };
}
