/**
 * The challenge by mail (RFC 8823 §3): half of the token comes over HTTPS, the other half in the subject of
 * a mail to the address itself; the answer goes back from there. A forged challenge wins nothing, because
 * its half is not the authority's; but no mail of ours leaves to anybody whom the authority did not name.
 */
import type { Bytes, EmailAddress } from "../../engine/index.js";
import { readFields } from "../../engine/index.js";
import { type AccountKey, keyAuthorization, sha256 } from "./jws.js";

/** What is waited for: normalised addresses, the sender as the authority named it over HTTPS. */
export interface ExpectedChallenge {
  readonly address: string;
  readonly from: string;
  /** milliseconds since the epoch: an older mail is an older order's */
  readonly since: number;
  /** authserv-ids that a person said are their provider's */
  readonly servers: readonly string[];
}

export interface FoundChallenge {
  /** token-part1 */
  readonly token: string;
  readonly messageId: string;
  /** as it says itself, milliseconds since the epoch */
  readonly date: number;
  /** where the sender wants the answer; counts only where the mail was proven to be the sender's */
  readonly replyTo: EmailAddress | null;
}

export interface ChallengeQuery {
  readonly subject: string;
  readonly fromDate: Date;
  readonly author?: string;
}

/**
 * What a mail client's index is asked for. By the sender too: strangers who write "ACME:" by the hundred must not
 * push the one out of sight. Not where the sender may be written in two ways (RFC 6531).
 */
export function challengeQuery({ from, since }: ExpectedChallenge): ChallengeQuery {
  const question = { subject: "ACME:", fromDate: new Date(since) };
  return /^[\x21-\x7e]+$/.test(from) && !from.includes("xn--") ? { ...question, author: from } : question;
}

/** RFC 8823 §3.1 @returns null where it is not the mail that is waited for */
export function findChallenge(raw: Bytes, expected: ExpectedChallenge): FoundChallenge | null {
  const fields = readFields(raw);
  if (fields === null) return null;
  const [from, ...others] = fields.addresses("from") ?? [];
  if (from !== expected.from || others.length > 0) return null;
  const to = fields.addresses("to") ?? [];
  if (to.length !== 1 || to[0] !== expected.address) return null;
  // RFC 3834 §5: parameters may follow; "type=acme" is one that should, and need not.
  if (!/^\s*auto-generated\s*(?:;|$)/i.test(fields.only("auto-submitted") ?? "")) return null;
  const token = challengeToken(fields.only("subject") ?? "");
  const messageId = fields.only("message-id");
  if (token === null || messageId === null) return null;
  // RFC 8823 §3.1: a signature covers Date, so whoever keeps an old challenge cannot make it a new one.
  const date = Date.parse(fields.only("date") ?? "");
  if (!(date >= expected.since)) return null;
  const replyTo = fields.addresses("reply-to") ?? [];
  const [answerTo, ...more] = replyTo;
  const counts = answerTo !== undefined && more.length === 0 && isNearTo(expected.from, answerTo);
  return { token, messageId, date, replyTo: counts ? answerTo : null };
}

/**
 * Of the same domain, or one below it. That the mail is proven rests on a field that a forger may have written where
 * the person's server writes none (RFC 8601 §5): it must not be enough to make us write to a stranger.
 */
function isNearTo(from: string, other: EmailAddress): boolean {
  const domain = from.slice(from.lastIndexOf("@") + 1);
  return other.endsWith(`@${domain}`) || other.endsWith(`.${domain}`);
}

/** @param subject "ACME: …", or what a person copied of it. White space of folding falls away. */
export function challengeToken(subject: string): string | null {
  const found = /^\s*ACME:\s*([A-Za-z0-9_\s-]+)$/.exec(subject.slice(0, 2_000));
  const token = found?.[1]!.replace(/\s+/g, "") ?? "";
  // 128 bits at least, in base64url
  return token.length >= 22 && token.length <= 512 ? token : null;
}

export interface ChallengeAnswer {
  readonly to: string;
  readonly subject: string;
  /** text/plain, without another line around it */
  readonly body: string;
}

export interface Halves {
  /** by mail */
  readonly tokenPart1: string;
  /** over HTTPS */
  readonly tokenPart2: string;
  readonly key: Pick<AccountKey, "publicJwk">;
}

/** RFC 8823 §3.2. In-Reply-To and References are the mail client's part. */
export async function challengeAnswer(to: string, halves: Halves): Promise<ChallengeAnswer> {
  const { tokenPart1, tokenPart2, key } = halves;
  const digest = await sha256(await keyAuthorization(tokenPart1 + tokenPart2, key));
  return {
    to,
    subject: `Re: ACME: ${tokenPart1}`,
    body: `-----BEGIN ACME RESPONSE-----\n${digest}\n-----END ACME RESPONSE-----\n`,
  };
}
