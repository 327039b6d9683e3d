/**
 * The built add-on with another root key of the DNS: a copy in which the two digests of IANA's keys, and they
 * alone, are replaced by the one of a test's own root zone. Not a line of code is another than in the build.
 */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bind } from "../bind.js";

/** `anchor(TAG, "SHA-256")` as src/engine/dns/smimea.ts writes it, for RSA with SHA-256 (8) */
const anchor = /anchor\(\d+, "[0-9a-f]{64}"\)/g;

/** @param build e.g. "dist/thunderbird". @returns the copy, and how it goes */
export function withRootKey(
  build: string,
  { keyTag, algorithm, digest }: Bind["rootSigner"],
): { readonly path: string; readonly remove: () => void } {
  if (algorithm !== 8) throw new Error("the build writes the root's keys as RSASHA256");
  const path = mkdtempSync(join(tmpdir(), "signet-own-root-"));
  cpSync(build, path, { recursive: true });
  const shared = join(path, "shared");
  let replaced = 0;
  for (const name of readdirSync(shared)) {
    const text = readFileSync(join(shared, name), "utf8");
    const own = text.replace(anchor, () => (replaced++, `anchor(${keyTag}, "${digest.toLowerCase()}")`));
    if (own !== text) writeFileSync(join(shared, name), own);
  }
  if (replaced !== 2) throw new Error(`${replaced} root keys in the build, where two were expected`);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
