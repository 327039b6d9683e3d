/** Other people's messages and key files as seeds of a long run, where they are there: small ones, copied into one folder. */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { corpusCases, readCorpus } from "../helpers/corpora.js";
import { type Target, targets } from "./run-fuzzers.js";

const folder = fileURLToPath(new URL("../../.build/fuzz/corpora/", import.meta.url));

const kinds: Readonly<Record<Target, readonly string[]>> = {
  der: ["p12"],
  mime: ["mime"],
  cms: ["verify", "decrypt"],
  pkcs12: ["p12"],
  crl: [],
  ocsp: [],
  dns: [],
  request: [],
};

/** @returns the folder, or nothing where there are no corpora */
export async function corpusSeeds(target: Target): Promise<readonly string[]> {
  const cases = kinds[target].flatMap(corpusCases);
  if (cases.length === 0) return [];
  const own = `${folder}${target}`;
  await mkdir(own, { recursive: true });
  for (const [i, { path }] of cases.entries()) {
    const input = readCorpus(path);
    if (input.length <= targets[target].longest) await writeFile(`${own}/${i}`, input);
  }
  return [own];
}
