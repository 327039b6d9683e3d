/**
 * Bounds on the work one message may cause. One budget is made for each use case and passed along;
 * running out is a fault of its own and ends the search.
 */
import { BudgetExceededError } from "./errors.js";

export interface Limits {
  /** octets of the whole message */
  readonly messageBytes: number;
  /** nesting of MIME entities */
  readonly mimeDepth: number;
  /** MIME entities in all */
  readonly mimeParts: number;
  /** lines looked at while multiparts are cut; those that cannot be a delimiter are passed over */
  readonly mimeLines: number;
  /** header fields of one entity */
  readonly headerFields: number;
  /** cryptographic layers, outermost to innermost */
  readonly layers: number;
  /** signature verifications, certificates included */
  readonly signatures: number;
  /** octets of content that are hashed; each counts sixteen times where a library does it (`hashingCost`) */
  readonly hashedBytes: number;
  /** certificates in one path */
  readonly pathLength: number;
  /** recipientInfos looked at in one layer */
  readonly recipients: number;
  /** octets that compressed content may become, in all; and never more than `maximumInflation` allows */
  readonly inflatedBytes: number;
  /** names compared with name constraints, in all */
  readonly nameComparisons: number;
}

export const defaultLimits: Limits = {
  messageBytes: 256 * 1024 * 1024,
  mimeDepth: 32,
  mimeParts: 1_000,
  mimeLines: 4_000_000,
  headerFields: 1_000,
  layers: 8,
  signatures: 200,
  hashedBytes: 2 * 1024 * 1024 * 1024,
  pathLength: 12,
  recipients: 2_000,
  inflatedBytes: 256 * 1024 * 1024,
  nameComparisons: 50_000,
};

/** A message of `octets` may inflate to this much: mail rarely shrinks to a tenth, a bomb to a thousandth. */
export function maximumInflation(octets: number): number {
  return 64 * octets + 1024 * 1024;
}

export class Budget {
  readonly #spent = new Map<keyof Limits, number>();

  readonly limits: Limits;

  constructor(limits: Limits = defaultLimits) {
    this.limits = limits;
  }

  /** @throws BudgetExceededError when more than the limit has been spent. */
  spend(what: keyof Limits, amount = 1): void {
    const total = (this.#spent.get(what) ?? 0) + amount;
    this.#spent.set(what, total);
    if (total > this.limits[what]) throw new BudgetExceededError(what);
  }

  /** What may still be spent. */
  left(what: keyof Limits): number {
    return Math.max(0, this.limits[what] - (this.#spent.get(what) ?? 0));
  }

  /** For bounds that are a height, not a sum (depth). */
  require(what: keyof Limits, height: number): void {
    if (height > this.limits[what]) throw new BudgetExceededError(what);
  }
}
