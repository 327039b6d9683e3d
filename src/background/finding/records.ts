/** What a look-up for somebody's certificate said, as it lies on the disk, so that nobody is asked twice a day. */
import type { SearchOutcome } from "../../protocol/messages.js";

export interface LookUpRecord {
  /** "dns alice@example.org", or "directory <URL>" */
  readonly key: string;
  readonly outcome: Exclude<SearchOutcome, "asking" | "not-allowed">;
  /** SHA-256 of the certificates that the domain's signed DNS vouches for, until then */
  readonly vouched: readonly string[];
  /** milliseconds since the epoch: from then on it is asked anew */
  readonly until: number;
}
