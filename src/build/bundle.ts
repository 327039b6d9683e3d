/**
 * Bundling by esbuild: readable (not minified, names kept), licences kept, the same bytes each time.
 * Modules load what they need when they need it, each a file of its own, and background and engine worker
 * share theirs; Chrome's service worker may not `import()`, so there everything stands in one file.
 */
import { build } from "esbuild";
import type { BuildOptions, OutputFile } from "esbuild";
import type { Target } from "./manifest.js";
import { oneCore } from "./one-core.js";
import { root } from "./sources.js";

/** path within the extension → contents */
export type Files = Map<string, Uint8Array>;

export interface Bundle {
  readonly files: Files;
  /** npm packages whose code is in it */
  readonly packages: ReadonlySet<string>;
}

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  outdir: "/",
  outbase: "src",
  charset: "utf8",
  keepNames: false,
  legalComments: "inline",
  logLevel: "warning",
  metafile: true,
  platform: "browser",
  treeShaking: true,
} as const satisfies BuildOptions;

/** The background, and the worker that it starts. */
export async function bundleBackground(target: Target): Promise<readonly Bundle[]> {
  const [background, worker] = ["src/background/main.ts", "src/worker/main.ts"];
  if (target !== "chrome") return [await modules(target, "shared", [background, worker])];
  return [
    await run({ entryPoints: [background], target: engineOf(target), format: "iife" }),
    await modules(target, "worker", [worker]),
  ];
}

function modules(target: Target, folder: string, entryPoints: string[]): Promise<Bundle> {
  return run({
    entryPoints,
    target: engineOf(target),
    format: "esm",
    splitting: true,
    plugins: [oneCore],
    chunkNames: `${folder}/[name]-[hash]`,
  });
}

/** @param entryPoints the .ts and .css files of pages; documents load the former as modules */
export async function bundlePages(target: Target, entryPoints: readonly string[]): Promise<Bundle> {
  return run({
    entryPoints: [...entryPoints],
    target: engineOf(target),
    format: "esm",
    splitting: true,
    chunkNames: "pages/[name]-[hash]",
    external: ["*.svg", "*.png"],
  });
}

/** Scripts that a host runs without a module loader: content scripts. */
export async function bundleScripts(target: Target, entryPoints: readonly string[]): Promise<Bundle> {
  return run({ entryPoints: [...entryPoints], target: engineOf(target), format: "iife" });
}

function engineOf(target: Target): string {
  return target === "chrome" ? "chrome123" : "firefox140";
}

async function run(options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({ ...common, ...options, write: false, metafile: true });
  const files = new Map(outputFiles.map((file) => [pathOf(file), file.contents] as const));
  return { files, packages: packagesOf(Object.keys(metafile.inputs)) };
}

function pathOf(file: OutputFile): string {
  return file.path.replaceAll("\\", "/").replace(/^([A-Za-z]:)?\//, "");
}

function packagesOf(inputs: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const input of inputs) {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name) found.add(name);
  }
  return found;
}
