/**
 * The mail side of the stand-in ACME server (RFC 8823 §3.1, §3.2): writes challenge mails, signed by DKIM, and
 * judges answers line by line.
 */
import { createHash, randomBytes } from "node:crypto";
import type { DkimKey } from "./dkim.js";
import { headersOf } from "./thunderbird/checked-mail.js";

export const challengeSender = "acme-challenge@ca.test";

export interface Challenge {
  readonly address: string;
  readonly tokenPart1: string;
  readonly tokenPart2: string;
  readonly messageId: string;
  readonly replyTo: string | null;
  /** of the account's key (RFC 7638) */
  readonly thumbprint: string;
}

export function newChallenge(address: string, thumbprint: string, replyTo: string | null): Challenge {
  const token = () => randomBytes(24).toString("base64url");
  const messageId = `<${randomBytes(12).toString("hex")}@ca.test>`;
  return { address, tokenPart1: token(), tokenPart2: token(), messageId, replyTo, thumbprint };
}

export interface Writing {
  readonly from?: string;
  readonly subject?: string;
  readonly autoSubmitted?: string;
  readonly date?: Date;
}

/** RFC 8823 §3.1. @param key null: unsigned, as a forger's */
export function challengeMail(challenge: Challenge, key: DkimKey | null, writing: Writing = {}): string {
  const lines = [
    `From: ${writing.from ?? challengeSender}`,
    `To: ${challenge.address}`,
    ...(challenge.replyTo === null ? [] : [`Reply-To: ${challenge.replyTo}`]),
    // Folded, as long tokens are: white space in it does not count.
    `Subject: ${writing.subject ?? `ACME: ${challenge.tokenPart1.slice(0, 16)}\r\n ${challenge.tokenPart1.slice(16)}`}`,
    `Date: ${(writing.date ?? new Date()).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: ${challenge.messageId}`,
    `Auto-Submitted: ${writing.autoSubmitted ?? "auto-generated; type=acme"}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
    "Content-Transfer-Encoding: 7bit",
    "",
    "This is an automatically generated ACME challenge of a stand-in.",
    "",
  ];
  const message = lines.join("\r\n");
  return key === null ? message : key.sign(message);
}

/** RFC 8823 §3.2 @returns what is wrong with the answer; null where nothing is */
export function judgeAnswer(message: Uint8Array, challenge: Challenge): string | null {
  const headers = headersOf(message);
  const addressIn = (name: string): string =>
    /([^\s<>]+@[^\s<>]+)/.exec(headers.get(name) ?? "")?.[1]?.toLowerCase() ?? "";
  if (addressIn("from") !== challenge.address) return "From is not the address that is certified";
  if (addressIn("to") !== (challenge.replyTo ?? challengeSender)) return "To is not whom the challenge named";
  const subject = /^Re:\s+ACME:\s+(.+)$/.exec(headers.get("subject") ?? "")?.[1]?.replace(/\s/g, "");
  if (subject !== challenge.tokenPart1) return "the subject does not repeat token-part1";
  if (headers.get("in-reply-to") !== challenge.messageId) return "In-Reply-To does not name the challenge";
  if ([...headers.keys()].some((name) => name.startsWith("list-"))) return "it came by a list";
  if (!/^text\/plain\b/i.test(headers.get("content-type") ?? "")) return "not text/plain";
  const text = Buffer.from(message).toString("latin1");
  const body = text.slice(text.search(/\r?\n\r?\n/));
  const block = /^-----BEGIN ACME RESPONSE-----\r?\n([\s\S]*?)^-----END ACME RESPONSE-----\r?$/m.exec(body);
  if (block === null) return "no response block";
  const expected = createHash("sha256")
    .update(`${challenge.tokenPart1}${challenge.tokenPart2}.${challenge.thumbprint}`)
    .digest("base64url");
  return block[1]!.replace(/\s/g, "") === expected ? null : "another digest";
}
