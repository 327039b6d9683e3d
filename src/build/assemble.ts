/**
 * One target's files, in memory: manifest, bundles, pages, texts, icons, licences. Nothing is written
 * here, so a build that fails leaves the last one as it was.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { transform } from "esbuild";
import { bundleBackground, bundlePages, bundleScripts } from "./bundle.js";
import type { Bundle, Files } from "./bundle.js";
import { manifestFor, namedFiles } from "./manifest.js";
import type { Experiment, Manifest, Target } from "./manifest.js";
import { filesBelow, findExperiments, root } from "./sources.js";

export interface Release {
  readonly version: string;
  readonly common: Manifest;
}

/** Documents that speak to a mail client only. */
const mailClientOnly = ["src/pages/compose/"];
/** Starts the worker where the background cannot. */
const chromeOnly = ["src/pages/offscreen/"];
/** Gecko wants none: it hands out whatever the administrator wrote. */
const chromePolicySchema = ["src/background/policy/managed-schema.json"];

export async function assemble(target: Target, release: Release): Promise<Files> {
  const experiments = target === "thunderbird" ? await findExperiments() : [];
  const bundles = await bundle(target);
  const manifest = manifestFor[target]({ ...release, experiments });
  const files: Files = new Map();
  add(files, "manifest.json", text(`${JSON.stringify(manifest, null, 2)}\n`));
  for (const bundle of bundles) for (const [path, contents] of bundle.files) add(files, path, contents);
  for (const experiment of experiments) await addExperiment(files, experiment);
  for (const path of await staticFiles(target)) add(files, path.replace(/^src\//, ""), await bytes(path));
  add(files, "LICENSE", await bytes("LICENSE"));
  add(files, "licenses.txt", text(await licencesOf(bundles)));
  const missing = namedFiles(manifest).filter((path) => !files.has(path));
  if (missing.length > 0)
    throw new Error(`${target}: the manifest names ${missing.join(", ")}, which is not there`);
  return files;
}

async function bundle(target: Target): Promise<readonly Bundle[]> {
  const content = isThunderbird(target) ? ["src/content/message-display.ts"] : [];
  return [
    ...(await bundleBackground(target)),
    await bundlePages(target, await pageEntries(target)),
    await bundleScripts(target, content),
  ];
}

/** A page is an .html file; its script and style are those beside it with the same name. */
async function pageEntries(target: Target): Promise<readonly string[]> {
  const documents = (await pageFiles(target)).filter((path) => path.endsWith(".html"));
  return documents
    .flatMap((path) => [path.replace(/\.html$/, ".ts"), path.replace(/\.html$/, ".css")])
    .filter((path) => existsSync(root + path));
}

async function pageFiles(target: Target): Promise<readonly string[]> {
  const others = [
    ...(isThunderbird(target) ? [] : mailClientOnly),
    ...(target === "chrome" ? [] : chromeOnly),
  ];
  const files = await filesBelow("src/pages");
  return files.filter((path) => !others.some((folder) => path.startsWith(folder)));
}

async function staticFiles(target: Target): Promise<readonly string[]> {
  const documents = (await pageFiles(target)).filter((path) => /\.(html|svg|png)$/.test(path));
  const texts = (await filesBelow("_locales")).filter((path) => path.endsWith("/messages.json"));
  const icons = (await filesBelow("icons")).filter((path) => /\.(svg|png)$/.test(path));
  return [...documents, ...texts, ...icons, ...(target === "chrome" ? chromePolicySchema : [])];
}

function isThunderbird(target: Target): boolean {
  return target === "thunderbird" || target === "thunderbird-store";
}

/** Thunderbird loads parent.js as a plain script: types are taken away, nothing is bundled in. */
async function addExperiment(files: Files, { folder }: Experiment): Promise<void> {
  const source = `src/experiments/${folder}`;
  const { code } = await transform(await readFile(`${root}${source}/parent.ts`, "utf8"), {
    loader: "ts",
    target: "firefox140",
    charset: "utf8",
  });
  if (/^\s*(import|export)\b/m.test(code))
    throw new Error(`${source}/parent.ts imports or exports; a script cannot`);
  add(files, `experiments/${folder}/parent.js`, text(code));
  add(files, `experiments/${folder}/schema.json`, await bytes(`${source}/schema.json`));
}

async function licencesOf(bundles: readonly Bundle[]): Promise<string> {
  const packages = new Set(bundles.flatMap((bundle) => [...bundle.packages]));
  const parts = await Promise.all([...packages].sort().map(licenceOf));
  return `Signet contains code of these packages.\n\n${parts.join("\n\n")}`;
}

async function licenceOf(name: string): Promise<string> {
  const folder = `${root}node_modules/${name}`;
  const { version, license } = JSON.parse(await readFile(`${folder}/package.json`, "utf8")) as Record<
    string,
    string
  >;
  const own = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying)(\.|$)/i.test(file)).sort();
  const [first] = own;
  if (!first) throw new Error(`${name} comes without a licence text`);
  return `==== ${name} ${version} (${license})\n\n${await readFile(`${folder}/${first}`, "utf8")}`;
}

function add(files: Files, path: string, contents: Uint8Array): void {
  if (files.has(path)) throw new Error(`two sources for ${path}`);
  files.set(path, contents);
}

function text(contents: string): Uint8Array {
  return new TextEncoder().encode(contents);
}

async function bytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(root + path));
}
