/** Answering, forwarding and editing mail that came encrypted: the lock is shut, and opening it asks first. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encrypted, letter, plain } from "../../helpers/letters.js";
import { assertHides, decrypted, readLetter, verified } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import type { OpenComposer } from "../../helpers/thunderbird/composer.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const secret = "the green window at noon";
let world: World;
let uri: string;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, { identities: ["alice-rsa"], people: ["bob-p256"] });
  const sealed = await encrypted(plain(`Meet me: ${secret}.`), "alice-rsa", "aes-256-cbc");
  await world.mail.append("alice", "INBOX", letter({ subject: "sealed" }, sealed));
  const window = await MailWindow.open(world);
  await window.showFolder(alice);
  await window.choose("sealed");
  await window.waitForWords(secret);
  uri = await window.messageUri();
});
after(() => world?.stop());

async function open(type: OpenComposer["type"]): Promise<Composer> {
  const composer = await Composer.open(world, { type: type ?? "New", original: uri });
  await waitFor(`${type} to quote`, async () => (await composer.body()).includes(secret));
  return composer;
}

for (const type of ["Reply", "ForwardInline", "EditAsNew"] as const) {
  test(`${type} of encrypted mail: shut, whatever the default`, async () => {
    const composer = await open(type);
    const popupSays = await composer.lockLabel(world.addon);
    assert.notEqual(popupSays, "Not protected");
    await composer.discard();
  });
}

test("opening the lock asks first; keeping it shut is the harmless answer", async () => {
  const composer = await open("Reply");
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.click("#mode-off");
  await popup.waitFor("dialog[open]");
  assert.match(await popup.text("dialog"), /came to you encrypted/);
  await popup.click("dialog button:not(.danger)");
  await waitFor("the question to go", async () => !(await popup.exists("dialog")));
  assert.notEqual(await composer.lockLabel(world.addon), "Not protected");
  await popup.click("#mode-off");
  await popup.click("dialog button.danger");
  await waitFor("the lock to open", async () => (await composer.lockLabel(world.addon)) === "Not protected");
  await composer.closePopup(world.addon);
  await composer.discard();
});

test("the reply leaves signed and encrypted, quote included", async () => {
  const composer = await open("Reply");
  await composer.write({ body: "I will be there. " });
  await waitFor(
    "the lock",
    async () => (await composer.lockLabel(world.addon)) === "Will be signed and encrypted",
  );
  const before = world.mail.captured.length;
  await composer.send();
  const { message, to } = await world.mail.waitForMessage(before);
  await composer.waitUntilClosed();
  assert.deepEqual(to, ["bob@example.test"]);
  assertHides(message, secret);
  const { text } = await readLetter(await verified(await decrypted(message, "bob-p256"), "alice-rsa"));
  assert.match(text, /I will be there/);
  assert.match(text, new RegExp(secret));
});
