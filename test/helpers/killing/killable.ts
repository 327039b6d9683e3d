/**
 * A program with Signet in it that can be killed by SIGKILL and started again over the same profile, and whose
 * background tells, from outside, when it writes to the vault: so that a kill can be aimed there, and counted.
 */
import { readFileSync } from "node:fs";
import { until } from "../browsers/driven.js";

export interface Killable {
  readonly writes: Writes;
  /** What our own pages ask. @returns what the background answers; a refusal is thrown by its code */
  ask<Answer>(name: string, params: object): Promise<Answer>;
  /** give a file to the background. @returns its id */
  handOver(file: Uint8Array): Promise<string>;
  /** what the background hands back, e.g. a backup */
  take(file: string): Promise<Uint8Array>;
  /** every process of it at once, without a word */
  kill(): Promise<void>;
}

/** The writes to the vault that were heard of. */
export class Writes {
  #open = 0;
  #waiting: (() => void)[] = [];

  /** `begin`, `end`: what the background's `writeTelling` says */
  hear(word: string): void {
    if (word === "end") this.#open--;
    if (word !== "begin") return;
    this.#open++;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Is one under way? */
  get open(): boolean {
    return this.#open > 0;
  }

  /** resolves with the next that begins */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/**
 * Runs in the background: every transaction that writes to the vault says when it begins and when it has ended.
 * A JavaScript text, for nothing of this file is there.
 *
 * @param say JavaScript, a function of a word
 */
export const writeTelling = (say: string): string => `{
  const say = ${say};
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const made = begin.call(this, stores, mode, options);
    const vault = [stores].flat().some((name) => ["protection", "identities", "pendingKeys"].includes(name));
    if (mode === "readwrite" && vault) {
      say("begin");
      for (const name of ["complete", "abort"]) made.addEventListener(name, () => say("end"));
    }
    return made;
  };
}`;

/** @param leader of a group of processes, all of them ours; the whole group goes at once */
export async function killGroup(leader: number): Promise<void> {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  await until(async () => !isAlive(leader), 10_000);
}

/** A killed process that nobody has waited for yet is dead all the same. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
