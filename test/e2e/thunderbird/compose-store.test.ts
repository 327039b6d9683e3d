/** The store build, which has no Experiments: protected through the Outbox, and honest about what it cannot do. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import type { Captured } from "../../helpers/thunderbird/mail-server.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const secret = "the grey roof at one";
let world: World;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird-store" });
  await fillKeyring(world.addon, { identities: ["alice-rsa"], people: ["bob-p256", "carol-p384"] });
});
after(() => world?.stop());

/** Send, then empty the Outbox as its menu does. */
async function sendThroughOutbox(composer: Composer): Promise<Captured> {
  const before = world.mail.captured.length;
  await composer.send();
  await composer.waitUntilClosed();
  assert.equal(world.mail.captured.length, before);
  await (await world.mainWindow()).run(`window.goDoCommand("cmd_sendUnsentMsgs")`);
  return world.mail.waitForMessage(before);
}

test("the composer says that drafts stay readable and that the Outbox is the way", async () => {
  const composer = await Composer.open(world);
  await composer.setLock(world.addon, "sign");
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  const words = await popup.text("main");
  assert.match(words, /cannot encrypt drafts/);
  assert.match(words, /Send Unsent Messages/);
  await composer.closePopup(world.addon);
  await composer.discard();
});

test("signed and encrypted, with attachment, umlauts and HTML; a copy lies in Sent", async () => {
  const folder = await mkdtemp(join(tmpdir(), "signet-store-"));
  await writeFile(join(folder, "Übersicht.csv"), "a,b\n1,2\n");
  const composer = await Composer.open(world, { format: "HTML" });
  await composer.write({
    to: "bob@example.test",
    cc: "carol@example.test",
    subject: "Grüße",
    body: `${secret}.`,
  });
  await composer.run(
    `window.gMsgCompose.editor.QueryInterface(Ci.nsIHTMLEditor).insertHTML("<p>Ein <b>schönes</b> Fest</p>")`,
  );
  await composer.attach(join(folder, "Übersicht.csv"));
  await composer.setLock(world.addon, "sign-and-encrypt");
  const { message, from, to } = await sendThroughOutbox(composer);
  await rm(folder, { recursive: true });
  assert.deepEqual(
    [from, [...to].sort()],
    ["alice@example.test", ["bob@example.test", "carol@example.test"]],
  );
  assertHides(message, secret);
  const inner = await readLetter(await verified(await decrypted(message, "carol-p384"), "alice-rsa"));
  assert.match(inner.text, new RegExp(secret));
  assert.match(inner.html ?? "", /<b>schönes<\/b>/);
  assert.equal(Buffer.from(inner.attachments.get("Übersicht.csv")!).toString(), "a,b\n1,2\n");
  const headers = headersOf(message);
  assert.equal(headers.get("subject"), "=?utf-8?B?R3LDvMOfZQ==?=");
  assert.match(headers.get("message-id") ?? "", /^<.*@example\.test>$/);
  const copy = await waitFor("the copy in Sent", () => world.mail.read("alice", "Sent")[0] ?? null);
  await verified(await decrypted(copy, "alice-rsa"), "alice-rsa");
});

test("a draft saved readable is deleted from the server when its letter is protected", async () => {
  const words = `${secret} as a draft`;
  const readable = () => world.mail.read("alice", "Drafts").filter((each) => each.includes(words));
  const composer = await Composer.open(world);
  await composer.write({ to: "bob@example.test", subject: "saved before", body: words });
  await composer.setLock(world.addon, "sign-and-encrypt");
  await composer.saveDraft();
  await waitFor("the draft", () => readable().length === 1);
  const { message } = await sendThroughOutbox(composer);
  assertHides(message, words);
  await waitFor("the draft to go", () => readable().length === 0);
});

test("signed with Bcc: everybody gets it, nobody sees it", async () => {
  const composer = await Composer.open(world, { format: "PlainText" });
  const body = "From here on\n.\n-- \nend";
  await composer.write({ to: "bob@example.test", bcc: "carol@example.test", subject: "hidden", body });
  await composer.setLock(world.addon, "sign");
  const { message, to } = await sendThroughOutbox(composer);
  assert.deepEqual([...to].sort(), ["bob@example.test", "carol@example.test"]);
  assert.ok(!message.includes("carol"));
  const { text } = await readLetter(await verified(message, "alice-rsa"));
  assert.match(text, /^From here on\r?\n\.\r?\n/);
});

test("a missing certificate stops the send: nothing leaves, nothing waits, the text stays", async () => {
  const before = world.mail.captured.length;
  const composer = await Composer.open(world);
  await composer.write({ to: "nobody@example.test", subject: "refused", body: `${secret} never.` });
  await composer.setLock(world.addon, "sign-and-encrypt");
  await composer.send();
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor(".blockers");
  assert.match(await popup.text(".blockers"), /no certificate for nobody@example\.test/);
  await composer.closePopup(world.addon);
  assert.match(await composer.body(), new RegExp(`${secret} never`));
  await (await world.mainWindow()).run(`window.goDoCommand("cmd_sendUnsentMsgs"); await sleep(500)`);
  assert.equal(world.mail.captured.length, before);
  assert.deepEqual(world.filesWith(world.profile, `${secret} never`), []);
  await composer.discard();
});

test("with the lock open it leaves ordinary mail alone", async () => {
  const before = world.mail.captured.length;
  const composer = await Composer.open(world);
  await composer.write({ to: "nobody@example.test", subject: "ordinary", body: "Hello." });
  await composer.send();
  const { message } = await world.mail.waitForMessage(before);
  assert.match(headersOf(message).get("content-type") ?? "", /^text\/plain/);
  await composer.waitUntilClosed();
});
