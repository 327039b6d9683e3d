/** What must never leave does not: bad keys, changed programs, an add-on that is switched off. In a real Thunderbird. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { verified } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { waitForDialog } from "../../helpers/thunderbird/dialog.js";
import { ask, fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const passphrase = "a long enough passphrase";
const secret = "the red door at nine";

let world: World;
let composer: Composer;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, { identities: ["expired"], people: ["bob-p256"], passphrase });
});
after(() => world?.stop());
afterEach(async () => {
  await composer.closePopup(world.addon);
  await composer.discard();
});

async function compose(to = "bob@example.test"): Promise<void> {
  composer = await Composer.open(world);
  await composer.write({ to, subject: "guarded", body: `Dear Bob, ${secret}.` });
}

/** Nothing left, the text stands where it stood, and no file of it is left. */
async function assertKept(): Promise<void> {
  assert.deepEqual(
    world.mail.captured.map(({ to }) => to),
    [],
  );
  assert.match(await composer.body(), new RegExp(secret));
  assert.deepEqual(
    readdirSync(world.temporary).filter((name) => name.endsWith(".eml")),
    [],
  );
  assert.deepEqual(world.filesWith(world.temporary, secret), []);
}

async function popupAfterSend(): Promise<Page> {
  await composer.send();
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor(".blockers");
  return popup;
}

test("an expired certificate stops the send, with its date", async () => {
  await compose();
  assert.equal(await composer.setLock(world.addon, "sign"), "Cannot be sent yet");
  const popup = await popupAfterSend();
  assert.match(await popup.text(".blockers"), /certificate for alice@example\.test expired on .*\d{4}/);
  await assertKept();
});

test("a sender's address that no certificate names stops the send, and offers the certificates there are", async () => {
  await fillKeyring(world.addon, { identities: ["alice-rsa"], people: ["carol-p384"] });
  composer = await Composer.open(world, { identity: "id2" });
  await composer.write({ to: "carol@example.test", subject: "guarded", body: `Dear Bob, ${secret}.` });
  assert.equal(await composer.setLock(world.addon, "sign"), "Cannot be sent yet");
  const popup = await popupAfterSend();
  assert.match(await popup.text(".blockers"), /not for bob@example\.test/);
  await assertKept();
});

test("attachments that vanish while sending leave nothing behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "signet-vanishing-"));
  await compose();
  await writeFile(join(folder, "gone.txt"), secret);
  await composer.attach(join(folder, "gone.txt"));
  await composer.setLock(world.addon, "sign-and-encrypt");
  await rm(folder, { recursive: true });
  await composer.send();
  await (await waitForDialog(world)).press();
  await assertKept();
});

test("recipients who change after the check are checked again: the message box says why", async () => {
  await compose();
  await composer.setLock(world.addon, "sign-and-encrypt");
  // What another add-on, or a mailing list, may do between the check and the send.
  await composer.run(
    `window.addEventListener("compose-send-message",
       () => { window.gMsgCompose.compFields.to = "bob@example.test, nobody@example.test"; }, { once: true })`,
  );
  await composer.send();
  const dialog = await waitForDialog(world);
  assert.match(dialog.text, /no certificate for nobody@example\.test/);
  await dialog.press();
  await assertKept();
});

test("a program that goes around the first hook is stopped at delivery", async () => {
  await compose();
  await composer.setLock(world.addon, "sign");
  await composer.run(
    `const { MimeMessage } = ChromeUtils.importESModule("resource:///modules/MimeMessage.sys.mjs");
     const hook = MimeMessage.prototype.createMessageFile;
     window.addEventListener("compose-send-message",
       () => { MimeMessage.prototype.createMessageFile = hook[Symbol.for("signet.original")]; }, { once: true });
     window.putBack = () => { MimeMessage.prototype.createMessageFile = hook; };`,
  );
  await composer.send();
  const dialog = await waitForDialog(world);
  assert.match(dialog.text, /Signet did not let this message go/);
  await dialog.press();
  await composer.run(`window.putBack()`);
  await assertKept();
});

test("the receipt of one message does not let another one pass", async () => {
  await compose();
  await composer.setLock(world.addon, "sign");
  await composer.run(
    `const { MessageSend } = ChromeUtils.importESModule("resource:///modules/MessageSend.sys.mjs");
     const hook = MessageSend.prototype._deliverMessage;
     window.addEventListener("compose-send-message", () => {
       MessageSend.prototype._deliverMessage = function (file) {
         MessageSend.prototype._deliverMessage = hook;
         file.copyTo(file.parent, "other.eml");
         const other = file.parent; other.append("other.eml");
         file.remove(false);
         return hook.call(this, other);
       };
     }, { once: true });`,
  );
  await composer.send();
  const dialog = await waitForDialog(world);
  assert.match(dialog.text, /Signet did not let this message go/);
  await dialog.press();
  await assertKept();
});

test("the lock does not shut in a Thunderbird that has changed, and a shut one does not send", async () => {
  await compose();
  await composer.run(
    `const { MimeMessage } = ChromeUtils.importESModule("resource:///modules/MimeMessage.sys.mjs");
     const hook = MimeMessage.prototype.createMessageFile;
     MimeMessage.prototype.createMessageFile = hook[Symbol.for("signet.original")];
     window.putBack = () => { MimeMessage.prototype.createMessageFile = hook; };`,
  );
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.click("#mode-sign");
  await waitFor("the popup to say why", async () =>
    /not available|does not let/i.test(await popup.text("main")),
  );
  await composer.closePopup(world.addon);
  assert.equal(await composer.lockLabel(world.addon), "Not protected");
  await composer.run(`window.putBack()`);
  await composer.setLock(world.addon, "sign");
  await composer.run(
    `const { MimeMessage } = ChromeUtils.importESModule("resource:///modules/MimeMessage.sys.mjs");
     const hook = MimeMessage.prototype.createMessageFile;
     MimeMessage.prototype.createMessageFile = hook[Symbol.for("signet.original")];`,
  );
  const stopped = await popupAfterSend();
  assert.match(await stopped.text(".blockers"), /does not let Signet protect/);
  await composer.run(`window.putBack()`);
  await assertKept();
});

test("switched off while the lock is shut, it lets nothing leave; switched on again, the lock is shut as it was", async () => {
  await compose();
  await composer.setLock(world.addon, "encrypt");
  await world.addon.disable();
  await composer.send();
  const dialog = await waitForDialog(world);
  assert.match(dialog.text, /Signet did not let this message go.*switched off/s);
  await dialog.press();
  await assertKept();
  await world.addon.enable();
  // The window itself remembers how it was shut.
  const label = async () => (await composer.lockLabel(world.addon)) === "Will be encrypted";
  await waitFor("the lock to be shut again", label);
  await assertKept();
});

test("the hook answers the background only: no other page of the add-on opens a lock", async () => {
  await compose();
  await composer.setLock(world.addon, "sign");
  const options = await openOptions(world.addon);
  const answer = await options.run<string>(
    `const tabs = (await browser.tabs.query({})).filter(tab => tab.type === "messageCompose");
     try { await browser.signetOutgoing.setLocked(tabs.at(-1).id, false); return "opened"; }
     catch (error) { return "refused"; }`,
  );
  assert.equal(answer, "refused");
  assert.equal(await composer.run(`return window[Symbol.for("signet.locked")]`), true);
  await options.run(`setTimeout(() => window.close(), 0)`);
});

test("a window that is sending does not open, even for the background", async () => {
  await compose();
  await composer.setLock(world.addon, "sign");
  const answer = (): Promise<string> =>
    world.addon.background.run<string>(
      `const tab = (await browser.tabs.query({})).filter(tab => tab.type === "messageCompose").at(-1);
       return browser.signetOutgoing.setLocked(tab.id, false, "").then(() => "opened", () => "refused")`,
    );
  await composer.run(`window.gSendOperationInProgress = true`);
  assert.equal(await answer(), "refused");
  assert.equal(await composer.run(`return window[Symbol.for("signet.locked")]`), true);
  await composer.run(`window.gSendOperationInProgress = false`);
  assert.equal(await answer(), "opened");
});

test("sign and encrypt stays so where the default only signs, switched off and on again", async () => {
  const options = await openOptions(world.addon);
  await ask(options, "settings:set", { change: { defaultMode: "sign" } });
  await options.run(`setTimeout(() => window.close(), 0)`);
  await compose();
  await composer.setLock(world.addon, "sign-and-encrypt");
  await world.addon.disable();
  await world.addon.enable();
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor("#mode-sign-and-encrypt:checked");
});

test("locked keys stop the send; unlocked in the popup, it goes", async () => {
  const options = await openOptions(world.addon);
  await ask(options, "vault:lock", {});
  await options.run(`setTimeout(() => window.close(), 0)`);
  await compose();
  assert.equal(await composer.setLock(world.addon, "sign"), "Cannot be sent yet");
  const popup = await popupAfterSend();
  assert.match(await popup.text(".blockers"), /keys are locked/);
  await assertKept();
  await popup.click("#unlock-passphrase");
  await world.screen.type(`${passphrase}\n`);
  await waitFor("the keys to open", async () => !(await popup.exists(".blockers")), 30_000);
  await composer.closePopup(world.addon);
  await composer.send();
  await verified((await world.mail.waitForMessage(0)).message, "alice-rsa");
  await composer.waitUntilClosed();
});
