/**
 * What every message needs, in one file. esbuild cuts a file for each set of lazy parts that share something,
 * which made eighteen of what inspect() needs; a loader takes longer for a file than for what is in it. So
 * whatever the engine loads lazily is said to need all of the core: it is there by then anyway.
 */
import { relative, resolve } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "./sources.js";

/** Whoever inspects has read authorities before: what reads them is small, and a file more costs as much. */
const core = ["./src/engine/inspect.ts", "./src/engine/x509/read-certificates.ts"];

export const oneCore: Plugin = {
  name: "one-core",
  setup({ onResolve, onLoad }) {
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
  },
};
