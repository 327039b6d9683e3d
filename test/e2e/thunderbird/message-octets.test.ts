/**
 * The octets that are judged, in a real Thunderbird: those that came with the mail, whatever a mailbox file does to
 * lines in it, small or large, from a file or from a server.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { attachment, letter, mixed, plain } from "../../helpers/letters.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

/** What mailbox files and SMTP write differently. */
const lines = "From me to you\r\n>From you to me\r\n>>From\r\n.\r\n..\r\nFrom \r\n\r\nFrom end";
const small = letter({ subject: "small" }, plain(lines));
/** More than crosses at once. */
const large = letter(
  { subject: "large" },
  mixed(plain(lines), attachment("a", "x".repeat(5_000_000)), plain(lines)),
);

let world: World;
let window: MailWindow;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

before(async () => {
  folder = await temporaryFolder();
  world = await startWorld({ addon: "dist/thunderbird" });
  for (const message of [small, large]) await world.mail.append("alice", "INBOX", message);
  window = await MailWindow.open(world);
  await window.showFolder(alice);
  await window.look(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     const local = MailServices.accounts.localFoldersServer.rootFolder;
     local.createSubfolder("octets", null);
     for (let i = 0; i < 200 && !local.containsChildNamed("octets"); i++) await sleep(50);`,
  );
  for (const message of [small, large]) await copyToLocalFolder(message);
});
after(async () => {
  await world?.stop();
  await folder?.remove();
});

async function copyToLocalFolder(message: Buffer): Promise<void> {
  const path = join(folder.path, "message.eml");
  writeFileSync(path, message);
  await window.look(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     const target = MailServices.accounts.localFoldersServer.rootFolder.getChildNamed("octets");
     const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
     file.initWithPath(args[0]);
     await new Promise((resolve, reject) => MailServices.copy.copyFileMessage(file, target, null, false, 1, "", {
       QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
       onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() { return null; },
       onStopCopy(status) { Components.isSuccessCode(status) ? resolve() : reject(new Error("copy: " + status)); },
     }, null));`,
    path,
  );
}

/** As the add-on names it. */
function find(where: "local" | "server", subject: string): Promise<number> {
  return window.look<number>(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     const [where, subject, addon] = args;
     const target = where === "local"
       ? MailServices.accounts.localFoldersServer.rootFolder.getChildNamed("octets")
       : panes.gFolder;
     const header = [...target.messages].find(one => one.mime2DecodedSubject === subject);
     const { messageManager } = WebExtensionPolicy.getByID(addon).extension;
     return messageManager.convert(header).id;`,
    where,
    subject,
    world.addon.id,
  );
}

/** Digest of the last octets, as many as were sent: before them stand Thunderbird's own lines. */
function digestOf(id: number, length: number): Promise<{ readonly kind: string; readonly digest: string }> {
  return world.addon.background.run(
    `const [id, length] = args;
     const read = await browser.signetMessageOctets.read(id);
     const octets = new Uint8Array(read instanceof Blob ? await read.arrayBuffer() : read);
     const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets.slice(-length)));
     return { kind: read.constructor.name, digest: digest.toHex() };`,
    id,
    length,
  );
}

const sha256 = (octets: Buffer): string => createHash("sha256").update(octets).digest("hex");

for (const where of ["local", "server"] as const)
  test(`a message is read as it came: ${where === "local" ? "from a mailbox file" : "through the server's folder"}`, async () => {
    for (const [subject, message] of [
      ["small", small],
      ["large", large],
    ] as const) {
      const id = await find(where, subject);
      const { kind, digest } = await digestOf(id, message.length);
      assert.equal(digest, sha256(message), subject);
      assert.equal(kind, subject === "large" ? "Blob" : "ArrayBuffer");
    }
  });

test("a message that a server keeps to itself is read by asking for it", async () => {
  const id = await find("server", "large");
  const stored = await window.look<boolean>(
    `const header = [...panes.gFolder.messages].find(one => one.mime2DecodedSubject === "large");
     const { folder } = header;
     folder.msgDatabase.markOffline(header.messageKey, false, null);
     return folder.hasMsgOffline(header.messageKey);`,
  );
  assert.equal(stored, false);
  assert.equal((await digestOf(id, large.length)).digest, sha256(large));
});
