/** Mozilla's own lint of an unpacked extension, by `web-ext lint` as a process. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { root } from "../../src/build/sources.js";

interface Finding {
  readonly code: string;
  readonly file?: string;
}

/** @returns "CODE file" of each error, sorted; warnings (permissions that Firefox does not know) are not errors. */
export async function lintErrors(folder: string, how: { selfHosted: boolean }): Promise<readonly string[]> {
  const options = ["--source-dir", folder, "--output", "json", "--no-config-discovery"];
  const args = [`${root}node_modules/web-ext/bin/web-ext.js`, "lint", ...options];
  if (how.selfHosted) args.push("--self-hosted");
  // The exit code is 1 where there are errors; the report is what counts.
  const report = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 << 20 }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
  const { errors } = JSON.parse(report) as { errors: readonly Finding[] };
  return errors.map(({ code, file }) => `${code} ${file ?? ""}`).sort();
}
