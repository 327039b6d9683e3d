/**
 * The way out of a locked window in the full build: the finished message comes from Thunderbird, is protected
 * for exactly the recipients it goes to, and goes back. Whatever fails on the way becomes a refusal in words;
 * there is no path on which the message goes back as it came.
 */
import type { Blocker, Protection } from "../../engine/index.js";
import { blockerText, text } from "../../ui/text.js";
import type { Services } from "../services.js";
import type { ComposeClient } from "./compose-client.js";
import type { Lock, Locks } from "./compose-lock.js";
import type { Plan, PlanServices } from "./compose-plan.js";
import { makePlan, writePolicy } from "./compose-plan.js";
import type { WhatWasSaid } from "./compose-said.js";
import { wordsForLess } from "./compose-said.js";
import { nameOfError } from "../name-of-error.js";

export type SendServices = PlanServices & Pick<Services, "protect">;

export class Sending {
  readonly #services: SendServices;
  readonly #client: ComposeClient;
  readonly #locks: Locks;
  readonly #said: WhatWasSaid;
  /** what a window that is closed need not wait for */
  readonly #running = new Map<number, AbortController>();

  constructor(
    services: SendServices,
    client: ComposeClient,
    { locks, said }: { readonly locks: Locks; readonly said: WhatWasSaid },
  ) {
    this.#services = services;
    this.#client = client;
    this.#locks = locks;
    this.#said = said;
  }

  /** The window is gone: nothing of it is sent. */
  stop(tabId: number): void {
    this.#running.get(tabId)?.abort();
  }

  async assembled(message: SignetAssembled): Promise<SignetTransformed> {
    const running = new AbortController();
    this.#running.set(message.tabId, running);
    try {
      return await this.#transform(message, running.signal);
    } finally {
      if (this.#running.get(message.tabId) === running) this.#running.delete(message.tabId);
    }
  }

  async #transform(message: SignetAssembled, signal: AbortSignal): Promise<SignetTransformed> {
    try {
      const lock = await this.#locks.get(message.tabId);
      if (lock.mode === "off") return refusal([{ code: "protection-failed" }]);
      // Not asked of the window: reading it would write the recipients back as they stand there, lists again.
      const { from } = message;
      const fields = { to: [message.to], cc: [message.cc], bcc: [message.bcc] };
      const plan = await makePlan(this.#services, this.#client.expandList, { lock, from, fields });
      return message.deliverMode === "now" || message.deliverMode === "later"
        ? await this.#send(message, plan, signal)
        : await this.#save(message, { plan, lock, signal });
    } catch (error) {
      console.error("Signet could not protect a message", nameOfError(error));
      return refusal([{ code: "protection-failed" }]);
    }
  }

  async #send({ tabId, mime }: Sent, plan: Plan, signal: AbortSignal): Promise<SignetTransformed> {
    if (plan.blockers.length > 0) return refusal(plan.blockers);
    if (!(await this.#said.holds(tabId, plan))) return { refused: wordsForLess(plan.hindrance.blockers) };
    const { sign, encrypt, identity, recipients } = plan;
    const policy = await writePolicy(this.#services, { sign, encrypt, purpose: "submit" });
    return answer(await this.#services.protect(mime, identity, recipients, policy, signal));
  }

  /**
   * Drafts, templates and autosaves are for the writer's eyes: encrypted to the writer alone, not signed,
   * by the sender's certificate or, where that cannot encrypt, any other of the same person.
   */
  async #save(message: SignetAssembled, { plan, lock, signal }: Saved): Promise<SignetTransformed> {
    const policy = await writePolicy(this.#services, { sign: false, encrypt: true, purpose: "store" });
    const own = await this.#services.identities();
    for (const identity of plan.identity === null ? own : [plan.identity, ...own]) {
      if ((await this.#services.identityView(identity)).stolen !== undefined) continue;
      // A copy: the next try needs it too.
      const protection = await this.#services.protect(message.mime.slice(), identity, [], policy, signal);
      if (protection.kind === "refused") continue;
      await this.#locks.keepWith(protection.message, lock);
      return { mime: protection.message };
    }
    // An autosave asks for nothing and may fail without a word: the text is still in the window.
    if (message.deliverMode === "autosave") return { refused: "" };
    return { refused: text("outgoing_draft_refused", plan.author ?? text("this_address")) };
  }
}

type Sent = Pick<SignetAssembled, "tabId" | "mime">;

interface Saved {
  readonly plan: Plan;
  readonly lock: Lock;
  readonly signal: AbortSignal;
}

function answer(protection: Protection): SignetTransformed {
  return protection.kind === "protected" ? { mime: protection.message } : refusal(protection.blockers);
}

function refusal(blockers: readonly Blocker[]): SignetTransformed {
  return { refused: blockers.map(blockerText).join("\n\n") };
}
