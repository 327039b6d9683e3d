/**
 * From nothing to a certificate, by real clicks in a real Thunderbird: what its own store holds is taken over without
 * a file, and one of the person's own making signs at once.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { IdentityView } from "../../../src/protocol/messages.js";
import { ask } from "../../helpers/thunderbird/keyring.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";
import { testKeys } from "../../helpers/test-keys.js";

let world: World;
let page: Page;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await world.thunderbird.run(
    `const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
     file.initWithPath(args[0]);
     const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
     return database.importPKCS12File(file, "signet");`,
    `${await testKeys()}/alice-rsa.p12`,
  );
  await world.addon.background.run(`await browser.tabs.create({ url: "/pages/welcome/welcome.html" })`);
  page = await world.addon.waitForPage("tab", "welcome");
});
after(() => world?.stop());

const identities = () => ask<readonly IdentityView[]>(page, "identity:list", {});

const says = (words: string) =>
  waitFor(`the page to say "${words}"`, () =>
    page.run<boolean>(`return document.body.innerText.includes(args[0])`, words),
  );

test("Thunderbird's own certificate is taken over, key and all, and leaves no file behind", async () => {
  await page.click("#way-have");
  await page.waitFor("#native input[type=checkbox]");
  await page.click("#protection-device-native");
  await page.click("#native button.primary");
  await says("You are ready, alice@example.test");
  const [alice, ...others] = await identities();
  assert.deepEqual([alice?.certificate.addresses, alice?.canDecrypt], [["alice@example.test"], true]);
  assert.deepEqual(others, []);
  const left = await world.thunderbird.run<boolean>(
    `return IOUtils.exists(PathUtils.join(PathUtils.profileDir, "signet-export"))`,
  );
  assert.equal(left, false);
});

test("a page does not reach the store, the background alone does", async () => {
  const asks = `return browser.signetNativeCertificates.list().then((list) => list.length, () => "refused")`;
  assert.equal(await page.run(asks), "refused");
  assert.equal(await world.addon.background.run(asks), 1);
});

test("a certificate of one's own making, name and address typed in by Thunderbird already", async () => {
  await page.run(`location.reload()`);
  await page.waitFor("#way-try");
  await page.click("#way-try");
  await page.waitFor("#panel textarea");
  await waitFor("the address", () =>
    page.run<boolean>(`return document.querySelector("#panel textarea").value.includes("@")`),
  );
  await page.click("#panel form button[type=submit]");
  await says("You are ready");
  assert.equal((await identities()).length, 2);
});
