/**
 * The store build, which has no Experiment: the same badge on signed mail; encrypted mail, which Thunderbird
 * cannot show, in our own reader, by one click on the button that lights up.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { attachment, encrypted, letter, mixed, plain, signed } from "../../helpers/letters.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const secret = "under-the-flower-pot";

let world: World;
let window: MailWindow;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird-store" });
  await fillKeyring(world.addon, { identities: ["alice-rsa"] });
  const inner = mixed(plain(`The keys: ${secret}`), attachment("map.txt", "x marks the spot"));
  const letters = [
    letter(
      { subject: "sealed" },
      await encrypted(await signed(inner, "bob-p256"), "alice-rsa", "aes-256-cbc"),
    ),
    letter({ subject: "signed" }, await signed(plain("The offer stands."), "bob-p256")),
    letter({ subject: "plain" }, plain("Nothing hidden here.")),
  ];
  for (const message of letters) await world.mail.append("alice", "INBOX", message);
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(() => world?.stop());

function buttonTitle(): Promise<string> {
  return world.addon.background.run<string>(
    `const [tab] = await browser.tabs.query({ active: true, type: "mail" });
     return browser.action.getTitle({ tabId: tab.id })`,
  );
}

test("has no Experiment", async () => {
  const found = await world.addon.background.run<string[]>(
    `return Object.keys(browser).filter(name => name.startsWith("signet"))`,
  );
  assert.deepEqual(found, []);
});

test("shows the same badge on signed mail", async () => {
  await window.choose("signed");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
});

test("lights the button up for encrypted mail, and puts it out for the next", async () => {
  await window.choose("sealed");
  await waitFor("the button to light up", async () => /encrypted: read it/.test(await buttonTitle()));
  await window.choose("plain");
  await waitFor("the button to go out", async () => !/encrypted: read it/.test(await buttonTitle()));
});

test("in a tab of its own the button holds no verdict: no event tells of an encrypted next message", async () => {
  await window.look(
    `const { MailUtils } = ChromeUtils.importESModule("resource:///modules/MailUtils.sys.mjs");
     Services.prefs.setIntPref("mail.openMessageBehavior", 2);
     const view = panes.gDBView;
     for (let i = 0; i < view.rowCount; i++)
       if (view.getMsgHdrAt(i).mime2DecodedSubject === "signed")
         MailUtils.displayMessage(view.getMsgHdrAt(i), panes.gViewWrapper, tabmail);
     await sleep(500);`,
  );
  await window.waitForBadge(world.addon, "Check the signature");
  await window.look(
    `const view = about.gDBView;
     for (let i = 0; i < view.rowCount; i++)
       if (view.getMsgHdrAt(i).mime2DecodedSubject === "sealed")
         about.displayMessage(view.getURIForViewIndex(i), about.gViewWrapper);
     await sleep(1500);`,
  );
  assert.doesNotMatch((await window.badge(world.addon)).label, /Signed by/);
  await window.closeTab();
  await window.choose("signed");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
});

test("reads encrypted mail in the reader, with its verdict and attachment", async () => {
  await window.choose("sealed");
  await waitFor("the button to light up", async () => /encrypted: read it/.test(await buttonTitle()));
  await window.clickToolbarButton(world.addon);
  const reader = await world.addon.waitForPage("tab", "reader");
  await waitFor("the reader's verdict", async () =>
    (await reader.run<string>(`return document.body.innerText`)).includes("Signed by bob@example.test"),
  );
  const words = await reader.run<string>(`return document.body.innerText`);
  assert.match(words, /map\.txt/);
});

test("leaves nothing of the plain text on the disk", () => {
  assert.deepEqual(world.filesWith(world.profile, secret), []);
  assert.deepEqual(world.filesWith(world.temporary, secret), []);
});
