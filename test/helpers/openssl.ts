/** OpenSSL as the other side: it signs and encrypts what we read. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bytes } from "../../src/engine/index.js";
import { testKeys } from "./test-keys.js";

const run = promisify(execFile);

/**
 * @param arguments_ `KEYS/` stands for the folder of the test keys
 * @param input read by OpenSSL through `-in`
 * @returns what it wrote through `-out`
 */
export async function openssl(arguments_: readonly string[], input: string | Bytes): Promise<Bytes> {
  const folder = await mkdtemp(join(tmpdir(), "signet-openssl-"));
  try {
    const [from, to] = [join(folder, "in"), join(folder, "out")];
    await writeFile(from, input);
    const keys = await testKeys();
    const filled = arguments_.map((argument) => argument.replaceAll("KEYS/", `${keys}/`));
    await run("openssl", [...filled.slice(0, 2), "-in", from, "-out", to, ...filled.slice(2)]);
    return new Uint8Array(await readFile(to));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `openssl cms -sign` by one of the test people, with the intermediate along. */
export function cmsSign(content: string | Bytes, name: string, ...options: string[]): Promise<Bytes> {
  const signer = ["-signer", `KEYS/${name}.pem`, "-inkey", `KEYS/${name}.key.pem`];
  const chain = options.includes("-nocerts") ? [] : ["-certfile", "KEYS/intermediate.pem"];
  return openssl(["cms", "-sign", ...signer, ...chain, ...options], content);
}

/** `openssl cms -encrypt` to one or several of them. `-keyopt` options count for the last recipient. */
export function cmsEncrypt(
  content: string | Bytes,
  names: readonly string[],
  ...options: string[]
): Promise<Bytes> {
  const recipients = names.flatMap((name) => ["-recip", `KEYS/${name}.pem`]);
  const first = options.indexOf("-keyopt");
  const [before, after] = first < 0 ? [options, []] : [options.slice(0, first), options.slice(first)];
  return openssl(["cms", "-encrypt", ...before, ...recipients, ...after], content);
}
