/** The lock over a mail client that is played: defaults, questions, and every failure ends in a stop. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { startCompose } from "../../src/background/mail/compose.js";
import type { ComposeServices } from "../../src/background/mail/compose.js";
import type { ComposeClient, Draft } from "../../src/background/mail/compose-client.js";
import type { ComposeHandlers } from "../../src/background/mail/mail-host.js";
import type { OutboxClient } from "../../src/background/mail/compose-outbox-client.js";
import type { Bytes, Identity, MessageVerdict, Protection } from "../../src/engine/index.js";
import type {
  ComposeChange,
  ComposeMode,
  ComposeState,
  Reply,
  Settings,
} from "../../src/protocol/messages.js";
import { useLocale } from "../ui/locale.js";
import { certificate } from "../ui/verdicts.js";
import { FakeArea } from "../helpers/background.js";

before(useLocale);

const tabId = 7;
const mine = certificate("alice@example.test");
/** Only handed on here: the services that look into it are played too. */
const identity = { certificate: mine, chain: [], privateKey: {} } as unknown as Identity;
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

interface Setting {
  readonly defaultMode?: ComposeMode;
  readonly remembered?: ComposeMode;
  readonly identities?: readonly Identity[];
  readonly original?: string;
  readonly encryptedInside?: boolean;
  /** the message answered lies in a file, which Thunderbird does not hand out */
  readonly fromFile?: boolean;
  /** the store build */
  readonly store?: boolean;
}

class Played {
  readonly draft: Draft;
  readonly said: string[] = [];
  readonly windows = new Map<number, boolean>();
  readonly outbox: string[] = [];
  readonly local = new FakeArea(["draftLocks"]);
  session = new FakeArea([`compose-lock:${tabId}`]);
  hookWorks = true;
  broken: "draft" | "certificates" | "protect" | "outbox" | null = null;
  protection: Protection = { kind: "protected", message: utf8("Subject: x\r\n\r\nsealed") };
  beforeSend: (tabId: number) => Promise<string> = async () => "nobody listens";
  assembled: (message: SignetAssembled) => Promise<SignetTransformed> = async () => ({
    refused: "nobody listens",
  });
  handlers: ComposeHandlers;
  readonly setting: Setting;

  constructor(setting: Setting = {}) {
    this.setting = setting;
    const originalId = setting.original === undefined ? null : 1;
    const to = ["bob@example.test"];
    this.draft = {
      ...{ identityId: "id1", from: "Alice <alice@example.test>", to, cc: [], bcc: [] },
      ...{ type: originalId === null ? "new" : "reply", originalId, nativeProtection: false },
    } as Draft;
    this.handlers = this.start();
  }

  /** A new life of the event page. */
  start(): ComposeHandlers {
    this.handlers = startCompose(this.services(), this.client(), this.outboxClient());
    return this.handlers;
  }

  async state(): Promise<ComposeState> {
    const reply = await this.handlers["compose:state"]({ tabId }, { tabId: null, path: "" });
    assert.ok(reply.ok);
    return reply.answer;
  }

  change(change: ComposeChange): Promise<Reply<ComposeState>> {
    return this.handlers["compose:change"]({ tabId, change }, { tabId: null, path: "" });
  }

  mode(mode: ComposeMode, confirmedClear = false): Promise<Reply<ComposeState>> {
    return this.change({ kind: "mode", mode, confirmedClear });
  }

  assemble(change: Partial<SignetAssembled> = {}): Promise<SignetTransformed> {
    const { from } = this.draft;
    const to = "bob@example.test";
    const mime = utf8("Subject: x\r\n\r\nclear");
    return this.assembled({
      tabId,
      deliverMode: "now",
      identityId: "id1",
      mime,
      from,
      to,
      cc: "",
      bcc: "",
      ...change,
    });
  }

  private services(): ComposeServices {
    const {
      defaultMode = "off",
      remembered = null,
      identities = [identity],
      encryptedInside = false,
    } = this.setting;
    const settings: Settings = {
      ...{ defaultMode, nativeLabel: "hidden", unlockMinutes: 60, contentEncryption: "when-all-can" },
    };
    const view = { certificate: mine, chain: [], canSign: true, canDecrypt: true, problem: null };
    const layers = encryptedInside ? [{ kind: "encrypted" }] : [];
    return {
      identities: async () => identities,
      identitiesFor: async (address) => (address === "alice@example.test" ? identities : []),
      identityView: async () => view,
      certificateFor: async () => {
        if (this.broken === "certificates") throw new Error("the store is broken");
        return { kind: "none", problem: null };
      },
      inspect: async () => ({
        verdict: { layers } as unknown as MessageVerdict,
        payload: { mime: utf8("") },
        certificates: [],
      }),
      protect: async () => {
        if (this.broken === "protect") throw new Error("a bug");
        return this.protection;
      },
      settings: async () => settings,
      vaultStatus: async () => ({ state: "unlocked", protection: "device", unlockedUntil: null }),
      rememberedMode: async () => remembered,
      rememberMode: async () => undefined,
      onVaultChanged: () => undefined,
      onStoreChanged: () => undefined,
      broadcast: () => undefined,
      now: () => new Date(),
    } satisfies ComposeServices;
  }

  private client(): ComposeClient {
    const outgoing: SignetOutgoing = {
      probe: async () => this.hookWorks,
      setLocked: async (tab, locked) => (this.windows.set(tab, locked), locked),
      isLocked: async (tab) => this.windows.get(tab) ?? false,
      hasOriginal: async () => this.setting.fromFile === true || this.setting.original !== undefined,
      linkedAttachments: async () => [],
      onAssembled: {
        addListener: (listener) => (this.assembled = listener),
        removeListener: () => undefined,
      },
    };
    return {
      onBeforeSend: (listener) => (this.beforeSend = listener),
      onSendEnded: () => undefined,
      onIdentityChanged: () => undefined,
      onChanged: () => undefined,
      onOpened: () => undefined,
      onClosed: () => undefined,
      tabs: async () => [tabId],
      draft: async () => {
        if (this.broken === "draft") throw new Error("the window is broken");
        return this.draft;
      },
      linkedAttachments: async () => [],
      switchNativeProtectionOff: async () => undefined,
      writeAs: async () => false,
      expandList: async () => null,
      original: async () => new Blob([this.setting.original ?? ""]),
      drawButton: async () => undefined,
      explain: async (_tab, { sentence }) => void this.said.push(sentence),
      session: this.session,
      local: this.local,
      outgoing: this.setting.store ? null : outgoing,
    };
  }

  private outboxClient(): OutboxClient {
    const files = [] as const;
    return {
      letter: async () => ({
        ...{ subject: "x", text: "clear", html: null, files, replyTo: [], customHeaders: [] },
        ...{ returnReceipt: false, answers: null, accountId: "account1" },
      }),
      intoOutbox: async (message) => {
        if (this.broken === "outbox") throw new Error("no Outbox");
        this.outbox.push(await message.text());
      },
      close: async () => void this.said.push("closed"),
      notify: async ({ title }) => void this.said.push(title),
    };
  }
}

const encryptedMail = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nMIIB";
const opaqueMail = "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\nMIIB";

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

test("the lock does not shut where the hook does not answer", async () => {
  const played = new Played();
  played.hookWorks = false;
  assert.deepEqual(await played.mode("sign"), { ok: false, code: "unavailable" });
  assert.equal((await played.state()).mode, "off");
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

test("what is inside an opaque signature decides; what is written in its header does not", async () => {
  assert.equal(
    (await new Played({ original: opaqueMail, encryptedInside: true }).state()).mode,
    "sign-and-encrypt",
  );
  assert.equal((await new Played({ original: opaqueMail }).state()).mode, "off");
  const claimed = `X-Signet-Lock: off\r\n${encryptedMail}`;
  assert.equal((await new Played({ original: claimed }).state()).mode, "sign-and-encrypt");
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
  const reopened = (original: string): Promise<ComposeState> => {
    const played = new Played({ original });
    played.local.items.set("draftLocks", stored);
    return played.state();
  };
  // IMAP servers and mailbox files may change line ends and headers.
  const moved = await reopened(`X-Other: y\n${sealed.replaceAll("\r\n", "\n")}`);
  assert.deepEqual([moved.mode, moved.quotesDecrypted], ["sign", false]);
  const changed = await reopened(sealed.replace("A1b2", "A1b3"));
  assert.deepEqual([changed.mode, changed.quotesDecrypted], ["sign-and-encrypt", true]);
});

test("the lock outlives the event page; a locked window that nobody remembers stays locked", async () => {
  const played = new Played();
  await played.mode("encrypt");
  played.start();
  assert.equal((await played.state()).mode, "encrypt");
  played.session = new FakeArea([`compose-lock:${tabId}`]);
  played.start();
  assert.equal((await played.state()).mode, "sign-and-encrypt");
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
