/**
 * What is left to do when a send is over, over a mail client that is played: Thunderbird tells of some ends late, and
 * of others never (a question of OpenPGP's that is cancelled), and nothing that a person did meanwhile is lost by it.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Played, tabId } from "../helpers/played-composer.js";
import { useLocale } from "../ui/locale.js";

before(() => useLocale());

const bob = "bob@example.test";
const both = "Will be signed and encrypted";

/** Two senders, each with a default of its own; the first has just clicked on Send. */
async function sending(id1: "off" | "sign" | "sign-and-encrypt", id2: typeof id1): Promise<Played> {
  const played = new Played({ rememberedFor: { id1, id2 } });
  played.known.add(bob);
  await played.drawnBy(() => undefined);
  assert.equal((await played.state()).mode, id1);
  assert.equal(await played.beforeSend(tabId), "send");
  return played;
}

async function writeAs(played: Played, identityId: string): Promise<void> {
  played.draft = { ...played.draft, identityId };
  played.identityChanged(tabId, identityId);
  await allIsHeard();
}

/** No file and no clock is in what an event begins here. */
function allIsHeard(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The minute is over after which a send that never told its end holds nothing back. */
function aMinuteLater(played: Played): void {
  const later = Date.now() + 61_000;
  played.now = () => new Date(later);
}

test("another sender, chosen after a send whose end nobody tells: the default counts by the next click on Send", async () => {
  const stronger = await sending("off", "sign-and-encrypt");
  await writeAs(stronger, "id2");
  assert.equal(await stronger.beforeSend(tabId), "send");
  assert.equal(stronger.windows.get(tabId), true);
  assert.ok("mime" in (await stronger.assemble({ identityId: "id2" })));
  assert.deepEqual(stronger.protectedAs, ["signed and encrypted"]);
  // Back again before the click: as if nothing had been.
  const same = await sending("off", "sign-and-encrypt");
  await writeAs(same, "id2");
  await writeAs(same, "id1");
  assert.equal(await same.beforeSend(tabId), "send");
  assert.equal(same.windows.get(tabId), false);
});

test("another sender, chosen after a send whose end nobody tells: each look after its minute shows the default", async () => {
  for (const restarts of [false, true]) {
    const played = await sending("off", "sign-and-encrypt");
    await writeAs(played, "id2");
    if (restarts) played.start();
    aMinuteLater(played);
    await played.drawnBy(() => played.changed(tabId));
    assert.equal(played.label, both);
    assert.equal(played.windows.get(tabId), true);
  }
});

test("another sender with a stronger default: the popup shuts the lock at once, and by a weaker one not before the end", async () => {
  const stronger = await sending("off", "sign-and-encrypt");
  await writeAs(stronger, "id2");
  assert.equal((await stronger.state()).mode, "sign-and-encrypt");
  assert.equal(stronger.windows.get(tabId), true);

  const weaker = await sending("sign-and-encrypt", "sign");
  await writeAs(weaker, "id2");
  assert.equal((await weaker.state()).mode, "sign-and-encrypt");
  assert.ok("mime" in (await weaker.assemble()));
  assert.deepEqual(weaker.protectedAs, ["signed and encrypted"]);
  await weaker.drawnBy(() => weaker.sendEnded(tabId));
  assert.equal(weaker.label, "Will be signed");
  assert.equal((await weaker.state()).mode, "sign");
});

test("a weaker default that waited is told before anything leaves by it", async () => {
  const played = await sending("sign-and-encrypt", "off");
  await writeAs(played, "id2");
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.match(played.said.join(), /less protection than the lock had said/);
  assert.deepEqual([(await played.state()).mode, played.protectedAs], ["off", []]);
  assert.equal(await played.beforeSend(tabId), "send");
});

test("what a person decides after the end is not undone by a sender that waited", async () => {
  const played = await sending("off", "sign");
  await writeAs(played, "id2");
  aMinuteLater(played);
  assert.ok((await played.mode("sign-and-encrypt")).ok);
  await played.drawnBy(() => played.changed(tabId));
  assert.equal((await played.state()).mode, "sign-and-encrypt");

  const other = await sending("off", "sign");
  await writeAs(other, "id2");
  aMinuteLater(other);
  assert.ok((await other.change({ kind: "identity", fingerprint: "00" })).ok);
  assert.match(other.memos.get(tabId) ?? "", /"mode":"sign".*"fingerprint":"00"/);
});

test("a lock opened while a long send was under way: the next click tells that the window did not follow, and the one after sends", async () => {
  const long = async (): Promise<Played> => {
    const played = await sending("sign", "sign");
    played.isSending = true;
    aMinuteLater(played);
    assert.ok((await played.mode("off")).ok);
    assert.equal(played.windows.get(tabId), true, "what is on its way stays what it was");
    assert.match(JSON.stringify(await played.assemble()), /refused/);
    // The send failed: the window is there again.
    played.isSending = false;
    return played;
  };
  const clicked = await long();
  assert.equal(await clicked.beforeSend(tabId), "stop");
  assert.match(clicked.said.join(), /Nothing was sent/);
  assert.equal(await clicked.beforeSend(tabId), "send");
  assert.equal(clicked.windows.get(tabId), false);

  const looked = await long();
  assert.equal((await looked.state()).mode, "off");
  assert.equal(await looked.beforeSend(tabId), "send");

  const shut = await long();
  assert.ok((await shut.mode("sign-and-encrypt")).ok);
  assert.equal(await shut.beforeSend(tabId), "send");
  assert.equal(shut.windows.get(tabId), true);
});

test("a send whose end is told after its window closed leaves nothing behind; before, what was said stays", async () => {
  const played = await sending("sign", "sign");
  const kept = (): readonly string[] => [...played.session.items.keys()];
  played.sendEnded(tabId);
  await allIsHeard();
  assert.ok(kept().includes(`compose-said:${tabId}`));
  played.closed(tabId);
  played.sendEnded(tabId);
  await allIsHeard();
  assert.deepEqual(kept(), []);
});
