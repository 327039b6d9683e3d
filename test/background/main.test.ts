/**
 * The background as a browser starts it: listeners in the first turn, questions and files over the
 * browser's own doors, and a second life over the same stores. The host is Chrome's, by name and by
 * what it has; Thunderbird's half is tested in Thunderbird.
 */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";

import { putFile, takeFile } from "../../src/protocol/handover.js";
import type { ContentRequests, PageRequests, Reply } from "../../src/protocol/messages.js";
import type { MessageListener, MessageSender, Port } from "../../src/protocol/runtime.js";
import { FakeArea } from "../helpers/background.js";
import { ThreadAsWorker } from "../helpers/engines.js";
import { fakeRuntime, portPair } from "../helpers/ports.js";

const home = "chrome-extension://abcdefghijklmnopabcdefghijklmnop/";
const id = "abcdefghijklmnopabcdefghijklmnop";
const page: MessageSender = {
  id,
  url: `${home}pages/options/options.html`,
  origin: home.slice(0, -1),
  frameId: 0,
};
const script: MessageSender = { id, url: "https://mail.example.test/", tab: { id: 7 }, frameId: 0 };

const messageListeners: MessageListener[] = [];
const portListeners: ((port: Port) => void)[] = [];
const alarmListeners: unknown[] = [];
const installed: ((how: { reason: string; temporary?: boolean }) => void)[] = [];
const opened: string[] = [];

/** Only what Chrome has and we may use; anything else throws by its absence. */
const chrome = {
  runtime: {
    id,
    getURL: (path: string) => home + path.replace(/^\//, ""),
    sendMessage: () => Promise.reject(new Error("Receiving end does not exist")),
    onMessage: { addListener: (listener: MessageListener) => messageListeners.push(listener) },
    onConnect: { addListener: (listener: (port: Port) => void) => portListeners.push(listener) },
    onInstalled: { addListener: (listener: (typeof installed)[number]) => installed.push(listener) },
  },
  tabs: { create: async ({ url }: { url: string }) => opened.push(url) },
  storage: { local: new FakeArea(["settings", "attempts"]), session: new FakeArea(["vault"]) },
  alarms: {
    create: async () => undefined,
    clear: async () => true,
    onAlarm: { addListener: (listener: unknown) => alarmListeners.push(listener) },
  },
  idle: {
    setDetectionInterval: () => undefined,
    onStateChanged: { addListener: () => undefined },
  },
  permissions: {
    contains: async () => false,
    onAdded: { addListener: () => undefined },
    onRemoved: { addListener: () => undefined },
  },
};

before(async () => {
  // The sweep of the hand-over would keep this process alive.
  mock.timers.enable({ apis: ["setInterval"] });
  Object.assign(globalThis, { chrome, Worker: ThreadAsWorker });
  await import("../../src/background/main.js");
});
after(() => ThreadAsWorker.endAll());

type Questions = PageRequests & ContentRequests;

function asked<Name extends keyof Questions>(
  name: Name,
  params: Questions[Name]["ask"],
  sender: MessageSender = page,
): Promise<Reply<Questions[Name]["answer"]>> {
  return new Promise((resolve) => {
    const [listener] = messageListeners;
    const later = listener?.({ signet: "ask", ask: name, params }, sender, (reply) =>
      resolve(JSON.parse(JSON.stringify(reply)) as Reply<Questions[Name]["answer"]>),
    );
    assert.equal(later, true, "Chrome closes the door unless the listener says that it answers later");
  });
}

function connectAs(sender: MessageSender) {
  return ({ name }: { name: string }): Port => {
    const { near, far } = portPair(name);
    for (const listener of portListeners) listener(Object.assign(far, { sender }));
    return near;
  };
}

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);

test("every listener stands in the first turn, once", () => {
  assert.deepEqual([messageListeners.length, portListeners.length, alarmListeners.length], [1, 1, 2]);
});

test("the first-run page opens when a person installed the add-on, and neither after an update nor for a developer", () => {
  const [listener] = installed;
  listener!({ reason: "update" });
  listener!({ reason: "install", temporary: true });
  assert.deepEqual(opened, []);
  listener!({ reason: "install" });
  assert.deepEqual(opened, ["/pages/welcome/welcome.html"]);
});

test("a page is told where it is", async () => {
  const answer = await asked("host:capabilities", {});
  assert.deepEqual(answer, { ok: true, answer: { host: "browser", inPlace: false } });
});

test("a content script gets neither a page's answer nor a page's files", async () => {
  assert.deepEqual(await asked("identity:list", {}, script), { ok: false, code: "not-allowed" });
  const runtime = fakeRuntime({ connect: connectAs(script) });
  const put = await putFile(new Blob([text("x")]), () => undefined, runtime);
  assert.deepEqual(put, { ok: false, code: "unavailable" });
});

test("what has no mail side says so", async () => {
  for (const reply of [
    await asked("compose:state", { tabId: 1 }),
    await asked("message:displayed", { tabId: 1 }),
    await asked("display:banner", {}, script),
  ]) {
    assert.deepEqual(reply, { ok: false, code: "unsupported" });
  }
});

test("messages that are no question are left to others", () => {
  const [listener] = messageListeners;
  const answered = () => assert.fail("answered");
  assert.equal(listener?.({ signet: "event", event: { event: "vault-changed" } }, page, answered), undefined);
  assert.equal(listener?.("hello", page, answered), undefined);
});

test("a page opens a file: verdict, text, and attachments to fetch; keeping says what is still there", async () => {
  const runtime = fakeRuntime({ connect: connectAs(page) });
  const message = [
    "From: Bob <bob@example.test>",
    "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "Hello",
    "--b",
    'Content-Type: application/octet-stream; name="a.bin"',
    "",
    "0123",
    "--b--",
    "",
  ].join("\r\n");
  const put = await putFile(new Blob([text(message)]), () => undefined, runtime);
  assert.ok(put.ok);
  const reply = await asked("message:inspect", { file: put.answer, job: crypto.randomUUID() });
  assert.ok(reply.ok);
  const { verdict, headers, content } = reply.answer;
  assert.equal(verdict.summary.state, "1");
  assert.deepEqual([headers.subject, headers.to], ["Grüße", null]);
  assert.equal(content?.text?.trim(), "Hello");
  const [attachment] = content.attachments;
  assert.deepEqual([attachment?.name, attachment?.size], ["a.bin", 4]);
  const taken = await takeFile(attachment!.file, () => undefined, runtime);
  assert.ok(taken.ok);
  assert.deepEqual(taken.answer, text("0123"));
  const files = [attachment!.file];
  assert.deepEqual(await asked("handover:keep", { files }), { ok: true, answer: { kept: true } });
  const unknown = { files: [...files, crypto.randomUUID()] };
  assert.deepEqual(await asked("handover:keep", unknown), { ok: true, answer: { kept: false } });
});

test("a file that expired is not found", async () => {
  const reply = await asked("message:inspect", { file: crypto.randomUUID(), job: crypto.randomUUID() });
  assert.deepEqual(reply, { ok: false, code: "not-found" });
});

test("garbage that was opened is a verdict, not an error", async () => {
  const runtime = fakeRuntime({ connect: connectAs(page) });
  for (const file of [
    text(""),
    new Uint8Array(1000).fill(0x30),
    text("MIIB\nMIIB"),
    new Uint8Array(100_000),
  ]) {
    const put = await putFile(new Blob([file]), () => undefined, runtime);
    assert.ok(put.ok);
    assert.ok((await asked("message:inspect", { file: put.answer, job: crypto.randomUUID() })).ok);
  }
});

test("ports of other names are left to others", () => {
  const { far } = portPair("another");
  for (const listener of portListeners) listener(Object.assign(far, { sender: page }));
  assert.notEqual(far.other, null);
});
