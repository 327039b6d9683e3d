/**
 * Who wants to be asked for each message, in a real Thunderbird: opening asks, sealing asks, and after each the keys are
 * locked. What is opened stays, badge and text alike, until something makes it necessary to judge it anew: then both go.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { VaultStatus } from "../../../src/protocol/messages.js";
import { encrypted, letter, plain, signed } from "../../helpers/letters.js";
import { testKeys } from "../../helpers/test-keys.js";
import { decrypted, readLetter, verified } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { ask, fillKeyring, handOver, openOptions } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const secret = "third-stone-from-the-left";
const passphrase = "correct horse battery";

let world: World;
let window: MailWindow;
let options: Page;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, { identities: ["alice-rsa"], passphrase });
  const words = (subject: string) => plain(`In ${subject}: ${secret}`);
  const letters = { first: await signed(words("first"), "bob-p256"), second: words("second") };
  for (const [subject, entity] of Object.entries(letters))
    await world.mail.append(
      "alice",
      "INBOX",
      letter({ subject }, await encrypted(entity, "alice-rsa", "aes-256-gcm")),
    );
  options = await openOptions(world.addon);
  await ask(options, "settings:set", { change: { unlockMinutes: "each-use" } });
  await ask(options, "vault:lock", {});
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(() => world?.stop());

const vaultState = async (): Promise<string> => (await ask<VaultStatus>(options, "vault:status", {})).state;

const locked = (): Promise<unknown> =>
  waitFor("the keys to be locked again", async () => (await vaultState()) === "locked");

async function typePassphrase(popup: Page): Promise<void> {
  await popup.waitFor("input[type=password]");
  await popup.click("input[type=password]");
  await world.screen.type(passphrase);
  await world.screen.key("Return");
}

async function openByHand(subject: string): Promise<void> {
  await window.choose(subject);
  await window.waitForBadge(world.addon, "Encrypted, key locked");
  await window.clickBadge(world.addon);
  await typePassphrase(await world.addon.waitForPage("popup"));
  await window.waitForWords(`In ${subject}: ${secret}`);
}

async function waitForLabel(composer: Composer, label: string): Promise<void> {
  await waitFor(`the lock to say “${label}”`, async () => (await composer.lockLabel(world.addon)) === label);
}

/** Neither a lock beside words that are read, nor words beside a lock. */
async function agree(): Promise<boolean> {
  const [words, { label }] = [await window.words(), await window.badge(world.addon)];
  return words.includes(secret) ? label === "Encrypted, not signed" : label === "Encrypted, key locked";
}

test("an encrypted message asks, is opened, and the keys are locked after it; that its signer is new takes nothing away", async () => {
  await openByHand("first");
  await locked();
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  // Bob's certificate is kept by now, and what is on the screen was to be judged anew.
  await waitFor(
    "Bob's certificate",
    async () => (await ask<unknown[]>(options, "certificate:list", {})).length > 0,
  );
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  assert.ok((await window.words()).includes(secret), "what was opened stays on the screen");
});

test("the next message asks again, and so does the first", async () => {
  await openByHand("second");
  await locked();
  await window.choose("first");
  await window.waitForWords("your key is locked");
  await window.waitForBadge(world.addon, "Encrypted, key locked");
  await openByHand("second");
  await window.waitForBadge(world.addon, "Encrypted, not signed");
});

test("what must be judged anew takes the words off the screen together with the badge", async () => {
  assert.ok((await window.words()).includes(secret));
  const file = await handOver(options, await readFile(`${await testKeys()}/carol-p384.pem`));
  await ask(options, "certificate:import", { file });
  await window.waitForWords("your key is locked");
  await window.waitForBadge(world.addon, "Encrypted, key locked");
  assert.ok(await agree());
});

test("sealing a letter asks, and the keys are locked after it", async () => {
  const composer = await Composer.open(world);
  await composer.write({ to: "bob@example.test", subject: "sealed", body: `To Bob: ${secret}` });
  await composer.setLock(world.addon, "sign-and-encrypt");
  await waitForLabel(composer, "Cannot be sent yet");
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await typePassphrase(popup);
  await waitForLabel(composer, "Will be signed and encrypted");
  await composer.closePopup(world.addon);
  const before = world.mail.captured.length;
  await composer.send();
  const { message } = await world.mail.waitForMessage(before);
  const inner = await verified(await decrypted(message, "bob-p256"), "alice-rsa");
  assert.ok((await readLetter(inner)).text.includes(`To Bob: ${secret}`));
  await locked();
  await composer.waitUntilClosed();
  const next = await Composer.open(world);
  await next.write({ to: "bob@example.test", subject: "another", body: "Hello." });
  await next.setLock(world.addon, "sign-and-encrypt");
  await waitForLabel(next, "Cannot be sent yet");
  await next.discard();
});
