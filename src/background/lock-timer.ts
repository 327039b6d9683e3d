/**
 * The end of an unlock, by alarm: a timer of ours dies with the event page, and the data key must not
 * outlive its time in the browser's memory only because nobody asked for it.
 */
import type { Vault } from "./vault/vault.js";

/** The part of `browser.alarms` that is used. */
export interface Alarms {
  create(name: string, info: { when: number }): unknown;
  clear(name: string): Promise<boolean>;
  readonly onAlarm: { addListener(listener: (alarm: { readonly name: string }) => void): void };
}

const name = "signet-lock";

/** Registers its listener at once. */
export function startLockTimer(vault: Vault, alarms: Alarms): void {
  // Looking at the status is enough: a time that is over locks on the way.
  alarms.onAlarm.addListener((alarm) => {
    if (alarm.name === name) void vault.status();
  });
  vault.onChanged(() => void schedule(vault, alarms));
}

async function schedule(vault: Vault, alarms: Alarms): Promise<void> {
  const due = await vault.lockDue();
  if (due === null) await alarms.clear(name);
  else await alarms.create(name, { when: due });
}
