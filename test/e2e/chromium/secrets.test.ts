/**
 * Nothing secret in a real Chromium's profile, on its console or in what it answers: after making, ordering, unlocking,
 * importing, restoring, using, backing up and locking, and again when the passphrase was taken away. The browser is killed
 * in the end, so that no tidying up hides anything. The extension is a copy that may ask the stand-in authority from the
 * start, because nobody can click what Chromium asks there.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import type {
  IdentityView,
  ImportedIdentities,
  MadeBackup,
  VaultStatus,
} from "../../../src/protocol/messages.js";
import type { OrderView } from "../../../src/protocol/orders.js";
import { newRecoveryCode } from "../../../src/protocol/recovery-code.js";
import { type Pkcs12Entry, readPkcs12 } from "../../../src/engine/index.js";
import { AcmeServer } from "../../helpers/acme-server.js";
import { until } from "../../helpers/browsers/driven.js";
import { KilledBrowser } from "../../helpers/killing/chromium.js";
import { encrypted, letter, plain } from "../../helpers/letters.js";
import { filesHolding, needlesOfKey, needlesOfOctets, textNeedles } from "../../helpers/secret-needles.js";
import { type DeviceVault, deviceVault, keysInFiles } from "../../helpers/device-vault.js";
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
/** what an authority gave its customer */
const contract = { keyId: "customer-7", key: randomBytes(32) };
let entries: readonly Pkcs12Entry[];
let dataKey: Buffer;
let acme: AcmeServer;
/** the vault after its passphrase was taken away */
let device: DeviceVault;
/** where anything secret lay while there was a passphrase: names and files */
let foundBefore: ReadonlyMap<string, readonly string[]>;

before(async () => {
  folder = await temporaryFolder();
  const extension = join(folder.path, "extension");
  await cp(fileURLToPath(new URL("../../../dist/chrome", import.meta.url)), extension, { recursive: true });
  await allowHosts(join(extension, "manifest.json"));
  // Its mail never comes: the order, and its key, wait.
  acme = await AcmeServer.start(async () => undefined);
  acme.behaviour.contracts = new Map([[contract.keyId, contract.key]]);
  browser = await KilledBrowser.start(join(folder.path, "profile"), extension);
  await live();
  foundBefore = foundSecrets();
  await liveWithoutPassphrase();
  await browser.kill();
});
after(async () => {
  await browser?.kill();
  await acme?.stop();
  await folder?.remove();
});

const refusal = (asked: Promise<unknown>): Promise<unknown> =>
  asked.catch((error: unknown) => refusals.push(String(error)));

async function importFile(file: Uint8Array, password: string): Promise<ImportedIdentities> {
  return browser.ask("identity:import", { file: await browser.handOver(file), password });
}

async function allowHosts(manifest: string): Promise<void> {
  const said = JSON.parse(await readFile(manifest, "utf8")) as Record<string, unknown>;
  const { optional_host_permissions: hosts, ...rest } = said;
  await writeFile(manifest, JSON.stringify({ ...rest, host_permissions: hosts }));
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
  await order();
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

/** A key that an order by mail has made, and that waits for its certificate (RFC 8823). */
async function order(): Promise<void> {
  const { directory } = acme;
  const address = "alice@example.test";
  const given = { keyId: contract.keyId, key: contract.key.toString("base64url") };
  await browser.ask("order:begin", { directory, address, kind: "p-256", renews: null, contract: given });
  await until(async () => {
    const [first] = await browser.ask<readonly OrderView[]>("order:list", {});
    assert.notEqual(first?.state, "failed", first?.problem ?? "");
    return first?.sender !== null && first !== undefined;
  });
}

/** The passphrase goes, another key comes, and all of it is backed up again. */
async function liveWithoutPassphrase(): Promise<void> {
  await browser.ask("vault:change-passphrase", { current: `${passphrase} changed`, next: null });
  const wish = { commonName: "Alice", addresses: ["alice@example.test"], kind: "p-256" };
  await browser.ask("identity:make", wish);
  const made = await browser.ask<MadeBackup>("backup:make", { passphrase: null, code });
  entries = await readPkcs12(new Uint8Array(await browser.take(made.file)), code);
  device = await deviceVault((body) => browser.page.evaluate(`(async () => {${body}})()`));
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
  const count = device === undefined ? 6 : 7;
  assert.equal(
    keys.length,
    count,
    "three imported, one made, one that waits, one that is ordered; later another",
  );
  return new Map([
    ...keys,
    ["data key", needlesOfOctets(dataKey)],
    ...(device === undefined ? [] : [["new data key", needlesOfOctets(device.dataKey)] as const]),
    ["contract", needlesOfOctets(contract.key)],
    ["passphrase", textNeedles(passphrase)],
    ["guess", textNeedles(guess)],
    ["recovery code", [...textNeedles(code), ...textNeedles(code.replaceAll("-", ""))]],
    ["opened words", textNeedles(opened)],
  ]);
}

/** @returns the files that hold each secret */
function foundSecrets(): ReadonlyMap<string, readonly string[]> {
  const profile = join(folder.path, "profile");
  return new Map([...secrets()].map(([name, needles]) => [name, filesHolding(profile, needles)]));
}

test("no passphrase, recovery code, data key or private number lies in any file of the profile, in any spelling", () => {
  const profile = join(folder.path, "profile");
  assert.ok(foundBefore.size > 10);
  for (const [name, files] of foundBefore) assert.deepEqual(files, [], name);
  // The search finds what is there: a certificate, and a name in storage.local.
  const certificate = Buffer.from(entries.find((entry) => entry.certificate !== null)!.certificate!.der);
  assert.notDeepEqual(filesHolding(profile, [certificate.subarray(100, 124)]), []);
  assert.notDeepEqual(filesHolding(profile, textNeedles("attempts")), []);
});

test("of an order that waits, neither its key nor what the authority gave its customer; its public half is there", () => {
  assert.equal(acme.orders.length, 1);
  const profile = join(folder.path, "profile");
  const ordered = entries.filter(({ certificate, note }) => certificate === null && note !== undefined);
  assert.equal(ordered.length, 2, "one that waits for a file, one that waits for a mail");
  const notes = ordered.map(({ note }) => JSON.parse(Buffer.from(note!).toString()) as { publicKey: string });
  for (const { publicKey } of notes) {
    const point = Buffer.from(publicKey, "base64").subarray(-40);
    assert.notDeepEqual(filesHolding(profile, [point.subarray(0, 20)]), []);
  }
  assert.notDeepEqual(filesHolding(profile, textNeedles(acme.directory)), []);
});

test("without a passphrase nothing lies there in clear either, but the profile alone opens all of it, as the page says", () => {
  for (const [name, files] of foundSecrets()) assert.deepEqual(files, [], name);
  assert.equal(device.exported, "InvalidAccessError", "no script reads the key that wraps");
  assert.notDeepEqual(device.dataKey, dataKey, "with the passphrase the data key changed");
  // Whoever has copied the files tries each run of 32 octets, and needs no browser.
  const found = keysInFiles(join(folder.path, "profile"), device);
  assert.ok(found.some((key) => key.equals(device.dataKey)));
});

test("nor on the console, nor in a refusal", () => {
  assert.equal(refusals.length, 2);
  const texts = Buffer.from([...browser.said, ...refusals].join("\n"));
  assert.match(texts.toString(), /passphrase-wrong/);
  for (const [name, needles] of secrets()) assert.ok(!needles.some((needle) => texts.includes(needle)), name);
});
