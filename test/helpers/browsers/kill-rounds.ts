/**
 * Rounds of killing: something is begun (an import, a new passphrase, a backup brought back, a removal), the
 * browser is killed at a moment that chance chooses, and started again. Whatever had been reported as done is
 * there and opens; what was under way is there whole or not at all.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { IdentityView, ImportedIdentities, MadeBackup } from "../../../src/protocol/messages.js";
import { newRecoveryCode } from "../../../src/protocol/recovery-code.js";
import { temporaryFolder } from "../temporary-folder.js";
import { testKeys } from "../test-keys.js";
import { KilledBrowser } from "./killed.js";

const names = ["alice-rsa", "alice-p256", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519"];
const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));
/** milliseconds: a new passphrase takes about a second of Argon2id, an import some hundredths */
const longestWait = 2_500;

interface Known {
  readonly passphrase: string;
  readonly keys: ReadonlySet<string>;
}

interface Act {
  readonly name: string;
  /** what is there if it came to its end */
  readonly after: Known;
  run(browser: KilledBrowser): Promise<unknown>;
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
  readonly names: ReadonlySet<string>;
}

export async function killRounds(rounds: number): Promise<KillReport> {
  const folder = await temporaryFolder();
  const done: string[] = [];
  const tried = new Set<string>();
  let browser = await KilledBrowser.start(folder.path);
  try {
    const files = await prepare(browser);
    let known: Known = { passphrase: "first passphrase", keys: new Set(files.keys.keys()) };
    for (let round = 0; round < rounds; round++) {
      const act = chooseAct(known, files);
      tried.add(act.name);
      let reported = false;
      const running = act.run(browser).then(
        () => (reported = true),
        () => undefined,
      );
      await Promise.race([delay(randomInt(longestWait)), running]);
      await browser.kill();
      await running;
      browser = await KilledBrowser.start(folder.path);
      const found = await look(browser, known, act.after);
      if (reported) assert.deepEqual(found, act.after, `${act.name} had been reported as done`);
      if (sameAs(found, act.after)) done.push(act.name);
      known = found;
    }
    return { rounds, done: done.length, undone: rounds - done.length, names: tried };
  } finally {
    await browser.kill().catch(() => undefined);
    await folder.remove();
  }
}

/** A vault with every key in it, and the backup of all. */
async function prepare(browser: KilledBrowser): Promise<Files> {
  await browser.ask("vault:create", { passphrase: "first passphrase" });
  const keys = new Map<string, Uint8Array>();
  for (const name of names) {
    const file = await readFile(`${await testKeys()}/${name}.p12`);
    const { added } = await importFile(browser, file, "signet");
    keys.set(added[0]!.certificate.fingerprint, file);
  }
  const made = await browser.ask<MadeBackup>("backup:make", { passphrase: "first passphrase", code });
  return { keys, backup: await browser.take(made.file) };
}

async function importFile(
  browser: KilledBrowser,
  file: Uint8Array,
  password: string,
): Promise<ImportedIdentities> {
  return browser.ask("identity:import", { file: await browser.handOver(file), password });
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
    run: (browser) => browser.ask("vault:change-passphrase", { current: known.passphrase, next }),
  };
}

function removal(known: Known): Act {
  const [fingerprint] = known.keys;
  assert.ok(fingerprint !== undefined);
  const keys = new Set([...known.keys].filter((key) => key !== fingerprint));
  return {
    name: "removal",
    after: { ...known, keys },
    run: (browser) => browser.ask("identity:remove", { fingerprint }),
  };
}

function oneImport(known: Known, files: Files, fingerprint: string): Act {
  return {
    name: "import",
    after: { ...known, keys: new Set([...known.keys, fingerprint]) },
    run: (browser) => importFile(browser, files.keys.get(fingerprint)!, "signet"),
  };
}

function restoring(known: Known, files: Files): Act {
  return {
    name: "restore",
    after: { ...known, keys: new Set(files.keys.keys()) },
    run: (browser) => importFile(browser, files.backup, code),
  };
}

/** Opens the vault with the passphrase of before or after, and every key in it by making a backup. */
async function look(browser: KilledBrowser, before: Known, after: Known): Promise<Known> {
  const passphrase = await opens(browser, before.passphrase, after.passphrase);
  const list = await browser.ask<readonly IdentityView[]>("identity:list", {});
  const keys = new Set<string>(list.map(({ certificate }) => certificate.fingerprint));
  const made =
    keys.size === 0
      ? { fingerprints: [], left: [] }
      : await browser.ask<MadeBackup>("backup:make", { passphrase, code });
  assert.deepEqual(new Set(made.fingerprints), keys, "every key opens");
  assert.deepEqual(made.left, []);
  const found = { passphrase, keys };
  const whole = [before.keys, after.keys].some((one) => sameAs(found, { passphrase, keys: one }));
  assert.ok(whole, "the old state or the new one, nothing between");
  return found;
}

async function opens(browser: KilledBrowser, before: string, after: string): Promise<string> {
  const unlock = (passphrase: string) =>
    browser.ask("vault:unlock", { passphrase, minutes: "until-closing" });
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
