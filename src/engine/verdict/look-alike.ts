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
  resembled(address: EmailAddress): LookAlike | null;
}

/** @param known a hundred thousand take about a second; keep the index until they change */
export async function indexKnownAddresses(known: Iterable<KnownAddress>): Promise<LookAlikeIndex> {
  const { KnownAddresses } = await import("./known-addresses.js");
  return new KnownAddresses(known);
}
