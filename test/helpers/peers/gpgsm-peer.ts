/** GnuPG's `gpgsm`, with a home and an agent of its own; the agent is told to go at the end. */
import { createHash, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { Bytes } from "../../../src/engine/index.js";
import { cmsOf } from "./mail-parts.js";
import { keyPath } from "./people.js";
import {
  type KeyTask,
  type Peer,
  PeerRefusal,
  type Task,
  Workplace,
  isOlder,
  runProgram,
  versionIn,
} from "./peer.js";

/** of the imported keys, and of the agent's copies */
const password = "signet";

export class GpgsmPeer implements Peer {
  readonly program = "gpgsm";
  readonly title: string;
  readonly version: readonly number[];
  readonly #folder: string;
  readonly #place: Workplace;
  readonly #without = new Map<string, string>();

  private constructor(folder: string, said: string, place: Workplace) {
    this.#folder = folder;
    this.#place = place;
    this.version = versionIn(said);
    this.title = `GnuPG ${this.version.join(".")}`;
  }

  /** @param folder of `gpgsm`, `gpg-agent` and `gpg-connect-agent` */
  static async start(folder: string, people: readonly string[]): Promise<GpgsmPeer> {
    const said = await runProgram({ program: `${folder}/gpgsm`, words: ["--version"] });
    const gpgsm = new GpgsmPeer(folder, said, await Workplace.open());
    await mkdir(gpgsm.#home, { mode: 0o700 });
    await writeFile(`${gpgsm.#home}/trustlist.txt`, `${await fingerprint("root")} S relax\n`);
    // Nobody steals these keys; the agent's usual count takes half a second a key.
    await writeFile(`${gpgsm.#home}/gpg-agent.conf`, "s2k-count 65536\n");
    const certificates = ["root", "intermediate", ...people].map((name) => keyPath(`${name}.pem`));
    for (const path of certificates) await gpgsm.#tolerate(path, ["--import", path]);
    for (const name of people) await gpgsm.#take(name);
    return gpgsm;
  }

  async sign({ content, people, options, detached = true }: Task): Promise<Bytes> {
    this.#require(people);
    const users = await Promise.all(people.map(async (name) => ["-u", await fingerprint(name)]));
    const words = [...users.flat(), ...options, detached ? "--detach-sign" : "--sign"];
    return this.#output([...words, await this.#place.put(content)]);
  }

  async encrypt({ content, people, options }: Task): Promise<Bytes> {
    const users = await Promise.all(people.map(async (name) => ["-r", await fingerprint(name)]));
    return this.#output([...users.flat(), ...options, "--encrypt", await this.#place.put(content)]);
  }

  compress(): Promise<Bytes> {
    return Promise.reject(new Error(`${this.title} has no compression`));
  }

  async verify(message: Bytes): Promise<Bytes> {
    const { cms, content } = cmsOf(message);
    const path = await this.#place.put(cms);
    if (content === null) return this.#output(["--verify", path]);
    await this.#gpgsm(["--verify", path, await this.#place.put(content)]);
    return content;
  }

  async open(message: Bytes, who: string): Promise<Bytes> {
    this.#require([who]);
    const output = this.#place.fresh();
    const words = ["--status-fd", "1", "--output", output, "--decrypt"];
    try {
      await this.#gpgsm([...words, await this.#place.put(cmsOf(message).cms)]);
    } catch (error) {
      // It ends with an error where it opened the message, but does not know another recipient.
      if (!(error instanceof PeerRefusal) || !error.message.includes("[GNUPG:] DECRYPTION_OKAY")) throw error;
    }
    return this.#place.get(output);
  }

  async exportKey({ who, options }: KeyTask): Promise<Bytes> {
    this.#require([who]);
    return this.#output([...options, "--export-secret-key-p12", await fingerprint(who)]);
  }

  async importKey(file: Bytes, password: string): Promise<void> {
    const empty = await GpgsmPeer.start(this.#folder, []);
    try {
      await empty.#gpgsm(["--import", await empty.#place.put(file)], password);
      const keys = await empty.#gpgsm(["--list-secret-keys"]);
      if (!keys.includes("ID: 0x")) throw new PeerRefusal("imported, but there is no key");
    } finally {
      await empty.remove();
    }
  }

  async remove(): Promise<void> {
    const words = ["--homedir", this.#home, "--no-autostart", "killagent", "/bye"];
    try {
      await runProgram({ program: `${this.#folder}/gpg-connect-agent`, words });
    } finally {
      await this.#place.remove();
    }
  }

  get #home(): string {
    return `${this.#place.path}/home`;
  }

  async #take(name: string): Promise<void> {
    if (!isOlder(this.version, [2, 4])) return this.#tolerate(name, ["--import", keyPath(`${name}.p12`)]);
    // GnuPG 2.2 reads only the ciphers of old, and one file in a hundred, whoever wrote it, it does not.
    for (let tries = 0; tries < 3; tries++) {
      this.#without.delete(name);
      await this.#tolerate(name, ["--import", await this.#oldKeyFile(name)]);
      if (!(this.#without.get(name)?.includes("trying charset") ?? false)) return;
    }
  }

  async #oldKeyFile(name: string): Promise<string> {
    const output = this.#place.fresh();
    const own = ["-in", keyPath(`${name}.pem`), "-inkey", keyPath(`${name}.key.pem`), "-name", name];
    const ciphers = ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
    const words = ["pkcs12", "-export", ...own, "-certfile", keyPath("intermediate.pem"), ...ciphers];
    try {
      await runProgram({
        program: "openssl",
        words: [...words, "-passout", `pass:${password}`, "-out", output],
      });
      return output;
    } catch (error) {
      // Keys that this OpenSSL does not know.
      if (!(error instanceof PeerRefusal)) throw error;
      return keyPath(`${name}.p12`);
    }
  }

  async #tolerate(name: string, words: readonly string[]): Promise<void> {
    try {
      await this.#gpgsm(words);
    } catch (error) {
      if (!(error instanceof PeerRefusal)) throw error;
      this.#without.set(name, error.message);
    }
  }

  #require(people: readonly string[]): void {
    for (const name of people) {
      const said = this.#without.get(name);
      if (said !== undefined) throw new PeerRefusal(said);
    }
  }

  async #output(words: readonly string[]): Promise<Bytes> {
    const output = this.#place.fresh();
    await this.#gpgsm(["--output", output, ...words]);
    return this.#place.get(output);
  }

  #gpgsm(words: readonly string[], passphrase = password): Promise<string> {
    const home = ["--homedir", this.#home, "--agent-program", `${this.#folder}/gpg-agent`];
    const quiet = ["--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase-fd", "0"];
    const checks = ["--disable-crl-checks", "--disable-policy-checks"];
    return runProgram({
      program: `${this.#folder}/gpgsm`,
      words: [...home, ...quiet, ...checks, ...words],
      input: `${passphrase}\n`,
    });
  }
}

async function fingerprint(name: string): Promise<string> {
  const { raw } = new X509Certificate(await readFile(keyPath(`${name}.pem`)));
  return createHash("sha1").update(raw).digest("hex").toUpperCase();
}
