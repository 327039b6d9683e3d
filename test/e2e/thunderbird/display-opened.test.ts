/**
 * Encrypted mail in a real Thunderbird: opened in place by its own renderer, for a person and for nobody
 * else, and gone again when the keys are locked. Everything here was encrypted by OpenSSL.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type ChannelServer, backChannels, startChannelServer } from "../../helpers/back-channels.js";
import {
  type MimeEntity,
  attachment,
  encrypted,
  html,
  letter,
  mixed,
  plain,
  signed,
  withoutVersion,
} from "../../helpers/letters.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { ask, fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

/** Spelled nowhere but in what was encrypted. */
const secret = "third-stone-from-the-left";
const passphrase = "correct horse battery";

let world: World;
let window: MailWindow;
let channelServer: ChannelServer;
let sealed: MimeEntity;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, { identities: ["alice-rsa", "alice-p256"], passphrase });
  channelServer = await startChannelServer();
  const calling = (mode: string): MimeEntity =>
    html(
      [...backChannels((name) => `${channelServer.address}/${mode}/${name}`).values()].join(
        "<p>no secret</p>",
      ),
    );
  const withFile = mixed(
    html(`<p>The keys: <b>${secret}</b></p>`),
    attachment("map.txt", `map to ${secret}`),
  );
  sealed = await encrypted(withFile, "alice-rsa", "aes-256-cbc");
  const letters = [
    letter({ subject: "old mode" }, sealed),
    letter({ subject: "new mode" }, await encrypted(withFile, "alice-rsa", "aes-256-gcm")),
    letter({ subject: "curve" }, await encrypted(plain(`Curve: ${secret}`), "alice-p256", "aes-256-cbc")),
    letter(
      { subject: "both" },
      await encrypted(await signed(withFile, "bob-p256"), "alice-rsa", "aes-256-cbc"),
    ),
    letter(
      { subject: "three layers" },
      await signed(
        await encrypted(await signed(plain(`Thrice: ${secret}`), "bob-p256"), "alice-rsa", "aes-256-cbc"),
        "bob-p256",
      ),
    ),
    letter({ subject: "for carol" }, await encrypted(plain(secret), "carol-p384", "aes-256-cbc")),
    letter(
      { subject: "mixed up" },
      mixed(html('<p>clear</p><img src="http://127.0.0.1:9/'), withoutVersion(sealed), html('">')),
    ),
    letter({ subject: "first of two" }, mixed(withoutVersion(sealed), plain("clear"))),
    letter({ subject: "unread" }, sealed),
    letter({ subject: "calls in clear" }, calling("clear")),
    letter({ subject: "calls in old mode" }, await encrypted(calling("old"), "alice-rsa", "aes-256-cbc")),
    letter({ subject: "calls in new mode" }, await encrypted(calling("new"), "alice-rsa", "aes-256-gcm")),
    letter({ subject: "plain" }, plain("Nothing hidden here.")),
  ];
  for (const message of letters) await world.mail.append("alice", "INBOX", message);
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(async () => {
  await world?.stop();
  channelServer?.close();
});

test("opens encrypted mail in place: words, attachment, and what to think of it (RFC 8551 §3.3)", async () => {
  for (const subject of ["old mode", "new mode"]) {
    await window.choose(subject);
    await window.waitForWords(secret);
    assert.deepEqual(await window.attachments(), ["map.txt"], subject);
    await window.waitForBadge(world.addon, "Encrypted, not signed");
  }
});

test("opens what was encrypted for a key on a curve (RFC 5753)", async () => {
  await window.choose("curve");
  await window.waitForWords(secret);
});

test("tells who signed inside the encryption, and inside three layers", async () => {
  for (const subject of ["both", "three layers"]) {
    await window.choose(subject);
    await window.waitForWords(secret);
    await window.waitForBadge(world.addon, "Signed by bob@example.test");
  }
});

test("saves the attachment of an opened message as it was sent", async () => {
  await window.choose("old mode");
  await window.waitForWords(secret);
  await window.saveAttachment("map.txt", world.temporary);
  assert.equal(readFileSync(join(world.temporary, "map.txt"), "utf8"), `map to ${secret}`);
});

test("says whose key is missing instead of showing anything", async () => {
  await window.choose("for carol");
  await window.waitForWords("you have no key");
  await window.waitForBadge(world.addon, "Encrypted, no key");
});

test("never merges clear and encrypted parts, and lists the latter as a file (EFAIL, direct exfiltration)", async () => {
  await window.choose("mixed up");
  await window.waitForWords("clear");
  await waitFor("the encrypted file in the list", async () =>
    (await window.attachments()).includes("smime.p7m"),
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(
    (await window.look<string>(`return letter.documentElement.outerHTML`)).includes(secret),
    false,
  );
});

async function compose(
  type: "Reply" | "ForwardInline" | "ForwardAsAttachment",
  subject: string,
): Promise<Composer> {
  await window.showFolder(alice);
  await window.choose(subject);
  await window.waitForWords(secret);
  return Composer.open(world, { type, original: await window.messageUri() });
}

test("an encrypted file beside other parts can be saved, octet for octet", async () => {
  await window.choose("first of two");
  await waitFor("the encrypted file in the list", async () =>
    (await window.attachments()).includes("smime.p7m"),
  );
  await window.saveAttachment("smime.p7m", world.temporary);
  const cms = sealed.toString("latin1").replace(/^[^]*?\r\n\r\n/, "");
  assert.deepEqual(readFileSync(join(world.temporary, "smime.p7m")), Buffer.from(cms, "base64"));
});

test("a reply quotes the opened text", async () => {
  const composer = await compose("Reply", "old mode");
  await waitFor("the quotation", async () => (await composer.body()).includes(secret));
  await composer.discard();
});

test("forwarding carries the opened text and its attachment", async () => {
  const composer = await compose("ForwardInline", "both");
  await waitFor("the text", async () => (await composer.body()).includes(secret));
  const names = await composer.run<string[]>(
    `return [...document.querySelectorAll("#attachmentBucket > *")].map(item => item.attachment.name)`,
  );
  assert.deepEqual(names, ["map.txt"]);
  await composer.discard();
});

test("a message that was never shown opens for a reply, too", async () => {
  const uri = await window.look<string>(
    `const view = panes.gDBView;
     for (let i = 0; i < view.rowCount; i++) if (view.getMsgHdrAt(i).mime2DecodedSubject === "unread") return view.getURIForViewIndex(i);`,
  );
  const composer = await Composer.open(world, { type: "Reply", original: uri });
  await waitFor("the quotation", async () => (await composer.body()).includes(secret));
  await composer.discard();
});

test("nothing is fetched for an opened message, though remote pictures are allowed (EFAIL)", async () => {
  await window.look(`Services.prefs.setBoolPref("mailnews.message_display.disable_remote_image", false)`);
  await window.choose("calls in clear");
  await waitFor("the net to catch something", () => channelServer.calls.length > 0);
  for (const subject of ["calls in old mode", "calls in new mode"]) {
    await window.choose(subject);
    await window.waitForWords("no secret");
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  assert.deepEqual(
    channelServer.calls.filter((path) => !path.startsWith("/clear/")),
    [],
  );
  await window.look(`Services.prefs.clearUserPref("mailnews.message_display.disable_remote_image")`);
});

test("opens an encrypted file from the disk", async () => {
  const file = join(world.temporary, "sealed.eml");
  const paper = await encrypted(plain(`On paper: ${secret}`), "alice-rsa", "aes-256-cbc");
  writeFileSync(file, letter({ subject: "from the disk" }, paper));
  await window.openFile(file);
  await window.waitForWords(secret);
  await window.waitForBadge(world.addon, "Encrypted, not signed");
  await window.closeTab();
});

test("the indexer and other add-ons' parsers get nothing", async () => {
  const indexed = await window.look<string>(
    `const { MsgHdrToMimeMessage } = ChromeUtils.importESModule("resource:///modules/gloda/MimeMessage.sys.mjs");
     const header = panes.gDBView.getMsgHdrAt(panes.threadTree.selectedIndex);
     return new Promise(resolve => MsgHdrToMimeMessage(header, null,
       (_header, mime) => resolve(mime ? mime.coerceBodyToPlaintext(header.folder) + mime.prettyString(true) : ""),
       true, { examineEncryptedParts: true, partsOnDemand: false }));`,
  );
  assert.equal(indexed.includes(secret), false, indexed);
});

test("locking takes the text off the screen, unlocking brings it back", async () => {
  await window.showFolder(alice);
  await window.choose("old mode");
  await window.waitForWords(secret);
  const options = await openOptions(world.addon);
  await ask(options, "vault:lock", {});
  await window.look(`tabmail.switchToTab(0)`);
  await window.waitForWords("your key is locked");
  assert.equal((await window.words()).includes(secret), false);
  await window.waitForBadge(world.addon, "Encrypted, key locked");
  await window.choose("new mode");
  await window.waitForWords("your key is locked");
  await ask(options, "vault:unlock", { passphrase, minutes: 60 });
  await window.waitForWords(secret);
  await window.waitForBadge(world.addon, "Encrypted, not signed");
});

test("a person unlocks by the button under the badge", async () => {
  const options = await openOptions(world.addon);
  await ask(options, "vault:lock", {});
  await options.run(`setTimeout(() => window.close(), 0)`);
  await window.look(`tabmail.switchToTab(0)`);
  await window.choose("old mode");
  await window.waitForBadge(world.addon, "Encrypted, key locked");
  await window.clickBadge(world.addon);
  const popup = await world.addon.waitForPage("popup");
  await popup.waitFor("input[type=password]");
  await popup.click("input[type=password]");
  await world.screen.type(passphrase);
  await world.screen.key("Return");
  await window.waitForWords(secret);
});

test("the Experiments answer the background only", async () => {
  const options = await openOptions(world.addon);
  const answers = await options.run<string[]>(
    `const tries = [
       () => browser.signetIncoming.forget(),
       () => browser.signetIncoming.fill({ messageId: 1, mimePart: "1" }, { mime: new Uint8Array(1), keep: true, blockRemote: false }),
       () => browser.signetMessageOctets.read(1),
       () => browser.signetMessageWindows.setNativeLabel("shown"),
     ];
     return Promise.all(tries.map(async attempt => { try { await attempt(); return "answered"; } catch { return "refused"; } }));`,
  );
  assert.deepEqual(answers, ["refused", "refused", "refused", "refused"]);
  await options.run(`setTimeout(() => window.close(), 0)`);
});

test("switched off, it leaves Thunderbird as it was; switched on, it opens mail again", async () => {
  const hooked = (): Promise<boolean> =>
    window.look<boolean>(`return "@mozilla.org/mimecth;1?type=application/pkcs7-mime" in Cc`);
  assert.equal(await hooked(), true);
  await world.addon.disable();
  assert.equal(await hooked(), false);
  await world.addon.enable();
  assert.equal(await hooked(), true);
});

test("nothing on the disk holds the plain text, though the message was opened, quoted and indexed", async () => {
  await window.look(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     for (const server of MailServices.accounts.allServers) for (const folder of server.rootFolder.subFolders)
       try { folder.msgDatabase.commit(1); } catch { /* never opened */ }`,
  );
  // What a person saved on purpose is found, so the search does search.
  assert.deepEqual(world.filesWith(world.temporary, secret), [join(world.temporary, "map.txt")]);
  assert.deepEqual(world.filesWith(world.profile, secret), []);
});
