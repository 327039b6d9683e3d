/** What leaves is no less than the lock had said, over a mail client that is played; a person's own doings need no second click. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { FakeArea } from "../helpers/background.js";
import { Played, begunTab, freshSession, tabId } from "../helpers/played-composer.js";
import type { Setting } from "../helpers/played-composer.js";
import { useLocale } from "../ui/locale.js";

before(() => useLocale());

const bob = "bob@example.test";
const carol = "carol@example.test";
const less = /less protection than the lock had said.*Your text is still here/;
const both = "Will be signed and encrypted";

/** The lock encrypts when possible, and the button has said that it will. */
async function promised(setting: Setting = {}): Promise<Played> {
  const played = new Played({ remembered: "automatic", ...setting });
  played.known.add(bob);
  await played.drawnBy(() => undefined);
  assert.equal(played.label, both);
  return played;
}

/** Something of the window changed, and was looked at. */
async function look(played: Played): Promise<void> {
  await played.drawnBy(() => played.changed(tabId));
}

async function assertStopped(played: Played): Promise<void> {
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.match(played.said.at(-1) ?? "", less);
  assert.deepEqual(played.protectedAs, []);
}

/** Checked, protected, and handed over. */
async function leaves(played: Played, to?: string): Promise<string> {
  assert.equal(await played.beforeSend(tabId), "send");
  assert.ok("mime" in (await played.assemble(to === undefined ? {} : { to })));
  return played.protectedAs.at(-1) ?? "";
}

test("a certificate that ends between the button's word and the click: stopped, in words, and sent by the next click", async () => {
  assert.equal(await leaves(await promised()), "signed and encrypted");
  const played = await promised();
  played.known.clear();
  await assertStopped(played);
  assert.match(played.said.at(-1) ?? "", /no certificate for bob@example\.test/);
  const { notices, willEncrypt } = await played.state();
  assert.deepEqual([notices.includes("less-than-said"), willEncrypt], [true, false]);
  assert.equal(played.label, "Will be signed");
  assert.equal(await leaves(played), "signed");
  assert.ok(!(await played.state()).notices.includes("less-than-said"));
});

test("what stopped a send is told until it is over", async () => {
  const played = await promised();
  played.known.clear();
  await assertStopped(played);
  assert.ok((await played.state()).notices.includes("less-than-said"));
  played.known.add(bob);
  assert.ok(!(await played.state()).notices.includes("less-than-said"));
  assert.equal(await leaves(played), "signed and encrypted");
});

test("a button that changed by itself tells nobody: still stopped", async () => {
  const played = await promised();
  played.known.clear();
  await look(played);
  assert.equal(played.label, "Will be signed");
  await assertStopped(played);
  // Whoever opens the popup reads it there.
  const informed = await promised();
  informed.known.clear();
  await look(informed);
  assert.equal((await informed.state()).willEncrypt, false);
  assert.equal(await leaves(informed), "signed");
});

test("a certificate that ends just when somebody else is added is no less stopped", async () => {
  const played = await promised();
  played.known.clear();
  played.known.add(carol);
  played.draft = { ...played.draft, cc: [carol] };
  await look(played);
  await assertStopped(played);
});

test("between the check and the finished message: refused in words, also where the event page began anew", async () => {
  for (const [deliverMode, restarts] of [
    ["now", false],
    ["later", false],
    ["now", true],
  ] as const) {
    const played = await promised();
    assert.equal(await played.beforeSend(tabId), "send");
    played.known.clear();
    if (restarts) played.start();
    assert.match(JSON.stringify(await played.assemble({ deliverMode })), less);
    assert.deepEqual(played.protectedAs, []);
    await played.drawnBy(() => played.sendEnded(tabId));
    assert.equal(played.label, "Will be signed");
    assert.ok((await played.state()).notices.includes("less-than-said"));
    assert.equal(await leaves(played), "signed");
  }
});

test("what the check found, and the button showed with it, is held to as well", async () => {
  const played = new Played({ remembered: "automatic" });
  await played.drawnBy(() => undefined);
  assert.equal(played.label, "Will be signed");
  played.known.add(bob);
  assert.equal(await played.beforeSend(tabId), "send");
  assert.equal(played.label, both);
  played.known.clear();
  assert.match(JSON.stringify(await played.assemble()), less);
  assert.deepEqual(played.protectedAs, []);
});

test("a mailing list that has one more in it is stopped, before the send and on the way", async () => {
  const team = async (): Promise<Played> => {
    const played = new Played({ remembered: "automatic" });
    played.known.add(bob);
    played.lists.set("Team", [bob]);
    played.draft = { ...played.draft, to: ["Team"] };
    await played.drawnBy(() => undefined);
    assert.equal(played.label, both);
    return played;
  };
  assert.equal(await leaves(await team()), "signed and encrypted");
  const played = await team();
  played.lists.set("Team", [bob, carol]);
  await look(played);
  await assertStopped(played);
  const gone = await team();
  gone.lists.clear();
  await look(gone);
  await assertStopped(gone);
  const onTheWay = await team();
  assert.equal(await onTheWay.beforeSend(tabId), "send");
  assert.match(JSON.stringify(await onTheWay.assemble({ to: `${bob}, ${carol}` })), less);
  assert.deepEqual(onTheWay.protectedAs, []);
});

test("what a person does, and the button shows, goes by the first click", async () => {
  const added = await promised();
  added.draft = { ...added.draft, cc: [carol] };
  await look(added);
  assert.equal(added.label, "Will be signed");
  assert.equal(await leaves(added, `${bob}, ${carol}`), "signed");

  const hidden = await promised();
  hidden.draft = { ...hidden.draft, to: [], bcc: [bob] };
  await look(hidden);
  assert.equal(await hidden.beforeSend(tabId), "send");

  const removed = await promised();
  removed.draft = { ...removed.draft, cc: [carol] };
  await look(removed);
  removed.draft = { ...removed.draft, cc: [] };
  await look(removed);
  assert.equal(removed.label, both);
  assert.equal(await leaves(removed), "signed and encrypted");

  for (const mode of ["sign", "off"] as const) {
    const chosen = await promised();
    assert.ok((await chosen.mode(mode)).ok);
    assert.equal(await chosen.beforeSend(tabId), "send", mode);
  }
});

test("another sender's default is the person's doing, once the button shows it", async () => {
  for (const mode of ["sign", "off"] as const) {
    const played = await promised({ rememberedFor: { id2: mode } });
    played.draft = { ...played.draft, identityId: "id2" };
    await played.drawnBy(() => played.identityChanged(tabId, "id2"));
    assert.equal(await played.beforeSend(tabId), "send", mode);
  }
});

test("whoever adds somebody, or changes the sender, and sends before the button could say it is asked once", async () => {
  const hasty = await promised({ rememberedFor: { id2: "off" } });
  hasty.draft = { ...hasty.draft, identityId: "id2" };
  hasty.identityChanged(tabId, "id2");
  await assertStopped(hasty);
  const { mode, notices } = await hasty.state();
  assert.deepEqual([mode, notices], ["off", ["less-than-said"]]);
  assert.equal(await hasty.beforeSend(tabId), "send");

  const played = await promised();
  played.draft = { ...played.draft, cc: [carol] };
  await assertStopped(played);
  assert.equal(await leaves(played, `${bob}, ${carol}`), "signed");
});

test("a letter on its way is not weakened by clicks; a stronger lock is taken, and after the send each", async () => {
  const played = await promised({ remembered: "sign-and-encrypt" });
  assert.equal(await played.beforeSend(tabId), "send");
  for (const mode of ["sign", "off", "encrypt", "automatic"] as const)
    assert.deepEqual(await played.mode(mode), { ok: false, code: "unavailable" }, mode);
  const other = await played.change({ kind: "identity", fingerprint: "00" });
  assert.deepEqual(other, { ok: false, code: "unavailable" });
  assert.ok("mime" in (await played.assemble()));
  assert.deepEqual(played.protectedAs, ["signed and encrypted"]);
  played.sendEnded(tabId);
  assert.ok((await played.mode("sign")).ok);
  assert.equal(await leaves(played), "signed");

  const signed = new Played({ remembered: "sign" });
  signed.known.add(bob);
  await signed.state();
  assert.equal(await signed.beforeSend(tabId), "send");
  assert.ok((await signed.mode("sign-and-encrypt")).ok);
  await signed.assemble();
  assert.deepEqual(signed.protectedAs, ["signed and encrypted"]);
});

test("a send that was stopped holds no click back", async () => {
  const played = await promised();
  played.known.clear();
  await assertStopped(played);
  assert.ok((await played.mode("off")).ok);
  assert.equal(await played.beforeSend(tabId), "send");
});

test("a send that never told its end holds a click back for a minute", async () => {
  const played = await promised();
  assert.equal(await played.beforeSend(tabId), "send");
  assert.ok(!(await played.mode("sign")).ok);
  const later = Date.now() + 61_000;
  played.now = () => new Date(later);
  assert.ok((await played.mode("sign")).ok);
});

test("another sender, and a popup that is looked at, weaken nothing that is on its way", async () => {
  const played = await promised({ rememberedFor: { id2: "sign" } });
  assert.equal(await played.beforeSend(tabId), "send");
  played.draft = { ...played.draft, identityId: "id2" };
  played.identityChanged(tabId, "id2");
  assert.equal((await played.state()).mode, "automatic");
  played.known.clear();
  assert.equal((await played.state()).willEncrypt, false);
  assert.match(JSON.stringify(await played.assemble()), less);
  assert.deepEqual(played.protectedAs, []);
});

test("a send that failed on the way goes by the next click, as it was said", async () => {
  const played = await promised();
  assert.equal(await leaves(played), "signed and encrypted");
  played.sendEnded(tabId);
  assert.equal(await leaves(played), "signed and encrypted");
  assert.deepEqual(played.said, []);
});

test("what one window was told says nothing of another", async () => {
  const played = await promised();
  const other = played.handlers["compose:state"]({ tabId: begunTab }, { tabId: null, path: "" });
  assert.ok((await other).ok);
  played.known.clear();
  await assertStopped(played);
  assert.equal(await played.beforeSend(tabId), "send");
  assert.equal(await played.beforeSend(begunTab), "stop");
});

test("where nobody knows what was said, the lock counts for the most that it can mean", async () => {
  const played = await promised();
  played.session = freshSession();
  played.start();
  assert.equal(await leaves(played), "signed and encrypted");
  const ended = await promised();
  ended.session = freshSession();
  ended.known.clear();
  ended.start();
  assert.match(JSON.stringify(await ended.assemble()), less);
  assert.deepEqual(ended.protectedAs, []);
});

test("what was said and cannot be read stops the send, in words", async () => {
  const played = await promised();
  played.session = new FakeArea([`compose-lock:${tabId}`]);
  played.start();
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.match(played.said.join(), /Nothing was sent/);
  assert.match(JSON.stringify(await played.assemble()), /refused.*Nothing was sent/);
  assert.deepEqual(played.protectedAs, []);
});

test("drafts and templates are encrypted to the writer, whatever became of the recipients' certificates", async () => {
  const played = await promised();
  played.known.clear();
  for (const deliverMode of ["draft", "template", "autosave"] as const)
    assert.ok("mime" in (await played.assemble({ deliverMode })), deliverMode);
  assert.deepEqual([...new Set(played.protectedAs)], ["encrypted"]);
});

test("a popup that says “cannot be sent yet” takes back nothing that was said", async () => {
  const played = await promised();
  const { from } = played.draft;
  played.draft = { ...played.draft, from: `${from}, eve@example.test` };
  played.known.clear();
  assert.deepEqual((await played.state()).blockers, [{ code: "author-ambiguous" }]);
  played.draft = { ...played.draft, from };
  await look(played);
  assert.equal(played.label, "Will be signed");
  await assertStopped(played);
});

test("whoever opens the lock is not held to what it said, though nothing can be looked at", async () => {
  const played = await promised();
  played.broken = "certificates";
  await assert.rejects(played.mode("off"));
  assert.equal(await played.beforeSend(tabId), "send");
});

test("the store build: stopped before anything is in the Outbox, and there by the next click", async () => {
  const played = await promised({ store: true });
  played.known.clear();
  await assertStopped(played);
  assert.deepEqual(played.outbox, []);
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.deepEqual(played.protectedAs, ["signed"]);
  assert.equal(played.outbox.length, 1);
});
