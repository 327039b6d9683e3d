/**
 * `npm start`: the main job, for real. A mail server on loopback, a throwaway CA, Alice (RSA) and Bob (P-256),
 * letters made by OpenSSL in the inbox, a real Thunderbird with Signet. With a display it opens there and is
 * yours; without one it plays the story under Xvfb, writes screenshots to demo/, and ends.
 * Nothing leaves the machine; nothing is written but demo/, .build/ and a temporary profile.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testKeys } from "../helpers/test-keys.js";
import { SettingsPage } from "../helpers/thunderbird/settings-page.js";
import { startWorld } from "../helpers/thunderbird/world.js";
import type { World } from "../helpers/thunderbird/world.js";
import { alice, bob } from "../helpers/thunderbird/profile.js";
import { writeLetters } from "./letters.js";
import { say } from "./say.js";
import { playStory } from "./story.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pictures = join(root, "demo");
const own = process.env["DISPLAY"];

say("Signet: the main job, in a real Thunderbird.");
const keys = await testKeys();
say("A throwaway CA vouches for Alice (RSA) and Bob (P-256).");
const letters = await writeLetters();

const world = await startWorld({
  people: [alice, bob],
  addon: join(root, "dist/thunderbird"),
  ...(own === undefined ? {} : { display: own }),
});
try {
  say(`Dovecot (IMAP) and an SMTP server listen on 127.0.0.1; Thunderbird runs ${own ?? "under Xvfb"}.`);
  for (const { message } of letters) await world.mail.append("alice", "INBOX", message);
  say(`In Alice's inbox lie ${letters.length} letters, made by OpenSSL.`);
  await introduce(world, keys);
  if (own === undefined) {
    rmSync(pictures, { recursive: true, force: true });
    await playStory({ world, keys, letters, pictures });
  } else {
    await letPlay(world);
  }
} finally {
  await world.stop();
}

/** What a person does once: the CA's certificate, and the key files that the CA gave to them. */
async function introduce(world: World, keys: string): Promise<void> {
  const settings = await SettingsPage.open(world.addon);
  await settings.importAnchor(join(keys, "root.pem"));
  for (const name of ["alice-rsa", "bob-p256"]) {
    await settings.importKeyFile({ file: join(keys, `${name}.p12`), password: "signet", passphrase: null });
  }
  say("Alice and Bob have imported their .p12 files in Signet's settings.");
}

async function letPlay(world: World): Promise<void> {
  say("It is yours: read Alice's inbox, write to bob@example.test, close the lock, send.");
  say("Close Thunderbird to end; everything temporary goes with it.");
  await world.closed();
}
