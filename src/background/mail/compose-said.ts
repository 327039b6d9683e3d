/**
 * What a person was told that a letter will be: signed, encrypted. With a lock that encrypts when possible, a
 * certificate ends, a list of the address book changes, what the DNS vouched for grows old, and none of it needs an
 * event. So the check before sending and the finished message are held to what was said; less than that is stopped,
 * the person is told, and by another click it may leave.
 * In the session store, because the event page may stop between the check and the finished message.
 */
import type { Blocker } from "../../engine/index.js";
import type { ComposeMode } from "../../protocol/messages.js";
import { blockerText, noticeText } from "../../ui/text.js";
import type { Area } from "./compose-client.js";
import { encryptsAlways } from "./compose-lock.js";
import type { Plan } from "./compose-plan.js";
import { Turns } from "./compose-turns.js";

/** On whose behalf a window is looked at: a person reads the popup, an event only draws the button. */
export type Asker = "person" | "event" | "send";

type Protecting = Pick<Plan, "sign" | "encrypt">;

interface Kept {
  /** null: nothing yet, or a person has just decided otherwise */
  readonly said: Protecting | null;
  /** the recipients of whom it was said, as they stand in the composer */
  readonly entries: readonly string[];
  /** the last send was stopped for it */
  readonly stopped: boolean;
  /** milliseconds since the epoch; null: no send is under way */
  readonly sendingSince: number | null;
  /** the sender was changed while a send was under way, and the lock still has to follow */
  readonly senderWaits: boolean;
}

const nothing: Kept = { said: null, entries: [], stopped: false, sendingSince: null, senderWaits: false };

/** milliseconds: after this a send that never ended is no reason any more to hold back what a person does */
const longestSend = 60_000;

export class WhatWasSaid {
  readonly #session: Area;
  readonly #now: () => Date;
  readonly #turns = new Turns();

  constructor(session: Area, now: () => Date) {
    this.#session = session;
    this.#now = now;
  }

  /** The window says now what the plan says. */
  async say(tabId: number, plan: Plan, asker: Asker): Promise<void> {
    // "Cannot be sent yet" says nothing about how it would leave.
    if (plan.blockers.length > 0) return;
    const { sign, encrypt, entries } = plan;
    await this.#change(tabId, (kept) => {
      if (asker !== "send" && this.#isUnderWay(kept)) return kept;
      // A button that changes by itself tells nobody. Whoever adds a recipient looks there.
      const unasked = plan.hindrance.entries.some((entry) => kept.entries.includes(entry));
      if (asker === "event" && unasked && kept.said !== null && isLess(plan, kept.said)) return kept;
      const same = kept.said?.sign === sign && kept.said.encrypt === encrypt;
      return { ...kept, said: { sign, encrypt }, entries, stopped: kept.stopped && same };
    });
  }

  /** A person has set the lock: what it said before counts no more. */
  async decide(tabId: number): Promise<void> {
    await this.#change(tabId, (kept) => ({ ...kept, said: null, stopped: false }));
  }

  /**
   * Would this leave with no less than was said? Where nothing was, with no less than the lock can mean.
   * If not, the send is to be stopped with `wordsForLess`: whoever sends again knows it.
   */
  async holds(tabId: number, { sign, encrypt, mode }: Protecting & Pick<Plan, "mode">): Promise<boolean> {
    let less = true;
    await this.#change(tabId, (kept) => {
      less = isLess({ sign, encrypt }, kept.said ?? mostOf(mode));
      return less ? { ...kept, said: { sign, encrypt }, stopped: true } : kept;
    });
    return !less;
  }

  async wasStopped(tabId: number): Promise<boolean> {
    return (await this.#kept(tabId)).stopped;
  }

  /** A click on Send. */
  async begin(tabId: number): Promise<void> {
    const sendingSince = this.#now().getTime();
    await this.#change(tabId, (kept) => ({ ...kept, stopped: false, sendingSince }));
  }

  /** The send is over, well or not. Of a window that is closed already, nothing is written down again. */
  async end(tabId: number): Promise<void> {
    await this.#change(tabId, (kept) => (kept === nothing ? kept : { ...kept, sendingSince: null }));
  }

  /** Another sender, whose default may be weaker. @returns whether the lock is to follow later, not now */
  async postponesSender(tabId: number): Promise<boolean> {
    let waits = false;
    await this.#change(tabId, (kept) => {
      waits = this.#isUnderWay(kept);
      return waits ? { ...kept, senderWaits: true } : kept;
    });
    return waits;
  }

  async senderWaits(tabId: number): Promise<boolean> {
    return (await this.#kept(tabId)).senderWaits;
  }

  /** The lock has followed, as far as it may: while a send is under way more may be left to do. */
  async senderFollowed(tabId: number): Promise<void> {
    await this.#change(tabId, (kept) => (this.#isUnderWay(kept) ? kept : { ...kept, senderWaits: false }));
  }

  async isSending(tabId: number): Promise<boolean> {
    return this.#isUnderWay(await this.#kept(tabId));
  }

  /** Is a letter under way of which more was said than this mode keeps to? */
  async wouldWeaken(tabId: number, mode: ComposeMode): Promise<boolean> {
    const kept = await this.#kept(tabId);
    return this.#isUnderWay(kept) && (kept.said === null || isLess(leastOf(mode), kept.said));
  }

  async forget(tabId: number): Promise<void> {
    await this.#turns.take(tabId, () => this.#session.remove(keyOf(tabId)));
    this.#turns.forget(tabId);
  }

  #isUnderWay({ sendingSince }: Kept): boolean {
    return sendingSince !== null && this.#now().getTime() - sendingSince <= longestSend;
  }

  #kept(tabId: number): Promise<Kept> {
    return this.#turns.take(tabId, () => this.#load(tabId));
  }

  #change(tabId: number, change: (kept: Kept) => Kept): Promise<void> {
    return this.#turns.take(tabId, async () => {
      const before = await this.#load(tabId);
      const after = change(before);
      if (after !== before) await this.#session.set({ [keyOf(tabId)]: after });
    });
  }

  async #load(tabId: number): Promise<Kept> {
    const stored = (await this.#session.get(keyOf(tabId)))[keyOf(tabId)];
    return isKept(stored) ? stored : nothing;
  }
}

/** @param why what stands in the way of encrypting, if that is it */
export function wordsForLess(why: readonly Blocker[]): string {
  return [noticeText("less-than-said"), ...why.map(blockerText)].join("\n");
}

function isLess(now: Protecting, before: Protecting): boolean {
  return (before.sign && !now.sign) || (before.encrypt && !now.encrypt);
}

/** what a mode keeps to, whatever becomes of the recipients' certificates */
function leastOf(mode: ComposeMode): Protecting {
  return { sign: mode !== "off" && mode !== "encrypt", encrypt: encryptsAlways(mode) };
}

function mostOf(mode: ComposeMode): Protecting {
  return { ...leastOf(mode), encrypt: mode !== "off" && mode !== "sign" };
}

function keyOf(tabId: number): string {
  return `compose-said:${tabId}`;
}

/** From our own store, which only this file writes. */
function isKept(value: unknown): value is Kept {
  return typeof value === "object" && value !== null && "said" in value;
}
