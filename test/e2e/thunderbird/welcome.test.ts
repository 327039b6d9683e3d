/**
 * From nothing to a certificate, by real clicks in a real Thunderbird, from the archive that people install: the first
 * page opens by itself, what Thunderbird's own store holds is taken over without a file, an alias gets a certificate,
 * one certificate signs for several addresses, and all of it speaks the language of Thunderbird.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { IdentityView } from "../../../src/protocol/messages.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { ask, openOptions } from "../../helpers/thunderbird/keyring.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { alice, bob } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { Addon, World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";
import { emailAddresses, readCertificates } from "../../../src/engine/index.js";
import { openssl } from "../../helpers/openssl.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { testKeys } from "../../helpers/test-keys.js";

/** id2 of Alice's account */
const al = { name: "Al", address: "al@example.test" };
let world: World;
let addon: Addon;
let page: Page;

before(async () => {
  world = await startWorld({ people: [{ ...alice, aliases: [al] }, bob] });
  await world.thunderbird.run(
    `const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
     file.initWithPath(args[0]);
     const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
     return database.importPKCS12File(file, "signet");`,
    `${await testKeys()}/alice-rsa.p12`,
  );
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  addon = await world.install(`dist/signet-${version}-thunderbird.xpi`);
  // Nobody opens it: whoever installs an add-on is shown where to begin.
  page = await addon.waitForPage("tab", "welcome");
});
after(() => world?.stop());

const identities = () => ask<readonly IdentityView[]>(page, "identity:list", {});

const says = (words: string, where = page) =>
  waitFor(`the page to say "${words}"`, () =>
    where.run<boolean>(`return document.body.innerText.includes(args[0])`, words),
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
  assert.equal(await addon.background.run(asks), 1);
});

test("the settings name the alias that has no certificate, and lead to one: name and address stand there already", async () => {
  const options = await openOptions(addon);
  await says("No certificate here speaks for al@example.test", options);
  await page.run(`window.close()`).catch(() => undefined);
  await waitFor("the first page to close", async () => !(await page.isOpen()));
  await options.click("#addresses-without button");
  page = await addon.waitForPage("tab", "address=al%40example.test");
  await page.waitFor("#way-try");
  await page.click("#way-try");
  await page.waitFor("#panel textarea");
  await waitFor("the address", () =>
    page.run<boolean>(`return document.querySelector("#panel textarea").value === "al@example.test"`),
  );
  await page.click("#panel form button[type=submit]");
  await says("You are ready, al@example.test");
  assert.equal((await identities()).length, 2);
});

test("each identity of an account signs with its own certificate; one that names both addresses signs for either", async () => {
  const [first, second] = [await signedFrom("id1"), await signedFrom("id2")];
  assert.deepEqual([first.address, first.addresses], ["alice@example.test", ["alice@example.test"]]);
  assert.deepEqual([second.address, second.addresses], ["al@example.test", ["al@example.test"]]);
  for (const { certificate } of await identities())
    await ask(page, "identity:remove", { fingerprint: certificate.fingerprint });
  const addresses = ["alice@example.test", "al@example.test"];
  await ask(page, "identity:make", { commonName: "Alice", addresses, kind: "p-256" });
  for (const identity of ["id1", "id2"])
    assert.deepEqual((await signedFrom(identity)).addresses, addresses, identity);
});

/** Write and sign as that identity. @returns who it was sent as, and whom the signer's certificate names */
async function signedFrom(identity: string) {
  const composer = await Composer.open(world, { identity });
  await composer.write({ to: "bob@example.test", subject: identity, body: "Hello." });
  await composer.setLock(addon, "sign");
  const before = world.mail.captured.length;
  await composer.send();
  const { message, from } = await world.mail.waitForMessage(before, 60_000);
  await composer.waitUntilClosed(60_000);
  const folder = await temporaryFolder();
  try {
    const signer = join(folder.path, "signer.pem");
    await openssl(["cms", "-verify", "-noverify", "-signer", signer], new Uint8Array(message));
    const [certificate] = await readCertificates(new Uint8Array(readFileSync(signer)));
    return { address: from, addresses: emailAddresses(certificate!) };
  } finally {
    await folder.remove();
  }
}

test("with Thunderbird in German, Signet is German: pages and buttons", async () => {
  await world.thunderbird.run(
    `Services.locale.availableLocales = ["en-US", "de"];
     Services.locale.requestedLocales = ["de"];`,
  );
  await addon.disable();
  await addon.enable();
  const options = await openOptions(addon);
  const german = JSON.parse(readFileSync("_locales/de/messages.json", "utf8")) as Record<
    string,
    { readonly message: string }
  >;
  await says(german["options_identities"]!.message, options);
  const told = await options.run<{ lang: string; words: string }>(
    `return { lang: document.documentElement.lang, words: document.body.innerText }`,
  );
  assert.equal(told.lang, "de");
  assert.doesNotMatch(told.words, /⟦|Your certificates/);
});
