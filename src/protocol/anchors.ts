/** What our own pages may ask about authorities whose word counts, and what a file holds before one of them does. */
import type { CertificateSummary } from "../engine/verdict/verdict.js";
import type { HandoverId } from "./key-views.js";

export interface AnchorRequests {
  /** which authorities a file holds; none counts by looking */
  "anchor:examine": { ask: { file: HandoverId }; answer: readonly AnchorOffer[] };
  /** those that the person saw and chose, and no other of the file */
  "anchor:import": {
    ask: { file: HandoverId; fingerprints: readonly string[] };
    answer: { added: readonly CertificateSummary[] };
  };
  "anchor:list": { ask: Record<string, never>; answer: readonly AnchorView[] };
  "anchor:remove": { ask: { fingerprint: string }; answer: Record<string, never> };
}

/** For which addresses an authority may vouch, as its own certificate says (RFC 5280 §4.2.1.10). */
export interface AnchorScope {
  /** mailboxes, hosts, or with a leading dot what is below one; null: every address in the world */
  readonly permitted: readonly string[] | null;
  readonly excluded: readonly string[];
}

/** One that counts. */
export interface AnchorView extends CertificateSummary, AnchorScope {
  readonly setBy?: "organisation";
}

export interface AnchorOffer extends AnchorScope {
  readonly certificate: CertificateSummary;
  /** it counts already */
  readonly known: boolean;
}
