/** A browser with a policy of its own: nothing of it is seen by another one that runs beside it. */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Prepared {
  readonly path: string;
  remove(): void;
}

/**
 * Links to all of a Gecko program, but with `distribution/policies.json`: it is looked for beside the program itself.
 * @param program e.g. "/usr/lib/thunderbird/thunderbird". @returns the program to start
 */
export function geckoWithPolicy(program: string, values: object): Prepared {
  const policies = { policies: { "3rdparty": { Extensions: { "signet@signet.email": values } } } };
  return geckoWithFile(program, JSON.stringify(policies));
}

/** The same with a whole policies.json. */
export function geckoWithFile(program: string, file: string): Prepared {
  const folder = mkdtempSync(join(tmpdir(), "signet-managed-"));
  const slash = program.lastIndexOf("/");
  const [from, name] = [program.slice(0, slash), program.slice(slash + 1)];
  for (const entry of readdirSync(from)) {
    if (entry === "distribution") continue;
    // Whoever follows a link to the program finds the policies of the original.
    if (entry === name || entry === `${name}-bin` || entry.endsWith("-bin"))
      copyFileSync(join(from, entry), join(folder, entry));
    else symlinkSync(join(from, entry), join(folder, entry));
  }
  mkdirSync(join(folder, "distribution"));
  writeFileSync(join(folder, "distribution", "policies.json"), file);
  return { path: join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const chromiumPolicies = "/etc/chromium/policies/managed";

/**
 * Chromium reads policies of the whole machine; this one names only the add-on of that folder.
 * @returns null where that folder may not be written
 */
export function chromiumPolicy(addon: string, values: object): Prepared | null {
  return chromiumFile(addon, JSON.stringify({ "3rdparty": { extensions: { [nobody]: values } } }));
}

/** Where an administrator puts the id that chrome://extensions shows. */
const nobody = "a".repeat(32);

/** The same with a whole policy file, the id put in. */
export function chromiumFile(addon: string, file: string): Prepared | null {
  const path = join(chromiumPolicies, `signet-test-${process.pid}.json`);
  try {
    mkdirSync(chromiumPolicies, { recursive: true });
    writeFileSync(path, file.replaceAll(nobody, idOf(addon)));
  } catch {
    return null;
  }
  return { path, remove: () => rmSync(path, { force: true }) };
}

/** Of an unpacked add-on: the first half of its path's SHA-256, in letters from a to p. */
function idOf(folder: string): string {
  const half = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  return half.replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
}
