/** What a message answers, forwards or edits decides about its lock: what came encrypted does not leave in clear. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Draft } from "../../src/background/mail/compose-client.js";
import type { ComposeState } from "../../src/protocol/messages.js";
import { encrypted, letter, plain, signed } from "../helpers/letters.js";
import type { Setting } from "../helpers/played-composer.js";
import { Played, encryptedMail, tabId, utf8 } from "../helpers/played-composer.js";
import { useLocale } from "../ui/locale.js";

before(() => useLocale());

test("an answer to encrypted mail is locked, and every mode that may leave it clear asks first", async () => {
  const played = new Played({ original: encryptedMail });
  const state = await played.state();
  assert.deepEqual([state.mode, state.quotesDecrypted], ["sign-and-encrypt", true]);
  for (const mode of ["off", "sign", "automatic"] as const)
    assert.deepEqual(await played.mode(mode), { ok: false, code: "confirmation-needed" });
  assert.ok((await played.mode("encrypt")).ok);
  assert.ok((await played.mode("off", true)).ok);
  assert.equal((await played.state()).mode, "off");
});

const stateFor = async (original: string | Buffer, more: Setting = {}): Promise<ComposeState> =>
  new Played({ original: original.toString("latin1"), ...more }).state();

test("what is inside an opaque signature decides; what is written in its header does not", async () => {
  const sealed = await encrypted(plain("words"), "alice-rsa", "aes-256-cbc");
  const around = letter({ subject: "around" }, await signed(sealed, "bob-p256", "opaque"));
  assert.equal((await stateFor(around)).mode, "sign-and-encrypt");
  const open = letter({ subject: "open" }, await signed(plain("words"), "bob-p256", "opaque"));
  assert.equal((await stateFor(open)).mode, "off");
  assert.equal((await stateFor(`X-Signet-Lock: off\r\n${encryptedMail}`)).mode, "sign-and-encrypt");
});

test("mail that can be opened is known as encrypted, whatever its header calls it and wherever that stands", async () => {
  const sealed = (await encrypted(plain("words"), "alice-rsa", "aes-256-cbc")).toString("latin1");
  const named = 'Content-Type: application/octet-stream; name="smime.p7m"';
  const octets = sealed.replace(/Content-Type: [^\r]*(\r\n[ \t][^\r]*)*/i, named);
  assert.ok(octets.includes(named));
  assert.deepEqual(
    (await stateFor(letter({ subject: "octets" }, Buffer.from(octets)))).quotesDecrypted,
    true,
  );
  const more = Array.from({ length: 90 }, (_, index) => `X-Pad-${index}: ${"x".repeat(900)}`);
  const late = await stateFor(letter({ subject: "late", more }, Buffer.from(sealed)));
  assert.deepEqual([late.mode, late.quotesDecrypted], ["sign-and-encrypt", true]);
  // Cut off on the way: nobody can open it now; somebody may have.
  const cut = Buffer.from(sealed.slice(0, sealed.length / 2));
  assert.equal((await stateFor(letter({ subject: "cut" }, cut))).quotesDecrypted, true);
  const ordinary = letter({ subject: "ordinary" }, await signed(plain("words"), "bob-p256"));
  assert.equal((await stateFor(ordinary)).mode, "off");
});

test("an original that cannot be read counts as encrypted; until it is read, the window is shut", async () => {
  for (const broken of ["original", "inspect"] as const) {
    const played = new Played({ original: "Subject: x\r\n\r\nordinary" });
    played.broken = broken;
    const state = await played.state();
    assert.deepEqual([state.mode, state.quotesDecrypted], ["sign-and-encrypt", true], broken);
    assert.equal(played.windows.get(tabId), true);
  }
  const ordinary = new Played({ original: "Subject: x\r\n\r\nordinary" });
  assert.equal((await ordinary.state()).mode, "off");
  assert.deepEqual(ordinary.marks.slice(0, 2), [true, false]);
});

test("an answer to a message from a file is locked where there are keys that may have opened it", async () => {
  const state = await new Played({ fromFile: true }).state();
  assert.deepEqual([state.mode, state.quotesDecrypted], ["sign-and-encrypt", true]);
  assert.equal((await new Played({ fromFile: true, identities: [] }).state()).mode, "off");
});

test("a draft of ours opens as it was locked, and only if not a letter of it was changed", async () => {
  const first = new Played({ remembered: "sign" });
  const sealed = `${encryptedMail}${"A1b2".repeat(500)}`;
  first.protection = { kind: "protected", message: utf8(sealed) };
  await first.assemble({ deliverMode: "draft" });
  const stored = first.local.items.get("draftLocks")!;
  const reopened = (original: string, type: Draft["type"] = "draft"): Promise<ComposeState> => {
    const played = new Played({ original, type });
    played.local.items.set("draftLocks", stored);
    return played.state();
  };
  // IMAP servers and mailbox files may change line ends and headers.
  const moved = await reopened(`X-Other: y\n${sealed.replaceAll("\r\n", "\n")}`);
  assert.deepEqual([moved.mode, moved.quotesDecrypted], ["sign", false]);
  const changed = await reopened(sealed.replace("A1b2", "A1b3"));
  assert.deepEqual([changed.mode, changed.quotesDecrypted], ["sign-and-encrypt", true]);
  const changedLate = await reopened(sealed.replace(/A1b2$/, "A1b3"));
  assert.deepEqual([changedLate.mode, changedLate.quotesDecrypted], ["sign-and-encrypt", true]);
  // Sent to us as mail of somebody's, it is not our draft, to the letter as it may be.
  for (const type of ["reply", "forward", "new"] as const) {
    const replayed = await reopened(sealed, type);
    assert.deepEqual([replayed.mode, replayed.quotesDecrypted], ["sign-and-encrypt", true], type);
  }
});
