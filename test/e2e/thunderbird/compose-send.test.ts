/** Sending with the lock shut, by clicks and keys in a real Thunderbird; what leaves is judged by OpenSSL. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  assertHides,
  decrypted,
  headersOf,
  readLetter,
  verified,
} from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import type { OpenComposer } from "../../helpers/thunderbird/composer.js";
import { waitForDialog } from "../../helpers/thunderbird/dialog.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import { SettingsPage } from "../../helpers/thunderbird/settings-page.js";
import { testKeys } from "../../helpers/test-keys.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { Captured } from "../../helpers/thunderbird/mail-server.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

let world: World;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "signet-attachments-"));
  world = await startWorld({ addon: "dist/thunderbird" });
  // Alice's as a person brings it in, by the options page; the others the short way.
  const keys = await testKeys();
  const settings = await SettingsPage.open(world.addon);
  await settings.importKeyFile({ file: `${keys}/alice-rsa.p12`, password: "signet", passphrase: null });
  await settings.importAnchor(`${keys}/root.pem`);
  await fillKeyring(world.addon, { identities: ["bob-p256"], people: ["carol-p384"], anchors: [] });
});
after(async () => {
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** No file of Thunderbird's for a message is left in its temporary folder. */
async function assertNothingLeft(): Promise<void> {
  await waitFor(
    "the temporary files to go",
    () => !readdirSync(world.temporary).some((name) => name.endsWith(".eml")),
    3000,
  );
}

async function open(options: OpenComposer = {}): Promise<Composer> {
  return Composer.open(world, options);
}

async function send(composer: Composer, size: "usual" | "large" = "usual"): Promise<Captured> {
  const before = world.mail.captured.length;
  await composer.send();
  // Thunderbird asks whether so large a message is meant.
  if (size === "large") await (await waitForDialog(world, 60_000)).press();
  const message = await world.mail.waitForMessage(before, 60_000);
  await composer.waitUntilClosed(60_000);
  return message;
}

const secret = "the red door at nine";

test("signs: multipart/signed that OpenSSL verifies, the same in Sent", async () => {
  const composer = await open();
  await composer.write({ to: "bob@example.test", subject: "signed", body: `Dear Bob, ${secret}.` });
  assert.equal(await composer.lockLabel(world.addon), "Not protected");
  assert.equal(await composer.setLock(world.addon, "sign"), "Will be signed");
  const { message, from, to } = await send(composer);
  assert.deepEqual([from, to], ["alice@example.test", ["bob@example.test"]]);
  assert.match(headersOf(message).get("content-type") ?? "", /^multipart\/signed;.*micalg="?sha-256/);
  assert.match((await readLetter(await verified(message, "alice-rsa"))).text, new RegExp(secret));
  await waitFor("the copy in Sent", () => world.mail.read("alice", "Sent").length === 1);
  await verified(world.mail.read("alice", "Sent")[0]!, "alice-rsa");
  await assertNothingLeft();
});

test("encrypts only: the recipient and the sender can open it, nothing of it is readable", async () => {
  const composer = await open();
  await composer.write({ to: "bob@example.test", subject: "encrypted", body: `Dear Bob, ${secret}.` });
  assert.equal(await composer.setLock(world.addon, "encrypt"), "Will be encrypted");
  const { message } = await send(composer);
  assertHides(message, secret);
  for (const reader of ["bob-p256", "alice-rsa"])
    assert.match((await readLetter(await decrypted(message, reader))).text, new RegExp(secret));
  await assert.rejects(decrypted(message, "carol-p384"));
  await assertNothingLeft();
});

test("signs and encrypts: the signature is inside (RFC 8551 §3.7), nothing lies readable in the profile", async () => {
  const composer = await open();
  await composer.write({
    to: "bob@example.test, carol@example.test",
    subject: "both",
    body: `All: ${secret} again.`,
  });
  assert.equal(await composer.setLock(world.addon, "sign-and-encrypt"), "Will be signed and encrypted");
  const { message, to } = await send(composer);
  assert.deepEqual([...to].sort(), ["bob@example.test", "carol@example.test"]);
  assertHides(message, secret);
  for (const reader of ["bob-p256", "carol-p384", "alice-rsa"]) {
    const inner = await decrypted(message, reader);
    assert.match((await readLetter(await verified(inner, "alice-rsa"))).text, new RegExp(secret));
  }
  assert.deepEqual(world.filesWith(world.profile, `${secret} again`), []);
  assert.deepEqual(world.filesWith(world.temporary, `${secret} again`), []);
  await assertNothingLeft();
});

test(
  "carries attachments of 0 bytes and of 25 MB, and a name that is not ASCII, unchanged",
  { timeout: 240_000 },
  async () => {
    const large = randomBytes(25 * 1024 * 1024);
    const files = new Map([
      ["empty.txt", Buffer.alloc(0)],
      ["Größe 漢字.bin", large],
    ]);
    const composer = await open();
    await composer.write({ to: "bob@example.test", subject: "attached", body: "See below." });
    for (const [name, content] of files) {
      await writeFile(join(folder, name), content);
      await composer.attach(join(folder, name));
    }
    await composer.setLock(world.addon, "sign-and-encrypt");
    const { message } = await send(composer, "large");
    const { attachments } = await readLetter(
      await verified(await decrypted(message, "bob-p256"), "alice-rsa"),
    );
    assert.deepEqual([...attachments.keys()].sort(), [...files.keys()].sort());
    for (const [name, content] of files) assert.ok(content.equals(attachments.get(name)!), name);
    await assertNothingLeft();
  },
);

test("HTML with an accent keeps its marks; plain text with lines that mail servers like to change verifies", async () => {
  const rich = await open({ format: "HTML" });
  await rich.write({ to: "bob@example.test", subject: "Grüße aus Köln" });
  await rich.run(
    `window.gMsgCompose.editor.QueryInterface(Ci.nsIHTMLEditor).insertHTML("<p>Ein <b>schönes</b> Fest</p>")`,
  );
  await rich.setLock(world.addon, "sign");
  const html = await readLetter(await verified((await send(rich)).message, "alice-rsa"));
  assert.match(html.html ?? "", /<b>schönes<\/b>/);

  const plain = await open({ format: "PlainText" });
  await plain.write({
    to: "bob@example.test",
    subject: "plain",
    body: "From here on\n.\n-- \nlonger ".repeat(3),
  });
  await plain.setLock(world.addon, "sign");
  const { text } = await readLetter(await verified((await send(plain)).message, "alice-rsa"));
  assert.match(text, /From here on\r?\n\.\r?\n/);
});

test("a missing certificate stops the send: nothing leaves, window and text stay, the popup says what to do", async () => {
  const before = world.mail.captured.length;
  const composer = await open();
  await composer.write({
    to: "bob@example.test, nobody@example.test",
    subject: "refused",
    body: `No: ${secret}.`,
  });
  assert.equal(await composer.setLock(world.addon, "sign-and-encrypt"), "Cannot be sent yet");
  await composer.send();
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor(".blockers");
  assert.match(await popup.text(".blockers"), /no certificate for nobody@example\.test.*send signed only/);
  assert.equal(world.mail.captured.length, before);
  assert.match(await composer.body(), new RegExp(secret));
  await assertNothingLeft();
  // The way out that the words offer.
  await popup.click("#mode-sign");
  await composer.closePopup(world.addon);
  const { message } = await send(composer);
  await verified(message, "alice-rsa");
});

test("Bcc: refused with encryption; signed, it stays secret on the wire and known in Sent (RFC 5322 §3.6.3)", async () => {
  const before = world.mail.captured.length;
  const composer = await open();
  await composer.write({
    to: "bob@example.test",
    bcc: "carol@example.test",
    subject: "hidden",
    body: "Hello.",
  });
  await composer.setLock(world.addon, "sign-and-encrypt");
  await composer.send();
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor(".blockers");
  assert.match(await popup.text(".blockers"), /carol@example\.test under Bcc/);
  await popup.click("#mode-sign");
  await composer.closePopup(world.addon);
  assert.equal(world.mail.captured.length, before);
  const { message, to } = await send(composer);
  assert.deepEqual([...to].sort(), ["bob@example.test", "carol@example.test"]);
  assert.ok(!Buffer.from(message).includes("carol"));
  await verified(message, "alice-rsa");
  const copy = () =>
    world.mail.read("alice", "Sent").find((sent) => headersOf(sent).get("subject") === "hidden");
  const kept = await waitFor("the copy in Sent", () => copy() ?? null);
  assert.equal(headersOf(kept).get("bcc"), "carol@example.test");
  await verified(kept, "alice-rsa");
});

test("send later protects before the Outbox; its recipients get it when the Outbox is emptied", async () => {
  const before = world.mail.captured.length;
  const composer = await open();
  await composer.write({ to: "bob@example.test", subject: "later", body: `Later: ${secret} soon.` });
  await composer.setLock(world.addon, "sign-and-encrypt");
  await composer.sendLater();
  await composer.waitUntilClosed();
  assert.equal(world.mail.captured.length, before);
  assert.deepEqual(world.filesWith(world.profile, `${secret} soon`), []);
  await (await world.mainWindow()).run(`window.goDoCommand("cmd_sendUnsentMsgs")`);
  const { message } = await world.mail.waitForMessage(before);
  const { text } = await readLetter(await verified(await decrypted(message, "bob-p256"), "alice-rsa"));
  assert.match(text, new RegExp(`${secret} soon`));
});
