/**
 * Another S/MIME program, run as a process: it signs and encrypts what we read, and reads what we write.
 * All of them hold the keys of the same test people; what a program cannot do it says in its own words.
 */
import { type ExecFileException, execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import type { Bytes } from "../../../src/engine/index.js";
import { type TemporaryFolder, temporaryFolder } from "../temporary-folder.js";

export type Program = "openssl" | "nss" | "gpgsm";

/** Words of the command line that make a row of the matrix; a program without them has no option for it. */
export type Options = Readonly<Partial<Record<Program, readonly string[]>>>;

export interface Task {
  readonly content: Bytes;
  /** test people: who signs, or who is encrypted to */
  readonly people: readonly string[];
  readonly options: readonly string[];
  /** signatures: does the content stand beside or inside? */
  readonly detached?: boolean;
}

export interface KeyTask {
  readonly who: string;
  readonly password: string;
  readonly options: readonly string[];
}

export interface Peer {
  readonly program: Program;
  /** e.g. "OpenSSL 3.0.19" */
  readonly title: string;
  /** e.g. [3, 0, 19] */
  readonly version: readonly number[];
  /** @returns a MIME entity, or the DER of a ContentInfo. @throws PeerRefusal */
  sign(task: Task): Promise<Bytes>;
  encrypt(task: Task): Promise<Bytes>;
  compress(content: Bytes): Promise<Bytes>;
  /** @returns the signed content. @throws PeerRefusal where the signature or its path does not hold */
  verify(message: Bytes): Promise<Bytes>;
  /** @param who whose key is to be used, where several are there */
  open(message: Bytes, who: string, options: readonly string[]): Promise<Bytes>;
  /** a .p12 of its making */
  exportKey(task: KeyTask): Promise<Bytes>;
  /** into a store of its own, where nothing is yet. @throws PeerRefusal */
  importKey(file: Bytes, password: string): Promise<void>;
  remove(): Promise<void>;
}

/** What the program said on its way out. */
export class PeerRefusal extends Error {
  override readonly name = "PeerRefusal";
}

export interface Run {
  readonly program: string;
  readonly words: readonly string[];
  readonly input?: string;
}

/** @returns what was written to standard output. @throws PeerRefusal with what was written to standard error */
export function runProgram({ program, words, input }: Run): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string) => {
      if (error === null) resolve(stdout);
      // A program that is not there, or is killed for its time, has refused nothing.
      else if (typeof error.code === "string" || error.killed === true) reject(error);
      else reject(new PeerRefusal(`${stderr}${stdout}` || error.message));
    };
    const child = execFile(program, words, { maxBuffer: 1 << 24, timeout: 120_000 }, done);
    // A program that refuses at once has closed its input before it is written.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
}

/** Files by name, in a folder that goes when the peer goes. */
export class Workplace {
  readonly path: string;
  readonly #folder: TemporaryFolder;
  #files = 0;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.path = folder.path;
  }

  static async open(): Promise<Workplace> {
    return new Workplace(await temporaryFolder());
  }

  /** @returns a path where no file is yet */
  fresh(): string {
    return `${this.path}/${++this.#files}`;
  }

  async put(content: Bytes): Promise<string> {
    const path = this.fresh();
    await writeFile(path, content);
    return path;
  }

  async get(path: string): Promise<Bytes> {
    return new Uint8Array(await readFile(path));
  }

  remove(): Promise<void> {
    return this.#folder.remove();
  }
}

/** @returns e.g. [3, 0, 19] of "OpenSSL 3.0.19 27 Jan 2026" */
export function versionIn(text: string): readonly number[] {
  const found = /\d+(?:\.\d+)+/.exec(text);
  if (found === null) throw new Error(`no version in: ${text}`);
  return found[0].split(".").map(Number);
}

export function isOlder(version: readonly number[], than: readonly number[]): boolean {
  for (const [place, number] of than.entries()) {
    const own = version[place] ?? 0;
    if (own !== number) return own < number;
  }
  return false;
}
