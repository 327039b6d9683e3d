/**
 * Nothing secret in a real Chromium's profile, on its console or in what it answers: after making, unlocking, importing,
 * restoring, using, backing up and locking. The browser is killed in the end, so that no tidying up hides anything.
 */
import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import type {
  IdentityView,
  ImportedIdentities,
  MadeBackup,
  VaultStatus,
} from "../../../src/protocol/messages.js";
import { newRecoveryCode } from "../../../src/protocol/recovery-code.js";
import { type Pkcs12Entry, readPkcs12 } from "../../../src/engine/index.js";
import { until } from "../../helpers/browsers/driven.js";
import { KilledBrowser } from "../../helpers/killing/chromium.js";
import { encrypted, letter, plain } from "../../helpers/letters.js";
import { filesHolding, needlesOfKey, needlesOfOctets, textNeedles } from "../../helpers/secret-needles.js";
import { type TemporaryFolder, temporaryFolder } from "../../helpers/temporary-folder.js";
import { testKeys } from "../../helpers/test-keys.js";

const passphrase = "canary passphrase 4711";
const guess = "canary guess 0815 wrong";
const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));
const opened = "third-stone-from-the-left";

let folder: TemporaryFolder;
let browser: KilledBrowser;
/** refusals are answers too */
const refusals: string[] = [];
let entries: readonly Pkcs12Entry[];
let dataKey: Buffer;

before(async () => {
  folder = await temporaryFolder();
  const extension = join(folder.path, "extension");
  await cp(fileURLToPath(new URL("../../../dist/chrome", import.meta.url)), extension, { recursive: true });
  browser = await KilledBrowser.start(join(folder.path, "profile"), extension);
  await live();
  await browser.kill();
});
after(async () => {
  await browser?.kill();
  await folder?.remove();
});

const refusal = (asked: Promise<unknown>): Promise<unknown> =>
  asked.catch((error: unknown) => refusals.push(String(error)));

async function importFile(file: Uint8Array, password: string): Promise<ImportedIdentities> {
  return browser.ask("identity:import", { file: await browser.handOver(file), password });
}

/** A life of keys. */
async function live(): Promise<void> {
  await browser.ask("vault:create", { passphrase });
  for (const name of ["alice-rsa", "alice-p256", "erin-ed25519"])
    await importFile(await readFile(`${await testKeys()}/${name}.p12`), "signet");
  await refusal(importFile(await readFile(`${await testKeys()}/bob-p256.p12`), guess));
  const wish = { commonName: "Alice", addresses: ["alice@example.test"], kind: "p-256" };
  await browser.ask("identity:make", { ...wish, kind: "ed25519" });
  await browser.ask("request:create", wish);
  await useKeys();
  const made = await browser.ask<MadeBackup>("backup:make", { passphrase, code });
  const backup = await browser.take(made.file);
  entries = await readPkcs12(new Uint8Array(backup), code);
  dataKey = Buffer.from(await sessionKey(), "base64");
  const [first] = await browser.ask<readonly IdentityView[]>("identity:list", {});
  await browser.ask("identity:remove", { fingerprint: first!.certificate.fingerprint });
  await importFile(backup, code);
  await browser.ask("vault:lock", {});
  await refusal(browser.ask("vault:unlock", { passphrase: guess, minutes: 5 }));
  await unlockByHand();
  await browser.ask("vault:change-passphrase", { current: passphrase, next: `${passphrase} changed` });
}

/** What was encrypted for Alice is opened. */
async function useKeys(): Promise<void> {
  const sealed = letter({ subject: "x" }, await encrypted(plain(opened), "alice-rsa", "aes-256-gcm"));
  const file = await browser.handOver(sealed);
  const shown = await browser.ask("message:inspect", { file, job: crypto.randomUUID() });
  assert.ok(JSON.stringify(shown).includes(opened), "a key was used");
}

const sessionKey = (): Promise<string> =>
  browser.page.evaluate(
    async () => (await (globalThis as unknown as Session).chrome.storage.session.get("vault"))["vault"]!.raw,
  );

interface Session {
  readonly chrome: {
    readonly storage: {
      readonly session: { get(name: string): Promise<Record<string, { readonly raw: string }>> };
    };
  };
}

/** Typed into the page, so that whatever a browser keeps of forms is searched as well. */
async function unlockByHand(): Promise<void> {
  const { page } = browser;
  await page.reload();
  await page.waitForSelector("#unlock-passphrase");
  await page.type("#unlock-passphrase", passphrase);
  await page.keyboard.press("Enter");
  await until(async () => (await browser.ask<VaultStatus>("vault:status", {})).state === "unlocked");
}

/** Each secret by its name. */
function secrets(): ReadonlyMap<string, readonly Buffer[]> {
  const keys = entries.flatMap(({ privateKey }, index) =>
    privateKey === null ? [] : [[`key ${index}`, needlesOfKey(privateKey)] as const],
  );
  assert.equal(keys.length, 5, "three imported, one made, one that waits");
  return new Map([
    ...keys,
    ["data key", needlesOfOctets(dataKey)],
    ["passphrase", textNeedles(passphrase)],
    ["guess", textNeedles(guess)],
    ["recovery code", [...textNeedles(code), ...textNeedles(code.replaceAll("-", ""))]],
    ["opened words", textNeedles(opened)],
  ]);
}

test("no passphrase, recovery code, data key or private number lies in any file of the profile, in any spelling", () => {
  const profile = join(folder.path, "profile");
  for (const [name, needles] of secrets()) assert.deepEqual(filesHolding(profile, needles), [], name);
  // The search finds what is there: a certificate, and a name in storage.local.
  const certificate = Buffer.from(entries.find((entry) => entry.certificate !== null)!.certificate!.der);
  assert.notDeepEqual(filesHolding(profile, [certificate.subarray(100, 124)]), []);
  assert.notDeepEqual(filesHolding(profile, textNeedles("attempts")), []);
});

test("nor on the console, nor in a refusal", () => {
  assert.equal(refusals.length, 2);
  const texts = Buffer.from([...browser.said, ...refusals].join("\n"));
  assert.match(texts.toString(), /passphrase-wrong/);
  for (const [name, needles] of secrets()) assert.ok(!needles.some((needle) => texts.includes(needle)), name);
});
