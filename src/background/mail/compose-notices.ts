/** What the lock's popup has to say beside the mode: what stays readable, and what Signet did by itself. */
import type { ComposeNotice, ComposeState } from "../../protocol/messages.js";
import type { Lock } from "./compose-lock.js";
import type { Plan } from "./compose-plan.js";

interface NoticeFacts {
  readonly lock: Pick<Lock, "mode" | "nativeSwitchedOff">;
  readonly plan: Pick<Plan, "encrypt">;
  readonly hook: ComposeState["hook"];
  /** some attachment leaves as a link */
  readonly linked: boolean;
  /** a send was stopped, because less would have left than was said */
  readonly stopped: boolean;
}

export function notices({ lock, plan, hook, linked, stopped }: NoticeFacts): readonly ComposeNotice[] {
  const shut = lock.mode !== "off";
  const outbox = shut && hook === "outbox";
  const facts: readonly (readonly [ComposeNotice, boolean])[] = [
    ["less-than-said", stopped],
    ["subject-readable", shut && plan.encrypt],
    ["linked-attachments-unprotected", shut && linked],
    ["drafts-unprotected", outbox],
    ["sends-through-outbox", outbox],
    ["native-smime-switched-off", shut && lock.nativeSwitchedOff],
  ];
  return facts.filter(([, holds]) => holds).map(([notice]) => notice);
}
