/**
 * What our own pages may ask about certificates ordered by ACME (RFC 8555, RFC 8823), what they show of an order,
 * and what becomes of a key that was stolen.
 */
/** as in `messages.ts`, which imports this */
type OfferedKeyKind = "rsa-3072" | "p-256" | "ed25519" | "ml-dsa-65";

export interface OrderRequests {
  /** the addresses that the mail client writes from; none in a browser */
  "order:addresses": { ask: Record<string, never>; answer: readonly string[] };
  /** before anything is agreed to */
  "order:authority": { ask: { directory: string }; answer: AuthorityView };
  /** the person agreed to the authority's terms */
  "order:begin": { ask: NewOrderAsk; answer: OrderView };
  "order:list": { ask: Record<string, never>; answer: readonly OrderView[] };
  /** "this mail is the challenge, answer it"; and the server that says so is my provider's, believe it from now on */
  "order:confirm-mail": { ask: { id: string; believe: boolean }; answer: Record<string, never> };
  /** by hand: what to answer to the mail with this subject */
  "order:answer": { ask: { id: string; subject: string }; answer: AnswerView };
  "order:answered": { ask: { id: string }; answer: Record<string, never> };
  "order:try-again": { ask: { id: string }; answer: Record<string, never> };
  "order:remove": { ask: { id: string }; answer: Record<string, never> };
  /** what can be done about this certificate's key, before anything is done */
  "stolen:ways": { ask: { fingerprint: string }; answer: StolenWays };
  /**
   * "My key was stolen": from now on it sends nothing, and its authority is told where it speaks ACME (RFC 8555 §7.6).
   * Asked again, the authority is told again. `directory`: of the authority, where Signet does not know it; null: none
   */
  "stolen:report": { ask: { fingerprint: string; directory: string | null }; answer: StolenView };
  /** it was not stolen after all; refused once its authority has revoked it */
  "stolen:take-back": { ask: { fingerprint: string }; answer: Record<string, never> };
}

export interface NewOrderAsk {
  readonly directory: string;
  readonly address: string;
  /** `same`: the key of the certificate that it follows */
  readonly kind: OfferedKeyKind | "same";
  /** fingerprint of the certificate that it follows */
  readonly renews: string | null;
  /** what the authority gave its customer (RFC 8555 §7.3.4); the key is kept nowhere */
  readonly contract: ContractAsk | null;
}

export interface ContractAsk {
  readonly keyId: string;
  /** base64url; a secret */
  readonly key: string;
}

/** How the authority can be told. */
export interface StolenWays {
  /** of its ACME directory, where Signet ordered the certificate; null: it did not */
  readonly directory: string | null;
  /** as the certificate tells */
  readonly contact: {
    readonly email: string | null;
    readonly statements: readonly string[];
    readonly hosts: readonly string[];
  };
}

export interface StolenView {
  /** ISO 8601 */
  readonly since: string;
  /** of the authority that was asked; null: none was */
  readonly directory: string | null;
  /** ISO 8601: when the authority revoked it; null: not yet */
  readonly revokedAt: string | null;
  /** why not */
  readonly problem: OrderProblem | null;
}

export interface AuthorityView {
  readonly host: string;
  /** a link; null: it has none */
  readonly termsOfService: string | null;
  /** it serves only those who hold a contract with it */
  readonly needsContract: boolean;
}

export interface AnswerView {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

/** What is under way, in words: `order_STATE`. */
export type OrderState =
  | "asking"
  | "waiting-for-mail"
  | "mail-doubtful"
  | "mail-by-hand"
  | "being-checked"
  /** by hand, too; another mail may still come that has to be answered */
  | "checked-by-hand"
  | "being-issued"
  | "being-installed"
  | "vault-locked"
  | "done"
  | "failed";

/** What a problem is told as: `order_problem_CODE`. */
export type OrderProblem =
  | "server-refused"
  | "server-unreachable"
  | "server-malformed"
  | "server-cannot"
  | "took-too-long"
  | "certificate-wrong"
  | "key-lost"
  | "mail-not-sent"
  /** something on this computer: keys that were locked in the middle, a full disk, our own mistake */
  | "stopped-here"
  | "rejected-identifier"
  | "rate-limited"
  | "incorrect-response"
  | "user-action-required"
  | "external-account-required"
  | "unauthorized"
  | "bad-csr"
  | "already-revoked"
  | "misunderstood"
  | "account-key-refused"
  | "domain-forbids"
  | "domain-unreachable"
  | "contact-refused"
  | "server-internal"
  /** only the certificate's own key could ask, and it is locked */
  | "vault-locked";

export interface OrderView {
  readonly id: string;
  readonly directory: string;
  readonly host: string;
  readonly address: string;
  readonly state: OrderState;
  readonly problem: OrderProblem | null;
  /** the authority's own words, somebody else's; empty: none */
  readonly detail: string;
  /** a page of the authority for the person to read; null: it names none */
  readonly page: string | null;
  /** whom the challenge comes from, once it is known */
  readonly sender: string | null;
  /** a doubtful mail's topmost line says that this server checked it; null: it does not */
  readonly server: string | null;
  /** the kind of key, for the one that comes next */
  readonly kind: OfferedKeyKind;
  /** of the certificate */
  readonly fingerprint: string | null;
  /** ISO 8601: the certificate's end is near enough to think of the next; null: not */
  readonly renewBefore: string | null;
}
