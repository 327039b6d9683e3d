/** The badge on signed mail, in a real Thunderbird: what OpenSSL signed, what was changed, who signed what. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { changed, html, letter, plain, signed } from "../../helpers/letters.js";
import { ask, fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

let world: World;
let window: MailWindow;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, {});
  const offer = await signed(plain("The offer stands: 4,200 euros."), "bob-p256");
  const letters = [
    letter({ subject: "good" }, offer),
    letter({ subject: "tampered" }, changed(offer, "4,200", "9,200")),
    letter({ subject: "other from", from: "Carol Example <carol@example.test>" }, offer),
    letter({ subject: "stranger" }, await signed(plain("Trust me."), "mallory")),
    letter(
      { subject: "mallory as bob", from: "Bob <bob@example.test>" },
      await signed(plain("I am Bob."), "mallory"),
    ),
    letter({ subject: "unsigned" }, plain("Nobody signed this.")),
    letter({ subject: "rich" }, await signed(html("<h1>Offer</h1><p>in colours</p>"), "bob-p256")),
    letter({ subject: "opaque" }, await signed(plain("Signed in one piece."), "bob-p256", "opaque")),
    letter({ subject: "rsa", from: "alice@example.test" }, await signed(plain("From me."), "alice-rsa")),
  ];
  for (const message of letters) await world.mail.append("alice", "INBOX", message);
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(() => world?.stop());

test("says who signed, in the header and in the strip that points to it", async () => {
  await window.choose("good");
  const badge = await window.waitForBadge(world.addon, "Signed by bob@example.test");
  assert.equal(badge.icon, "state-good.svg");
  assert.match(badge.title, /Signed by bob@example\.test/);
  await window.waitForWords("4,200 euros");
  const banner = await waitFor("the strip", () => window.banner());
  assert.equal(banner.tone, "good");
  assert.match(banner.words, /^Signed by bob@example\.test.*button at the top/);
  assert.equal(banner.button, null);
});

test("tells content that was changed after signing, and shows it (RFC 5652 §5.6)", async () => {
  await window.choose("tampered");
  const badge = await window.waitForBadge(world.addon, "Changed after signing");
  assert.notEqual(badge.icon, "state-good.svg");
  await window.waitForWords("9,200 euros");
  assert.notEqual((await waitFor("the strip", () => window.banner())).tone, "good");
});

test("tells a signer who is not the visible sender (RFC 8550 §3)", async () => {
  await window.choose("other from");
  const badge = await window.waitForBadge(world.addon, "Signed by somebody else");
  assert.equal(badge.icon, "state-caution.svg");
  assert.equal((await waitFor("the strip", () => window.banner())).tone, "caution");
});

test("is not good for a signer whom no accepted authority vouches for, whatever From says", async () => {
  for (const subject of ["stranger", "mallory as bob"]) {
    await window.choose(subject);
    const badge = await waitFor("a verdict", async () => {
      const shown = await window.badge(world.addon);
      return shown.icon !== "state-checking.svg" && shown.label !== "" ? shown : null;
    });
    assert.notEqual(badge.icon, "state-good.svg", subject);
    assert.doesNotMatch(badge.label, /^Signed by bob/, subject);
  }
});

test("is silent where nobody signed: no label, no strip", async () => {
  await window.choose("unsigned");
  await window.waitForWords("Nobody signed this.");
  const badge = await window.waitForBadge(world.addon, "");
  assert.match(badge.title, /Not signed/);
  assert.equal(await window.banner(), null);
});

test("opens and judges opaque-signed mail, which Thunderbird shows through us (RFC 8551 §3.5.2)", async () => {
  await window.choose("opaque");
  await window.waitForWords("Signed in one piece.");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
});

test("judges HTML mail and RSA signers alike", async () => {
  await window.choose("rich");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  await window.choose("rsa");
  await window.waitForBadge(world.addon, "Signed by alice@example.test");
});

test("never shows one message's verdict on another, however fast one goes through the list", async () => {
  await window.choose("good");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  for (let round = 0; round < 3; round++) {
    for (const subject of ["good", "unsigned", "good", "tampered"]) await window.leapTo(subject);
    await window.waitForBadge(world.addon, "Changed after signing");
    for (const subject of ["good", "unsigned"]) await window.leapTo(subject);
    await window.waitForBadge(world.addon, "");
  }
});

test("a verdict is drawn only where its message is on the screen, in the turn that looks", async () => {
  await window.choose("unsigned");
  await window.waitForBadge(world.addon, "");
  const [shown, other] = await window.look<[number, number]>(
    `const { messageManager } = WebExtensionPolicy.getByID(args[0]).extension;
     const other = [...panes.gFolder.messages].find(one => one.mime2DecodedSubject === "good");
     return [about.gMessage, other].map(message => messageManager.convert(message).id);`,
    world.addon.id,
  );
  const draw = (messageId: number): Promise<boolean> =>
    world.addon.background.run<boolean>(
      `const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
       const badge = { label: "Signed by nobody", title: "drawn", path: "/icons/state-good.svg" };
       return browser.signetMessageWindows.drawBadge(tab.id, args[0], badge);`,
      messageId,
    );
  const label = (): Promise<string> =>
    window.look(`return about.document.getElementById(args[0]).label`, window.badgeId(world.addon));
  assert.equal(await draw(other), false);
  assert.notEqual(await label(), "Signed by nobody");
  assert.equal(await draw(shown), true);
  assert.equal(await label(), "Signed by nobody");
  // The next message takes it off.
  await window.choose("good");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
});

test("one message's verdict does not stand over the next, even while the add-on sleeps", async () => {
  await window.choose("good");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  const label = await window.look<string>(
    `const { extension } = WebExtensionPolicy.getByID(args[0]);
     await extension.terminateBackground({ ignoreDevToolsAttached: true });
     const loaded = new Promise(resolve => about.addEventListener("MsgLoaded", () => about.requestAnimationFrame(() =>
       resolve(about.document.getElementById(args[1]).label)), { once: true }));
     const view = panes.gDBView;
     for (let i = 0; i < view.rowCount; i++)
       if (view.getMsgHdrAt(i).mime2DecodedSubject === "unsigned") panes.threadTree.selectedIndex = i;
     return loaded;`,
    world.addon.id,
    window.badgeId(world.addon),
  );
  assert.doesNotMatch(label, /Signed by/);
  await window.waitForBadge(world.addon, "");
});

test("Thunderbird's own S/MIME label stands aside, until a setting asks for it", async () => {
  await window.choose("good");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  await waitFor("Thunderbird to have judged", () =>
    window.look<boolean>(`return !about.document.getElementById("cryptoBox").hidden`),
  );
  assert.equal(await window.nativeLabel(), null);
  const options = await openOptions(world.addon);
  await ask(options, "settings:set", { change: { nativeLabel: "shown" } });
  await window.showFolder(alice);
  await window.choose("good");
  await waitFor("Thunderbird's label", async () => (await window.nativeLabel()) === "S/MIME");
  await ask(options, "settings:set", { change: { nativeLabel: "hidden" } });
  await waitFor("no label of Thunderbird's", async () => (await window.nativeLabel()) === null);
  await options.run(`setTimeout(() => window.close(), 0)`);
});

test("the badge's popup tells who vouches", async () => {
  await window.choose("good");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  await window.clickBadge(world.addon);
  const popup = await world.addon.waitForPage("popup");
  await waitFor("the popup's words", async () =>
    (await popup.run<string>(`return document.body.innerText`)).includes("Signet Test"),
  );
  await window.press("Escape");
});

test("keeps the certificate of a good signer, and of nobody else, so that a reply can be encrypted", async () => {
  const options = await openOptions(world.addon);
  const known = await ask<{ certificate: { addresses: string[] }; source: string }[]>(
    options,
    "certificate:list",
    {},
  );
  await options.run(`setTimeout(() => window.close(), 0)`);
  const addresses = known.flatMap(({ certificate }) => certificate.addresses);
  assert.ok(addresses.includes("bob@example.test"));
  assert.equal(addresses.includes("mallory@evil.test"), false);
});

test("judges a message in a tab and in a window of its own", async () => {
  const uri = await window.messageUri();
  const labelIn = (place: string) =>
    window.look<string>(
      `return ${place}.document.getElementById(args[0])?.label ?? ""`,
      window.badgeId(world.addon),
    );
  await window.look(`tabmail.openTab("mailMessageTab", { messageURI: args[0], background: false })`, uri);
  await waitFor(
    "the badge in the tab",
    async () => (await labelIn("about")) === "Signed by bob@example.test",
  );
  await window.closeTab();
  await window.look(
    `const { MailUtils } = ChromeUtils.importESModule("resource:///modules/MailUtils.sys.mjs");
     MailUtils.openMessageInNewWindow(panes.gDBView.getMsgHdrAt(panes.threadTree.selectedIndex), panes.gViewWrapper)`,
  );
  const place = `Services.wm.getMostRecentWindow("mail:messageWindow")?.messageBrowser?.contentWindow`;
  await waitFor("the badge in the window", async () =>
    window.look<boolean>(
      `return (${place})?.document.getElementById(args[0])?.label === args[1]`,
      window.badgeId(world.addon),
      "Signed by bob@example.test",
    ),
  );
  await window.look(`Services.wm.getMostRecentWindow("mail:messageWindow").close()`);
});

test("judges a file opened from the disk", async () => {
  const file = join(world.temporary, "letter.eml");
  writeFileSync(file, letter({ subject: "from the disk" }, await signed(plain("On paper."), "bob-p256")));
  await window.openFile(file);
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  await window.closeTab();
});
