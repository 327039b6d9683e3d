/** The programs that this machine has, and those of newer Debian releases where they can be had. */
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { type DebianRelease, debianPrograms, reasonOf } from "./debian-release.js";
import { GpgsmPeer } from "./gpgsm-peer.js";
import { NssPeer } from "./nss-peer.js";
import { OpensslPeer } from "./openssl-peer.js";
import { type Peer, type Program, isOlder, runProgram, versionIn } from "./peer.js";
import { makePeople } from "./people.js";

/** Debian 13: OpenSSL 3.5, the first with ML-DSA, SLH-DSA and ML-KEM. */
export const trixie: DebianRelease = { name: "trixie", packages: ["openssl"], programs: ["usr/bin/openssl"] };
/** What Debian will be next: OpenSSL 3.6, the first with ML-KEM in CMS; the newest NSS and GnuPG. */
const forky: DebianRelease = {
  name: "forky",
  packages: ["openssl", "libnss3-tools", "gpgsm", "gpg-agent"],
  programs: [
    ...["openssl", "certutil", "cmsutil", "pk12util"],
    ...["gpgsm", "gpg-agent", "gpg-connect-agent"],
  ].map((name) => `usr/bin/${name}`),
};

export interface AvailablePeers {
  readonly peers: readonly Peer[];
  /** e.g. "no OpenSSL 3.5: …" */
  readonly missing: readonly string[];
  remove(): Promise<void>;
}

export async function availablePeers(): Promise<AvailablePeers> {
  const missing: string[] = [];
  const newest = await tryRelease(forky, "OpenSSL 3.6, nor a newer NSS and GnuPG", missing);
  const newer = await tryRelease(trixie, "OpenSSL 3.5", missing);
  const openssl = [
    "openssl",
    ...[newer, newest].flatMap((folder) => (folder === null ? [] : [`${folder}/openssl`])),
  ];
  const people = await makePeople(await firstWithPostQuantum(openssl.toReversed()));
  const starting: Promise<Peer | null>[] = [
    ...openssl.map((path) => OpensslPeer.start(path)),
    startNss("/usr/bin", await nssVersion("/"), people),
    startGpgsm("/usr/bin", people),
  ];
  if (newest !== null) {
    const version = await nssVersion(`${newest}/../root/`);
    starting.push(startNss(newest, version, people), startGpgsm(newest, people));
  }
  const peers = (await Promise.all(starting)).filter((peer) => peer !== null);
  for (const program of ["nss", "gpgsm"] as const) {
    if (!peers.some((peer) => peer.program === program)) missing.push(`no ${program}`);
  }
  const remove = async () => {
    for (const peer of peers) await peer.remove();
  };
  return { peers: inOrder(peers), missing, remove };
}

async function tryRelease(release: DebianRelease, what: string, missing: string[]): Promise<string | null> {
  try {
    return await debianPrograms(release);
  } catch (error) {
    missing.push(`no ${what} (Debian ${release.name}: ${reasonOf(error)})`);
    return null;
  }
}

async function firstWithPostQuantum(candidates: readonly string[]): Promise<string | null> {
  for (const path of candidates) {
    const version = versionIn(await runProgram({ program: path, words: ["version"] }));
    if (!isOlder(version, [3, 5])) return path;
  }
  return null;
}

async function startNss(
  folder: string,
  version: string | null,
  people: readonly string[],
): Promise<Peer | null> {
  return version === null ? null : NssPeer.start(folder, version, people);
}

async function startGpgsm(folder: string, people: readonly string[]): Promise<Peer | null> {
  return existsSync(`${folder}/gpgsm`) ? GpgsmPeer.start(folder, people) : null;
}

/** The tools of NSS do not tell their version; the library has it in its text. */
async function nssVersion(root: string): Promise<string | null> {
  if (!existsSync(`${root}usr/bin/cmsutil`)) return null;
  for (const folder of await readdir(`${root}usr/lib`)) {
    const library = `${root}usr/lib/${folder}/libnss3.so`;
    // Browsers bring an NSS of their own.
    if (!folder.includes("-linux-") || !existsSync(library)) continue;
    const found = /Version: NSS ([\d.]+)/.exec((await readFile(library)).toString("latin1"));
    if (found !== null) return found[1]!;
  }
  return null;
}

/** A program by its versions, the oldest first. */
function inOrder(peers: readonly Peer[]): readonly Peer[] {
  const programs: readonly Program[] = ["openssl", "nss", "gpgsm"];
  return peers.toSorted((one, other) => {
    const apart = programs.indexOf(one.program) - programs.indexOf(other.program);
    return apart === 0 ? (isOlder(one.version, other.version) ? -1 : 1) : apart;
  });
}
