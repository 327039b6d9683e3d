/** What a test makes the stand-in ACME server do, and what it does of itself. */

export interface Behaviour {
  /** so many requests more are told that their nonce is stale */
  staleNonces: number;
  /** newOrder is refused with this problem (RFC 8555 §6.7) */
  refusesOrders: string | null;
  /** revokeCert is refused with this problem (§7.6) */
  refusesRevocation: string | null;
  /** MAC keys by key id: it serves only those who have one (§7.3.4); null: everybody */
  contracts: ReadonlyMap<string, Buffer> | null;
  /** the connection ends without an answer */
  isDown: (path: string) => boolean;
  /** whichever mail comes from an address answers the newest order for it, and a wrong one fails that (RFC 8823 §3.2) */
  takesAnyAnswer: boolean;
  /** "the answer is on its way" is taken once; RFC 8555 §8.2 lets it be said again */
  takesWordOnce: boolean;
  /** so many looks at an order before it is done */
  looksUntilIssued: number;
  /** so many times more finalize is heard, and the order stays ready */
  finalizeUnheard: number;
  retryAfter: string;
  issues: "what-was-asked" | "another-key" | "another-address" | "rubbish";
  replyTo: string | null;
  /** days */
  validity: number;
}

export function usualBehaviour(): Behaviour {
  return {
    ...{ staleNonces: 0, refusesOrders: null, isDown: () => false, looksUntilIssued: 0, retryAfter: "1" },
    ...{ issues: "what-was-asked", replyTo: null, validity: 90, refusesRevocation: null, contracts: null },
    ...{ takesAnyAnswer: false, takesWordOnce: false, finalizeUnheard: 0 },
  };
}
