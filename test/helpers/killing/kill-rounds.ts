/**
 * Rounds of killing: something is begun (an import, a new passphrase, a backup brought back, a removal), the
 * program is killed at a moment that chance chooses, and started again. Whatever had been reported as done is
 * there and opens; what was under way is there whole or not at all. Two of three kills are aimed: at once or some
 * milliseconds after a write to the vault was heard to begin. How many came before its end was heard, is counted.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { IdentityView, ImportedIdentities, MadeBackup } from "../../../src/protocol/messages.js";
import { newRecoveryCode } from "../../../src/protocol/recovery-code.js";
import { testKeys } from "../test-keys.js";
import type { Killable } from "./killable.js";

const names = ["alice-rsa", "alice-p256", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519"];
const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));
/** milliseconds: a new passphrase takes about a second of Argon2id, an import some hundredths */
const longestWait = 2_500;
/** after a write was heard to begin; the whole of it takes some three milliseconds */
const longestAim = 3;

interface Known {
  readonly passphrase: string;
  readonly keys: ReadonlySet<string>;
}

interface Act {
  readonly name: string;
  /** what is there if it came to its end */
  readonly after: Known;
  run(program: Killable): Promise<unknown>;
}

interface Files {
  /** by the certificate's fingerprint */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly backup: Uint8Array;
}

export interface KillReport {
  readonly rounds: number;
  /** how often it had come to its end, and how often not */
  readonly done: number;
  readonly undone: number;
  /** kills between the begin of a write to the vault and its end, as far as both were heard */
  readonly inside: number;
  readonly names: ReadonlySet<string>;
}

/** @param start over one and the same profile @throws where anything that was done is lost */
export async function killRounds(rounds: number, start: () => Promise<Killable>): Promise<KillReport> {
  const done: string[] = [];
  const tried = new Set<string>();
  let inside = 0;
  let program = await start();
  try {
    const files = await prepare(program);
    let known: Known = { passphrase: "first passphrase", keys: new Set(files.keys.keys()) };
    for (let round = 0; round < rounds; round++) {
      const act = chooseAct(known, files);
      tried.add(act.name);
      const { reported, wrote } = await interrupted(program, act);
      if (wrote) inside++;
      program = await start();
      const found = await look(program, known, act.after);
      if (reported) assert.deepEqual(found, act.after, `${act.name} had been reported as done`);
      if (sameAs(found, act.after)) done.push(act.name);
      known = found;
    }
    return { rounds, done: done.length, undone: rounds - done.length, inside, names: tried };
  } finally {
    await program.kill().catch(() => undefined);
  }
}

/** Begins the act, and kills the program while it is at it, or just after. */
async function interrupted(
  program: Killable,
  act: Act,
): Promise<{ readonly reported: boolean; readonly wrote: boolean }> {
  let reported = false;
  const moment = randomInt(3) === 0 ? delay(randomInt(longestWait)) : aimed(program);
  const running = act.run(program).then(
    () => (reported = true),
    () => undefined,
  );
  await Promise.race([moment, running]);
  await program.kill();
  await running;
  // What had been said before it died has arrived by now.
  return { reported, wrote: program.writes.open };
}

async function aimed({ writes }: Killable): Promise<void> {
  await writes.next();
  const wait = randomInt(longestAim);
  if (wait > 0) await delay(wait);
}

/** A vault with every key in it, and the backup of all. */
async function prepare(program: Killable): Promise<Files> {
  await program.ask("vault:create", { passphrase: "first passphrase" });
  const keys = new Map<string, Uint8Array>();
  for (const name of names) {
    const file = await readFile(`${await testKeys()}/${name}.p12`);
    const { added } = await importFile(program, file, "signet");
    keys.set(added[0]!.certificate.fingerprint, file);
  }
  const made = await program.ask<MadeBackup>("backup:make", { passphrase: "first passphrase", code });
  return { keys, backup: await program.take(made.file) };
}

async function importFile(
  program: Killable,
  file: Uint8Array,
  password: string,
): Promise<ImportedIdentities> {
  return program.ask("identity:import", { file: await program.handOver(file), password });
}

function chooseAct(known: Known, files: Files): Act {
  const missing = [...files.keys.keys()].filter((key) => !known.keys.has(key));
  const acts = [passphraseAct(known), ...(known.keys.size > 1 ? [removal(known)] : [])];
  if (missing.length > 0) acts.push(oneImport(known, files, missing[0]!), restoring(known, files));
  // Where keys are missing they come back sooner than another goes.
  return acts[randomInt(missing.length > 0 ? 1 : 0, acts.length)]!;
}

function passphraseAct(known: Known): Act {
  const next = `passphrase number ${randomInt(1_000_000)}`;
  return {
    name: "passphrase",
    after: { ...known, passphrase: next },
    run: (program) => program.ask("vault:change-passphrase", { current: known.passphrase, next }),
  };
}

function removal(known: Known): Act {
  const [fingerprint] = known.keys;
  assert.ok(fingerprint !== undefined);
  const keys = new Set([...known.keys].filter((key) => key !== fingerprint));
  return {
    name: "removal",
    after: { ...known, keys },
    run: (program) => program.ask("identity:remove", { fingerprint }),
  };
}

function oneImport(known: Known, files: Files, fingerprint: string): Act {
  return {
    name: "import",
    after: { ...known, keys: new Set([...known.keys, fingerprint]) },
    run: (program) => importFile(program, files.keys.get(fingerprint)!, "signet"),
  };
}

function restoring(known: Known, files: Files): Act {
  return {
    name: "restore",
    after: { ...known, keys: new Set(files.keys.keys()) },
    run: (program) => importFile(program, files.backup, code),
  };
}

/** Opens the vault with the passphrase of before or after, and every key in it by making a backup. */
async function look(program: Killable, before: Known, after: Known): Promise<Known> {
  const passphrase = await opens(program, before.passphrase, after.passphrase);
  const list = await program.ask<readonly IdentityView[]>("identity:list", {});
  const keys = new Set<string>(list.map(({ certificate }) => certificate.fingerprint));
  const made =
    keys.size === 0
      ? { fingerprints: [], left: [] }
      : await program.ask<MadeBackup>("backup:make", { passphrase, code });
  assert.deepEqual(new Set(made.fingerprints), keys, "every key opens");
  assert.deepEqual(made.left, []);
  const found = { passphrase, keys };
  const whole = [before.keys, after.keys].some((one) => sameAs(found, { passphrase, keys: one }));
  assert.ok(whole, "the old state or the new one, nothing between");
  return found;
}

async function opens(program: Killable, before: string, after: string): Promise<string> {
  const unlock = (passphrase: string) =>
    program.ask("vault:unlock", { passphrase, minutes: "until-closing" });
  if (await unlock(before).then(Boolean, () => false)) return before;
  await unlock(after);
  return after;
}

function sameAs(one: Known, other: Known): boolean {
  return (
    one.passphrase === other.passphrase &&
    one.keys.size === other.keys.size &&
    [...one.keys].every((key) => other.keys.has(key))
  );
}
