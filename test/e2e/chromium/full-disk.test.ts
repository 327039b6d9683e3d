/**
 * A disk that is really full, under a real Chromium: what was reported as done is there and opens afterwards, what was
 * refused is not, the old passphrase holds, and the person is told why.
 */
import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { IdentityView, ImportedIdentities, MadeBackup } from "../../../src/protocol/messages.js";
import { newRecoveryCode } from "../../../src/protocol/recovery-code.js";
import { waitForWords } from "../../helpers/browsers/driven.js";
import { KilledBrowser } from "../../helpers/killing/chromium.js";
import { smallDisk } from "../../helpers/small-disk.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { testKeys } from "../../helpers/test-keys.js";

const passphrase = "first passphrase";
const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));
const toldAs = /disk-full|storage-failed/;

async function add(browser: KilledBrowser, name: string): Promise<string> {
  const file = await browser.handOver(await readFile(`${await testKeys()}/${name}.p12`));
  const { added } = await browser.ask<ImportedIdentities>("identity:import", { file, password: "signet" });
  return added[0]!.certificate.fingerprint;
}

test("on a full disk nothing is lost, nothing is half, and the person is told", async (context) => {
  const disk = await smallDisk(120);
  if (disk === null) return context.skip("no file system of its own could be mounted: not root");
  const folder = await temporaryFolder();
  const extension = join(folder.path, "extension");
  await cp(fileURLToPath(new URL("../../../dist/chrome", import.meta.url)), extension, { recursive: true });
  const start = (): Promise<KilledBrowser> => KilledBrowser.start(join(disk.path, "profile"), extension);
  let browser = await start();
  try {
    await browser.ask("vault:create", { passphrase });
    const done = [await add(browser, "alice-rsa")];
    await disk.fill();
    const refused: string[] = [];
    // What the database had room for already may still succeed; then it must be there.
    for (const name of ["alice-p256", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519"])
      await add(browser, name).then(
        (fingerprint) => done.push(fingerprint),
        (error: unknown) => refused.push(String(error)),
      );
    const change = { current: passphrase, next: "second passphrase" };
    await assert.rejects(browser.ask("vault:change-passphrase", change), toldAs);
    assert.ok(refused.length > 0, "the disk was full");
    for (const refusal of refused) assert.match(refusal, toldAs);
    await browser.page.reload();
    await waitForWords(browser.page, /disk is full|no room left on the disk/);
    await browser.kill();
    await disk.free();
    browser = await start();
    await browser.ask("vault:unlock", { passphrase, minutes: 5 });
    const list = await browser.ask<readonly IdentityView[]>("identity:list", {});
    const there = list.map(({ certificate }) => certificate.fingerprint as string);
    assert.deepEqual(there.sort(), done.sort());
    const made = await browser.ask<MadeBackup>("backup:make", { passphrase, code });
    assert.deepEqual([made.fingerprints.length, made.left], [done.length, []], "every key opens");
  } finally {
    await browser.kill().catch(() => undefined);
    await Promise.all([disk.remove(), folder.remove()]);
  }
});
