/**
 * The lock of Thunderbird's composer: listens to the mail client, answers the lock's popup, stops what
 * cannot be protected before anything leaves. The full build protects while sending (`compose-send.ts`),
 * the store build through the Outbox (`compose-outbox.ts`).
 */
import type { Blocker } from "../../engine/index.js";
import type { ComposeChange, ComposeMode, ComposeState, Reply } from "../../protocol/messages.js";
import { blockerText, text } from "../../ui/text.js";
import { Refusal } from "../refusal.js";
import { lockButton } from "./compose-button.js";
import type { ComposeClient, Draft } from "./compose-client.js";
import { thunderbirdCompose } from "./compose-client.js";
import type { Lock } from "./compose-lock.js";
import { Locks, encryptsAlways } from "./compose-lock.js";
import { notices } from "./compose-notices.js";
import { asksSomething, atLeast } from "./compose-rules.js";
import type { Plan } from "./compose-plan.js";
import type { Outgoing } from "./compose-outbox.js";
import type { ComposeServices } from "./compose-services.js";
import { sendThroughOutbox } from "./compose-outbox.js";
import type { OutboxClient } from "./compose-outbox-client.js";
import { thunderbirdOutbox } from "./compose-outbox-client.js";
import { makePlan } from "./compose-plan.js";
import { ProtectingProgress } from "./compose-progress.js";
import type { Asker } from "./compose-said.js";
import { WhatWasSaid, wordsForLess } from "./compose-said.js";
import { SavedDrafts } from "./compose-saved-drafts.js";
import { beginRequest } from "./compose-request.js";
import { Sending } from "./compose-send.js";
import type { ComposeHandlers } from "./mail-host.js";
import { nameOfError } from "../name-of-error.js";

export type { ComposeServices } from "./compose-services.js";

/** Registers every listener at once, so that Thunderbird can wake us by them. */
export function startCompose(
  services: ComposeServices,
  client: ComposeClient = thunderbirdCompose(),
  outbox: OutboxClient = thunderbirdOutbox(),
): ComposeHandlers {
  const compose = new Compose(services, client, outbox);
  compose.listen();
  return {
    "compose:state": ({ tabId }) => compose.state(tabId),
    "compose:change": ({ tabId, change }) => compose.change(tabId, change),
    "compose:ask-certificate": ({ tabId, address }) => compose.askForCertificate(tabId, address),
  };
}

interface Situation {
  readonly lock: Lock;
  readonly draft: Draft;
  readonly plan: Plan;
  readonly hook: ComposeState["hook"];
}

class Compose {
  readonly #services: ComposeServices;
  readonly #client: ComposeClient;
  readonly #outbox: OutboxClient;
  readonly #locks: Locks;
  readonly #said: WhatWasSaid;
  readonly #sending: Sending;
  readonly #saved: SavedDrafts;
  readonly #progress: ProtectingProgress;
  readonly #underWay = new Set<number>();

  constructor(services: ComposeServices, client: ComposeClient, outbox: OutboxClient) {
    this.#services = services;
    this.#client = client;
    this.#outbox = outbox;
    this.#locks = new Locks(services, client);
    this.#said = new WhatWasSaid(client.session, services.now);
    this.#sending = new Sending(services, client, { locks: this.#locks, said: this.#said });
    this.#saved = new SavedDrafts(client);
    this.#progress = new ProtectingProgress(client);
  }

  listen(): void {
    const client = this.#client;
    client.onBeforeSend((tabId) => this.#beforeSend(tabId));
    client.onSendEnded((tabId) => this.#sendEnded(tabId));
    client.onOpened((tabId) => this.#refreshSoon(tabId));
    client.onChanged((tabId) => this.#refreshSoon(tabId));
    client.onIdentityChanged((tabId) => this.#refreshSoon(tabId, this.#changeSender(tabId)));
    client.onClosed((tabId) => this.#closed(tabId));
    if (client.outgoing === null) this.#saved.listen(this.#outbox);
    client.outgoing?.onAssembled.addListener((message) =>
      this.#progress.during(message.tabId, this.#sending.assembled(message)),
    );
    const refreshAll = async () => (await client.tabs()).forEach((tabId) => this.#refreshSoon(tabId));
    this.#services.onVaultChanged(() => void refreshAll());
    this.#services.onStoreChanged(() => void refreshAll());
    // Windows may be open already: Signet was installed, updated or switched on just now.
    void refreshAll();
  }

  #closed(tabId: number): void {
    this.#sending.stop(tabId);
    this.#progress.forget(tabId);
    void this.#locks.forget(tabId);
    void this.#said.forget(tabId);
  }

  /** What stopped a finished message, or waited for its end, is shown now: the button still says what was said before. */
  #sendEnded(tabId: number): void {
    this.#said
      .end(tabId)
      .then(() => Promise.all([this.#said.wasStopped(tabId), this.#said.senderWaits(tabId)]))
      .then((reasons) => {
        if (reasons.includes(true)) this.#refreshSoon(tabId);
      })
      .catch((error: unknown) => console.error("Signet could not end a send", nameOfError(error)));
  }

  async #changeSender(tabId: number): Promise<void> {
    // What was checked is on its way: another sender's default, which may be weaker, waits until that is over.
    if (!(await this.#said.postponesSender(tabId))) await this.#followSender(tabId);
  }

  /** Thunderbird does not tell of each send's end: the next look, and the next click on Send, find what waits. */
  async #catchUp(tabId: number): Promise<void> {
    if (!(await this.#said.senderWaits(tabId))) return;
    await this.#followSender(tabId);
    await this.#said.senderFollowed(tabId);
  }

  /** While a letter is on its way, towards more protection only, and by no other certificate. */
  async #followSender(tabId: number): Promise<void> {
    await this.#locks.changeSender(tabId, async (now, next) => {
      if (!(await this.#said.isSending(tabId))) return true;
      return now.fingerprint === null && !(await this.#said.wouldWeaken(tabId, next.mode));
    });
  }

  /** For events, which nobody waits for. What a window is locked with stays as it is where this fails. */
  #refreshSoon(tabId: number, after: Promise<unknown> = Promise.resolve()): void {
    after
      .then(() => this.#said.isSending(tabId))
      .then((sending) => (sending ? null : this.#refresh(tabId, "event")))
      .catch((error: unknown) => console.error("Signet could not show the lock", nameOfError(error)));
  }

  async state(tabId: number): Promise<Reply<ComposeState>> {
    const situation = await this.#renew(tabId);
    return situation === null
      ? { ok: false, code: "not-found" }
      : { ok: true, answer: await this.#describe(tabId, situation) };
  }

  async change(tabId: number, change: ComposeChange): Promise<Reply<ComposeState>> {
    const code = await this.#make(tabId, change);
    if (code !== null) return { ok: false, code };
    const state = await this.state(tabId);
    this.#services.broadcast({ event: "compose-changed", tabId });
    return state;
  }

  /** A letter of its own, so that nothing of this one is in it. */
  async askForCertificate(tabId: number, address: string): Promise<Reply<Record<string, never>>> {
    const begun = await beginRequest(this.#client, this.#services, { tabId, address });
    if (begun === null) return { ok: false, code: "unavailable" };
    if (begun.canSign) await this.#locks.change(begun.tabId, { mode: "sign", chosen: true });
    this.#refreshSoon(begun.tabId);
    return { ok: true, answer: {} };
  }

  /** @returns why not, or null */
  async #make(
    tabId: number,
    change: ComposeChange,
  ): Promise<"confirmation-needed" | "unavailable" | "set-by-organisation" | null> {
    // What waited is older than this, and must not undo it.
    await this.#catchUp(tabId);
    switch (change.kind) {
      case "mode": {
        const lock = await this.#locks.get(tabId);
        const opens = lock.quotesDecrypted && !encryptsAlways(change.mode) && change.mode !== lock.mode;
        if (await this.#isBelow(tabId, change.mode)) return "set-by-organisation";
        if (opens && !change.confirmedClear) return "confirmation-needed";
        // What was checked for protection is on its way.
        if (await this.#said.wouldWeaken(tabId, change.mode)) return "unavailable";
        // A lock that shuts and does not hold is worse than none.
        if (change.mode !== "off" && (await this.#hook()) === "unavailable") return "unavailable";
        await this.#locks.change(tabId, { mode: change.mode, chosen: true });
        await this.#said.decide(tabId);
        return null;
      }
      case "identity": {
        // It may bring another sender.
        if (await this.#said.isSending(tabId)) return "unavailable";
        await this.#locks.change(tabId, { fingerprint: change.fingerprint });
        await this.#followIdentity(tabId, change.fingerprint);
        return null;
      }
      case "remember-default": {
        const [lock, draft] = await Promise.all([this.#locks.get(tabId), this.#client.draft(tabId)]);
        await this.#services.rememberMode(draft.identityId, lock.mode);
        return null;
      }
    }
  }

  /** Does the organisation ask for more than this mode, of the message as it stands? */
  async #isBelow(tabId: number, mode: ComposeMode): Promise<boolean> {
    if (!asksSomething(await this.#services.organisation())) return false;
    const { organisation } = (await this.#situation(tabId)).plan;
    return organisation !== null && atLeast(mode, organisation) !== mode;
  }

  /** A certificate for another of our addresses signs only what is sent from that address. */
  async #followIdentity(tabId: number, fingerprint: string): Promise<void> {
    const { plan } = await this.#situation(tabId);
    const chosen = plan.choices.find(({ certificate }) => certificate.fingerprint === fingerprint);
    const { addresses = [] } = chosen?.certificate ?? {};
    if (plan.author === null || addresses.includes(plan.author)) return;
    for (const address of addresses) {
      if (await this.#client.writeAs(tabId, address)) break;
    }
  }

  async #hook(): Promise<ComposeState["hook"]> {
    const { outgoing, guard } = this.#client;
    if (outgoing === null) return "outbox";
    const answers = [outgoing.probe(), guard?.probe() ?? Promise.resolve(false)];
    const [hooked, guarded] = await Promise.all(answers.map((answer) => answer.catch(() => false)));
    return hooked && guarded ? "ready" : "unavailable";
  }

  async #situation(tabId: number, asker: Asker = "person"): Promise<Situation> {
    // Asking a window for its details writes them into the message that is being sent: lists, unexpanded.
    if (asker === "event" && (await this.#said.isSending(tabId))) throw new Refusal("unavailable");
    await this.#catchUp(tabId);
    const [before, draft, hook] = await Promise.all([
      this.#locks.get(tabId),
      this.#client.draft(tabId),
      this.#hook(),
    ]);
    const plan = await makePlan(this.#services, this.#client.expandList, {
      lock: before,
      from: draft.from,
      fields: draft,
    });
    // What the organisation asks shuts the lock itself, so that the window is held as by a person's click.
    const lock = plan.mode === before.mode ? before : await this.#locks.change(tabId, { mode: plan.mode });
    if (hook !== "unavailable" || lock.mode === "off") return { lock, draft, hook, plan };
    return {
      lock,
      draft,
      hook,
      plan: { ...plan, blockers: [{ code: "hook-unavailable" }, ...plan.blockers] },
    };
  }

  async #refresh(tabId: number, asker: Asker): Promise<Situation | null> {
    const situation = await this.#renew(tabId, asker);
    this.#services.broadcast({ event: "compose-changed", tabId });
    return situation;
  }

  /** Make window and button say what the lock says. @returns null where the window is gone */
  async #renew(tabId: number, asker: Asker = "person"): Promise<Situation | null> {
    try {
      let seen = await this.#situation(tabId, asker);
      // A person may have turned the lock while we looked.
      while (!isSame(seen.lock, await this.#locks.get(tabId))) seen = await this.#situation(tabId, asker);
      const situation = await this.#apply(tabId, seen);
      await this.#progress.draw(tabId, lockButton(situation.lock, situation.plan));
      // A send is held to what was said before it.
      if (asker !== "send") await this.#said.say(tabId, situation.plan, asker);
      return situation;
    } catch (error) {
      if ((await this.#client.tabs()).includes(tabId)) throw error;
      return null;
    }
  }

  async #apply(tabId: number, situation: Situation): Promise<Situation> {
    const { lock, draft, hook } = situation;
    const shut = lock.mode !== "off";
    if (hook === "ready") await this.#locks.hold(tabId);
    if (!shut || !draft.nativeProtection) return situation;
    await this.#client.switchNativeProtectionOff(tabId);
    return { ...situation, lock: await this.#locks.change(tabId, { nativeSwitchedOff: true }) };
  }

  async #beforeSend(tabId: number): Promise<"send" | "stop"> {
    const answer = await this.#check(tabId);
    if (answer === "stop") await this.#said.end(tabId).catch(() => undefined);
    return answer;
  }

  /** Everything is checked here, before Thunderbird begins: afterwards a refusal could only be a message box. */
  async #check(tabId: number): Promise<"send" | "stop"> {
    try {
      // A window in which Send can be clicked sends nothing: an end that nobody told is told by this.
      await this.#said.end(tabId);
      await this.#catchUp(tabId);
      await this.#said.begin(tabId);
      // What is broken in our own stores must not stop mail that is none of our business.
      const open = (await this.#locks.get(tabId)).mode === "off";
      if (open && !asksSomething(await this.#services.organisation())) return await this.#sendUnlocked(tabId);
      const situation = await this.#refresh(tabId, "send");
      if (situation === null) return "stop";
      const { lock, draft, plan, hook } = situation;
      if (plan.blockers.length > 0) return await this.#stop(tabId, wordsFor(plan.blockers));
      if (lock.mode === "off") return await this.#sendUnlocked(tabId);
      if (!(await this.#said.holds(tabId, plan)))
        return await this.#stop(tabId, wordsForLess(plan.hindrance.blockers));
      await this.#said.say(tabId, plan, "send");
      if (hook === "ready") return "send";
      const saved = (): Promise<readonly number[]> => this.#saved.of(tabId, draft);
      return await this.#sendThroughOutbox({ tabId, draft, plan, saved });
    } catch (error) {
      console.error("Signet could not check a message before sending", nameOfError(error));
      return this.#stop(tabId, text("blocker_protection_failed"));
    }
  }

  /** Where the window says otherwise than the lock, nobody knows what was meant: told once, and put right for the next click. */
  async #sendUnlocked(tabId: number): Promise<"send" | "stop"> {
    if ((await this.#client.outgoing?.isLocked(tabId)) === true) {
      await this.#locks.hold(tabId);
      return this.#stop(tabId, text("blocker_protection_failed"));
    }
    const holds = await this.#said.holds(tabId, { sign: false, encrypt: false, mode: "off" });
    return holds ? "send" : this.#stop(tabId, wordsForLess([]));
  }

  async #sendThroughOutbox(outgoing: Outgoing): Promise<"stop"> {
    const { tabId } = outgoing;
    // A second click on Send while the first is at work would put the letter there twice.
    if (this.#underWay.has(tabId)) return "stop";
    this.#underWay.add(tabId);
    try {
      const blockers = await sendThroughOutbox(this.#services, this.#outbox, outgoing);
      return blockers.length > 0 ? await this.#stop(tabId, wordsFor(blockers)) : "stop";
    } finally {
      this.#underWay.delete(tabId);
    }
  }

  async #stop(tabId: number, sentence: string): Promise<"stop"> {
    await this.#client
      .explain(tabId, { title: text("lock_not_sent"), sentence })
      .catch((error: unknown) => console.error("Signet could not say why", nameOfError(error)));
    return "stop";
  }

  async #describe(tabId: number, { lock, plan, hook }: Situation): Promise<ComposeState> {
    const [linked, stopped] = await Promise.all([
      this.#client.linkedAttachments(tabId),
      this.#said.wasStopped(tabId),
    ]);
    return {
      mode: lock.mode,
      willSign: plan.sign,
      willEncrypt: plan.encrypt,
      hook,
      identity: plan.identityView,
      identityChoices: plan.choices,
      recipients: plan.recipientViews,
      blockers: plan.blockers,
      notices: notices({ lock, plan, hook, linked: linked.length > 0, stopped }),
      vault: await this.#services.vaultStatus(),
      quotesDecrypted: lock.quotesDecrypted,
      ...(plan.organisation && { organisation: plan.organisation }),
    };
  }
}

function isSame(one: Lock, other: Lock): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function wordsFor(blockers: readonly Blocker[]): string {
  return blockers.map(blockerText).join("\n");
}
