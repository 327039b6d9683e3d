/** The lock itself: defaults, keyboard, mailing lists, aliases, "when possible", and Thunderbird's own S/MIME. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StoredCertificateView } from "../../../src/protocol/messages.js";
import { decrypted, headersOf, readLetter, verified } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { ask, fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import type { Captured } from "../../helpers/thunderbird/mail-server.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { alice, bob } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";
import { testKeys } from "../../helpers/test-keys.js";

let world: World;

/** id1 alice, id2 her alias with a certificate of its own, id3 one without, id4 bob */
before(async () => {
  const aliases = [
    { name: "Alice as Carol", address: "carol@example.test" },
    { name: "Alice, no certificate", address: "alias@example.test" },
  ];
  world = await startWorld({ addon: "dist/thunderbird", people: [{ ...alice, aliases }, bob] });
  await fillKeyring(world.addon, { identities: ["alice-rsa", "carol-p384"], people: ["bob-p256"] });
});
after(() => world?.stop());

async function send(composer: Composer): Promise<Captured> {
  const before = world.mail.captured.length;
  await composer.send();
  const message = await world.mail.waitForMessage(before);
  await composer.waitUntilClosed();
  return message;
}

async function openPopup(composer: Composer): Promise<Page> {
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor("#mode-sign");
  return popup;
}

async function waitForLabel(composer: Composer, label: string): Promise<void> {
  await waitFor(`the lock to say “${label}”`, async () => (await composer.lockLabel(world.addon)) === label);
}

test("opens by a key, and its modes can be chosen by keys", async () => {
  const composer = await Composer.open(world);
  await composer.focus();
  await world.screen.key("ctrl+shift+l");
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor("#mode-sign");
  // Without a window manager the panel gets the keyboard only by a click into it.
  await popup.click("h1, .outlook");
  await world.screen.key("Tab");
  await world.screen.key("Down");
  await waitForLabel(composer, "Will be signed");
  await composer.closePopup(world.addon);
  await composer.discard();
});

test("remembers the mode for the sender it was chosen for, and for no other", async () => {
  const first = await Composer.open(world);
  await first.setLock(world.addon, "sign");
  const popup = await openPopup(first);
  await popup.click("#remember");
  await waitFor("the word that it is kept", async () => /Remembered/.test(await popup.text("footer")));
  await first.closePopup(world.addon);
  await first.discard();
  const second = await Composer.open(world);
  await waitForLabel(second, "Will be signed");
  await second.discard();
  const other = await Composer.open(world, { identity: "id4" });
  await waitForLabel(other, "Not protected");
  await other.discard();
});

test("another sender signs with the certificate of that address", async () => {
  const composer = await Composer.open(world, { identity: "id2" });
  await composer.write({ to: "bob@example.test", subject: "as carol", body: "Hello." });
  await composer.setLock(world.addon, "sign");
  const { message, from } = await send(composer);
  assert.equal(from, "carol@example.test");
  await verified(message, "carol-p384");
});

test("an alias that no certificate names: stopped, with a choice; the chosen certificate brings its address", async () => {
  const composer = await Composer.open(world, { identity: "id3" });
  await composer.write({ to: "bob@example.test", subject: "alias", body: "Hello." });
  assert.equal(await composer.setLock(world.addon, "sign"), "Cannot be sent yet");
  const popup = await openPopup(composer);
  assert.match(await popup.text(".blockers"), /not for alias@example\.test/);
  await popup.run(
    `const select = document.querySelector("select");
     select.selectedIndex = [...select.options].findIndex(o => o.textContent.includes("alice@example.test"));
     select.dispatchEvent(new Event("change", { bubbles: true }));`,
  );
  await waitForLabel(composer, "Will be signed");
  await composer.closePopup(world.addon);
  const { message, from } = await send(composer);
  assert.equal(from, "alice@example.test");
  await verified(message, "alice-rsa");
});

test("a mailing list of the address book is its members: encrypted for each of them", async () => {
  await world.addon.background.run(
    `const book = (await browser.addressBooks.list())[0].id;
     const list = await browser.addressBooks.mailingLists.create(book, { name: "Team" });
     for (const address of ["bob@example.test", "carol@example.test"]) {
       const contact = await browser.addressBooks.contacts.create(book,
         "BEGIN:VCARD\\r\\nVERSION:4.0\\r\\nFN:" + address + "\\r\\nEMAIL;PREF=1:" + address + "\\r\\nEND:VCARD\\r\\n");
       await browser.addressBooks.mailingLists.addMember(list, contact);
     }`,
  );
  const composer = await Composer.open(world);
  await composer.focus();
  await composer.click("#toAddrInput");
  await world.screen.type("Team");
  await waitFor("the address book to offer the list", () =>
    composer.run<boolean>(`return document.getElementById("toAddrInput").controller.matchCount > 0`),
  );
  await world.screen.key("Tab");
  await composer.write({ subject: "to the team", body: "Hello team." });
  await composer.setLock(world.addon, "sign-and-encrypt");
  await waitForLabel(composer, "Will be signed and encrypted");
  const { message, to } = await send(composer);
  assert.deepEqual([...to].sort(), ["bob@example.test", "carol@example.test"]);
  for (const reader of ["bob-p256", "carol-p384"]) await decrypted(message, reader);
});

test("“when possible” encrypts if everybody's certificate is known, and else signs", async () => {
  const known = await Composer.open(world);
  await known.write({ to: "bob@example.test", subject: "possible", body: "Hello." });
  await known.setLock(world.addon, "automatic");
  await waitForLabel(known, "Will be signed and encrypted");
  await verified(await decrypted((await send(known)).message, "bob-p256"), "alice-rsa");

  // Whoever adds a recipient sees what becomes of it, and is not asked again.
  const unknown = await Composer.open(world);
  await unknown.write({ to: "bob@example.test", subject: "not possible", body: "Hello." });
  await unknown.setLock(world.addon, "automatic");
  await waitForLabel(unknown, "Will be signed and encrypted");
  await unknown.write({ to: "nobody@example.test" });
  await waitForLabel(unknown, "Will be signed");
  await verified((await send(unknown)).message, "alice-rsa");
});

test("a certificate that goes after the lock said “encrypted”: stopped in words, and signed only by another click", async () => {
  const composer = await Composer.open(world);
  await composer.write({ to: "bob@example.test", subject: "less than said", body: "Dear Bob." });
  await composer.setLock(world.addon, "automatic");
  await waitForLabel(composer, "Will be signed and encrypted");
  const options = await openOptions(world.addon);
  const people = await ask<readonly StoredCertificateView[]>(options, "certificate:list", {});
  const bobs = people.find(({ certificate }) => certificate.addresses.includes("bob@example.test"))!;
  await ask(options, "certificate:remove", { fingerprint: bobs.certificate.fingerprint });
  await options.run(`setTimeout(() => window.close(), 0)`);
  // By itself, which nobody need have seen.
  await waitForLabel(composer, "Will be signed");
  const before = world.mail.captured.length;
  await composer.send();
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor("#stopped");
  assert.match(await popup.text("#stopped"), /less protection than the lock had said/);
  assert.equal(world.mail.captured.length, before);
  assert.match(await composer.body(), /Dear Bob/);
  await composer.closePopup(world.addon);
  await verified((await send(composer)).message, "alice-rsa");
  await fillKeyring(world.addon, { people: ["bob-p256"], anchors: [] });
});

test("names attachments that leave as links, and the subject, as not protected", async () => {
  const composer = await Composer.open(world);
  await composer.write({ to: "bob@example.test", subject: "links", body: "Hello." });
  await composer.run(
    `const attachment = Cc["@mozilla.org/messengercompose/attachment;1"].createInstance(Ci.nsIMsgAttachment);
     attachment.url = "https://files.example.test/plan.pdf"; attachment.name = "plan.pdf"; attachment.sendViaCloud = true;
     await window.AddAttachments([attachment]);
     window.gAttachmentBucket.itemChildren[0].attachment.sendViaCloud = true;`,
  );
  await composer.setLock(world.addon, "sign-and-encrypt");
  const state = await world.addon.background.run<string[]>(
    `const tab = (await browser.tabs.query({})).filter(t => t.type === "messageCompose").at(-1);
     return browser.signetComposeWindows.linkedAttachments(tab.id)`,
  );
  assert.deepEqual(state, ["plan.pdf"]);
  const popup = await openPopup(composer);
  const words = await popup.text("main");
  assert.match(words, /sent as a link/);
  assert.match(words, /subject.*stay readable/);
  await composer.closePopup(world.addon);
  await composer.discard();
});

test("Thunderbird's own S/MIME is switched off for the message: one signature, not two", async () => {
  await world.thunderbird.run(
    `const db = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
     const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
     file.initWithPath(args[0]);
     db.importPKCS12File(file, "signet");
     const own = db.getCerts().find(c => c.emailAddress === "alice@example.test");
     const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     const identity = MailServices.accounts.getIdentity("id1");
     identity.setUnicharAttribute("signing_cert_name", own.displayName);
     identity.setCharAttribute("signing_cert_dbkey", own.dbKey);
     identity.setBoolAttribute("sign_mail", true);`,
    `${await testKeys()}/alice-rsa.p12`,
  );
  const composer = await Composer.open(world);
  await composer.write({ to: "bob@example.test", subject: "once", body: "Hello." });
  await composer.setLock(world.addon, "sign");
  await waitFor("Thunderbird's own to be off", () => composer.run<boolean>(`return !window.gSendSigned`));
  const popup = await openPopup(composer);
  assert.match(await popup.text("main"), /own S\/MIME is switched off/);
  await composer.closePopup(world.addon);
  const { message } = await send(composer);
  const inner = await verified(message, "alice-rsa");
  assert.equal(headersOf(inner).get("content-type")?.startsWith("text/plain"), true);
  assert.match((await readLetter(inner)).text, /Hello/);
});
