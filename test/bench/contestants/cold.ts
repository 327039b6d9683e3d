/**
 * One fresh process, one answer: how long the engine takes to import, and how long the first inspection of
 * a signed mail takes, nothing being compiled, cached or connected yet.
 *
 *   node cold.js ENGINE FILE ROOT   ->  {"importing": ms, "anchors": ms, "first": ms, "second": ms}
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [engineFile, file, root] = process.argv.slice(2) as [string, string, string];
const raw = new Uint8Array(readFileSync(file));
const pem = new Uint8Array(readFileSync(root));

// Node's own loader starts up with the first import() of a process: that is not the engine's time.
await import(new URL("./empty.js", import.meta.url).href);
const times: Record<string, number> = {};
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  times[name] = performance.now() - begun;
  return result;
}

type Engine = typeof import("../../../src/engine/index.js");
const engine = await timed("importing", () => import(pathToFileURL(engineFile).href) as Promise<Engine>);
const anchors = await timed("anchors", () => engine.readCertificates(pem));
const context = { identities: [], anchors, known: [], policy: engine.defaultReadPolicy, time: new Date() };
for (const name of ["first", "second"]) {
  const { verdict } = await timed(name, () => engine.inspect(raw, context));
  if (verdict.summary.faults.length > 0) throw new Error(JSON.stringify(verdict.summary));
}
console.log(JSON.stringify(times));
