/**
 * The vault in a real Thunderbird: asleep, locked by the clock, and what lies in the profile's files, with a passphrase
 * and without one, a key that an order by mail has made included.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { readPkcs12 } from "../../../src/engine/index.js";
import type { IdentityView, MadeBackup, VaultStatus } from "../../../src/protocol/messages.js";
import { newRecoveryCode } from "../../../src/protocol/recovery-code.js";
import { deviceVault, keysInFiles } from "../../helpers/device-vault.js";
import { filesHolding, needlesOfKey, needlesOfOctets } from "../../helpers/secret-needles.js";
import { testKeys } from "../../helpers/test-keys.js";
import { ask, fillKeyring, openOptions, takeFile } from "../../helpers/thunderbird/keyring.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const passphrase = "correct horse battery staple";
let world: World;
let options: Page;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, { identities: ["alice-rsa", "alice-p256"], passphrase });
  options = await openOptions(world.addon);
});
after(() => world?.stop());

const status = () => ask<VaultStatus>(options, "vault:status", {});

/** What Thunderbird does with an event page after half a minute without events. */
async function putToSleep(): Promise<void> {
  const state = await world.thunderbird.run<string>(
    `const { extension } = WebExtensionPolicy.getByID(args[0]);
     await extension.terminateBackground({ ignoreDevToolsAttached: true });
     return extension.backgroundState;`,
    world.addon.id,
  );
  assert.equal(state, "stopped");
}

/** Files of the profile that hold these octets. */
function filesWithOctets(octets: Buffer): readonly string[] {
  const pattern = [...octets].map((octet) => `\\x${octet.toString(16).padStart(2, "0")}`).join("");
  const found = spawnSync("grep", ["-rlaP", "--", pattern, world.profile], {
    encoding: "utf8",
    env: { LC_ALL: "C" },
  });
  return found.stdout.split("\n").filter((line) => line !== "");
}

test("the event page dies and wakes unlocked, with nobody asked for the passphrase", async () => {
  await putToSleep();
  assert.equal((await status()).state, "unlocked");
  const identities = await ask<readonly IdentityView[]>(options, "identity:list", {});
  assert.equal(identities.length, 2);
});

test("neither passphrase nor data key, nor any number of a private key in any spelling, is in the profile's files", async () => {
  const raw = await options.run<string>(`return (await browser.storage.session.get("vault")).vault.raw`);
  assert.equal(Buffer.from(raw, "base64").length, 32);
  assert.deepEqual(world.filesWith(world.profile, raw), []);
  assert.deepEqual(world.filesWith(world.profile, passphrase), []);
  assert.deepEqual(filesWithOctets(Buffer.from(raw, "base64").subarray(0, 16)), []);
  for (const name of ["alice-rsa", "alice-p256"]) {
    const file = new Uint8Array(await readFile(`${await testKeys()}/${name}.p12`));
    const key = (await readPkcs12(file, "signet")).find(({ privateKey }) => privateKey !== null)!;
    assert.deepEqual(filesHolding(world.profile, needlesOfKey(key.privateKey!)), [], name);
    // The public half is found, though the database is compressed.
    const point = Buffer.from(key.certificate!.subjectPublicKeyInfo.publicKey).subarray(20, 36);
    assert.notDeepEqual(filesHolding(world.profile, [point]), [], name);
  }
  // The search finds what is there.
  assert.notDeepEqual(filesWithOctets(Buffer.from("mail.server.server1")), []);
});

test("the alarm wakes the event page when the time is over, and the data key is gone", async () => {
  const due = (await status()).unlockedUntil;
  const alarms = await options.run<readonly { scheduledTime: number }[]>(`return browser.alarms.getAll()`);
  assert.deepEqual(
    alarms.map(({ scheduledTime }) => new Date(scheduledTime).toISOString()),
    [due],
  );
  await putToSleep();
  // An hour passes: the end moves here instead.
  await options.run(
    `const { vault } = await browser.storage.session.get("vault");
     await browser.storage.session.set({ vault: { ...vault, until: Date.now() } });
     await browser.alarms.create("signet-lock", { when: Date.now() });`,
  );
  await waitFor("the lock", () =>
    options.run<boolean>(`return (await browser.storage.session.get("vault")).vault === undefined`),
  );
  assert.equal((await status()).state, "locked");
});

test("a wrong passphrase has one answer, the right one opens again", async () => {
  const wrong = ask(options, "vault:unlock", { passphrase: "incorrect horse", minutes: 5 });
  await assert.rejects(wrong, /passphrase-wrong/);
  assert.equal((await status()).state, "locked");
  await ask(options, "vault:unlock", { passphrase, minutes: 5 });
  assert.equal((await status()).state, "unlocked");
});

/** Nobody listens there: the order waits, and its key with it. */
const nowhere = "http://127.0.0.1:9/directory";

/** Every private key, by a backup. */
async function allKeys(secret: string | null): Promise<readonly Uint8Array[]> {
  const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));
  const made = await ask<MadeBackup>(options, "backup:make", { passphrase: secret, code });
  const entries = await readPkcs12(new Uint8Array(await takeFile(options, made.file)), code);
  return entries.flatMap(({ privateKey }) => (privateKey === null ? [] : [privateKey]));
}

test("nor is the key of an order that waits; and without a passphrase nothing is in clear, but the files alone open all of it", async () => {
  const [address] = await ask<readonly string[]>(options, "order:addresses", {});
  const wish = { directory: nowhere, address, kind: "p-256", renews: null, contract: null };
  await ask(options, "order:begin", wish);
  const keys = await allKeys(passphrase);
  assert.equal(keys.length, 3);
  const search = () => keys.map((key) => filesHolding(world.profile, needlesOfKey(key)));
  assert.deepEqual(search(), [[], [], []]);
  await ask(options, "vault:change-passphrase", { current: passphrase, next: null });
  assert.equal((await allKeys(null)).length, 3);
  const device = await deviceVault((body) => options.run(body));
  assert.equal(device.exported, "InvalidAccessError", "no script reads the key that wraps");
  assert.deepEqual(search(), [[], [], []]);
  assert.deepEqual(filesHolding(world.profile, needlesOfOctets(device.dataKey)), []);
  // The options page says: whoever can copy this profile has your keys.
  assert.ok(keysInFiles(world.profile, device).some((key) => key.equals(device.dataKey)));
});
