/**
 * What every message needs, in one file. esbuild cuts a file for each set of lazy parts that share something,
 * which made eighteen of what inspect() needs; a loader takes longer for a file than for what is in it. So
 * whatever the engine loads lazily is said to need all of the core: it is there by then anyway.
 */
import { basename, relative, resolve } from "node:path";
import type { BuildResult, Plugin } from "esbuild";
import { root } from "./sources.js";

/** Whoever inspects has read authorities before: what reads them is small, and a file more costs as much. */
const core = ["./src/engine/inspect.ts", "./src/engine/x509/read-certificates.ts"];

export const oneCore: Plugin = {
  name: "one-core",
  setup({ onResolve, onLoad, onEnd, initialOptions }) {
    initialOptions.metafile = true;
    onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const file = relative(root, resolve(resolveDir, path.replace(/\.js$/, ".ts"))).replaceAll("\\", "/");
      return file.startsWith("src/engine/") ? { path: `./${file}`, namespace: "lazy" } : undefined;
    });
    onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({
      contents: [
        ...core.map((file) => `import ${JSON.stringify(file)};`),
        `export * from ${JSON.stringify(path)};`,
      ].join("\n"),
      resolveDir: root,
    }));
    onEnd(withoutEmptyImports);
  },
};

/**
 * esbuild's helpers for lazy CommonJS stand in a file of their own, which it then imports wherever a lazy part
 * may follow, for nothing but the order of what is evaluated. There is nothing to evaluate in it.
 */
function withoutEmptyImports({ outputFiles = [], metafile }: BuildResult): void {
  const helpers = Object.entries(metafile?.outputs ?? {}).filter(
    ([, { entryPoint, inputs }]) => entryPoint === undefined && Object.keys(inputs).length === 0,
  );
  for (const [path] of helpers) {
    const empty = new RegExp(`(^|;)import ?"[^"]*/${basename(path).replaceAll(".", "\\.")}";\n?`, "m");
    for (const file of outputFiles) {
      const text = file.text.replace(empty, "$1");
      if (text !== file.text) file.contents = new TextEncoder().encode(text);
    }
  }
}
