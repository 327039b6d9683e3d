/**
 * Compile the wasm kernels: src/engine/kernels/NAME.as.ts (AssemblyScript) becomes
 * src/engine/kernels/generated/NAME.ts, the module's bytes as base64. A string in a source file needs
 * no loader on any host. The generated files are not kept in git; each names the digest of what it was
 * made from, so that only stale ones are compiled again.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const kernels = fileURLToPath(new URL("../engine/kernels/", import.meta.url));
const generated = `${kernels}generated/`;
const compiler = new URL("../../node_modules/assemblyscript/package.json", import.meta.url);

/** No runtime, no imports, no bounds but the memory's own: a kernel is a loop over a fixed memory. */
const flags = [
  ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge", "--runtime", "stub", "--noAssert"],
  ...[
    "--use",
    "abort=",
    "--disable",
    "bulk-memory",
    "--enable",
    "simd",
    "--initialMemory",
    "4",
    "--maximumMemory",
    "4",
  ],
];

/** @returns the names of the kernels that were compiled; the others were up to date. */
export async function buildKernels(): Promise<readonly string[]> {
  const names = await kernelNames();
  await mkdir(generated, { recursive: true });
  await removeOrphans(names);
  const { version } = JSON.parse(await readFile(compiler, "utf8")) as { version: string };
  const compiled: string[] = [];
  for (const name of names) {
    const source = await readFile(`${kernels}${name}.as.ts`, "utf8");
    const mark = digestMark(source, version);
    const target = `${generated}${name}.ts`;
    if ((await readIfThere(target))?.startsWith(mark)) continue;
    const wasm = await compile(name, source);
    await replaceFile(target, `${mark}${moduleText(name, wasm)}`);
    compiled.push(name);
  }
  return compiled;
}

async function kernelNames(): Promise<readonly string[]> {
  const files = await readdir(kernels);
  return files
    .filter((file) => file.endsWith(".as.ts"))
    .map((file) => file.slice(0, -".as.ts".length))
    .sort();
}

async function removeOrphans(names: readonly string[]): Promise<void> {
  const known = new Set(names.map((name) => `${name}.ts`));
  for (const file of await readdir(generated)) {
    if (file.endsWith(".ts") && !known.has(file)) await rm(`${generated}${file}`, { force: true });
  }
}

function digestMark(source: string, version: string): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([version, flags, source]))
    .digest("hex");
  return `// Made by src/build/kernels.ts from ${digest}\n`;
}

async function compile(name: string, source: string): Promise<Uint8Array> {
  const input = `${name}.as.ts`;
  // Loaded only when there is something to compile: it takes a second.
  const { default: asc } = await import("assemblyscript/asc");
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([input, "--outFile", "kernel.wasm", ...flags], {
    readFile: (path) => (path === input ? source : null),
    writeFile: (path, contents) => {
      if (path === "kernel.wasm" && typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !wasm)
    throw new Error(`kernel ${name} does not compile:\n${stderr.toString()}`, { cause: error });
  requireNoImports(name, wasm);
  return wasm;
}

function requireNoImports(name: string, wasm: Uint8Array): void {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm)));
  const first = imports[0];
  if (first)
    throw new Error(`kernel ${name} imports ${first.module}.${first.name}; a kernel imports nothing`);
}

function moduleText(name: string, wasm: Uint8Array): string {
  const constant = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return `export const ${constant}Wasm =\n  "${Buffer.from(wasm).toString("base64")}";\n`;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Builds and tests may run side by side: a reader sees the old file or the new one, never half of one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const own = `${path}.${process.pid}`;
  await writeFile(own, text);
  await rename(own, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const compiled = await buildKernels();
  console.log(compiled.length > 0 ? `kernels compiled: ${compiled.join(", ")}` : "kernels up to date");
}
