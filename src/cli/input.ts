/** Files as the engine wants them. What cannot be used is said in one sentence that names the file. */
import { readFile, stat } from "node:fs/promises";
import {
  BudgetExceededError,
  type Bytes,
  type Certificate,
  DecryptionError,
  type Identity,
  MalformedError,
  type Pkcs12Entry,
  UnsupportedError,
  importPrivateKey,
  readCertificates,
  readKeyFile as readKeys,
} from "../engine/index.js";
import { type IdentityFile, UsageError } from "./arguments.js";

const largestFile = 256 * 1024 * 1024;

/** @param path `-` is standard input. @throws UsageError */
export async function readInput(path: string): Promise<Bytes> {
  const name = path === "-" ? "Standard input" : path;
  try {
    const octets = path === "-" ? await readStandardInput() : await readNamed(path);
    if (octets.length === 0) throw new UsageError(`${name} is empty.`);
    return octets;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new UsageError(reasons[code]?.(path) ?? `${name} cannot be read (${code}).`);
  }
}

const reasons: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `There is no file ${path}.`,
  EISDIR: (path) => `${path} is a folder, not a file.`,
  EACCES: (path) => `You may not read ${path}.`,
};

async function readNamed(path: string): Promise<Bytes> {
  const { size } = await stat(path);
  if (size > largestFile) throw new UsageError(`${path} is larger than 256 MB.`);
  return new Uint8Array(await readFile(path));
}

/** The first line: who writes the file with an editor cannot leave the line end out. @throws UsageError */
export async function readPasswordFile(path: string): Promise<string> {
  const text = new TextDecoder().decode(await readInput(path));
  return text.split(/\r?\n/, 1)[0]!;
}

async function readStandardInput(): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > largestFile) throw new UsageError("Standard input is larger than 256 MB.");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** @throws UsageError */
export async function readCertificateFiles(paths: readonly string[]): Promise<readonly Certificate[]> {
  const found: Certificate[] = [];
  for (const path of paths) {
    const certificates = await usable(path, async () => readCertificates(await readInput(path)));
    if (certificates.length === 0) throw new UsageError(`${path} holds no certificate.`);
    found.push(...certificates);
  }
  return found;
}

const crlArmour = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/g;

/** CRLs in DER or PEM, as DER. @throws UsageError */
export async function readCrlFiles(paths: readonly string[]): Promise<readonly Bytes[]> {
  const found: Bytes[] = [];
  for (const path of paths) {
    const bytes = await readInput(path);
    if (bytes[0] === 0x30) {
      found.push(bytes);
      continue;
    }
    const blocks = [...new TextDecoder("iso-8859-1").decode(bytes).matchAll(crlArmour)];
    if (blocks.length === 0) throw new UsageError(`${path} holds no CRL.`);
    found.push(...blocks.map((block) => new Uint8Array(Buffer.from(block[1]!, "base64"))));
  }
  return found;
}

/** @throws UsageError */
export async function readKeyFile({ path, password }: IdentityFile): Promise<readonly Pkcs12Entry[]> {
  return usable(path, async () => readKeys(await readInput(path), password));
}

/** @throws UsageError */
export async function readIdentities(files: readonly IdentityFile[]): Promise<readonly Identity[]> {
  const found: Identity[] = [];
  for (const file of files) {
    const own = (await readKeyFile(file)).filter(
      ({ certificate, privateKey }) => certificate !== null && privateKey !== null,
    );
    if (own.length === 0) throw new UsageError(`${file.path} holds no private key with its certificate.`);
    for (const entry of own) found.push(await usable(file.path, () => toIdentity(entry)));
  }
  return found;
}

async function toIdentity({ certificate, chain, privateKey }: Pkcs12Entry): Promise<Identity> {
  const key = await importPrivateKey(privateKey!);
  privateKey!.fill(0);
  return { certificate: certificate!, chain, privateKey: key };
}

async function usable<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof Error ? (asUsageError(path, error) ?? error) : error;
  }
}

function asUsageError(path: string, error: Error): UsageError | null {
  if (error instanceof DecryptionError)
    return new UsageError(`The password for ${path} is wrong, or the file is damaged.`);
  if (error instanceof MalformedError) {
    return new UsageError(`${path} is damaged, or not what it should be (${error.code}: ${error.detail}).`);
  }
  if (error instanceof UnsupportedError) {
    return new UsageError(
      `${path} uses something that Signet does not know (${error.code}: ${error.detail}).`,
    );
  }
  if (error instanceof BudgetExceededError) {
    return new UsageError(`${path} would take too much work to read (${error.detail}).`);
  }
  return null;
}
