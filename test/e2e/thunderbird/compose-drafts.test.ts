/** Drafts, autosaves and templates with the lock shut: what lies on the server, and how it opens again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  assertHides,
  decrypted,
  headersOf,
  readLetter,
  verified,
} from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { waitForDialog } from "../../helpers/thunderbird/dialog.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const secret = "the blue gate at seven";
let world: World;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
});
after(() => world?.stop());

async function compose(subject: string): Promise<Composer> {
  const composer = await Composer.open(world);
  await composer.write({ to: "bob@example.test", subject, body: `Dear Bob, ${secret}.` });
  return composer;
}

async function stored(mailbox: string, subject: string): Promise<Buffer> {
  const find = () =>
    world.mail.read("alice", mailbox).find((each) => headersOf(each).get("subject") === subject);
  return waitFor(`“${subject}” in ${mailbox}`, () => find() ?? null);
}

async function assertEncrypted(message: Buffer): Promise<void> {
  assertHides(message, secret);
  assert.match(headersOf(message).get("content-type") ?? "", /^application\/pkcs7-mime/);
  assert.match((await readLetter(await decrypted(message, "alice-rsa"))).text, new RegExp(secret));
  await assert.rejects(decrypted(message, "bob-p256"));
}

test("without a certificate nothing is saved readable: the save is refused, in words", async () => {
  const composer = await compose("no certificate");
  await composer.setLock(world.addon, "sign");
  await composer.saveDraft();
  const dialog = await waitForDialog(world);
  assert.match(dialog.text, /no certificate of yours for alice@example\.test/);
  await dialog.press();
  assert.deepEqual(world.mail.read("alice", "Drafts"), []);
  assert.match(await composer.body(), new RegExp(secret));
  assert.deepEqual(world.filesWith(world.temporary, secret), []);
  await composer.discard();
});

test("a draft saved with the lock shut is encrypted to its writer, even where it will only be signed", async () => {
  await fillKeyring(world.addon, { identities: ["alice-rsa"], people: ["bob-p256"] });
  const composer = await compose("saved");
  await composer.setLock(world.addon, "sign");
  await composer.saveDraft();
  await assertEncrypted(await stored("Drafts", "saved"));
  assert.deepEqual(world.filesWith(world.profile, secret), []);
  assert.deepEqual(world.filesWith(world.temporary, secret), []);
  await composer.discard();
});

test("so are autosaves and templates", async () => {
  const composer = await compose("by itself");
  await composer.setLock(world.addon, "sign-and-encrypt");
  await composer.run(`window.AutoSave()`);
  await assertEncrypted(await stored("Drafts", "by itself"));
  await composer.run(`window.SaveAsTemplate()`);
  await assertEncrypted(await stored("Templates", "by itself"));
  await composer.discard();
});

test("reopened, the draft has its text and its lock again; sent, it leaves the Drafts", async () => {
  const window = await MailWindow.open(world);
  await window.showFolder(alice, "Drafts");
  await window.choose("saved");
  await window.waitForWords(secret);
  const composer = await Composer.open(world, { type: "Draft", original: await window.messageUri() });
  assert.match(await composer.body(), new RegExp(secret));
  await waitFor("the lock", async () => (await composer.lockLabel(world.addon)) === "Will be signed");
  await composer.send();
  const { message } = await world.mail.waitForMessage(0);
  assert.match((await readLetter(await verified(message, "alice-rsa"))).text, new RegExp(secret));
  await composer.waitUntilClosed();
  const left = () => world.mail.read("alice", "Drafts").map((each) => headersOf(each).get("subject"));
  await waitFor("the draft to go", () => !left().includes("saved"));
});
