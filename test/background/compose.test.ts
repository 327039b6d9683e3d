/** The lock over a mail client that is played: defaults, questions, and every failure ends in a stop. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answersOf } from "../../src/background/mail/compose-outbox-client.js";
import { FakeArea } from "../helpers/background.js";
import { Played, encryptedMail, freshSession, tabId } from "../helpers/played-composer.js";
import { useLocale } from "../ui/locale.js";

before(() => useLocale());

test("with the lock open, ordinary mail goes its way, even where our own stores are broken", async () => {
  const played = new Played();
  played.broken = "certificates";
  assert.equal(await played.beforeSend(tabId), "send");
  assert.deepEqual(played.said, []);
});

test("a lock that is shut stops the send whatever breaks: window, stores, hook", async () => {
  for (const broken of ["draft", "certificates"] as const) {
    const played = new Played({ remembered: "sign" });
    assert.equal((await played.state()).mode, "sign");
    played.broken = broken;
    assert.equal(await played.beforeSend(tabId), "stop", broken);
    assert.match(played.said.join(), /Nothing was sent/, broken);
  }
  const played = new Played({ remembered: "sign" });
  played.hookWorks = false;
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.match(played.said.join(), /does not let Signet protect/);
});

test("the lock does not shut where hook or guard do not answer", async () => {
  for (const missing of ["hookWorks", "guardWorks"] as const) {
    const played = new Played();
    played[missing] = false;
    assert.deepEqual(await played.mode("sign"), { ok: false, code: "unavailable" });
    assert.equal((await played.state()).mode, "off");
  }
});

test("a finished message never goes back as it came: refused, or changed", async () => {
  const played = new Played({ remembered: "sign" });
  const sent = await played.assemble();
  assert.ok("mime" in sent);
  assert.equal(new TextDecoder().decode(sent.mime), "Subject: x\r\n\r\nsealed");
  played.protection = { kind: "refused", blockers: [{ code: "message-too-large" }] };
  assert.match(JSON.stringify(await played.assemble()), /refused.*too large/);
  played.broken = "protect";
  assert.match(JSON.stringify(await played.assemble()), /refused.*Nothing was sent/);
  // A window that the parent holds for locked and we for open: nobody knows what was meant.
  const open = new Played();
  assert.match(JSON.stringify(await open.assemble()), /refused.*Nothing was sent/);
});

test("an autosave that cannot be encrypted is refused without a word, a save with words", async () => {
  const played = new Played({ remembered: "sign" });
  played.protection = { kind: "refused", blockers: [{ code: "algorithm-unsupported" }] };
  assert.deepEqual(await played.assemble({ deliverMode: "autosave" }), { refused: "" });
  assert.match(JSON.stringify(await played.assemble({ deliverMode: "draft" })), /alice@example\.test/);
});

test("a default that nobody chose for this sender does not lock out who has no certificate", async () => {
  assert.equal((await new Played({ defaultMode: "sign" }).state()).mode, "sign");
  assert.equal((await new Played({ defaultMode: "sign", identities: [] }).state()).mode, "off");
  assert.equal((await new Played({ remembered: "sign", identities: [] }).state()).mode, "sign");
});

test("the lock outlives the event page, and Signet's update: what it was set to stands on the window", async () => {
  const played = new Played({ remembered: "sign", original: encryptedMail });
  await played.mode("encrypt");
  played.start();
  assert.equal((await played.state()).mode, "encrypt");
  played.session = freshSession();
  played.start();
  const { mode, quotesDecrypted } = await played.state();
  assert.deepEqual([mode, quotesDecrypted], ["encrypt", true]);
});

test("a locked window that says no more than that is shut for good, whatever the default", async () => {
  for (const memo of [null, "{", '{"mode":"open"}']) {
    const played = new Played({ remembered: "sign" });
    await played.state();
    played.windows.set(tabId, true);
    if (memo === null) played.memos.clear();
    else played.memos.set(tabId, memo);
    played.session = freshSession();
    played.start();
    assert.equal((await played.state()).mode, "sign-and-encrypt", String(memo));
  }
});

test("a look at the window that ends late does not open a lock that was shut meanwhile", async () => {
  const played = new Played();
  await played.state();
  let answer: () => void = () => undefined;
  played.slowly = new Promise((resolve) => (answer = resolve));
  played.changed(tabId);
  await new Promise((resolve) => setTimeout(resolve, 20));
  played.slowly = Promise.resolve();
  assert.ok((await played.mode("sign-and-encrypt")).ok);
  played.marks.length = 0;
  answer();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(!played.marks.includes(false));
  assert.equal(played.windows.get(tabId), true);
});

test("what was checked for protection cannot be opened on its way; a window that says locked sends nothing as open", async () => {
  const played = new Played({ remembered: "sign" });
  await played.state();
  assert.equal(await played.beforeSend(tabId), "send");
  assert.deepEqual(await played.mode("off"), { ok: false, code: "unavailable" });
  assert.equal(played.windows.get(tabId), true);
  const unlike = new Played();
  await unlike.state();
  unlike.windows.set(tabId, true);
  assert.equal(await unlike.beforeSend(tabId), "stop");
  assert.match(unlike.said.join(), /Nothing was sent/);
});

test("the store build always stops Thunderbird's own send, and closes the window only when all is in the Outbox", async () => {
  const played = new Played({ store: true, remembered: "sign" });
  const state = await played.state();
  assert.deepEqual([state.hook, state.notices.includes("drafts-unprotected")], ["outbox", true]);
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.deepEqual(played.outbox, ["Subject: x\r\n\r\nsealed"]);
  assert.deepEqual(played.said, ["closed", "Protected, and waiting in the Outbox"]);
  played.broken = "outbox";
  played.said.length = 0;
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.equal(played.said.length, 1);
  assert.match(played.said.join(), /Nothing was sent/);
});

test("the store build deletes the readable drafts of what is in the Outbox, or says that one is left", async () => {
  const played = new Played({
    store: true,
    remembered: "sign",
    type: "draft",
    original: "Subject: x\r\n\r\n",
  });
  await played.state();
  played.draftSaved(tabId, 21);
  played.broken = "outbox";
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.deepEqual(played.deleted, []);
  played.broken = null;
  assert.equal(await played.beforeSend(tabId), "stop");
  // The draft that was opened, and the one that was saved of it.
  assert.deepEqual(played.deleted, [21, 1]);
  played.broken = "deletion";
  assert.doesNotMatch(played.notified.join(), /could not be deleted/);
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.match(played.notified.join(), /could not be deleted/);
});

test("the store build deletes every readable copy: two of one save, and one that came while it was protected", async () => {
  const played = new Played({ store: true, remembered: "sign" });
  await played.state();
  played.draftSaved(tabId, 11);
  played.draftSaved(tabId, 12);
  played.whileProtecting = () => played.draftSaved(tabId, 13);
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.deepEqual(played.deleted, [11, 12, 13]);
  assert.doesNotMatch(played.notified.join(), /could not be deleted/);
});

test("the store build says that a readable draft may be left where it cannot tell which there are", async () => {
  const played = new Played({ store: true, remembered: "sign" });
  await played.state();
  played.session = new FakeArea([`compose-lock:${tabId}`, `compose-said:${tabId}`]);
  played.start();
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.equal(played.outbox.length, 1);
  assert.match(played.notified.join(), /could not be deleted/);
});

test("an answer names the message that it answers only by what cannot be read as anything else", () => {
  const head = "References: <a@b> <c d@e>\r\n <f@g>\r\n\r\nReferences: <body@x>";
  const answers = { messageId: "<x@y>", references: "<a@b>\r\n <f@g>\r\n <x@y>" };
  assert.deepEqual(answersOf("x@y", head), answers);
  for (const id of ["x\ty z@e", "x> (c) <q@e", "x\r\nBcc: m@e", "ü@e", "", "x".repeat(990)])
    assert.equal(answersOf(id, head), null, id);
});

test("a letter that asks for the certificate opens for the person, signed, and says nothing of this one", async () => {
  const played = new Played();
  const handler = played.handlers["compose:ask-certificate"];
  const reply = await handler({ tabId, address: "bob@example.test" }, { tabId: null, path: "" });
  assert.ok(reply.ok);
  const [letter] = played.letters;
  assert.equal(letter!.to, "bob@example.test");
  assert.equal(letter!.identityId, "id1");
  assert.match(letter!.subject, /certificate/);
  assert.match(letter!.text, /This letter is signed/);
  assert.ok((await handler({ tabId, address: "nobody" }, { tabId: null, path: "" })).ok === false);
  assert.equal(played.letters.length, 1);
});

test("who was asked for a missing certificate, and what they said, is shown, and asked only where encryption is wanted", async () => {
  const played = new Played();
  played.searches = [{ place: "dns", who: "example.test", outcome: "unsigned-domain" }];
  await played.mode("sign");
  assert.deepEqual((await played.state()).recipients[0]!.searches, []);
  await played.mode("sign-and-encrypt");
  assert.deepEqual((await played.state()).recipients[0]!.searches, played.searches);
});
