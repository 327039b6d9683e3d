/** What of stolen keys lies on the disk: the key's digest, and what authorities were told. */
import type { OrderProblem } from "../protocol/orders.js";

/** What its authority was told of one certificate. */
export interface RevocationNote {
  readonly fingerprint: string;
  /** of the authority that was asked */
  readonly directory: string;
  /** ISO 8601 */
  readonly revokedAt: string | null;
  readonly problem: OrderProblem | null;
}

export interface StolenKeyRecord {
  readonly version: 1;
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal */
  readonly key: string;
  /** ISO 8601 */
  readonly since: string;
  readonly notes: readonly RevocationNote[];
}
