/** NSS as the other side, as Thunderbird and Evolution have it: a database of its own, and `cmsutil`. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Bytes } from "../../src/engine/index.js";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.js";
import { testKeys } from "./test-keys.js";

const run = promisify(execFile);

/** For `test(name, { skip }, …)`. */
export const noNss: string | false = existsSync("/usr/bin/cmsutil") ? false : "no cmsutil (libnss3-tools)";

export class Nss {
  readonly #folder: TemporaryFolder;
  readonly #database: string;

  constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.#database = `sql:${folder.path}`;
  }

  /** @param names whose keys it holds; the test root is trusted for mail */
  static async with(names: readonly string[]): Promise<Nss> {
    const nss = new Nss(await temporaryFolder());
    const keys = await testKeys();
    await nss.#run("certutil", ["-N", "--empty-password"]);
    await nss.#run("certutil", ["-A", "-n", "root", "-t", ",C,", "-a", "-i", `${keys}/root.pem`]);
    await nss.#run("certutil", [
      "-A",
      "-n",
      "intermediate",
      "-t",
      ",,",
      "-a",
      "-i",
      `${keys}/intermediate.pem`,
    ]);
    for (const name of names)
      await nss.#run("pk12util", ["-i", `${keys}/${name}.p12`, "-W", "signet", "-K", ""]);
    return nss;
  }

  /** `cmsutil -D`: verifies or decrypts. @param content where the signature is detached */
  async decode(cms: Bytes, content?: Bytes): Promise<Bytes> {
    const [input, beside, output] = ["cms", "content", "out"].map((name) => `${this.#folder.path}/${name}`);
    await writeFile(input!, cms);
    if (content !== undefined) await writeFile(beside!, content);
    const detached = content === undefined ? [] : ["-c", beside!];
    await this.#run("cmsutil", ["-D", "-p", "", "-i", input!, "-o", output!, ...detached]);
    return new Uint8Array(await readFile(output!));
  }

  /** A key file as Thunderbird's "Backup" writes it. */
  async exportKey(nickname: string, password: string): Promise<Bytes> {
    const output = `${this.#folder.path}/backup.p12`;
    await this.#run("pk12util", ["-o", output, "-n", nickname, "-W", password, "-K", ""]);
    return new Uint8Array(await readFile(output));
  }

  remove(): Promise<void> {
    return this.#folder.remove();
  }

  #run(program: string, words: readonly string[]): Promise<unknown> {
    return run(program, [...words, "-d", this.#database]);
  }
}
