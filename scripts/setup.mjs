/**
 * All set-up for `npm start` and `npm test`, on a fresh Debian 12 with Node 20 or newer: node modules where
 * they are missing or stale, and system packages by apt where that is allowed. Where it is not, it says what
 * is missing and the one line to run, and stops. Plain Node, no dependencies: it runs before there are any.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Debian package → the programs that show it is there */
const thunderbird = {
  thunderbird: ["thunderbird"],
  xvfb: ["Xvfb"],
  xdotool: ["xdotool"],
  imagemagick: ["import"],
};
const mail = { openssl: ["openssl"] };
const browsers = { chromium: ["chromium"], "firefox-esr": ["firefox-esr"] };
const others = {
  "libnss3-tools": ["certutil", "cmsutil", "pk12util"],
  gpgsm: ["gpgsm", "gpg-connect-agent"],
  "gpg-agent": ["gpg-agent"],
};
const names = { bind9: ["named"], "bind9-utils": ["dnssec-keygen", "dnssec-signzone"] };
const server = { "dovecot-imapd": ["dovecot", "/usr/lib/dovecot/imap"] };

const needs = {
  start: { ...thunderbird, ...mail, ...server },
  test: { ...thunderbird, ...mail, ...browsers, ...server, ...names, ...others },
  code: {},
};

/** @param {"start" | "test" | "code"} purpose `code` needs no program but Node */
export function setUp(purpose) {
  requireNode();
  installModules();
  installPrograms(needs[purpose]);
}

/** Stop with a message for people, not a stack. */
function stop(message) {
  console.error(`\n${message}\n`);
  process.exit(1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Signet needs Node 20.19 or newer; this is ${process.version}. See https://nodejs.org/en/download`);
}

function installModules() {
  const why = staleModules();
  if (!why) return;
  console.log(`Installing node modules (${why}) …`);
  const windows = process.platform === "win32";
  const { status } = spawnSync("npm", ["ci", "--no-fund", "--no-audit"], {
    cwd: root,
    stdio: "inherit",
    shell: windows,
  });
  if (status !== 0)
    stop("`npm ci` failed; see above. Without its modules Signet can be neither built nor tested.");
}

/** @returns why the installed modules are not those of the lockfile; undefined where they are. */
function staleModules() {
  const wanted = readLock("package-lock.json");
  const installed = readLock("node_modules/.package-lock.json");
  if (!installed) return "there are none yet";
  for (const [path, { version, integrity, optional }] of Object.entries(wanted ?? {})) {
    const found = installed[path];
    // Optional ones are those of other platforms.
    if (path === "" || (!found && optional)) continue;
    if (found?.version !== version || found?.integrity !== integrity) return `${path} is not as locked`;
  }
  return undefined;
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(root + path, "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function installPrograms(needed) {
  const missing = missingPackages(needed);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  if (!isDebian()) {
    stop(
      `Missing: ${missing.join(", ")} (named as Debian names them).\n` +
        `Install them with your system's package manager. On Debian 12 it would be:\n\n  sudo ${command}`,
    );
  }
  const prefix = rootPrefix();
  if (!prefix) stop(`Missing: ${missing.join(", ")}. Run this once, then try again:\n\n  sudo ${command}`);
  console.log(`Installing ${missing.join(", ")} …`);
  apt(prefix, ["update"]);
  apt(prefix, command.split(" ").slice(1));
  const still = missingPackages(needed);
  if (still.length > 0) stop(`apt-get installed them, but these are still not found: ${still.join(", ")}`);
}

function missingPackages(needed) {
  return Object.entries(needed)
    .filter(([, programs]) => !programs.every(isThere))
    .map(([name]) => name);
}

function isThere(program) {
  const folders = `${process.env.PATH ?? ""}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  const places = program.startsWith("/") ? [program] : folders.map((folder) => `${folder}/${program}`);
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isDebian() {
  try {
    const release = readFileSync("/etc/os-release", "utf8");
    return /^ID(_LIKE)?=.*\bdebian\b/m.test(release) && isThere("apt-get");
  } catch {
    return false;
  }
}

/** @returns what to put before a command that needs root; undefined where that is not to be had without asking. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const asked = spawnSync("sudo", ["-n", "true"], { stdio: "ignore" });
  return asked.status === 0 ? ["sudo", "-n"] : undefined;
}

function apt(prefix, args) {
  const [program, ...rest] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
  const { status } = spawnSync(program, rest, { stdio: "inherit" });
  if (status !== 0) stop(`\`apt-get ${args.join(" ")}\` failed; see above.`);
}
