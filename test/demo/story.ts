/**
 * The story without a hand: Alice reads what waits, writes to Bob with the lock closed, Bob reads. Every
 * step is a click or a key in a real Thunderbird, and what left it is checked by OpenSSL.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Composer } from "../helpers/thunderbird/composer.js";
import { MailWindow } from "../helpers/thunderbird/mail-window.js";
import { alice, bob } from "../helpers/thunderbird/profile.js";
import { waitFor } from "../helpers/thunderbird/screen.js";
import type { World } from "../helpers/thunderbird/world.js";
import type { WaitingLetter } from "./letters.js";
import { say } from "./say.js";

export interface Stage {
  readonly world: World;
  /** the folder of the throwaway CA */
  readonly keys: string;
  readonly letters: readonly WaitingLetter[];
  /** where the pictures go */
  readonly pictures: string;
}

const subject = "Our treasure";
const secret = "The treasure is buried under the old oak.";

export async function playStory(stage: Stage): Promise<void> {
  const window = await MailWindow.open(stage.world);
  await window.showFolder(alice);
  for (const [index, letter] of stage.letters.entries()) await readLetter(stage, window, { index, letter });
  await writeToBob(stage);
  await readAsBob(stage, window);
}

interface Turn {
  readonly index: number;
  readonly letter: WaitingLetter;
}

async function readLetter(stage: Stage, window: MailWindow, { index, letter }: Turn): Promise<void> {
  await window.choose(letter.subject);
  await window.waitForWords(letter.words);
  const badge = await window.waitForBadge(stage.world.addon, letter.badge);
  say(`Alice reads “${letter.subject}” (${letter.fate}). Badge: ${badge.label || "silent"}.`);
  await window.picture(join(stage.pictures, `${index + 1}-${slug(letter.subject)}.png`));
}

async function writeToBob({ world, keys, pictures }: Stage): Promise<void> {
  const composer = await Composer.open(world);
  await composer.write({ to: "bob@example.test", subject, body: secret });
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup");
  await popup.click("label[for=mode-sign-and-encrypt]");
  await waitFor("the lock to close", async () => /sign.*encrypt/i.test(await composer.lockLabel(world.addon)));
  say(`Alice writes to Bob and closes the lock: “${await composer.lockLabel(world.addon)}”.`);
  await world.screen.hidePointer();
  await world.screen.shot(join(pictures, "5-the-lock.png"));
  await world.screen.key("Escape");
  await composer.send();
  const { message, to } = await world.mail.waitForMessage(0);
  await composer.waitUntilClosed();
  if (message.includes(secret)) throw new Error("the text left in clear");
  say(`Sent to ${to.join(", ")}: ${message.length} octets, the text not among them.`);
  say(`OpenSSL opens it with Bob's key and finds Alice's signature: ${opensslSays(keys, message)}`);
}

async function readAsBob({ world, pictures }: Stage, window: MailWindow): Promise<void> {
  await window.focus();
  await window.showFolder(bob);
  await window.choose(subject);
  await window.waitForWords(secret);
  const badge = await window.waitForBadge(world.addon, "Signed by alice@example.test");
  say(`Bob reads it. Badge: ${badge.label}.`);
  await window.picture(join(pictures, "6-bob-reads.png"));
  await window.clickBadge(world.addon);
  const popup = await world.addon.waitForPage("popup");
  await waitFor("who vouches", async () => (await popup.text("main")).includes("Signet Test"));
  await world.screen.hidePointer();
  await window.run(`await sleep(400)`);
  await world.screen.shot(join(pictures, "7-who-vouches.png"));
  await world.screen.key("Escape");
  say("He asks who vouches: the throwaway CA, and nobody else.");
}

/** The same mail in somebody else's hands. @returns its answer in one line */
function opensslSays(keys: string, message: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), "signet-story-"));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync("openssl", ["cms", ...args], { stdio: "pipe" });
  try {
    writeFileSync(file("sent"), message);
    const key = ["-recip", join(keys, "bob-p256.pem"), "-inkey", join(keys, "bob-p256.key.pem")];
    openssl("-decrypt", "-in", file("sent"), "-out", file("opened"), ...key);
    const checked = ["-CAfile", join(keys, "root.pem"), "-out", file("text")];
    openssl("-verify", "-in", file("opened"), ...checked);
    return "Verification successful";
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z]+/g, "-");
}
