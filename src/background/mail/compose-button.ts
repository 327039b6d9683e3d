/** The lock's button in the composer: what will happen, in words; shape and mark besides, never colour alone. */
import type { CertificateSummary } from "../../engine/index.js";
import { blockerText, text } from "../../ui/text.js";
import type { LockButton } from "./compose-client.js";
import type { Lock } from "./compose-lock.js";
import type { Plan } from "./compose-plan.js";

export function lockButton(
  { mode }: Lock,
  { sign, encrypt, blockers, organisation }: Pick<Plan, "sign" | "encrypt" | "blockers" | "organisation">,
): LockButton {
  if (mode === "off" && blockers.length === 0) return button(text("lock_off"), "lock-open");
  // Nobody has written an address yet: that is no alarm.
  const alarms = blockers.filter(({ code }) => code !== "recipients-missing");
  const [alarm] = alarms;
  if (alarm) {
    const label = text("lock_blocked");
    return {
      label,
      title: `${text("lock_title", label)}\n${blockerText(alarm)}`,
      icon: "lock-blocked",
    };
  }
  const doing = sign && encrypt ? "lock_signs_and_encrypts" : sign ? "lock_signs" : "lock_encrypts";
  const closed = button(text(doing), "lock-closed");
  const reader = organisation?.escrow ?? null;
  return reader === null ? closed : { ...closed, title: `${closed.title}\n${escrowText(reader)}` };
}

/** Whoever only looks at the button must see it too. */
function escrowText({ addresses, fingerprint }: CertificateSummary): string {
  return text("organisation_reads_title", addresses[0] ?? fingerprint);
}

function button(label: string, icon: LockButton["icon"]): LockButton {
  return { label, title: text("lock_title", label), icon };
}
