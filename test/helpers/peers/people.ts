/** The test people with every key that the programs at hand can make, and where their files lie. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readFile, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  type Bytes,
  type Certificate,
  type Identity,
  importPrivateKey,
  readCertificates,
  readPkcs12,
} from "../../../src/engine/index.js";
import { testKeys } from "../test-keys.js";

const script = fileURLToPath(new URL("../../keys/make-newer.sh", import.meta.url));
const cache = fileURLToPath(new URL("../../../.build/", import.meta.url));

export const people = [
  ...["alice-rsa", "alice-p256", "big-rsa4096", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519"],
  ...["frank-bp256", "grace-bp384", "heidi-bp512", "ivan-ed448", "judy-pss", "kim-x25519", "lee-x448"],
];

/** whose keys need OpenSSL 3.5 */
export const newerPeople = [
  ...["mia-mldsa44", "nora-mldsa65", "otto-mldsa87", "pia-slh128f", "quin-slh128s", "rita-slhshake128f"],
  ...["sven-slh192f", "tom-slhshake256f", "ulla-mlkem512", "vera-mlkem768", "walt-mlkem1024"],
];

let folder: string | undefined;

/** Before anything else here. @param newer path of an OpenSSL 3.5 or later, or null */
export async function makePeople(newer: string | null): Promise<readonly string[]> {
  const keys = await testKeys();
  const version = createHash("sha256")
    .update(await readFile(script))
    .update(await readFile(`${keys}/root.pem`))
    .digest("hex");
  folder = `${cache}people-${version.slice(0, 8)}${newer === null ? "" : "-newer"}`;
  if (!(await exists(`${folder}/complete`))) {
    const own = `${folder}.${process.pid}`;
    await mkdir(own, { recursive: true });
    await promisify(execFile)(script, [own, keys, ...(newer === null ? [] : [newer])]);
    await rename(own, folder).catch(() => rm(own, { recursive: true, force: true }));
  }
  return newer === null ? people : [...people, ...newerPeople];
}

/** @param file e.g. "alice-rsa.pem", "alice-rsa.key.pem", "alice-rsa.p12" (password "signet") */
export function keyPath(file: string): string {
  if (folder === undefined) throw new Error("makePeople() first");
  return `${folder}/${file}`;
}

export function addressOf(name: string): string {
  return `${name.split("-")[0]}@example.test`;
}

const certificates = new Map<string, Promise<Certificate>>();

export function certificateOf(name: string): Promise<Certificate> {
  let certificate = certificates.get(name);
  if (certificate === undefined) certificates.set(name, (certificate = readCertificate(name)));
  return certificate;
}

async function readCertificate(name: string): Promise<Certificate> {
  const [certificate] = await readCertificates(new Uint8Array(await readFile(keyPath(`${name}.pem`))));
  return certificate!;
}

const identities = new Map<string, Promise<Identity>>();

export function identityOf(name: string): Promise<Identity> {
  let identity = identities.get(name);
  if (identity === undefined) {
    const file = readFile(keyPath(`${name}.p12`));
    identities.set(name, (identity = file.then((octets) => readIdentity(new Uint8Array(octets), "signet"))));
  }
  return identity;
}

/** The one identity of a key file. */
export async function readIdentity(file: Bytes, password: string): Promise<Identity> {
  const entries = await readPkcs12(file, password);
  const own = entries.find(({ privateKey }) => privateKey !== null);
  if (own?.certificate === null || own?.certificate === undefined)
    throw new Error("no key with a certificate");
  const privateKey = await importPrivateKey(own.privateKey!);
  return { certificate: own.certificate, chain: own.chain, privateKey };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
