/** The memory of signers in a real Thunderbird: first, again, another key, none at all, a list, and a person's own word. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MemoryList } from "../../../src/protocol/messages.js";
import { letter, plain, signed } from "../../helpers/letters.js";
import { ask, fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import { type World, startWorld } from "../../helpers/thunderbird/world.js";

let world: World;
let window: MailWindow;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, {});
  const from = "Alice Example <alice@example.test>";
  const by = async (subject: string, key: string) =>
    letter({ subject, from }, await signed(plain(`Letter ${subject}.`), key));
  const bare = plain("Please pay at once.");
  for (const message of [
    await by("one", "alice-rsa"),
    await by("two", "alice-rsa"),
    await by("three", "alice-rsa"),
    await by("another key", "alice-p256"),
    letter({ subject: "bare", from }, bare),
    letter({ subject: "listed", from, more: ["List-Id: <users.example.test>", "Precedence: list"] }, bare),
    letter({ subject: "stranger", from: "Mallory <mallory@evil.test>" }, await signed(bare, "mallory")),
  ]) {
    await world.mail.append("alice", "INBOX", message);
  }
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(() => world?.stop());

/** Choose a message, wait for its label, and read what the popup below it says. */
async function wordsOf(subject: string, label: string, expected: RegExp): Promise<void> {
  await window.choose(subject);
  await window.waitForBadge(world.addon, label);
  await window.clickBadge(world.addon);
  const popup = await world.addon.waitForPage("popup");
  await waitFor(`"${subject}" to say ${expected.source}`, async () =>
    expected.test(await popup.run<string>(`return document.body.innerText`)),
  );
  await window.press("Escape");
}

async function asPage<Result>(work: (page: Awaited<ReturnType<typeof openOptions>>) => Promise<Result>) {
  const page = await openOptions(world.addon);
  const result = await work(page);
  await page.run(`setTimeout(() => window.close(), 0)`);
  return result;
}

const memory = (): Promise<MemoryList> =>
  asPage((page) => ask<MemoryList>(page, "memory:list", { search: "", after: null }));

const good = "Signed by alice@example.test";
const first = /first signed message from this address/;
const again = /Same signer since/;
const changed = /usually signed with another certificate, by Signet Test CA, last seen on/;
const missing = /Of \d messages from alice@example\.test, 3 were signed/;
const unknown = /no authority that you have accepted vouches for mallory@evil\.test/i;
const own = /Confirmed by you on/;

test("the first signed message is the first, however often it is shown; the second is by the same signer", async () => {
  await wordsOf("one", good, first);
  await waitFor("the memory", async () => (await memory()).entries[0]?.signed === 1);
  await wordsOf("one", good, first);
  await wordsOf("two", good, again);
  await waitFor("the memory", async () => (await memory()).entries[0]?.signed === 2);
  await wordsOf("three", good, again);
  await waitFor("the memory", async () => (await memory()).entries[0]?.signed === 3);
});

test("another key is told, until a person says that it is hers", async () => {
  await wordsOf("another key", "Signer has changed", changed);
  await window.clickBadge(world.addon);
  const popup = await world.addon.waitForPage("popup");
  await waitFor("the question", () =>
    popup.run<boolean>(`return !!document.getElementById("confirm_signer")`),
  );
  assert.match(
    await popup.run<string>(`return document.getElementById("fingerprint").textContent`),
    /^([0-9a-f]{4} ){15}[0-9a-f]{4}$/,
  );
  await popup.run(`document.getElementById("confirm_signer").click()`);
  await window.waitForBadge(world.addon, good);
  await waitFor("the way back", () =>
    popup.run<boolean>(`return !!document.getElementById("unconfirm_signer")`),
  );
  await popup.run(`document.getElementById("unconfirm_signer").click()`);
  await window.waitForBadge(world.addon, "Signer has changed");
  await window.press("Escape");
});

test("a letter without the signature that was to be expected is told; of a list, calmly", async () => {
  await wordsOf("bare", "Expected signature missing", missing);
  await wordsOf("listed", "Not signed (mailing list)", /says that it came through a mailing list/);
  const [entry] = (await memory()).entries;
  assert.equal(entry?.signed, 3);
  assert.equal(entry.messages, 4);
});

test("whom nobody vouches for a person can confirm, and that is said; it lasts over sleep", async () => {
  await wordsOf("stranger", "Signer not confirmed", unknown);
  await window.clickBadge(world.addon);
  const popup = await world.addon.waitForPage("popup");
  await waitFor("the question", () =>
    popup.run<boolean>(`return !!document.getElementById("confirm_signer")`),
  );
  await popup.run(`document.getElementById("confirm_signer").click()`);
  await window.waitForBadge(world.addon, "Signer confirmed by you");
  await window.press("Escape");
  await wordsOf("stranger", "Signer confirmed by you", own);
});

test("forgetting everybody begins anew", async () => {
  await asPage((page) => ask(page, "memory:clear", {}));
  await wordsOf("another key", good, first);
});
