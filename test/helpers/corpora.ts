/** Other people's test material, beside the project where it is there at all. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../shared/corpora/", import.meta.url));

/** For `test(name, { skip }, …)`. */
export const noCorpora: string | false = existsSync(`${folder}INDEX.tsv`) ? false : "no corpora";
// With --json, standard output is a program's to read.
if (noCorpora !== false)
  (process.argv.includes("--json") ? console.error : console.log)("skipped: no corpora");

export function readCorpus(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(folder + path));
}

export interface CorpusCase {
  readonly id: string;
  readonly path: string;
  readonly kind: string;
  readonly expected: string;
  readonly keyOrCertificate: string;
  readonly peers: string;
}

/** The rows of INDEX.tsv of one kind. */
export function corpusCases(kind: string): readonly CorpusCase[] {
  if (noCorpora !== false) return [];
  const [, ...rows] = readFileSync(`${folder}INDEX.tsv`, "utf8").trimEnd().split("\n");
  return rows
    .map((row) => row.split("\t"))
    .map((cells) => ({
      id: cells[0]!,
      path: cells[2]!,
      kind: cells[3]!,
      expected: cells[4]!,
      keyOrCertificate: cells[5]!,
      peers: cells[8]!,
    }))
    .filter((row) => row.kind === kind);
}
