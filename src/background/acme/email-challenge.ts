/**
 * The challenge by mail (RFC 8823 §3): half of the token comes over HTTPS, the other half in the subject of
 * a mail to the address itself; the answer goes back from there. A forged challenge wins nothing, because
 * its half is not the authority's; but no mail of ours leaves to anybody whom the authority did not name.
 */
import { type AccountKey, keyAuthorization, sha256 } from "./jws.js";

/** A received mail, as far as it matters here. Addresses are normalised. */
export interface ChallengeMail {
  readonly subject: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly replyTo: readonly string[];
  readonly messageId: string | null;
  readonly references: string | null;
  readonly autoSubmitted: string | null;
}

/** What is waited for. */
export interface ExpectedChallenge {
  /** normalised */
  readonly address: string;
  /** normalised: whom the authority sends from */
  readonly from: string;
}

/** RFC 8823 §3.1 @returns token-part1, or null where it is not the mail that is waited for */
export function challengeToken(mail: ChallengeMail, expected: ExpectedChallenge): string | null {
  if (mail.from.length !== 1 || mail.from[0] !== expected.from) return null;
  if (!mail.to.includes(expected.address)) return null;
  // "auto-generated; type=acme", with comments and white space as anybody likes
  const marked = /^\s*auto-generated\s*;\s*type\s*=\s*"?acme"?\s*$/i.test(mail.autoSubmitted ?? "");
  if (!marked || mail.messageId === null) return null;
  // White space of folded subjects falls away.
  const found = /^\s*ACME:\s*([A-Za-z0-9_\s-]+)$/.exec(mail.subject);
  const token = found?.[1]!.replace(/\s+/g, "") ?? "";
  return token.length >= 22 && token.length <= 512 ? token : null;
}

export interface ChallengeAnswer {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly inReplyTo: string;
  readonly references: string;
  /** text/plain, CRLF */
  readonly body: string;
}

/** RFC 8823 §3.2 */
export async function challengeAnswer(
  mail: ChallengeMail & { readonly messageId: string },
  expected: ExpectedChallenge & { readonly tokenPart2: string },
  { key, tokenPart1 }: { readonly key: AccountKey; readonly tokenPart1: string },
): Promise<ChallengeAnswer> {
  const authorization = await keyAuthorization(tokenPart1 + expected.tokenPart2, key);
  const lines = [
    "-----BEGIN ACME RESPONSE-----",
    await sha256(authorization),
    "-----END ACME RESPONSE-----",
    "",
  ];
  return {
    from: expected.address,
    to: mail.replyTo[0] ?? expected.from,
    subject: `Re: ACME: ${tokenPart1}`,
    inReplyTo: mail.messageId,
    references: [mail.references, mail.messageId].filter((id) => id !== null).join(" "),
    body: lines.join("\r\n"),
  };
}
