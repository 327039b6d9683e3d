/**
 * What stops an order, as its record and its row tell it: the authority's no, a server that does not answer, or
 * something on this computer, such as keys that were locked in the middle, a full disk, or our own mistake. It is
 * never another order's matter, and tried again later each time.
 */
import { nameOfError } from "../name-of-error.js";
import { Refusal } from "../refusal.js";
import { AcmeProblem } from "./acme-problem.js";
import { postponed } from "./challenge-steps.js";
import type { OrderRecord, ProblemRecord } from "./records.js";

/** About five hours; an order that has not got its certificate yet ends with its week. */
const mostTriesToInstall = 20;

/** @param order as far as it got */
export function afterFailure(order: OrderRecord, error: unknown, now: number): OrderRecord {
  if (error instanceof AcmeProblem) {
    const { code, type, detail, page } = error;
    const problem = { code, type, detail, page };
    if (code === "server-unreachable") return { ...postponed(order, now, null), problem };
    return failed(order, problem);
  }
  // Locked while it was put in: the unlock carries it on.
  if (order.step === "install" && error instanceof Refusal && error.code === "vault-locked")
    return { ...order, problem: null, nextTry: null };
  return stoppedHere(order, error, now);
}

export function stoppedHere(order: OrderRecord, error: unknown, now: number): OrderRecord {
  console.error("Signet could not carry on an order", nameOfError(error));
  const problem = { code: "stopped-here", type: null, detail: "", page: null } as const;
  if (order.step === "install" && order.tries >= mostTriesToInstall) return failed(order, problem);
  return { ...postponed(order, now, null), problem };
}

function failed(order: OrderRecord, problem: ProblemRecord): OrderRecord {
  return { ...order, step: "failed", failedAt: order.step, problem, nextTry: null };
}
