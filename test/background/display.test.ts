/** The badge and what is opened, over a mail client that is played: order, lateness, sleep and refusal. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { startDisplay } from "../../src/background/mail/display.js";
import type { Judged } from "../../src/background/services.js";
import type { DisplayServices } from "../../src/background/mail/display.js";
import {
  type DisplayClient,
  type ShownMessage,
  withoutStatusLines,
} from "../../src/background/mail/display-client.js";
import { Refusal } from "../../src/background/refusal.js";
import type { Bytes, MessageVerdict } from "../../src/engine/index.js";
import type { PageEvent, Settings } from "../../src/protocol/messages.js";
import { useLocale } from "../ui/locale.js";
import { certificate } from "../ui/verdicts.js";

before(useLocale);

type Listener = (tabId: number, messages: readonly ShownMessage[]) => void;
type Encryption = MessageVerdict["summary"]["encryption"];

const alice = certificate("alice@example.test");
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A message's "raw" says what its verdict is: "2" signed, "1" not, "locked", "opened". */
function verdictOf(raw: string): MessageVerdict {
  const state = raw === "2" ? "2" : "1";
  const encryption: Encryption =
    raw === "locked" ? "key-locked" : raw === "opened" ? "encrypted" : "not-encrypted";
  const author = {
    address: "alice@example.test",
    from: ["alice@example.test"],
    displayName: null,
    sender: null,
  };
  const layer = {
    kind: "encrypted",
    status: "opened",
    contentEncryption: "AES-256-GCM",
    keyManagement: "RSAES-OAEP",
    authenticated: true,
    legacy: false,
    openedWith: alice.fingerprint,
  } as const;
  const locked = { kind: "encrypted", status: "locked", reason: "key-locked", recipients: [] } as const;
  const layers = raw === "opened" ? [layer] : raw === "locked" ? [locked] : [];
  return { summary: { state, encryption, author, signer: state === "2" ? alice : null, faults: [] }, layers };
}

class World {
  readonly drawn: string[] = [];
  readonly calls: string[] = [];
  readonly events: PageEvent[] = [];
  readonly shown = new Map<number, ShownMessage>();
  readonly raws = new Map<number, string>();
  readonly slow = new Map<number, () => void>();
  inspected = 0;
  /** is what fills a part there before Thunderbird has read the message? */
  early = false;
  /** judgements that were stopped before they began in earnest */
  stopped = 0;
  displayed: Listener = () => assert.fail();
  selected: Listener = () => assert.fail();
  vaultChanged: () => void = () => assert.fail();
  storeChanged: () => void = () => assert.fail();
  evidenceCame: () => void = () => assert.fail();
  issuersAsked = 0;
  /** what the next judgement is said to wait for */
  pending: Promise<void> | null = null;
  encrypted: (part: SignetEncryptedPart) => void = () => assert.fail();
  started: () => void = () => assert.fail();
  readonly handlers;

  readonly #kind: "full" | "store";

  constructor(kind: "full" | "store") {
    this.#kind = kind;
    this.handlers = startDisplay(this.#services(), this.#client());
  }

  /** Show a message, as Thunderbird would: selection first. */
  show(tabId: number, id: number, raw: string): void {
    const message = { id, subject: `message ${id}` };
    this.raws.set(id, raw);
    this.shown.set(tabId, message);
    this.selected(tabId, [message]);
    this.displayed(tabId, [message]);
  }

  /** the message's judgement waits until it is let go */
  delay(id: number): void {
    this.slow.set(id, () => assert.fail("not asked yet"));
  }

  #services(): DisplayServices {
    return {
      inspect: async (raw, purpose, signal) => {
        assert.equal(purpose, "display");
        if (signal?.aborted) {
          this.stopped++;
          throw new Refusal("cancelled");
        }
        this.inspected++;
        const text = new TextDecoder().decode(raw);
        return {
          verdict: verdictOf(text),
          payload: { mime: utf8("Content-Type: text/plain\r\n\r\nSECRET") },
          pending: this.pending,
        } as Judged;
      },
      now: () => new Date("2026-11-22T12:00:00Z"),
      settings: async () => ({ nativeLabel: "hidden" }) as Settings,
      handOver: (bytes) => `file-${bytes.length}`,
      broadcast: (event) => void this.events.push(event),
      onVaultChanged: (listener) => (this.vaultChanged = listener),
      onStoreChanged: (listener) => (this.storeChanged = listener),
      onEvidence: (listener) => (this.evidenceCame = listener),
      findIssuers: async () => void this.issuersAsked++,
    };
  }

  #client(): DisplayClient {
    const full = this.#kind === "full";
    return {
      onDisplayed: (listener) => (this.displayed = listener),
      onSelected: (listener) => (this.selected = listener),
      onStart: (listener) => (this.started = listener),
      onTabClosed: () => undefined,
      onReaderButton: () => undefined,
      tabs: async () => [...this.shown.keys()],
      shownIn: async (tabId) => this.shown.get(tabId) ?? null,
      raw: async (id) => {
        const raw = this.raws.get(id);
        if (this.slow.has(id)) await new Promise<void>((resolve) => this.slow.set(id, resolve));
        if (raw === undefined) throw new Error("message not found");
        return utf8(raw);
      },
      drawBadge: async (tabId, badge) => void this.drawn.push(`${tabId}: ${badge?.label ?? "nothing"}`),
      setStartBadge: async (badge) => assert.equal(badge.label, "Checking…"),
      drawReaderButton: async (tabId, title) =>
        void this.calls.push(`reader button ${tabId}: ${title !== null}`),
      openReader: async (path) => void this.calls.push(`reader ${path}`),
      openPopup: async (tabId) => this.calls.push(`popup ${tabId}`) > 0,
      registerBanner: async () => void this.calls.push("banner"),
      incoming: full ? this.#incoming() : null,
      windows: full ? this.#windows() : null,
    };
  }

  #incoming(): SignetIncoming {
    const onEncrypted = {
      addListener: (listener: (part: SignetEncryptedPart) => void) => (this.encrypted = listener),
      removeListener: () => assert.fail(),
    };
    return {
      onEncrypted,
      probe: async () => true,
      fill: async (part, { mime, keep }) => {
        const what = new TextDecoder().decode(mime).includes("SECRET") ? "plain text" : "notice";
        this.calls.push(`fill ${part.messageId}: ${what}, ${keep ? "kept" : "not kept"}`);
        return !this.early;
      },
      forget: async () => void this.calls.push("forget"),
    };
  }

  #windows(): SignetMessageWindows {
    return {
      setStartBadge: async () => undefined,
      reload: async (id) => void this.calls.push(`reload ${id}`),
      setNativeLabel: async (label) => void this.calls.push(`label ${label}`),
    };
  }
}

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
  assert.deepEqual(world.calls, ["forget", "reload 10"]);
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
