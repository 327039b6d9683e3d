/**
 * What the engine weighs, minified and gzipped: what a badge needs (everything that `inspect` reaches without
 * a lazy import), and all the rest of the engine. By esbuild's own account of its chunks.
 */
import { gzipSync } from "node:zlib";
import { type Metafile, type StdinOptions, build } from "esbuild";
import { oneCore } from "../../src/build/one-core.js";
import { root } from "./places.js";

export interface Weights {
  /** octets, each file gzipped by itself */
  readonly badge: number;
  /** without `data` */
  readonly lazy: number;
  /** built-in authorities and Unicode's tables */
  readonly data: number;
  readonly largest: readonly { readonly file: string; readonly octets: number }[];
}

export const badgeEntry = `
  export { inspect } from "./src/engine/inspect.js";
  export { defaultReadPolicy } from "./src/engine/policy/policy.js";
  export { readCertificates } from "./src/engine/x509/read-certificates.js";
`;

const options = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  plugins: [oneCore],
  format: "esm",
  minify: true,
  metafile: true,
  write: false,
  outdir: "/weights",
  platform: "browser",
  target: ["firefox140", "chrome123"],
  logLevel: "error",
} as const;

export async function weigh(): Promise<Weights> {
  const badge = await bundle({ contents: badgeEntry, resolveDir: root });
  const whole = await bundle({ contents: 'export * from "./src/engine/index.js";', resolveDir: root });
  const eager = eagerFiles(badge.metafile);
  const badgeOctets = sum([...badge.sizes].filter(([file]) => eager.has(file)).map(([, octets]) => octets));
  const largest = [...whole.sizes].map(([file, octets]) => ({ file: nameOf(file, whole.metafile), octets }));
  const data = sum(
    [...whole.sizes].filter(([file]) => isData(nameOf(file, whole.metafile))).map(([, octets]) => octets),
  );
  return {
    badge: badgeOctets,
    lazy: sum([...whole.sizes.values()]) - badgeOctets - data,
    data,
    largest: largest.sort((a, b) => b.octets - a.octets).slice(0, 12),
  };
}

async function bundle(stdin: StdinOptions): Promise<{ sizes: Map<string, number>; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    ...options,
    plugins: [...options.plugins],
    target: [...options.target],
    stdin,
  });
  const sizes = outputFiles.map(({ path, contents }) => {
    return [key(path), gzipSync(contents, { level: 9 }).length] as const;
  });
  return { sizes: new Map(sizes), metafile };
}

const key = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** The entry and whatever it imports statically. */
function eagerFiles(metafile: Metafile): ReadonlySet<string> {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [key(path), output]));
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { path, kind } of outputs.get(file)?.imports ?? []) {
      if (kind === "import-statement") visit(key(path));
    }
  };
  for (const [file, { entryPoint }] of outputs) if (entryPoint === "<stdin>") visit(file);
  return reached;
}

function isData(file: string): boolean {
  return /\/public-root-(?:certificates|list)\.ts$|\/generated\/confusables\.ts$/.test(file);
}

/** After the largest source in it. */
function nameOf(file: string, metafile: Metafile): string {
  const output = Object.entries(metafile.outputs).find(([path]) => key(path) === file)![1];
  const [largest] = Object.entries(output.inputs).sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput);
  return (largest?.[0] ?? file).replace(/^.*node_modules\//, "");
}
