/**
 * A mail client that is played, for tests of the display code: it shows messages as Thunderbird would, and keeps
 * what is drawn and asked of it.
 */
import assert from "node:assert/strict";
import type { CertificateFile } from "../../src/background/mail/display-certificates.js";
import { startDisplay } from "../../src/background/mail/display.js";
import type { Judged } from "../../src/background/services.js";
import type { DisplayServices } from "../../src/background/mail/display.js";
import type { DisplayClient, ShownMessage } from "../../src/background/mail/display-client.js";
import { Refusal } from "../../src/background/refusal.js";
import type { Bytes, MessageVerdict } from "../../src/engine/index.js";
import type { PageEvent, Settings, VaultStatus } from "../../src/protocol/messages.js";
import { certificate } from "../ui/verdicts.js";

type Listener = (tabId: number, messages: readonly ShownMessage[]) => void;
type Encryption = MessageVerdict["summary"]["encryption"];

const alice = certificate("alice@example.test");
export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
export const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

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

/** A Thunderbird that is played, and our display code in front of it. */
export class PlayedClient {
  readonly drawn: string[] = [];
  readonly calls: string[] = [];
  readonly events: PageEvent[] = [];
  readonly shown = new Map<number, ShownMessage>();
  readonly raws = new Map<number, string>();
  readonly slow = new Map<number, () => void>();
  inspected = 0;
  /** what the vault says of itself */
  vault: VaultStatus = { state: "unlocked", protection: "passphrase", unlockedUntil: null };
  #keepsText = false;
  /** is what fills a part there before Thunderbird has read the message? */
  early = false;
  /** does the client never say that a badge is drawn? */
  slowToDraw = false;
  /** judgements that were stopped before they began in earnest */
  stopped = 0;
  displayed: Listener = () => assert.fail();
  selected: Listener = () => assert.fail();
  vaultChanged: () => void = () => assert.fail();
  storeChanged: () => void = () => assert.fail();
  evidenceCame: () => void = () => assert.fail();
  issuersAsked = 0;
  /** attached to every message */
  readonly certificateFiles: CertificateFile[] = [];
  readonly kept: Bytes[] = [];
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
      vaultStatus: async () => this.vault,
      broadcast: (event) => void this.events.push(event),
      onVaultChanged: (listener) => (this.vaultChanged = listener),
      onStoreChanged: (listener) => (this.storeChanged = listener),
      onEvidence: (listener) => (this.evidenceCame = listener),
      keepCertificates: async (files) => (this.kept.push(...files), []),
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
      certificateFiles: async () => this.certificateFiles,
      raw: async (id) => {
        const raw = this.raws.get(id);
        if (this.slow.has(id)) await new Promise<void>((resolve) => this.slow.set(id, resolve));
        if (raw === undefined) throw new Error("message not found");
        return utf8(raw);
      },
      drawBadge: async (tabId, badge) => {
        this.drawn.push(`${tabId}: ${badge?.label ?? "nothing"}`);
        if (this.slowToDraw) await new Promise(() => undefined);
      },
      drawVerdict: async (tabId, messageId, badge) => {
        if (this.shown.get(tabId)?.id !== messageId) return false;
        this.drawn.push(`${tabId}: ${badge.label}`);
        return true;
      },
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
      add: async () => undefined,
      fill: async (part, { mime, keep }) => {
        const what = new TextDecoder().decode(mime).includes("SECRET") ? "plain text" : "notice";
        this.calls.push(`fill ${part.messageId}: ${what}, ${keep ? "kept" : "not kept"}`);
        this.#keepsText ||= keep;
        return !this.early;
      },
      forget: async () => {
        this.#keepsText = false;
        this.calls.push("forget");
      },
      withdraw: async () => {
        const kept = this.#keepsText;
        this.#keepsText = false;
        if (kept) this.calls.push("withdraw");
        return kept;
      },
    };
  }

  #windows(): SignetMessageWindows {
    return {
      setStartBadge: async () => undefined,
      drawBadge: async () => assert.fail("the client draws"),
      reload: async (id) => void this.calls.push(`reload ${id}`),
      setNativeLabel: async (label) => void this.calls.push(`label ${label}`),
    };
  }
}
