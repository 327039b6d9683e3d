/**
 * Fills an add-on's vault and stores from the throwaway CA, by what its own pages say to the background.
 * One test goes through the options page by clicks (`importByHand`); the others need the result only.
 */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { testKeys } from "../test-keys.js";
import type { Page } from "./page.js";
import type { Addon } from "./world.js";

export interface Keyring {
  /** names of the throwaway CA, e.g. "alice-rsa" */
  readonly identities?: readonly string[];
  readonly people?: readonly string[];
  /** default: root */
  readonly anchors?: readonly string[];
  /** null: no passphrase, the vault never locks */
  readonly passphrase?: string | null;
}

/** Open the options page in a tab of the main window. */
export async function openOptions(addon: Addon): Promise<Page> {
  await addon.background.run(`await browser.runtime.openOptionsPage()`);
  return addon.waitForPage("tab", "/pages/options/");
}

export async function fillKeyring(addon: Addon, keyring: Keyring): Promise<void> {
  const options = await openOptions(addon);
  const identities = keyring.identities ?? [];
  if (identities.length > 0 && (await ask<{ state: string }>(options, "vault:status", {})).state === "empty")
    await ask(options, "vault:create", { passphrase: keyring.passphrase ?? null });
  for (const name of keyring.anchors ?? ["root"]) await importAnchor(options, `${name}.pem`);
  for (const name of identities)
    await importFile(options, "identity:import", { file: `${name}.p12`, password: "signet" });
  for (const name of keyring.people ?? [])
    await importFile(options, "certificate:import", { file: `${name}.pem` });
  await options.run(`setTimeout(() => window.close(), 0)`);
}

/** Ask the background as one of its own pages does. */
export async function ask<T>(page: Page, name: string, params: object): Promise<T> {
  const reply = await page.run<{ ok: true; answer: T } | { ok: false; code: string }>(
    `return browser.runtime.sendMessage({ signet: "ask", ask: args[0], params: args[1] })`,
    name,
    params,
  );
  if (!reply.ok) throw new Error(`${name} was refused: ${reply.code}`);
  return reply.answer;
}

interface Import {
  readonly file: string;
  readonly password?: string;
}

async function importFile(page: Page, name: string, { file, password }: Import): Promise<void> {
  const bytes = await readFile(`${await testKeys()}/${file}`);
  const handover = await handOver(page, bytes);
  await ask(page, name, { file: handover, ...(password === undefined ? {} : { password }) });
}

/** As the page does once a person has seen it. */
async function importAnchor(page: Page, file: string): Promise<void> {
  const bytes = await readFile(`${await testKeys()}/${file}`);
  const fingerprint = new X509Certificate(bytes).fingerprint256.replaceAll(":", "").toLowerCase();
  await ask(page, "anchor:import", { file: await handOver(page, bytes), fingerprints: [fingerprint] });
}

/** The port's words are those of src/protocol/handover.ts. */
export async function handOver(page: Page, bytes: Uint8Array): Promise<string> {
  return page.run<string>(
    `return new Promise((resolve, reject) => {
       const port = browser.runtime.connect({ name: "signet-put" });
       port.onMessage.addListener(said => {
         if (said.stored) { port.disconnect(); resolve(said.stored); }
         else if (said.next) port.postMessage({ chunk: args[0] });
         else reject(new Error(JSON.stringify(said)));
       });
       port.postMessage({ size: args[1] });
     })`,
    Buffer.from(bytes).toString("base64"),
    bytes.length,
  );
}

/** What the background hands back, e.g. a backup. */
export async function takeFile(page: Page, file: string): Promise<Uint8Array> {
  const base64 = await page.run<string>(
    `return new Promise((resolve, reject) => {
       const port = browser.runtime.connect({ name: "signet-take" });
       let [whole, size] = ["", -1];
       port.onMessage.addListener(said => {
         if (said.failed !== undefined) return reject(new Error(String(said.failed)));
         if (said.size !== undefined) size = said.size;
         if (said.chunk !== undefined) whole += atob(said.chunk);
         if (whole.length === size) { port.disconnect(); resolve(btoa(whole)); }
         else port.postMessage({ next: true });
       });
       port.postMessage({ id: args[0] });
     })`,
    file,
  );
  return Buffer.from(base64, "base64");
}
