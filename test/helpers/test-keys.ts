/** The throwaway CA of `test/keys/make.sh`, made once for each checkout. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("../keys/make.sh", import.meta.url));
// Another script, other keys: who changes it need not know that there is a cache.
const version = createHash("sha256").update(readFileSync(script)).digest("hex").slice(0, 8);
const folder = fileURLToPath(new URL(`../../.build/keys-${version}`, import.meta.url));

let made: Promise<string> | undefined;

/** @returns the folder: root.pem, intermediate.pem, NAME.pem, NAME.key.pem, NAME.p12 (password "signet") */
export function testKeys(): Promise<string> {
  made ??= make();
  return made;
}

async function make(): Promise<string> {
  if (await exists(`${folder}/complete`)) return folder;
  // Test files run side by side: each makes its own, the first to finish wins.
  const own = `${folder}.${process.pid}`;
  await mkdir(own, { recursive: true });
  await promisify(execFile)(script, [own]);
  try {
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (!(await exists(`${folder}/complete`))) throw error;
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
