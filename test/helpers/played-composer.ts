/** The lock's code over a mail client that is played, with the real reading of mail; its services are played too. */
import assert from "node:assert/strict";
import { startCompose } from "../../src/background/mail/compose.js";
import type { ComposeServices } from "../../src/background/mail/compose.js";
import type { ComposeClient, Draft, NewLetter } from "../../src/background/mail/compose-client.js";
import type { ComposeHandlers } from "../../src/background/mail/mail-host.js";
import type { OutboxClient } from "../../src/background/mail/compose-outbox-client.js";
import { type OutgoingRules, freeOutgoing } from "../../src/background/policy/policy.js";
import type { Bytes, Identity, Protection } from "../../src/engine/index.js";
import { defaultReadPolicy, inspect } from "../../src/engine/index.js";
import type {
  ComposeChange,
  ComposeMode,
  ComposeState,
  Reply,
  Search,
  Settings,
} from "../../src/protocol/messages.js";
import { certificate } from "../ui/verdicts.js";
import { FakeArea, testCertificate } from "./background.js";

export const tabId = 7;
/** of a letter that was begun for the person */
export const begunTab = 8;
const mine = certificate("alice@example.test");
/** Only handed on here: the services that look into it are played too. */
const identity = { certificate: mine, chain: [], privateKey: {} } as unknown as Identity;
export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

/** As after Thunderbird's start. */
export function freshSession(): FakeArea {
  const kinds = ["lock", "saved", "said"];
  return new FakeArea([tabId, begunTab].flatMap((tab) => kinds.map((kind) => `compose-${kind}:${tab}`)));
}

export interface Setting {
  readonly defaultMode?: ComposeMode;
  readonly remembered?: ComposeMode;
  /** Thunderbird's identity key → mode */
  readonly rememberedFor?: Readonly<Record<string, ComposeMode>>;
  readonly identities?: readonly Identity[];
  readonly original?: string;
  /** default: a reply where there is an original */
  readonly type?: Draft["type"];
  /** the message answered lies in a file, which Thunderbird does not hand out */
  readonly fromFile?: boolean;
  /** the store build */
  readonly store?: boolean;
  /** what the organisation asks */
  readonly rules?: Partial<OutgoingRules>;
}

export class Played {
  draft: Draft;
  readonly said: string[] = [];
  /** begun for the person to send */
  readonly letters: NewLetter[] = [];
  searches: readonly Search[] = [];
  readonly windows = new Map<number, boolean>();
  readonly memos = new Map<number, string>();
  /** every mark that was set on the window */
  readonly marks: boolean[] = [];
  /** a certificate that takes its time */
  slowly: Promise<void> = Promise.resolve();
  changed: (tabId: number) => void = () => undefined;
  identityChanged: (tabId: number, identityId: string) => void = () => undefined;
  sendEnded: (tabId: number) => void = () => undefined;
  closed: (tabId: number) => void = () => undefined;
  /** recipients whose certificates are known */
  readonly known = new Set<string>();
  /** people of a mailing list of the address book */
  readonly lists = new Map<string, readonly string[]>();
  whileProtecting: () => void = () => undefined;
  /** how each letter was asked to be protected */
  readonly protectedAs: string[] = [];
  /** what the button said last */
  label = "";
  /** as fast as one click follows another, or so much later */
  now = (): Date => new Date();
  private looked: () => void = () => undefined;
  readonly outbox: string[] = [];
  readonly notified: string[] = [];
  /** ids of messages */
  readonly deleted: number[] = [];
  draftSaved: (tabId: number, messageId: number) => void = () => undefined;
  readonly local = new FakeArea(["draftLocks"]);
  session = freshSession();
  /** Thunderbird is at work on a letter */
  isSending = false;
  hookWorks = true;
  guardWorks = true;
  broken: "draft" | "original" | "inspect" | "certificates" | "protect" | "outbox" | "deletion" | null = null;
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
      ...{
        type: setting.type ?? (originalId === null ? "new" : "reply"),
        originalId,
        nativeProtection: false,
      },
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

  /** Let something happen to the window, and wait until Signet has looked at it. */
  async drawnBy(happens: () => void): Promise<void> {
    const looked = new Promise<void>((resolve) => (this.looked = resolve));
    happens();
    await looked;
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

  services(): ComposeServices {
    const { defaultMode = "off", remembered = null, identities = [identity] } = this.setting;
    const settings: Settings = {
      ...{
        defaultMode,
        nativeLabel: "hidden",
        unlockMinutes: 60,
        idleMinutes: 15,
        contentEncryption: "when-all-can",
        revocation: "crl",
        ...{ resolver: "", directory: "" },
      },
    };
    const view = { certificate: mine, chain: [], canSign: true, canDecrypt: true, problem: null };
    return {
      identities: async () => identities,
      identitiesFor: async (address) => (address === "alice@example.test" ? identities : []),
      identityView: async () => view,
      certificateFor: async (address) => {
        await this.slowly;
        if (this.broken === "certificates") throw new Error("the store is broken");
        if (!this.known.has(address)) return { kind: "none", problem: null };
        const origin = { source: "imported", since: "", preferredAt: null } as const;
        return {
          ...{ kind: "usable", certificate: await testCertificate("bob-p256") },
          ...{ capabilities: null, origin },
        };
      },
      search: async () => this.searches,
      inspect: (raw) => {
        if (this.broken === "inspect") throw new Error("a bug");
        const context = { identities: [], anchors: [], known: [], policy: defaultReadPolicy };
        return inspect(raw, { ...context, time: new Date() });
      },
      protect: async (_mime, _identity, _recipients, { sign, encrypt }) => {
        if (this.broken === "protect") throw new Error("a bug");
        this.whileProtecting();
        this.protectedAs.push([sign && "signed", encrypt && "encrypted"].filter(Boolean).join(" and "));
        return this.protection;
      },
      settings: async () => settings,
      organisation: async () => ({ ...freeOutgoing, ...this.setting.rules }),
      vaultStatus: async () => ({ state: "unlocked", protection: "device", unlockedUntil: null }),
      rememberedMode: async (identityId) => this.setting.rememberedFor?.[identityId] ?? remembered,
      rememberMode: async () => undefined,
      onVaultChanged: () => undefined,
      onStoreChanged: () => undefined,
      broadcast: () => this.looked(),
      now: () => this.now(),
    } satisfies ComposeServices;
  }

  private client(): ComposeClient {
    const outgoing: SignetOutgoing = {
      probe: async () => this.hookWorks,
      setLocked: async (tab, locked, memo) => {
        // src/experiments/outgoing-mime/parent.ts does so: what was checked is not assembled yet.
        if (!locked && this.windows.get(tab) === true && this.isSending) throw new Error("sending");
        this.marks.push(locked);
        this.memos.set(tab, memo);
        return (this.windows.set(tab, locked), locked);
      },
      isLocked: async (tab) => this.windows.get(tab) ?? false,
      memo: async (tab) => this.memos.get(tab) ?? null,
      onAssembled: {
        addListener: (listener) => (this.assembled = listener),
        removeListener: () => undefined,
      },
    };
    return {
      onBeforeSend: (listener) => (this.beforeSend = listener),
      onSendEnded: (listener) => void (this.sendEnded = listener),
      onIdentityChanged: (listener) => void (this.identityChanged = listener),
      onChanged: (listener) => void (this.changed = listener),
      onOpened: () => undefined,
      onClosed: (listener) => void (this.closed = listener),
      tabs: async () => [tabId],
      draft: async () => {
        if (this.broken === "draft") throw new Error("the window is broken");
        return this.draft;
      },
      linkedAttachments: async () => [],
      hasOriginal: async () => this.setting.fromFile === true || this.setting.original !== undefined,
      switchNativeProtectionOff: async () => undefined,
      writeAs: async () => false,
      expandList: async (name) => this.lists.get(name) ?? null,
      beginLetter: async (letter) => (this.letters.push(letter), begunTab),
      original: async () => {
        if (this.broken === "original") throw new Error("the server does not answer a second time");
        return this.setting.fromFile ? null : new Blob([this.setting.original ?? ""]);
      },
      drawButton: async (_tab, { label }) => void (this.label = label),
      explain: async (_tab, { sentence }) => void this.said.push(sentence),
      session: this.session,
      local: this.local,
      outgoing: this.setting.store ? null : outgoing,
      guard: this.setting.store ? null : { probe: async () => this.guardWorks },
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
      onDraftSaved: (listener) => void (this.draftSaved = listener),
      deleteDrafts: async (messageIds) => {
        this.deleted.push(...messageIds);
        return this.broken !== "deletion";
      },
      close: async () => void this.said.push("closed"),
      notify: async ({ title, sentence }) => (this.said.push(title), void this.notified.push(sentence)),
    };
  }
}

export const encryptedMail = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nMIIB";
