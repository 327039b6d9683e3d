/**
 * Compiles the wasm kernels: `src/engine/kernels/NAME.as.ts` (AssemblyScript) becomes
 * `src/engine/kernels/generated/NAME.ts`, which exports the module as a base64 string. A string in a
 * source file needs no loader on any host, and the build stays one bundle.
 * Run directly, or as `buildKernels()`; what is newer than its source is left alone.
 */
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { main as compile } from "assemblyscript/asc";

const kernels = fileURLToPath(new URL("../engine/kernels/", import.meta.url));
const generated = join(kernels, "generated");
const suffix = ".as.ts";

/** No runtime, no imports, no bounds but the memory's own: a kernel is a loop over a fixed memory. */
const flags = [
  "--optimizeLevel",
  "3",
  "--shrinkLevel",
  "0",
  "--converge",
  "--runtime",
  "stub",
  "--noAssert",
  "--use",
  "abort=",
  "--disable",
  "bulk-memory",
  "--initialMemory",
  "4",
  "--maximumMemory",
  "4",
];

export async function buildKernels(): Promise<void> {
  await mkdir(generated, { recursive: true });
  const names = (await readdir(kernels)).filter((name) => name.endsWith(suffix));
  for (const file of names.sort()) await buildKernel(file.slice(0, -suffix.length));
}

async function buildKernel(name: string): Promise<void> {
  const source = join(kernels, name + suffix);
  const target = join(generated, `${name}.ts`);
  if (await isNewer(target, source)) return;
  const wasm = join(generated, `${name}.${process.pid}.wasm`);
  const messages: string[] = [];
  const collect = { write: (text: string | Uint8Array) => messages.push(String(text)) > 0 };
  const { error } = await compile([source, "--outFile", wasm, ...flags], {
    stdout: collect,
    stderr: collect,
  });
  if (error !== null) throw new Error(`kernel ${name}: ${error.message}\n${messages.join("")}`);
  const base64 = (await readFile(wasm)).toString("base64");
  await rm(wasm);
  // Written aside and renamed: builds and tests may run side by side.
  const draft = `${target}.${process.pid}`;
  await writeFile(
    draft,
    `// Made from ../${name}${suffix} by src/build/kernels.ts.\nexport const ${name}Wasm =\n  "${base64}";\n`,
  );
  await rename(draft, target);
}

async function isNewer(target: string, source: string): Promise<boolean> {
  const time = async (path: string): Promise<number> =>
    stat(path).then(
      (found) => found.mtimeMs,
      () => 0,
    );
  const compiler = fileURLToPath(import.meta.url);
  return (await time(target)) > Math.max(await time(source), await time(compiler));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernels();
