/**
 * `npm run build [-- TARGET …]`: dist/TARGET, ready to load, and beside it the archive to install.
 * Prints each archive's SHA-256; the same sources give the same.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { assemble } from "./assemble.js";
import type { Release } from "./assemble.js";
import { requireDescribed } from "./changelog.js";
import type { Files } from "./bundle.js";
import { buildKernels } from "./kernels.js";
import { targets } from "./manifest.js";
import type { Manifest, Target } from "./manifest.js";
import { pack } from "./pack.js";
import { root } from "./sources.js";

export interface Built {
  readonly target: Target;
  /** the folder, ready to load */
  readonly folder: string;
  readonly archive: string;
  /** of the archive, hexadecimal */
  readonly sha256: string;
}

/** @param into the folder that receives a folder and an archive for each target */
export async function buildTargets(chosen: readonly Target[], into: string): Promise<readonly Built[]> {
  await buildKernels();
  const release = await readRelease();
  const built: Built[] = [];
  for (const target of chosen) {
    const files = await assemble(target, release);
    built.push(await write(target, files, { into, version: release.version }));
  }
  return built;
}

async function readRelease(): Promise<Release> {
  const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8")) as { version: string };
  requireDescribed(version, await readFile(`${root}CHANGELOG.md`, "utf8"));
  return { version, common: JSON.parse(await readFile(`${root}manifest.json`, "utf8")) as Manifest };
}

async function write(target: Target, files: Files, to: { into: string; version: string }): Promise<Built> {
  const folder = `${to.into}/${target}`;
  const archive = `${to.into}/signet-${to.version}-${target}.${target === "chrome" ? "zip" : "xpi"}`;
  const packed = pack(files);
  await rm(folder, { recursive: true, force: true });
  for (const [path, contents] of files) {
    await mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await writeFile(`${folder}/${path}`, contents);
  }
  await writeFile(archive, packed);
  return { target, folder, archive, sha256: createHash("sha256").update(packed).digest("hex") };
}

function chosenTargets(names: readonly string[]): readonly Target[] {
  if (names.length === 0) return targets;
  return names.map((name) => {
    const target = targets.find((known) => known === name);
    if (!target) throw new Error(`no such target: ${name}; there are ${targets.join(", ")}`);
    return target;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const built of await buildTargets(chosenTargets(process.argv.slice(2)), `${root}dist`)) {
    console.log(`${built.sha256}  ${built.archive.slice(root.length)}`);
  }
}
