/** What our own pages may ask about certificates ordered by ACME (RFC 8555, RFC 8823), and what they show of an order. */
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
  /** "this mail is the challenge, answer it" */
  "order:confirm-mail": { ask: { id: string }; answer: Record<string, never> };
  /** by hand: what to answer to the mail with this subject */
  "order:answer": { ask: { id: string; subject: string }; answer: AnswerView };
  "order:answered": { ask: { id: string }; answer: Record<string, never> };
  "order:try-again": { ask: { id: string }; answer: Record<string, never> };
  "order:remove": { ask: { id: string }; answer: Record<string, never> };
  /** RFC 8555 §7.6 */
  "order:revoke": { ask: { fingerprint: string; why: "stolen" | "not-used" }; answer: Record<string, never> };
}

export interface NewOrderAsk {
  readonly directory: string;
  readonly address: string;
  readonly kind: OfferedKeyKind;
  /** fingerprint of the certificate that it follows */
  readonly renews: string | null;
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
  | "being-issued"
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
  | "rejected-identifier"
  | "rate-limited"
  | "incorrect-response"
  | "user-action-required"
  | "external-account-required"
  | "unauthorized"
  | "bad-csr";

export interface OrderView {
  readonly id: string;
  readonly directory: string;
  readonly host: string;
  readonly address: string;
  readonly state: OrderState;
  readonly problem: OrderProblem | null;
  /** the authority's own words, somebody else's; empty: none */
  readonly detail: string;
  /** whom the challenge comes from, once it is known */
  readonly sender: string | null;
  /** of the certificate */
  readonly fingerprint: string | null;
  /** ISO 8601: the certificate's end is near enough to think of the next; null: not */
  readonly renewBefore: string | null;
}
