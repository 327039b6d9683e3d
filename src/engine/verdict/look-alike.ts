/**
 * The door to the look-alike warning. Unicode's table and the index of known addresses are loaded with the
 * first question, not with the engine: a badge is drawn without them.
 */
import type { EmailAddress } from "../base/bytes.js";
import type { KnownAddress } from "./known-addresses.js";
import type { LookAlike } from "./verdict.js";

export type { KnownAddress } from "./known-addresses.js";

/** Answers which known address another one could be taken for. */
export interface LookAlikeIndex {
  /** Piece by piece where there are many: somebody waits meanwhile. */
  add(known: Iterable<KnownAddress>): void;
  resembled(address: EmailAddress): LookAlike | null;
}

/** @param known a hundred thousand take a second, where JavaScript is interpreted ten; keep the index */
export async function indexKnownAddresses(known: Iterable<KnownAddress>): Promise<LookAlikeIndex> {
  const { KnownAddresses } = await import("./known-addresses.js");
  return new KnownAddresses(known);
}
