/** When an order has its turn, how long it may take, and when its certificate's end comes near. */
import type { OrderRecord } from "./records.js";

export const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A challenge mail may take its time; an authority forgets an order after about a week. */
export const longestOrder = 7 * day;
/** Retry-After counts for a day at most (`retryAfterOf`). */
const longestWait = 25 * hour;

export function isRunning({ step }: OrderRecord): boolean {
  return step !== "done" && step !== "failed";
}

export function isDue({ step, nextTry }: OrderRecord, now: number): boolean {
  // The vault may have been opened while nobody was there to hear of it; where it was not, looking costs nothing.
  if (nextTry === null) return step === "install";
  // Nothing is put off for longer: that time was written by a clock that was put back since.
  return nextTry <= now || nextTry > now + longestWait;
}

/** When two thirds of its life are over, as ACME clients do; a month is early enough. */
export function renewalOf(notBefore: number, notAfter: number): number {
  return notAfter - Math.min((notAfter - notBefore) / 3, 30 * day);
}
