/**
 * Programs of a newer Debian release, to try what this machine's are too old for: fetched with apt from the
 * machine's own mirror into a folder of their own, verified by apt as usual, unpacked there with the
 * libraries that they need, and never installed. Root is not needed.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = fileURLToPath(new URL("../../../.build/debian/", import.meta.url));
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const minute = 60_000;

export interface DebianRelease {
  /** e.g. "trixie" */
  readonly name: string;
  readonly packages: readonly string[];
  /** paths of the programs in the packages, e.g. "usr/bin/openssl" */
  readonly programs: readonly string[];
}

/**
 * @returns the folder with a script for each program, by the program's name; made once for each checkout
 * @throws where it cannot be had: no Debian, no network, no such release any more
 */
export async function debianPrograms(release: DebianRelease): Promise<string> {
  const asked = createHash("sha256").update(JSON.stringify(release)).digest("hex").slice(0, 8);
  const folder = `${cache}${release.name}-${asked}`;
  if (await exists(`${folder}/bin`)) return `${folder}/bin`;
  const own = `${folder}.${process.pid}`;
  try {
    await unpack(release, own);
    await rename(own, folder);
  } catch (error) {
    // Test files run side by side: the first to finish wins.
    if (!(await exists(`${folder}/bin`))) throw error;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return `${folder}/bin`;
}

async function unpack(release: DebianRelease, folder: string): Promise<void> {
  const options = await privateApt(release, folder);
  await run("apt-get", [...options, "update", "--error-on=any"], { timeout: 3 * minute });
  // An empty status file: apt thinks of a machine without any package, and brings every library along.
  const install = ["install", "--download-only", "--yes", "--no-install-recommends", ...release.packages];
  await run("apt-get", [...options, ...install], { timeout: 5 * minute });
  const archives = `${folder}/apt/cache/archives`;
  for (const file of await readdir(archives)) {
    if (file.endsWith(".deb")) await run("dpkg-deb", ["-x", `${archives}/${file}`, `${folder}/root`]);
  }
  await rm(`${folder}/apt`, { recursive: true });
  await writeScripts(release, folder);
}

/** An apt whose sources, lists and cache are its own; its proxies and keys are the machine's. */
async function privateApt({ name }: DebianRelease, folder: string): Promise<string[]> {
  await mkdir(`${folder}/apt/cache/archives/partial`, { recursive: true });
  await mkdir(`${folder}/apt/lists/partial`, { recursive: true });
  await writeFile(`${folder}/apt/status`, "");
  const signedBy = (await exists(keyring)) ? `Signed-By: ${keyring}\n` : "";
  const source = `Types: deb\nURIs: ${await machineMirror()}\nSuites: ${name}\nComponents: main\n${signedBy}`;
  await writeFile(`${folder}/apt/debian.sources`, source);
  const settings = [
    `Dir::State=${folder}/apt`,
    `Dir::State::status=${folder}/apt/status`,
    `Dir::Cache=${folder}/apt/cache`,
    `Dir::Etc::sourcelist=${folder}/apt/debian.sources`,
    "Dir::Etc::sourceparts=-",
    "Dir::Etc::preferences=-",
    "Dir::Etc::preferencesparts=-",
    "APT::Sandbox::User=",
    "APT::Default-Release=",
    "Acquire::Languages=none",
    "Acquire::Retries=1",
    "Acquire::http::Timeout=20",
    "Acquire::https::Timeout=20",
  ];
  return settings.flatMap((setting) => ["-o", setting]);
}

/** Where this machine's own Debian comes from. */
async function machineMirror(): Promise<string> {
  const format = ["--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"];
  const { stdout } = await run("apt-get", ["indextargets", ...format]);
  const targets = stdout.split("\n").map((line) => line.split("|"));
  const debian = targets.find(([origin, label]) => origin === "Debian" && label === "Debian");
  // Before the first `apt-get update` nobody knows an origin.
  const uri = debian?.[2] ?? targets.find((target) => /\/debian\/?$/.test(target[2] ?? ""))?.[2];
  if (uri === undefined) throw new Error("apt names no Debian mirror");
  return uri;
}

/** The machine's libc may be too old: each program runs under its own loader, with its own libraries. */
async function writeScripts({ programs }: DebianRelease, folder: string): Promise<void> {
  const { stdout } = await run("find", [
    `${folder}/root`,
    ...["-name", "ld-linux*.so.*", "-o", "-name", "libc.so.6"],
  ]);
  const places = stdout.trim().split("\n");
  const [loader, libc] = ["/ld-linux", "/libc.so.6"].map((part) => places.find((one) => one.includes(part)));
  if (loader === undefined || libc === undefined) throw new Error("no loader among the packages");
  const inside = (path: string) => `"$root/${path.slice(`${folder}/root/`.length)}"`;
  const libraries = inside(libc.slice(0, libc.lastIndexOf("/")));
  await mkdir(`${folder}/scripts`);
  for (const program of programs) {
    const lines = [
      "#!/bin/sh",
      "root=${0%/*}/../root",
      `export OPENSSL_CONF="$root/usr/lib/ssl/openssl.cnf" OPENSSL_MODULES=${libraries}/ossl-modules`,
      `exec ${inside(loader)} --library-path ${libraries} "$root/${program}" "$@"`,
    ];
    const path = `${folder}/scripts/${program.split("/").at(-1)}`;
    await writeFile(path, `${lines.join("\n")}\n`);
    await chmod(path, 0o755);
  }
  await rename(`${folder}/scripts`, `${folder}/bin`);
}

/** What apt or the shell said last: for "skipped: …". */
export function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  const said = (stderr ?? "").split("\n").find((line) => line.startsWith("E: "));
  return said?.slice(3) ?? message.split("\n")[0]!;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
