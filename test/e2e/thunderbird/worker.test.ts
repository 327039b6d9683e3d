/**
 * The engine's worker in a real Thunderbird, whose JavaScript is interpreted: the background answers while
 * 25 MB are opened, what nobody wants is dropped, a lock leaves no worker that held a key's work.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import {
  askAs,
  inspectAndLock,
  inspectAndPing,
  inspectAndStop,
  type Pinged,
} from "../../helpers/browsers/worker-questions.js";
import { encrypted, letter, mixed, plain, signed } from "../../helpers/letters.js";
import { fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const passphrase = "correct horse battery staple";
let world: World;
let window: MailWindow;
let options: Page;
let large: Buffer;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, { identities: ["alice-rsa"], passphrase });
  const head = 'Content-Type: video/mp4\r\nContent-Disposition: attachment; filename="film.mp4"\r\n';
  const lines = randomBytes(18_000_000).toString("base64").replace(/.{76}/g, "$&\r\n");
  const film = Buffer.from(`${head}Content-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`);
  const content = mixed(plain("The film is attached."), film, plain("Last words."));
  large = letter({ subject: "film" }, await encrypted(content, "alice-rsa", "aes-256-gcm"));
  await world.mail.append("alice", "INBOX", large);
  const note = await signed(plain("Short."), "bob-p256");
  await world.mail.append("alice", "INBOX", letter({ subject: "note" }, note));
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(() => world?.stop());

/** Names of the engine's workers that are alive in the add-on's process. */
async function workers(): Promise<readonly string[]> {
  return world.thunderbird.run<string[]>(
    `const browser = ${world.addon.background.browser};
     if (!browser) return [];
     const key = "test:" + Math.random();
     const frameScript = "(" + function (key) {
       const manager = Cc["@mozilla.org/dom/workers/workerdebuggermanager;1"].getService(Ci.nsIWorkerDebuggerManager);
       const all = [...manager.getWorkerDebuggerEnumerator()];
       sendAsyncMessage(key, all.filter(one => one.url.endsWith("/worker/main.js")).map(one => one.id));
     } + ")(" + JSON.stringify(key) + ")";
     return new Promise(resolve => {
       browser.messageManager.addMessageListener(key, function listener(message) {
         browser.messageManager.removeMessageListener(key, listener);
         resolve(message.data);
       });
       browser.messageManager.loadFrameScript("data:application/javascript," + encodeURIComponent(frameScript), false);
     });`,
  );
}

/** Run one of the questions in a page of the add-on. */
function inPage<Answer>(
  question: (...args: never[]) => Promise<Answer>,
  ...args: unknown[]
): Promise<Answer> {
  // tsx wraps functions in a call of `__name`, which the page does not have.
  return options.run<Answer>(
    `const __name = (named) => named; return (${question.toString()})(...args)`,
    ...args,
  );
}

/** What the background holds dies with it: handed over anew for each test. */
async function handOver(): Promise<string> {
  options = await openOptions(world.addon);
  return options.run<string>(
    `return new Promise((resolve, reject) => {
       const port = browser.runtime.connect({ name: "signet-put" });
       const piece = 1024 * 1024;
       const octets = Uint8Array.fromBase64(args[0]);
       let offset = 0;
       port.onMessage.addListener(said => {
         if (said.stored) { port.disconnect(); return resolve(said.stored); }
         if (!said.next) return reject(new Error(JSON.stringify(said)));
         const chunk = octets.subarray(offset, offset + piece);
         offset += chunk.length;
         port.postMessage({ chunk: chunk.toBase64() });
       });
       port.postMessage({ size: octets.length });
     })`,
    large.toString("base64"),
  );
}

test("mail is judged and opened in a worker of the add-on's own process", async () => {
  await window.choose("note");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  await window.choose("film");
  await window.waitForWords("The film is attached.");
  // Behind the film: it came whole, and in order.
  await window.waitForWords("Last words.");
  const [first] = await workers();
  assert.ok(first !== undefined);
});

test("the background answers while a large message is opened", async () => {
  const { opened, asked, answered } = await inPage<Pinged>(inspectAndPing, await handOver());
  assert.equal(opened, "encrypted");
  assert.ok(asked > 0, "it was over before anything could be asked");
  assert.ok(answered * 2 >= asked, `${answered} of ${asked} pings were answered meanwhile`);
});

test("what nobody wants any more is dropped with its worker, and the next message gets another", async () => {
  const file = await handOver();
  await inPage(inspectAndPing, file);
  const before = await workers();
  let present = before;
  // How soon the worker has it, nobody knows: what is stopped before that costs no worker.
  for (let wait = 20; before.every((id) => present.includes(id)); wait += 40) {
    assert.ok(wait < 1000, "no worker went");
    const { ok, code } = await inPage<{ ok: boolean; code?: string }>(inspectAndStop, file, wait);
    assert.ok(ok || code === "cancelled", code);
    present = await workers();
  }
  assert.equal((await inPage<Pinged>(inspectAndPing, file)).opened, "encrypted");
});

test("after a lock no worker is left that opened anything, and what was being opened is not", async () => {
  const file = await handOver();
  await inPage(inspectAndPing, file);
  const used = new Set(await workers());
  const reply = await inPage<string>(inspectAndLock, file);
  assert.ok(["vault-locked", "key-locked"].includes(reply), reply);
  await waitFor("the workers to go", async () => !(await workers()).some((id) => used.has(id)));
  await inPage(askAs, "vault:unlock", { passphrase, minutes: 5 });
  assert.equal((await inPage<Pinged>(inspectAndPing, file)).opened, "encrypted");
});

test("the worker dies with the background", async () => {
  assert.ok((await workers()).length > 0);
  await stopBackground();
  assert.deepEqual(await workers(), []);
});

test("what a background handed over and did not end dies with it: the next one's message is whole", async () => {
  await (await world.mainWindow()).run(`document.getElementById("tabmail").switchToTab(0)`);
  await window.choose("note");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  // As if it had been stopped between two pieces of its first message; the next one counts from the beginning.
  await world.addon.background.run(`await browser.signetIncoming.add(1, new Uint8Array([88, 88, 88]))`);
  await stopBackground();
  await window.choose("film");
  await window.waitForWords("The film is attached.");
  await window.waitForWords("Last words.");
});

async function stopBackground(): Promise<void> {
  await world.thunderbird.run(
    `const { extension } = WebExtensionPolicy.getByID(args[0]);
     await extension.terminateBackground({ ignoreDevToolsAttached: true });`,
    world.addon.id,
  );
}
