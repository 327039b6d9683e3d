/**
 * Finding somebody's certificate in a real Thunderbird: in the DNS (BIND 9 behind TLS, every name signed from a root of
 * the test's own), in an address book, in a letter's attachment, and by asking its owner. OpenSSL opens what leaves.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { smimeaName } from "../../../src/engine/dns/smimea.js";
import { type Bind, type Resolver, startBind, startResolver } from "../../helpers/bind.js";
import { letter, mixed, plain } from "../../helpers/letters.js";
import { type LoopbackTls, makeLoopbackTls } from "../../helpers/loopback-tls.js";
import { testKeys } from "../../helpers/test-keys.js";
import { assertHides, decrypted, readLetter, verified } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { withRootKey } from "../../helpers/thunderbird/own-root-key.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import { type World, startWorld } from "../../helpers/thunderbird/world.js";

let world: World;
let bind: Bind;
let resolver: Resolver;
let tls: LoopbackTls;
let copy: ReturnType<typeof withRootKey>;

const base64 = async (name: string): Promise<string> =>
  (await readFile(`${await testKeys()}/${name}.pem`, "utf8")).replace(/-----[^-]+-----|\s/g, "");

before(async () => {
  const day = (offset: number): string =>
    new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
  const valid = [day(-10), day(10)] as const;
  const data = Buffer.from(await base64("bob-p256"), "base64").toString("hex");
  const owner = (await smimeaName("bob", "example.test")).join(".");
  tls = await makeLoopbackTls();
  bind = await startBind([
    { name: "", algorithm: "RSASHA256", valid },
    { name: "test", algorithm: "ECDSAP256SHA256", denial: "nsec3", valid },
    { name: "example.test", algorithm: "ED25519", valid, records: [`${owner}. IN SMIMEA 3 0 0 ${data}`] },
  ]);
  resolver = await startResolver(bind, tls);
  copy = withRootKey("dist/thunderbird", bind.rootSigner);
  world = await startWorld({ addon: copy.path });
  // As an administrator does: this machine believes the test's authority about web servers.
  await world.thunderbird.run(
    `Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(args[0], "CT,,")`,
    tls.authority,
  );
  await fillKeyring(world.addon, { identities: ["alice-rsa"], anchors: [] });
});
after(async () => {
  await world?.stop();
  copy?.remove();
  await resolver?.stop();
  await bind?.stop();
  await tls?.remove();
});

/** The lock's popup as it stands, once its words fit. */
async function popupSays(composer: Composer, expected: RegExp): Promise<Page> {
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await says(popup, expected);
  return popup;
}

async function says(page: Page, expected: RegExp): Promise<void> {
  let words = "";
  await waitFor(`the page to say ${expected.source}`, async () =>
    expected.test((words = await page.run<string>(`return document.body.innerText`))),
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; it says: ${words}`);
  });
}

/** Click what stands in a popup that may still be growing to its size. */
async function clickSettled(page: Page, selector: string): Promise<void> {
  let before = "";
  await waitFor(`${selector} to stand still`, async () => {
    const now = JSON.stringify(await page.box(selector));
    return now === before || ((before = now), false);
  });
  await page.click(selector);
}

async function begun(to: string): Promise<Composer> {
  const composer = await Composer.open(world);
  await composer.write({ to, subject: "for you", body: `The red door, ${to}.` });
  await composer.setLock(world.addon, "sign-and-encrypt");
  return composer;
}

/** Send, and let OpenSSL open it with the recipient's key. */
async function sendTo(composer: Composer, reader: string, text: string): Promise<void> {
  const before = world.mail.captured.length;
  await composer.send();
  const { message } = await world.mail.waitForMessage(before, 30_000);
  await composer.waitUntilClosed();
  assertHides(message, text);
  const inner = await decrypted(message, reader);
  assert.match((await readLetter(await verified(inner, "alice-rsa"))).text, new RegExp(text));
}

/** Click through the browser's own question, where its panel stands. */
async function allowInPanel(): Promise<string> {
  const window = await world.mainWindow();
  const panel = `document.querySelector("#addon-webext-permissions-notification")`;
  await waitFor("the browser's question", () =>
    window.run<boolean>(`return ${panel}?.closest("panel")?.state === "open"`),
  );
  const words = await window.run<string>(
    `return ${panel}.closest("panel").textContent + ${panel}.textContent`,
  );
  const box = await waitFor("its button", () =>
    window.run<{ x: number; y: number; width: number; height: number } | null>(
      `const button = ${panel}.button ?? ${panel}.querySelector(".popup-notification-primary-button");
       const r = button.getBoundingClientRect();
       return r.width && !button.disabled ? { x: button.screenX, y: button.screenY, width: r.width, height: r.height } : null`,
    ),
  );
  await world.screen.click(box);
  return words;
}

test("nobody is asked until the person names a resolver and allows its host by a click; until then the lock says what is missing", async () => {
  const composer = await begun("bob@example.test");
  await popupSays(composer, /no certificate[^]*bob@example\.test|bob@example\.test[^]*no certificate/i);
  assert.equal(await world.addon.page("popup").exists("[data-search]"), false);
  await composer.closePopup(world.addon);
  const sent = world.mail.captured.length;
  await composer.send();
  await waitFor("the refusal", () => world.addon.page("popup").isOpen());
  assert.deepEqual([await composer.isOpen(), world.mail.captured.length], [true, sent]);
  await composer.discard();

  const options = await openOptions(world.addon);
  await options.run(
    `const field = document.querySelector("#finding-dns"); field.value = "own"; field.dispatchEvent(new Event("change"))`,
  );
  await options.waitFor("#finding-resolver");
  await (await world.mainWindow()).focus();
  await options.click("#finding-resolver");
  await world.screen.type(resolver.url);
  await options.click("#finding-resolver-keep");
  await options.waitFor(".allow-finding");
  await options.click(".allow-finding");
  assert.match(await allowInPanel(), /Access your data for 127\.0\.0\.1/);
  await waitFor("the remark to go", async () => !(await options.exists(".allow-finding")));
  await options.run(`setTimeout(() => window.close(), 0)`);
});

test("a certificate of the signed DNS is found over TLS, told with who vouches for it, and encrypted to (RFC 8162, RFC 8484)", async () => {
  const composer = await begun("bob@example.test");
  const popup = await popupSays(composer, /signed DNS of example\.test/);
  assert.equal(await popup.exists('[data-origin="dns"]'), true);
  await composer.closePopup(world.addon);
  await sendTo(composer, "bob-p256", "The red door, bob@example.test.");
});

test("a certificate in the card of an address book is used where an authority that counts vouches for it (RFC 6350 §6.8.1)", async () => {
  const composer = await begun("carol@example.test");
  const popup = await popupSays(composer, /publishes no certificate|no certificate/i);
  await waitFor("the DNS to have answered", () => popup.exists('[data-search="none"]'));
  await composer.closePopup(world.addon);
  await composer.discard();
  await fillKeyring(world.addon, { anchors: ["root"], people: ["intermediate"] });
  const card = ["BEGIN:VCARD", "VERSION:4.0", "FN:Carol", "EMAIL:carol@example.test"];
  const key = `KEY:data:application/pkix-cert;base64,${await base64("carol-p384")}`;
  await world.thunderbird.run(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     const { VCardUtils } = ChromeUtils.importESModule("resource:///modules/VCardUtils.sys.mjs");
     MailServices.ab.getDirectory("jsaddrbook://abook.sqlite").addCard(VCardUtils.vCardToAbCard(args[0]))`,
    [...card, key, "END:VCARD", ""].join("\r\n"),
  );
  const again = await begun("carol@example.test");
  const found = await popupSays(again, /carol@example\.test/);
  await waitFor("where it comes from", () => found.exists('[data-origin="contacts"]'));
  await again.closePopup(world.addon);
  await sendTo(again, "carol-p384", "The red door, carol@example.test.");
});

test("a directory by a template is asked after a click for its host, and what it answers needs an authority (RFC 4387)", async (t) => {
  const asked: string[] = [];
  const certificate = Buffer.from(await base64("big-rsa4096"), "base64");
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("content-type", "application/pkix-cert");
    response.end(certificate);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Also where the test fails: a server that listens keeps the process.
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const options = await openOptions(world.addon);
  await options.waitFor("#finding-directory");
  await (await world.mainWindow()).focus();
  await options.click("#finding-directory");
  await world.screen.type(`http://127.0.0.1:${port}/search?email={address}`);
  await options.click("#finding-directory-keep");
  await options.waitFor(".allow-finding");
  assert.deepEqual(asked, []);
  await clickSettled(options, ".allow-finding");
  await allowInPanel();
  await waitFor("the remark to go", async () => !(await options.exists(".allow-finding")));
  await options.run(`setTimeout(() => window.close(), 0)`);
  const composer = await begun("big@example.test");
  const popup = await popupSays(composer, /big@example\.test/);
  await waitFor("where it comes from", () => popup.exists('[data-origin="directory"]'));
  await composer.closePopup(world.addon);
  assert.deepEqual(asked, ["/search?email=big%40example.test"]);
  await sendTo(composer, "big-rsa4096", "The red door, big@example.test.");
});

test("a certificate attached to a letter is kept by a click, and only then encrypted to", async () => {
  const head =
    'Content-Type: application/pkix-cert\r\nContent-Disposition: attachment; filename="dave.cer"\r\n';
  const octets = `Content-Transfer-Encoding: base64\r\n\r\n${await base64("dave-p521")}\r\n`;
  const attached = mixed(plain("My certificate is attached."), Buffer.from(head + octets));
  const from = "Dave <dave@example.test>";
  await world.mail.append("alice", "INBOX", letter({ subject: "my certificate", from }, attached));
  const window = await MailWindow.open(world);
  await window.showFolder(alice);
  await window.choose("my certificate");
  await window.clickBadge(world.addon);
  const shown = await world.addon.waitForPage("popup");
  await shown.waitFor("#keep-certificates");
  await clickSettled(shown, "#keep-certificates");
  await says(shown, /dave@example\.test/);
  await window.press("Escape");
  const composer = await begun("dave@example.test");
  const popup = await popupSays(composer, /dave@example\.test/);
  await waitFor("where it comes from", () => popup.exists('[data-origin="imported"]'));
  await composer.closePopup(world.addon);
  await sendTo(composer, "dave-p521", "The red door, dave@example.test.");
});

test('"ask for the certificate" opens a letter to its owner, signed, that says what is wanted; nothing is sent by itself', async () => {
  const sent = world.mail.captured.length;
  const composer = await begun("nobody@example.test");
  const popup = await popupSays(composer, /nobody@example\.test/);
  await clickSettled(popup, ".ask-certificate");
  const asking = await Composer.opened(world, [composer.id]);
  await waitFor("its text", async () => (await asking.body()).length > 20);
  const letterShown = await asking.run<{ to: string; subject: string }>(
    `return { to: [...document.querySelectorAll("#addressRowTo mail-address-pill")].map(p => p.emailAddress).join(), subject: document.getElementById("msgSubject").value }`,
  );
  assert.equal(letterShown.to, "nobody@example.test");
  assert.match(letterShown.subject, /certificate/i);
  await waitFor("the lock", async () => (await asking.lockLabel(world.addon)) === "Will be signed");
  assert.equal(world.mail.captured.length, sent);
  await asking.send();
  const { to, message } = await world.mail.waitForMessage(sent, 30_000);
  assert.deepEqual(to, ["nobody@example.test"]);
  assert.match((await readLetter(await verified(message, "alice-rsa"))).text, /certificate/);
  await composer.discard();
});
