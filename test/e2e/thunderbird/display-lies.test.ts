/** Mail that lies, in a real Thunderbird: painted badges, wrapped signatures, senders who look like somebody known. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { changed, html, letter, mixed, plain, signed, withoutVersion } from "../../helpers/letters.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

let world: World;
let window: MailWindow;

/** Covers all that it can reach, and says what our badge would say. */
const painted = `<style>*{position:fixed!important;inset:-9999px!important;z-index:2147483647!important;background:#dfd!important}
  aside{display:none!important}</style><p>Painted words</p><b>Signed by bob@example.test</b>`;

/** Without a micalg Thunderbird draws the signature as any part, and reads this name as that of a page. */
function splitName(mail: Buffer): Buffer {
  const name = "application/octet-stream; name*0=a.html; name*01=x; name*1=.p7s";
  const named = changed(mail, 'application/pkcs7-signature; name="smime.p7s"', name);
  const inline = changed(named, 'attachment; filename="smime.p7s"', "inline");
  return changed(inline, ' micalg="sha-256";', "");
}

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, {});
  const genuine = await signed(plain("A genuine offer."), "bob-p256");
  const letters = [
    letter({ subject: "genuine" }, genuine),
    letter({ subject: "painted" }, html(painted)),
    letter({ subject: "wrapped" }, mixed(html("<p>You are fired.</p>"), withoutVersion(genuine))),
    letter({ subject: "split name" }, splitName(genuine)),
    letter({ subject: "look-alike", from: "Bob Example <bob@examp1e.test>" }, plain("Pay here instead.")),
  ];
  for (const message of letters) await world.mail.append("alice", "INBOX", message);
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(() => world?.stop());

test("a message that paints a badge over everything has none in the header, and no strip", async () => {
  await window.choose("painted");
  await window.waitForWords("Painted words");
  const badge = await window.waitForBadge(world.addon, "");
  assert.match(badge.title, /Not signed/);
  assert.notEqual(badge.icon, "state-good.svg");
  assert.equal(await window.banner(), null);
});

test('a signature around one part of the message makes no badge ("Johnny, you are fired!" M1)', async () => {
  await window.choose("wrapped");
  await window.waitForWords("You are fired.");
  const badge = await waitFor("a verdict", async () => {
    const shown = await window.badge(world.addon);
    return shown.label === "" || shown.icon === "state-checking.svg" ? null : shown;
  });
  assert.equal(badge.label, "Only partly signed");
  assert.notEqual(badge.icon, "state-good.svg");
});

test("who looks like somebody that signed before is pointed out, though the message is unsigned", async () => {
  await window.choose("genuine");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
  await window.choose("look-alike");
  const badge = await window.waitForBadge(world.addon, "Looks like another address");
  assert.equal(badge.icon, "state-caution.svg");
  assert.match(badge.title, /bob@examp1e\.test looks like bob@example\.test/);
  const banner = await waitFor("the strip", () => window.banner());
  assert.equal(banner.tone, "caution");
  assert.match(banner.words, /looks like bob@example\.test/);
});

test("a signature whose part Thunderbird would draw as a page makes no badge: who changed its header wrote into the letter", async () => {
  await window.choose("split name");
  await window.waitForWords("a.html");
  const badge = await window.waitForBadge(world.addon, "Could not check signature");
  assert.equal(badge.icon, "state-grey.svg");
});
