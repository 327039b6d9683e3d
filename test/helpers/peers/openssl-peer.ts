/** `openssl cms`, of the machine or of a newer release. */
import type { Bytes } from "../../../src/engine/index.js";
import { keyPath } from "./people.js";
import { type KeyTask, type Peer, type Task, Workplace, runProgram, versionIn } from "./peer.js";

export class OpensslPeer implements Peer {
  readonly program = "openssl";
  readonly title: string;
  readonly version: readonly number[];
  readonly #path: string;
  readonly #place: Workplace;

  private constructor(path: string, said: string, place: Workplace) {
    this.#path = path;
    this.#place = place;
    this.version = versionIn(said);
    this.title = `OpenSSL ${this.version.join(".")}`;
  }

  static async start(path: string): Promise<OpensslPeer> {
    return new OpensslPeer(
      path,
      await runProgram({ program: path, words: ["version"] }),
      await Workplace.open(),
    );
  }

  sign({ content, people, options, detached = true }: Task): Promise<Bytes> {
    const signers = people.flatMap((name) => [
      ...["-signer", keyPath(`${name}.pem`), "-inkey", keyPath(`${name}.key.pem`)],
    ]);
    const form = detached ? [] : ["-nodetach"];
    const chain = options.includes("-nocerts") ? [] : ["-certfile", keyPath("intermediate.pem")];
    return this.#cms(["-sign", ...signers, ...chain, ...form, ...this.#filled(options)], content);
  }

  /** `-keyopt` options count for the recipient before them, here the last. */
  encrypt({ content, people, options }: Task): Promise<Bytes> {
    const recipients = people.flatMap((name) => ["-recip", keyPath(`${name}.pem`)]);
    const first = options.findIndex((option) => option === "-keyopt" || option === "-recip_kdf");
    const [before, after] = first < 0 ? [options, []] : [options.slice(0, first), options.slice(first)];
    return this.#cms(["-encrypt", ...before, ...recipients, ...after], content);
  }

  compress(content: Bytes): Promise<Bytes> {
    return this.#cms(["-compress"], content);
  }

  verify(message: Bytes): Promise<Bytes> {
    return this.#cms(["-verify", "-CAfile", keyPath("root.pem"), "-purpose", "any"], message);
  }

  open(message: Bytes, who: string, options: readonly string[]): Promise<Bytes> {
    const key =
      options.length > 0 ? options : ["-recip", keyPath(`${who}.pem`), "-inkey", keyPath(`${who}.key.pem`)];
    return this.#cms(["-decrypt", ...key], message);
  }

  exportKey({ who, password, options }: KeyTask): Promise<Bytes> {
    const own = ["-in", keyPath(`${who}.pem`), "-inkey", keyPath(`${who}.key.pem`), "-name", who];
    const words = ["pkcs12", "-export", ...own, "-certfile", keyPath("intermediate.pem"), ...options];
    return this.#output([...words, "-passout", `pass:${password}`]);
  }

  async importKey(file: Bytes, password: string): Promise<void> {
    const words = ["pkcs12", "-in", await this.#place.put(file), "-nodes", "-passin", `pass:${password}`];
    await this.#output(words);
  }

  remove(): Promise<void> {
    return this.#place.remove();
  }

  #filled(options: readonly string[]): string[] {
    return options.map((option) => (option.startsWith("KEYS/") ? keyPath(option.slice(5)) : option));
  }

  async #cms(words: readonly string[], input: Bytes): Promise<Bytes> {
    return this.#output([
      "cms",
      ...words.slice(0, 1),
      "-in",
      await this.#place.put(input),
      ...words.slice(1),
    ]);
  }

  async #output([command, ...words]: readonly string[]): Promise<Bytes> {
    const output = this.#place.fresh();
    await runProgram({ program: this.#path, words: [command!, "-out", output, ...words] });
    return this.#place.get(output);
  }
}
