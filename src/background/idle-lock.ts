/**
 * Nobody is at the machine: the keys are locked, as if somebody had clicked "lock". The browser says so
 * (`idle`), and wakes the event page for it. Where no passphrase was chosen there is nothing to lock with.
 */
import type { Settings } from "../protocol/messages.js";
import type { Vault } from "./vault/vault.js";

/** The part of `browser.idle` that is used. */
export interface Idle {
  setDetectionInterval(seconds: number): unknown;
  readonly onStateChanged: { addListener(listener: (state: string) => void): void };
}

export interface IdleLockParts {
  readonly vault: Vault;
  readonly settings: { get(): Promise<Settings> };
}

/**
 * Registers its listener at once.
 *
 * @returns to be called when the settings may be others
 */
export function startIdleLock({ vault, settings }: IdleLockParts, idle: Idle): () => void {
  const listen = async (): Promise<void> => {
    const { idleMinutes } = await settings.get();
    if (idleMinutes !== "never") await idle.setDetectionInterval(idleMinutes * 60);
  };
  const rest = async (): Promise<void> => {
    if ((await settings.get()).idleMinutes === "never") return;
    // Also where it is locked: a passphrase may just be tried.
    if ((await vault.status()).protection === "passphrase") await vault.lock();
  };
  // "locked": the screen is, where the system tells (Chrome).
  idle.onStateChanged.addListener((state) => {
    if (state === "idle" || state === "locked") void rest();
  });
  void listen();
  return () => void listen();
}
