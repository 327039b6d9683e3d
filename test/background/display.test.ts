/** The badge and what is opened, over a mail client that is played: order, lateness, sleep and refusal. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { withoutStatusLines } from "../../src/background/mail/display-client.js";
import { useLocale } from "../ui/locale.js";
import { PlayedClient as World, settle, utf8 } from "./played-client.js";

before(() => useLocale());

const page = { tabId: null, path: "/pages/popup/popup.html" };
const signedBy = "Signed by alice@example.test";

test("a badge does not wait for evidence: it is judged with what is held, and again when the rest came", async () => {
  const world = new World("full");
  let come: () => void = () => assert.fail();
  world.pending = new Promise((resolve) => (come = resolve));
  world.show(1, 10, "2");
  await settle();
  assert.equal(world.drawn.at(-1), `1: ${signedBy}`);
  const shown = await world.handlers.pages["message:displayed"]({ tabId: 1 }, page);
  assert.equal(shown.ok && shown.answer.kind === "message" && shown.answer.isAsking, true);
  world.pending = null;
  world.raws.set(10, "1");
  world.drawn.length = 0;
  come();
  await settle();
  // The verdict before stands until the new one is there: no flicker.
  assert.deepEqual(world.drawn, ["1: Not signed"]);
  assert.equal(world.inspected, 2);
  const again = await world.handlers.pages["message:displayed"]({ tabId: 1 }, page);
  assert.equal(again.ok && again.answer.kind === "message" && again.answer.isAsking, false);
});

test("evidence that came late is judged for what is on the screen, and only for that", async () => {
  const world = new World("full");
  world.show(1, 10, "2");
  await settle();
  world.show(1, 11, "2");
  await settle();
  world.evidenceCame();
  await settle();
  assert.equal(world.inspected, 3);
});

test("missing issuers are looked for on a click, and the message is judged again", async () => {
  const world = new World("full");
  world.show(1, 10, "2");
  await settle();
  assert.equal(world.issuersAsked, 0);
  const reply = await world.handlers.pages["message:find-issuers"]({ tabId: 1 }, page);
  assert.deepEqual([reply.ok, world.issuersAsked, world.inspected], [true, 1, 2]);
});

test("starts neutral at every message, and says who signed when it is known", async () => {
  const world = new World("full");
  world.show(1, 10, "2");
  await settle();
  assert.equal(world.drawn[0], "1: Checking…");
  assert.equal(world.drawn.at(-1), `1: ${signedBy}`);
  assert.ok(world.events.length > 0);
  assert.equal(world.inspected, 1);
});

test("judging does not wait until the button says that it is being done, and is drawn after it", async () => {
  const world = new World("full");
  world.slowToDraw = true;
  world.show(1, 10, "2");
  await settle();
  assert.deepEqual([world.drawn[0], world.drawn.at(-1)], ["1: Checking…", `1: ${signedBy}`]);
});

test("a slow verdict of one message never lands on the next", async () => {
  const world = new World("full");
  world.delay(10);
  world.show(1, 10, "2");
  await settle();
  world.show(1, 11, "1");
  await settle();
  world.slow.get(10)!();
  await settle();
  assert.equal(world.drawn.includes(`1: ${signedBy}`), false);
  assert.equal(world.drawn.at(-1), "1: Not signed");
});

test("a verdict that was begun before an authority was switched off is not drawn after it", async () => {
  const world = new World("full");
  world.delay(10);
  world.show(1, 10, "2");
  await settle();
  const letGo = world.slow.get(10)!;
  world.slow.delete(10);
  world.raws.set(10, "1");
  world.storeChanged();
  await settle();
  assert.equal(world.drawn.at(-1), "1: Not signed");
  letGo();
  await settle();
  assert.equal(world.drawn.includes(`1: ${signedBy}`), false);
  assert.equal(world.drawn.at(-1), "1: Not signed");
});

test("an event that comes late does not bring the former message back", async () => {
  const world = new World("full");
  world.show(1, 10, "2");
  await settle();
  world.show(1, 11, "1");
  await settle();
  world.drawn.length = 0;
  world.raws.set(12, "2");
  world.displayed(1, [{ id: 12, subject: "never shown here" }]);
  await settle();
  assert.equal(world.drawn.includes(`1: ${signedBy}`), false);
});

test("several messages at once have no badge", async () => {
  const world = new World("full");
  world.displayed(1, [
    { id: 1, subject: "" },
    { id: 2, subject: "" },
  ]);
  await settle();
  assert.deepEqual(world.drawn, ["1: nothing"]);
});

test("a message that cannot be fetched is “could not check”, never better", async () => {
  const world = new World("full");
  const message = { id: 10, subject: "gone" };
  world.shown.set(1, message);
  world.displayed(1, [message]);
  await settle();
  assert.equal(world.drawn.at(-1), "1: Could not check signature");
});

/** A message whose judging takes until the test lets it go, and then another in the same tab. */
async function leaveWhileJudging(world: World): Promise<() => Promise<unknown>> {
  world.delay(10);
  world.show(1, 10, "opened");
  await settle();
  return async () => {
    const letGo = world.slow.get(10)!;
    world.slow.delete(10);
    letGo();
    await settle();
  };
}

test("a message that nobody looks at any more is not judged to the end; whoever comes back asks anew", async () => {
  const world = new World("full");
  const letGo = await leaveWhileJudging(world);
  world.show(1, 11, "1");
  await letGo();
  assert.deepEqual([world.stopped, world.drawn.at(-1)], [1, "1: Not signed"]);
  world.show(1, 10, "2");
  await settle();
  assert.equal(world.drawn.at(-1), `1: ${signedBy}`);
});

test("while another tab shows it, it is judged to the end", async () => {
  const world = new World("full");
  const letGo = await leaveWhileJudging(world);
  world.show(2, 10, "opened");
  world.show(1, 11, "1");
  await letGo();
  assert.deepEqual([world.stopped, world.drawn.at(-1)], [0, "2: Encrypted, not signed"]);
});

test("what was stopped is not filled in, not even as a notice; a compose window gets its text", async () => {
  for (const [onScreen, calls] of [
    [true, []],
    [false, ["fill 10: plain text, kept", "reload 10"]],
  ] as const) {
    const world = new World("full");
    const letGo = await leaveWhileJudging(world);
    world.encrypted({ ...part, onScreen });
    await settle();
    world.show(1, 11, "1");
    await letGo();
    assert.deepEqual(world.calls, calls);
  }
});

const part = { messageId: 10, mimePart: "1", onScreen: true };

test("fills an opened message in and shows it, and hands the plain text out once", async () => {
  const world = new World("full");
  world.show(1, 10, "opened");
  world.encrypted(part);
  await settle();
  assert.deepEqual(world.calls, ["fill 10: plain text, kept", "reload 10"]);
  assert.equal(world.inspected, 1);
});

test("what is there before Thunderbird has read the message is not shown a second time", async () => {
  const world = new World("full");
  world.early = true;
  world.show(1, 10, "opened");
  world.encrypted(part);
  await settle();
  assert.deepEqual(world.calls, ["fill 10: plain text, kept"]);
});

test("shows a notice while keys are locked, and opens after unlocking; locking takes it away", async () => {
  const world = new World("full");
  world.show(1, 10, "locked");
  world.encrypted(part);
  await settle();
  assert.equal(world.calls[0], "fill 10: notice, not kept");
  world.calls.length = 0;
  world.raws.set(10, "opened");
  world.vaultChanged();
  await settle();
  assert.deepEqual(world.calls, ["forget", "reload 10"]);
  world.encrypted(part);
  await settle();
  assert.equal(world.calls[2], "fill 10: plain text, kept");
  world.calls.length = 0;
  world.raws.set(10, "locked");
  world.vaultChanged();
  await settle();
  assert.deepEqual(world.calls, ["withdraw", "forget", "reload 10"]);
});

test("what was opened before the keys were locked is not filled in after", async () => {
  const world = new World("full");
  world.delay(10);
  world.show(1, 10, "opened");
  world.encrypted(part);
  await settle();
  const letGo = world.slow.get(10)!;
  world.slow.delete(10);
  world.raws.set(10, "locked");
  world.vaultChanged();
  await settle();
  letGo();
  await settle();
  assert.equal(
    world.calls.some((call) => call.includes("plain text")),
    false,
    world.calls.join(),
  );
});

/** Opened by a passphrase for this message alone, and locked after it. */
async function openedOnce(): Promise<World> {
  const world = new World("full");
  world.vault = { state: "locked", protection: "passphrase", unlockedUntil: null };
  world.show(1, 10, "opened");
  world.encrypted({ messageId: 10, mimePart: "1", onScreen: true });
  await settle();
  world.raws.set(10, "locked");
  return world;
}

test("for each use: what was opened is shown again as long as it is not left, and nothing asks for a key", async () => {
  const world = await openedOnce();
  world.encrypted({ messageId: 10, mimePart: "1", onScreen: true });
  await settle();
  const fills = world.calls.filter((call) => call.startsWith("fill"));
  assert.deepEqual(fills, ["fill 10: plain text, kept", "fill 10: plain text, kept"]);
  assert.equal(world.inspected, 1);
});

test("for each use: what is judged anew without a key takes its words off the screen, badge and text alike", async () => {
  for (const change of ["storeChanged", "evidenceCame"] as const) {
    const world = await openedOnce();
    world.calls.length = 0;
    world[change]();
    await settle();
    assert.equal(world.drawn.at(-1), "1: Encrypted, key locked", change);
    assert.ok(world.calls.includes("withdraw") || world.calls.includes("forget"), change);
    assert.ok(world.calls.includes("reload 10"), change);
  }
});

test("for each use: whoever comes back to a message that was opened is asked again", async () => {
  const world = await openedOnce();
  world.show(1, 11, "1");
  await settle();
  assert.ok(world.calls.includes("withdraw"));
  world.show(1, 10, "locked");
  await settle();
  assert.equal(world.drawn.at(-1), "1: Encrypted, key locked");
});

test("the popup hears the verdict and what can be done, and nothing where nothing is shown", async () => {
  const world = new World("full");
  world.show(1, 10, "locked");
  const origin = { tabId: null, path: "/pages/popup/popup.html" };
  const shown = await world.handlers.pages["message:displayed"]({ tabId: 1 }, origin);
  assert.ok(shown.ok && shown.answer.kind === "message");
  assert.deepEqual([shown.answer.action, shown.answer.subject], ["unlock", "message 10"]);
  const none = await world.handlers.pages["message:displayed"]({ tabId: 2 }, origin);
  assert.deepEqual(none, { ok: true, answer: { kind: "none" } });
});

test("a locked message is not opened by a click, but asks for the passphrase", async () => {
  const world = new World("full");
  world.show(1, 10, "locked");
  const origin = { tabId: 1, frameId: 0 };
  assert.deepEqual(await world.handlers.pages["message:open"]({ tabId: 1 }, { tabId: null, path: "" }), {
    ok: false,
    code: "vault-locked",
  });
  assert.ok((await world.handlers.content["display:open"]({}, origin)).ok);
  assert.ok(world.calls.includes("popup 1"));
});

test("the banner is silent for unsigned mail, and shows the same verdict as the badge otherwise", async () => {
  const world = new World("full");
  const origin = { tabId: 1, frameId: 0 };
  world.show(1, 10, "1");
  assert.deepEqual(await world.handlers.content["display:banner"]({}, origin), { ok: true, answer: null });
  world.show(1, 11, "2");
  const banner = await world.handlers.content["display:banner"]({}, origin);
  assert.ok(banner.ok && banner.answer?.summary.state === "2" && banner.answer.action === null);
});

test("the store build lights the reader's button up and hands the message over by a click", async () => {
  const world = new World("store");
  world.show(1, 10, "opened");
  await settle();
  assert.ok(world.calls.includes("reader button 1: true"));
  await world.handlers.pages["message:open"]({ tabId: 1 }, { tabId: null, path: "" });
  assert.equal(world.calls.at(-1), "reader pages/reader/reader.html#file-6");
});

test("takes Thunderbird's own lines off a message, and no line of the message's own", () => {
  const own = "X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys:   \r\n";
  const mail = "From: a@example.test\r\nX-Mozilla-Status: 1\r\n\r\nhi";
  assert.equal(new TextDecoder().decode(withoutStatusLines(utf8(own + mail))), mail);
  assert.equal(new TextDecoder().decode(withoutStatusLines(utf8(`From - Sun\n${own}${mail}`))), mail);
  assert.equal(new TextDecoder().decode(withoutStatusLines(utf8(mail))), mail);
  assert.equal(withoutStatusLines(utf8("")).length, 0);
  // An author to some readers, whom the badge would leave out.
  for (const author of ["From : b@example.test", "From  : b@example.test", "From \t: b@example.test"]) {
    const two = `${author}\r\n${mail}`;
    assert.equal(new TextDecoder().decode(withoutStatusLines(utf8(two))), two);
  }
});

test("certificates attached to a message are named, and kept by a click, not before", async () => {
  const world = new World("full");
  world.show(1, 11, "1");
  await settle();
  const octets = utf8("a certificate");
  world.certificateFiles.push({ name: "bob.cer", octets: async () => octets });
  const shown = await world.handlers.pages["message:displayed"]({ tabId: 1 }, page);
  assert.ok(shown.ok && shown.answer.kind === "message");
  assert.deepEqual(shown.answer.certificateFiles, ["bob.cer"]);
  assert.deepEqual(world.kept, []);
  await world.handlers.pages["message:keep-certificates"]({ tabId: 1 }, page);
  assert.deepEqual(world.kept, [octets]);
});
