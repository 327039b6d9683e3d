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
}

export function notices({ lock, plan, hook, linked }: NoticeFacts): readonly ComposeNotice[] {
  if (lock.mode === "off") return [];
  const outbox = hook === "outbox";
  const facts: readonly (readonly [ComposeNotice, boolean])[] = [
    ["subject-readable", plan.encrypt],
    ["linked-attachments-unprotected", linked],
    ["drafts-unprotected", outbox],
    ["sends-through-outbox", outbox],
    ["native-smime-switched-off", lock.nativeSwitchedOff],
  ];
  return facts.filter(([, holds]) => holds).map(([notice]) => notice);
}
