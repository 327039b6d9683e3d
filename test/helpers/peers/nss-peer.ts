/** NSS, the S/MIME of Thunderbird and Evolution: a database of its own, and `cmsutil`. */
import type { Bytes } from "../../../src/engine/index.js";
import { cmsOf } from "./mail-parts.js";
import { keyPath } from "./people.js";
import { type KeyTask, type Peer, PeerRefusal, type Task, Workplace, runProgram, versionIn } from "./peer.js";

export class NssPeer implements Peer {
  readonly program = "nss";
  readonly title: string;
  readonly version: readonly number[];
  readonly #folder: string;
  readonly #place: Workplace;
  /** whose key it did not import, and what it said */
  readonly #without = new Map<string, string>();

  private constructor(folder: string, version: readonly number[], place: Workplace) {
    this.#folder = folder;
    this.#place = place;
    this.version = version;
    this.title = `NSS ${version.join(".")}`;
  }

  /** @param folder of `certutil`, `cmsutil`, `pk12util`. @param version as the package has it: none of them tells */
  static async start(folder: string, version: string, people: readonly string[]): Promise<NssPeer> {
    const nss = new NssPeer(folder, versionIn(version), await Workplace.open());
    await nss.#run("certutil", ["-N", "--empty-password"]);
    await nss.#trust("root", ",C,");
    await nss.#trust("intermediate", ",,");
    // Two certificates of one subject share a nickname, and NSS takes either.
    for (const name of people) if (name !== "alice-p256") await nss.#take(name);
    return nss;
  }

  async sign({ content, people, options, detached = true }: Task): Promise<Bytes> {
    this.#require(people);
    const form = detached ? ["-T"] : [];
    return this.#cmsutil(["-S", "-N", people[0]!, ...form, ...options], content);
  }

  async encrypt({ content, people, options }: Task): Promise<Bytes> {
    return this.#cmsutil(["-E", "-r", people.join(","), ...options], content);
  }

  compress(): Promise<Bytes> {
    return Promise.reject(new Error(`${this.title} has no compression`));
  }

  async verify(message: Bytes): Promise<Bytes> {
    const { cms, content } = cmsOf(message);
    const beside = content === null ? [] : ["-c", await this.#place.put(content)];
    return this.#cmsutil(["-D", ...beside], cms);
  }

  async open(message: Bytes, who: string): Promise<Bytes> {
    this.#require([who]);
    return this.#cmsutil(["-D"], cmsOf(message).cms);
  }

  async exportKey({ who, password, options }: KeyTask): Promise<Bytes> {
    this.#require([who]);
    const output = this.#place.fresh();
    await this.#run("pk12util", ["-o", output, "-n", who, "-W", password, "-K", "", ...options]);
    return this.#place.get(output);
  }

  async importKey(file: Bytes, password: string): Promise<void> {
    const empty = new NssPeer(this.#folder, this.version, await Workplace.open());
    try {
      await empty.#run("certutil", ["-N", "--empty-password"]);
      await empty.#run("pk12util", ["-i", await empty.#place.put(file), "-W", password, "-K", ""]);
    } finally {
      await empty.remove();
    }
  }

  remove(): Promise<void> {
    return this.#place.remove();
  }

  #trust(name: string, flags: string): Promise<string> {
    return this.#run("certutil", ["-A", "-n", name, "-t", flags, "-a", "-i", keyPath(`${name}.pem`)]);
  }

  async #take(name: string): Promise<void> {
    try {
      await this.#run("pk12util", ["-i", keyPath(`${name}.p12`), "-W", "signet", "-K", ""]);
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

  async #cmsutil(words: readonly string[], input: Bytes): Promise<Bytes> {
    const output = this.#place.fresh();
    const files = ["-i", await this.#place.put(input), "-o", output];
    await this.#run("cmsutil", [...words, "-p", "", ...files]);
    return this.#place.get(output);
  }

  #run(program: string, words: readonly string[]): Promise<string> {
    return runProgram({
      program: `${this.#folder}/${program}`,
      words: [...words, "-d", `sql:${this.#place.path}`],
    });
  }
}
