/** Asking the background: what comes back is a reply, whatever happened over there. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { ask, broadcast, onPageEvent } from "../../src/protocol/ask.js";
import type { PageEvent } from "../../src/protocol/messages.js";
import type { MessageListener, MessageSender } from "../../src/protocol/runtime.js";
import { fakeRuntime } from "../helpers/ports.js";

test("the question travels with its name, and the reply is handed on", async () => {
  const sent: unknown[] = [];
  const runtime = fakeRuntime({
    sendMessage: async (message) => {
      sent.push(message);
      return { ok: false, code: "passphrase-wrong" };
    },
  });
  const reply = await ask("vault:unlock", { passphrase: "wrong", minutes: 5 }, runtime);
  assert.deepEqual(reply, { ok: false, code: "passphrase-wrong" });
  assert.deepEqual(sent, [
    { signet: "ask", ask: "vault:unlock", params: { passphrase: "wrong", minutes: 5 } },
  ]);
});

test("a background that is not there is unavailable", async () => {
  const runtime = fakeRuntime({
    sendMessage: () => Promise.reject(new Error("Receiving end does not exist")),
  });
  assert.deepEqual(await ask("vault:status", {}, runtime), { ok: false, code: "unavailable" });
});

for (const reply of [undefined, null, "ok", {}, { ok: true }, { ok: false }, { ok: 1, answer: 1 }]) {
  test(`${JSON.stringify(reply)} is no reply, but a bug`, async () => {
    const runtime = fakeRuntime({ sendMessage: async () => reply });
    assert.deepEqual(await ask("vault:status", {}, runtime), { ok: false, code: "bug" });
  });
}

/** A runtime whose messages the test makes up. */
function listening() {
  const listeners = new Set<MessageListener>();
  const runtime = fakeRuntime({
    onMessage: {
      addListener: (listener) => void listeners.add(listener),
      removeListener: (listener) => void listeners.delete(listener),
    },
  });
  const arrive = (message: unknown, sender: MessageSender) =>
    [...listeners].map((listener) => listener(message, sender, () => assert.fail("answered")));
  return { runtime, arrive };
}

const event: PageEvent = { event: "vault-changed" };

test("a page hears the background's events until it stops listening, and answers none", () => {
  const { runtime, arrive } = listening();
  const heard: PageEvent[] = [];
  const stop = onPageEvent((said) => heard.push(said), runtime);
  assert.deepEqual(arrive({ signet: "event", event }, { id: runtime.id }), [undefined]);
  assert.deepEqual(arrive({ signet: "ask", ask: "vault:status", params: {} }, { id: runtime.id }), [
    undefined,
  ]);
  stop();
  arrive({ signet: "event", event }, { id: runtime.id });
  assert.deepEqual(heard, [event]);
});

test("events from a tab's document or from another extension are not heard", () => {
  const { runtime, arrive } = listening();
  onPageEvent(() => assert.fail("heard"), runtime);
  arrive({ signet: "event", event }, { id: runtime.id, tab: { id: 3 } });
  arrive({ signet: "event", event }, { id: "other@example.test" });
});

test("broadcasting to nobody is no error", async () => {
  let sent = 0;
  const runtime = fakeRuntime({
    sendMessage: () => {
      sent += 1;
      return Promise.reject(new Error("Receiving end does not exist"));
    },
  });
  broadcast(event, runtime);
  // A rejection that nobody took would fail the test here.
  await new Promise(setImmediate);
  assert.equal(sent, 1);
});
