/**
 * The badge: what the header button says of the message that a tab shows. It starts neutral at every
 * message, a slow verdict never lands on the next one, and everything here can be rebuilt by asking
 * Thunderbird, because the event page sleeps.
 */
import type { CertificateSummary, MessageVerdict } from "../../engine/index.js";
import type { BannerView, DisplayedMessage, Reply } from "../../protocol/messages.js";
import { type Badge, badge } from "../../ui/badge.js";
import { text } from "../../ui/text.js";
import { Refusal } from "../refusal.js";
import type { Services } from "../services.js";
import type { DisplayClient, ShownMessage } from "./display-client.js";
import { thunderbirdClient } from "./display-client.js";
import { Judgements } from "./display-judgements.js";
import type { DisplayHandlers } from "./mail-host.js";
import { OpenedParts } from "./opened-parts.js";

export type DisplayServices = Pick<
  Services,
  | "inspect"
  | "findIssuers"
  | "keepCertificates"
  | "now"
  | "settings"
  | "handOver"
  | "broadcast"
  | "vaultStatus"
  | "onVaultChanged"
  | "onStoreChanged"
  | "onEvidence"
>;

type Encryption = MessageVerdict["summary"]["encryption"];

/** Registers every listener at once, so that Thunderbird can wake us by them. */
export function startDisplay(
  services: DisplayServices,
  client: DisplayClient = thunderbirdClient(),
): DisplayHandlers {
  const display = new Display(services, client);
  display.listen();
  return {
    pages: {
      "message:displayed": async ({ tabId }) => ({ ok: true, answer: await display.displayed(tabId) }),
      "message:open": ({ tabId }) => display.open(tabId),
      "message:find-issuers": ({ tabId }) => display.findIssuers(tabId),
      "message:keep-certificates": ({ tabId }) => display.keepCertificates(tabId),
    },
    content: {
      "display:banner": async (_ask, { tabId }) => ({ ok: true, answer: await display.banner(tabId) }),
      "display:open": (_ask, { tabId }) => display.openFromMessage(tabId),
    },
  };
}

class Display {
  readonly #services: DisplayServices;
  readonly #client: DisplayClient;
  readonly #judgements: Judgements;
  readonly #parts: OpenedParts;
  /** what each tab shows, as last heard */
  readonly #shown = new Map<number, number>();

  constructor(services: DisplayServices, client: DisplayClient) {
    this.#services = services;
    this.#client = client;
    const keepPayloads = client.incoming !== null;
    this.#judgements = new Judgements(services, {
      raw: client.raw,
      keepPayloads,
      onEvidence: (messageId) => void this.#judgeAgain(messageId),
    });
    this.#parts = new OpenedParts(this.#judgements, client);
  }

  listen(): void {
    this.#client.onSelected((tabId, messages) => void this.#show(tabId, messages));
    this.#client.onDisplayed((tabId, messages) => void this.#show(tabId, messages));
    this.#client.onTabClosed((tabId) => this.#setShown(tabId, null));
    this.#client.onReaderButton((tabId) => void this.open(tabId));
    void this.#client.setStartBadge(checking());
    this.#services.onVaultChanged(() => void this.#again("keys"));
    this.#services.onStoreChanged((why) => void (why === "learnt" ? this.#learnt() : this.#again("store")));
    this.#services.onEvidence(
      () => void Promise.all([...this.#shown.values()].map((id) => this.#judgeAgain(id))),
    );
    this.#client.onStart(() => void Promise.all([this.#client.registerBanner(), this.#again("store")]));
  }

  /** For the popup below the badge. */
  async displayed(tabId: number): Promise<DisplayedMessage> {
    const message = await this.#client.shownIn(tabId);
    if (message === null) return { kind: "none" };
    const verdict = await this.#verdict(message.id);
    if (verdict === null) return { kind: "none" };
    const { pending, issuerHosts = [] } = this.#judgements.asked(message.id);
    return {
      ...{ kind: "message", subject: message.subject, verdict, action: this.#actionFor(verdict) },
      ...{ isAsking: pending != null, issuerHosts },
      certificateFiles: ((await this.#client.certificateFiles?.(message.id)) ?? []).map(({ name }) => name),
    };
  }

  /** A person's click: what is attached goes into the store, whoever sent it. */
  async keepCertificates(tabId: number): Promise<Reply<{ kept: readonly CertificateSummary[] }>> {
    const message = await this.#client.shownIn(tabId);
    if (message === null) return { ok: false, code: "not-found" };
    const files = (await this.#client.certificateFiles?.(message.id)) ?? [];
    const kept = await this.#services.keepCertificates(await Promise.all(files.map((file) => file.octets())));
    return kept.length > 0 ? { ok: true, answer: { kept } } : { ok: false, code: "no-certificate-in-file" };
  }

  /** A person's click: the issuers that a certificate in the message says where to find. */
  async findIssuers(tabId: number): Promise<Reply<Record<string, never>>> {
    const message = await this.#client.shownIn(tabId);
    if (message === null) return { ok: false, code: "not-found" };
    await this.#services.findIssuers(await this.#client.raw(message.id));
    await this.#judgeAgain(message.id);
    return { ok: true, answer: {} };
  }

  /** For the banner in the message: nothing where there is nothing to say. */
  async banner(tabId: number): Promise<BannerView | null> {
    const message = await this.#client.shownIn(tabId);
    if (message === null) return null;
    const verdict = await this.#verdict(message.id);
    if (verdict === null || badge(verdict.summary).tone === "silent") return null;
    return { summary: verdict.summary, action: this.#actionFor(verdict) };
  }

  /** A person's click: show it here, or in the reader where the host cannot. */
  async open(tabId: number): Promise<Reply<Record<string, never>>> {
    const message = await this.#client.shownIn(tabId);
    if (message === null) return { ok: false, code: "not-found" };
    if (this.#client.incoming === null) {
      const file = this.#services.handOver(await this.#client.raw(message.id));
      await this.#client.openReader(`pages/reader/reader.html#${file}`);
      return { ok: true, answer: {} };
    }
    if ((await this.#verdict(message.id))?.summary.encryption === "key-locked")
      return { ok: false, code: "vault-locked" };
    await this.#parts.forget();
    await this.#parts.reload(message.id);
    return { ok: true, answer: {} };
  }

  /** The strip's button: where keys are locked, the popup under the badge asks for the passphrase. */
  async openFromMessage(tabId: number): Promise<Reply<Record<string, never>>> {
    const reply = await this.open(tabId);
    if (reply.ok || reply.code !== "vault-locked") return reply;
    return (await this.#client.openPopup(tabId)) ? { ok: true, answer: {} } : reply;
  }

  #actionFor({ summary, layers }: MessageVerdict): "open" | "unlock" | null {
    if (summary.encryption === "key-locked") return "unlock";
    const hidden = layers.some((layer) => layer.kind === "encrypted" && layer.status === "opened");
    return hidden && this.#client.incoming === null ? "open" : null;
  }

  async #show(tabId: number, messages: readonly ShownMessage[]): Promise<void> {
    const [message] = messages;
    if (message === undefined || messages.length > 1) {
      this.#setShown(tabId, null);
      await this.#draw(tabId, null, null);
      return;
    }
    const another = this.#shown.get(tabId) !== message.id;
    this.#setShown(tabId, message.id);
    // Calls reach the button in the order in which they leave: judging need not wait until it says so.
    if (another) void this.#draw(tabId, checking(), null);
    await this.#drawWhenJudged(tabId, message.id);
  }

  /** What no tab shows any more need not be judged to the end. */
  #setShown(tabId: number, messageId: number | null): void {
    const before = this.#shown.get(tabId);
    if (messageId === null) this.#shown.delete(tabId);
    else this.#shown.set(tabId, messageId);
    if (before === undefined || [...this.#shown.values()].includes(before)) return;
    this.#judgements.leave(before);
    void this.#left(before);
  }

  /** Where each message asks, one that was opened and left asks again. */
  async #left(messageId: number): Promise<void> {
    if (!this.#judgements.isOpened(messageId)) return;
    if ((await this.#services.vaultStatus()).state !== "locked") return;
    this.#judgements.forget(messageId);
    await this.#parts.takeBack();
  }

  async #drawWhenJudged(tabId: number, messageId: number): Promise<void> {
    const verdict = await this.#verdict(messageId);
    if (verdict === null) return;
    if (this.#shown.get(tabId) !== messageId) return;
    if (!(await this.#client.drawVerdict(tabId, messageId, badge(verdict.summary)))) return;
    const needsReader = verdict.summary.encryption !== "not-encrypted";
    if (this.#client.incoming === null)
      await this.#client.drawReaderButton(tabId, needsReader ? text("action_reader_title") : null);
    this.#services.broadcast({ event: "verdict-changed", tabId });
  }

  /** Both leave at once, so that what is drawn last is what stays. */
  async #draw(tabId: number, shown: Badge | null, readerTitle: string | null): Promise<void> {
    const reader = this.#client.incoming === null ? this.#client.drawReaderButton(tabId, readerTitle) : null;
    await Promise.all([this.#client.drawBadge(tabId, shown), reader]);
  }

  /** Keys, anchors or certificates are others now, or the add-on is new: judge anew what is on the screen. */
  async #again(why: "keys" | "store"): Promise<void> {
    this.#judgements.forget();
    const hadOpened = await this.#parts.forget();
    if (why === "store") await this.#setNativeLabel();
    const reload = (encryption: Encryption): boolean =>
      why === "keys" ? encryption !== "not-encrypted" : hadOpened && encryption === "key-locked";
    await Promise.all((await this.#client.tabs()).map((tabId) => this.#redraw(tabId, reload)));
  }

  /**
   * A message taught us a certificate. Where each message asks for the passphrase, that must not take the very message
   * from whoever has just opened it: it cannot be judged again without a key.
   */
  async #learnt(): Promise<void> {
    if ((await this.#services.settings()).unlockMinutes !== "each-use") await this.#again("store");
  }

  /** Evidence came, or will not: the verdict is made anew and drawn; until then the one before stands. */
  async #judgeAgain(messageId: number): Promise<void> {
    this.#judgements.forget(messageId);
    const tabs = [...this.#shown].filter(([, shown]) => shown === messageId);
    await Promise.all(tabs.map(([tabId]) => this.#drawWhenJudged(tabId, messageId)));
  }

  async #redraw(tabId: number, mustReload: (encryption: Encryption) => boolean): Promise<void> {
    const message = await this.#client.shownIn(tabId);
    if (message === null) return;
    this.#setShown(tabId, message.id);
    const encryption = (await this.#verdict(message.id))?.summary.encryption ?? "not-encrypted";
    if (mustReload(encryption)) await this.#parts.reload(message.id);
    await this.#drawWhenJudged(tabId, message.id);
  }

  async #setNativeLabel(): Promise<void> {
    const { nativeLabel } = await this.#services.settings();
    await this.#client.windows?.setNativeLabel(nativeLabel);
  }

  /**
   * What cannot be fetched or judged is "could not check", never anything better.
   *
   * @returns null where it was stopped, because another message was chosen
   */
  async #verdict(messageId: number): Promise<MessageVerdict | null> {
    try {
      const verdict = await this.#judgements.verdict(messageId);
      // Judged anew without the keys: words that were opened before must not stand beside a lock.
      if (verdict.summary.encryption === "key-locked" && (await this.#parts.takeBack()))
        void this.#again("keys");
      return verdict;
    } catch (error) {
      const code = error instanceof Refusal ? error.code : null;
      if (code === "cancelled") return null;
      // Keys were locked while they were needed; whatever can be said without them is said.
      if (code === "vault-locked") return this.#verdict(messageId);
      console.error(
        "Signet: a message could not be judged",
        error instanceof Error ? error.name : typeof error,
      );
      return { summary: { ...unknownSummary, state: "6" }, layers: [] };
    }
  }
}

const unknownSummary = {
  encryption: "not-encrypted",
  author: { address: null, from: [], displayName: null, sender: null },
  signer: null,
  faults: [],
} as const;

function checking(): Badge {
  return badge({ ...unknownSummary, state: "0" });
}
