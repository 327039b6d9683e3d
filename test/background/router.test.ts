/** Who is let in: the browser's word about the sender counts, the message's does not. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import type { ContentOrigin, PageOrigin } from "../../src/background/mail/mail-host.js";
import { contentReaders, pageReaders } from "../../src/background/readers.js";
import { Refusal } from "../../src/background/refusal.js";
import { answer, judgeSender, table } from "../../src/background/router.js";
import type { ContentRequests, Handlers, PageRequests } from "../../src/protocol/messages.js";

const home = "moz-extension://0b5e4a52-1111-4222-8333-444455556666/";
const runtime = { id: "signet@signet.email", getURL: (path: string) => home + path.replace(/^\//, "") };
const { id } = runtime;
const optionsPage = `${home}pages/options/options.html`;

const notAsked = async (): Promise<never> => {
  throw new Error("No fake for this question!");
};

/** Handlers that answer two questions and throw on any other. */
function tables(change: Partial<Handlers<PageRequests, PageOrigin>> = {}) {
  const pages = Object.fromEntries(Object.keys(pageReaders).map((name) => [name, notAsked]));
  const content = Object.fromEntries(Object.keys(contentReaders).map((name) => [name, notAsked]));
  const status = { state: "empty", protection: null, unlockedUntil: null } as const;
  const pageHandlers = {
    ...pages,
    "vault:status": async () => ({ ok: true, answer: status }),
    ...change,
  } as unknown as Handlers<PageRequests, PageOrigin>;
  const contentHandlers = {
    ...content,
    "display:banner": async () => ({ ok: true, answer: null }),
  } as unknown as Handlers<ContentRequests, ContentOrigin>;
  return {
    pages: table<PageRequests, PageOrigin>(pageReaders, pageHandlers),
    content: table<ContentRequests, ContentOrigin>(contentReaders, contentHandlers),
  };
}

const asks = (name: string, params: unknown = {}) => ({ signet: "ask", ask: name, params });
const page = judgeSender({ id, url: optionsPage, tab: { id: 3 }, frameId: 0 }, runtime);
const script = judgeSender(
  { id, url: "imap://alice@mail.example.test/INBOX", tab: { id: 7 }, frameId: 0 },
  runtime,
);
const refusal = { ok: false, code: "not-allowed" };

test("a page of ours in a tab, and a popup without one, are pages", () => {
  assert.deepEqual(page, { kind: "page", origin: { tabId: 3, path: "/pages/options/options.html" } });
  const popup = judgeSender(
    { id, url: `${home}pages/popup/popup.html?tab=3`, origin: home.slice(0, -1) },
    runtime,
  );
  assert.deepEqual(popup, { kind: "page", origin: { tabId: null, path: "/pages/popup/popup.html" } });
});

test("a script of ours in a document that we do not own is content", () => {
  assert.deepEqual(script, { kind: "content", origin: { tabId: 7, frameId: 0 } });
});

const strangers = {
  "another extension": { id: "other@example.test", url: optionsPage },
  "a sender without an id": { url: optionsPage },
  "a sender without an address": { id, tab: { id: 1 }, frameId: 0 },
  "a page of ours in another's frame": { id, url: optionsPage, tab: { id: 1 }, frameId: 4 },
  "a sandboxed page of ours": { id, url: optionsPage, origin: "null", tab: { id: 1 }, frameId: 0 },
  "an address that only begins like ours": {
    id,
    url: `${home.slice(0, -1)}.example.test/pages/options/options.html`,
  },
  "our address inside another's": { id, url: `https://example.test/?${optionsPage}` },
};

for (const [name, sender] of Object.entries(strangers)) {
  test(`${name} is a stranger and gets no answer from either table`, async () => {
    const from = judgeSender(sender, runtime);
    assert.equal(from.kind, "stranger");
    assert.deepEqual(await answer(asks("vault:status"), from, tables()), refusal);
    assert.deepEqual(await answer(asks("display:banner"), from, tables()), refusal);
  });
}

test("each sender gets its own table", async () => {
  assert.equal((await answer(asks("vault:status"), page, tables())).ok, true);
  assert.equal((await answer(asks("display:banner"), script, tables())).ok, true);
});

test("a content script that asks what only pages may is refused, whatever it says of itself", async () => {
  for (const name of Object.keys(pageReaders)) {
    const message = { ...asks(name), sender: { id, url: optionsPage }, origin: "page" };
    assert.deepEqual(await answer(message, script, tables()), refusal, name);
  }
});

test("a page that asks what only documents ask is refused", async () => {
  assert.deepEqual(await answer(asks("display:banner"), page, tables()), refusal);
});

test("names that are none are refused, those of every object included", async () => {
  for (const name of ["", "vault:open", "constructor", "__proto__", "toString"]) {
    assert.deepEqual(await answer(asks(name), page, tables()), refusal, name);
  }
});

test("messages that are no question are refused", async () => {
  for (const message of [
    null,
    undefined,
    7,
    "vault:status",
    [],
    {},
    { signet: "ask" },
    { signet: "ask", ask: 7, params: {} },
  ]) {
    assert.deepEqual(await answer(message, page, tables()), refusal);
  }
});

const misshapen: readonly (readonly [keyof PageRequests, unknown])[] = [
  ["vault:status", null],
  ["vault:create", {}],
  ["vault:create", { passphrase: 7 }],
  ["vault:unlock", { passphrase: "x".repeat(1025), minutes: 5 }],
  ["vault:unlock", { passphrase: "long enough", minutes: 0 }],
  ["vault:unlock", { passphrase: "long enough", minutes: 1.5 }],
  ["vault:unlock", { passphrase: "long enough", minutes: "for ever" }],
  ["identity:remove", { fingerprint: "../../etc" }],
  ["identity:import", { file: 3, password: "" }],
  ["settings:set", { change: { nativeLabel: "maybe" } }],
  ["settings:set", { change: { unknown: "off" } }],
  ["settings:set", { change: { toString: "off" } }],
  ["compose:state", { tabId: "3" }],
  ["compose:change", { tabId: 3, change: { kind: "mode", mode: "off" } }],
  ["compose:change", { tabId: 3, change: { kind: "identity", fingerprint: "AB" } }],
  ["compose:change", { tabId: 3, change: { kind: "other" } }],
  ["compose:change", { change: { kind: "remember-default" } }],
];

for (const [name, params] of misshapen) {
  test(`${name} with ${JSON.stringify(params).slice(0, 60)} does not reach its handler`, async () => {
    assert.deepEqual(await answer(asks(name, params), page, tables()), refusal);
  });
}

test("what was asked reaches the handler, and nothing that came along with it", async () => {
  let heard: unknown;
  const change = {
    "compose:change": async (ask: unknown) => {
      heard = ask;
      return { ok: false, code: "unsupported" };
    },
  } as unknown as Partial<Handlers<PageRequests, PageOrigin>>;
  const params = {
    tabId: 3,
    change: { kind: "mode", mode: "sign", confirmedClear: false, more: 1 },
    other: "x",
  };
  await answer(asks("compose:change", params), page, tables(change));
  assert.deepEqual(heard, { tabId: 3, change: { kind: "mode", mode: "sign", confirmedClear: false } });
});

test("a refusal crosses as its code; an exception as nothing but the word bug, and the log keeps no message", async () => {
  const log = mock.method(console, "error", () => undefined);
  const throwing = (error: unknown) =>
    tables({
      "vault:lock": async () => {
        throw error;
      },
    });
  const refused = await answer(asks("vault:lock"), page, throwing(new Refusal("unavailable")));
  assert.deepEqual(refused, { ok: false, code: "unavailable" });
  const failed = await answer(
    asks("vault:lock"),
    page,
    throwing(new Error("the passphrase was: alice@example.test")),
  );
  assert.deepEqual(failed, { ok: false, code: "bug" });
  const said = log.mock.calls.map((call) => call.arguments.join(" ")).join("\n");
  assert.match(said, /vault:lock/);
  assert.doesNotMatch(said, /passphrase|alice/);
  log.mock.restore();
});
