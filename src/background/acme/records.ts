/**
 * What of ACME lies on the disk: an account for each authority, and each order as far as it got. A record is
 * written before the next request leaves, so that whoever wakes later goes on from there.
 */
import type { Bytes } from "../../engine/index.js";
import type { AcmeFault } from "./acme-problem.js";
import type { OfferedKeyKind } from "../../protocol/key-views.js";
import type { FlattenedJws, PublicJwk } from "./jws.js";

export interface AccountRecord {
  readonly directory: string;
  /** signs, and cannot be read out (RFC 8555 §6.2) */
  readonly privateKey: CryptoKey;
  readonly publicJwk: PublicJwk;
  /** RFC 8555 §7.3.4: good for this key at this authority alone; no secret of the contract is in it */
  readonly binding?: FlattenedJws;
}

/** A mail server that a person said is their provider's: what it finds of DKIM counts (RFC 8601 §5). */
export interface MailServerRecord {
  /** normalised: whose mail it takes in */
  readonly address: string;
  /** its authserv-id, in small letters */
  readonly server: string;
}

/** What a person asked for. */
export interface NewOrder {
  readonly directory: string;
  /** normalised */
  readonly address: string;
  readonly kind: OfferedKeyKind;
  /** fingerprint of the certificate that it follows */
  readonly renews: string | null;
  /** `same`: of the certificate that it follows */
  readonly key: "new" | "same";
}

/**
 * What comes next. `mail`: the challenge is waited for. `answered`: the reply left. `validation`, `issuing`:
 * the authority is at work. `install`: the certificate is here, and the vault must be open.
 */
export type OrderStep =
  | "account"
  | "order"
  | "challenge"
  | "mail"
  | "answered"
  | "validation"
  | "finalize"
  | "issuing"
  | "install"
  | "done"
  | "failed";

export interface ProblemRecord {
  /** `stopped-here`: not the authority, but something on this computer (`order-failure.ts`) */
  readonly code: AcmeFault | "stopped-here";
  readonly type: string | null;
  readonly detail: string;
  /** of the authority, for the person to go to */
  readonly page: string | null;
}

export interface OrderedKey {
  /** its name among those that wait for their certificate (`vault/pending-keys.ts`); null: of the one that it renews */
  readonly id: string | null;
  /** PKCS #10: made while the key was at hand, so that nobody need unlock for it later */
  readonly request: Bytes;
}

/** RFC 8823 §3, as the authority said it over HTTPS */
export interface ChallengeRecord {
  readonly url: string;
  readonly authorization: string;
  /** token-part2 */
  readonly token: string;
  /** normalised: whom the mail comes from */
  readonly from: string;
  /** since when it is waited for, milliseconds since the epoch */
  readonly since: number;
  /** mails answered for it, each counted before its answer leaves; orders begun before 2026-11 do not say */
  readonly answers?: number;
  /** when the authority was told last that an answer left, milliseconds since the epoch */
  readonly answeredAt?: number;
}

/** A mail that looks like the challenge, and that nothing proves to be it: a person is asked. */
export interface DoubtfulMail {
  /** token-part1 */
  readonly token: string;
  readonly messageId: string;
  /** a server of which nothing is known says that it checked it; null: none does */
  readonly server: string | null;
  /** the person said: answer it */
  readonly confirmed: boolean;
}

export interface OrderRecord {
  readonly version: 1;
  readonly id: string;
  readonly directory: string;
  /** normalised */
  readonly address: string;
  readonly step: OrderStep;
  /** where it stopped; it goes on from there */
  readonly failedAt: OrderStep | null;
  /** of the key; of a renewal that keeps it, what it would have been */
  readonly kind: OfferedKeyKind;
  readonly key: OrderedKey | null;
  readonly url: string | null;
  readonly challenge: ChallengeRecord | null;
  readonly doubtful: DoubtfulMail | null;
  /** Message-IDs: each challenge is answered once, also where an order is tried again */
  readonly answeredMails: readonly string[];
  /** PEM, as it came */
  readonly chain: Bytes | null;
  /** of the certificate, once it is here */
  readonly fingerprint: string | null;
  readonly problem: ProblemRecord | null;
  /** fruitless tries in a row of the step */
  readonly tries: number;
  /** how often the authority took back how far it is; orders begun before 2026-12 do not say */
  readonly rounds?: number;
  /** milliseconds since the epoch; null: somebody else acts */
  readonly nextTry: number | null;
  readonly createdAt: number;
  /** milliseconds since the epoch */
  readonly endsAt: number;
  /** fingerprint of the certificate that it renews */
  readonly renews: string | null;
  /** when to think of the next certificate, milliseconds since the epoch; null: this one is not here */
  readonly renewAt: number | null;
  /** was the person told that it ends soon? */
  readonly reminded: boolean;
}
