/** Answering, forwarding and editing mail that came encrypted: the lock is shut, and opening it asks first. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Lock } from "../../../src/background/mail/compose-lock.js";
import { encrypted, letter, mixed, plain } from "../../helpers/letters.js";
import { assertHides, decrypted, readLetter, verified } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import type { OpenComposer } from "../../helpers/thunderbird/composer.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const secret = "the green window at noon";
let world: World;
let window: MailWindow;
let uri: string;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, { identities: ["alice-rsa"], people: ["bob-p256"] });
  const sealed = await encrypted(plain(`Meet me: ${secret}.`), "alice-rsa", "aes-256-cbc");
  await world.mail.append("alice", "INBOX", letter({ subject: "sealed" }, sealed));
  const named = 'Content-Type: application/octet-stream; name="smime.p7m"';
  const octets = sealed.toString("latin1").replace(/Content-Type: [^\r]*(\r\n[ \t][^\r]*)*/i, named);
  await world.mail.append("alice", "INBOX", letter({ subject: "octets" }, Buffer.from(octets, "latin1")));
  const more = Array.from({ length: 90 }, (_, index) => `X-Pad-${index}: ${"x".repeat(900)}`);
  await world.mail.append("alice", "INBOX", letter({ subject: "far below", more }, sealed));
  const inner = letter({ subject: "inner" }, plain(`In here: ${secret}.`));
  const head =
    'Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="inner.eml"\r\n\r\n';
  const carrying = mixed(plain("see below"), Buffer.concat([Buffer.from(head), inner]));
  const carried = await encrypted(carrying, "alice-rsa", "aes-256-gcm");
  await world.mail.append("alice", "INBOX", letter({ subject: "carries" }, carried));
  window = await MailWindow.open(world);
  await window.showFolder(alice);
  await window.choose("sealed");
  await window.waitForWords(secret);
  uri = await window.messageUri();
});
after(() => world?.stop());

async function open(type: OpenComposer["type"], original = uri): Promise<Composer> {
  const composer = await Composer.open(world, { type: type ?? "New", original });
  await waitFor(`${type} to quote`, async () => (await composer.body()).includes(secret));
  return composer;
}

for (const type of ["Reply", "ForwardInline", "EditAsNew"] as const) {
  test(`${type} of encrypted mail: shut, whatever the default`, async () => {
    const composer = await open(type);
    const popupSays = await composer.lockLabel(world.addon);
    assert.notEqual(popupSays, "Not protected");
    await composer.discard();
  });
}

test("opening the lock asks first; keeping it shut is the harmless answer", async () => {
  const composer = await open("Reply");
  await composer.clickLock(world.addon);
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.click("#mode-off");
  await popup.waitFor("dialog[open]");
  assert.match(await popup.text("dialog"), /came to you encrypted/);
  await popup.click("dialog button:not(.danger)");
  await waitFor("the question to go", async () => !(await popup.exists("dialog")));
  assert.notEqual(await composer.lockLabel(world.addon), "Not protected");
  await popup.click("#mode-off");
  await popup.click("dialog button.danger");
  await waitFor("the lock to open", async () => (await composer.lockLabel(world.addon)) === "Not protected");
  await composer.closePopup(world.addon);
  await composer.discard();
});

test("the reply leaves signed and encrypted, quote included", async () => {
  const composer = await open("Reply");
  await composer.write({ body: "I will be there. " });
  await waitFor(
    "the lock",
    async () => (await composer.lockLabel(world.addon)) === "Will be signed and encrypted",
  );
  const before = world.mail.captured.length;
  await composer.send();
  const { message, to } = await world.mail.waitForMessage(before);
  await composer.waitUntilClosed();
  assert.deepEqual(to, ["bob@example.test"]);
  assertHides(message, secret);
  const { text } = await readLetter(await verified(await decrypted(message, "bob-p256"), "alice-rsa"));
  assert.match(text, /I will be there/);
  assert.match(text, new RegExp(secret));
});

const shut = "Will be signed and encrypted";

async function assertShut(composer: Composer): Promise<void> {
  await waitFor("the lock to shut", async () => (await composer.lockLabel(world.addon)) === shut);
  await composer.discard();
}

for (const subject of ["octets", "far below"]) {
  test(`an answer to mail that only its content shows to be encrypted is shut, too: “${subject}”`, async () => {
    await window.choose(subject);
    await window.waitForWords(secret);
    await assertShut(await open("Reply", await window.messageUri()));
  });
}

test("an answer to a letter that was attached inside an encrypted one is shut", async () => {
  await window.choose("carries");
  await window.waitForWords("see below");
  await window.run(
    `const about = document.getElementById("tabmail").currentAboutMessage;
     const attached = about.currentAttachments.find(each => each.contentType.includes("rfc822"));
     await attached.open(window.browsingContext)`,
  );
  await window.waitForWords("In here");
  await assertShut(await open("Reply", await window.messageUri()));
  await window.closeTab();
});

test("a draft's ciphertext, sent back as mail, does not open by the draft's lock", async () => {
  const draft = await Composer.open(world);
  await draft.write({ to: "bob@example.test", subject: "to be signed", body: `Only a draft: ${secret}.` });
  await draft.setLock(world.addon, "sign");
  await draft.saveDraft();
  const saved = await waitFor("the draft", () => world.mail.read("alice", "Drafts")[0] ?? null);
  await draft.discard();
  const text = saved.toString("latin1");
  const [type] = /^Content-Type:.*(\r?\n[ \t].*)*/im.exec(text)!;
  const body = text.slice(text.search(/\r?\n\r?\n/)).trim();
  const entity = Buffer.from(`${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}\r\n`, "latin1");
  await world.mail.append("alice", "INBOX", letter({ subject: "replayed" }, entity));
  await window.showFolder(alice);
  await window.choose("replayed");
  await window.waitForWords("Only a draft");
  const composer = await open("Reply", await window.messageUri());
  await waitFor("the lock", async () => /encrypted|Cannot/.test(await composer.lockLabel(world.addon)));
  const memo = await composer.run<string>(`return window[Symbol.for("signet.memo")]`);
  assert.deepEqual(
    [(JSON.parse(memo) as Lock).mode, (JSON.parse(memo) as Lock).quotesDecrypted],
    ["sign-and-encrypt", true],
  );
  await composer.discard();
});
