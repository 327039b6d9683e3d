/**
 * Who says that a challenge mail is its sender's (RFC 8823 §3.1 asks for DKIM or S/MIME). DKIM is judged by the
 * server that took the mail in; what it found it writes on top (RFC 8601), and of all such fields only the
 * topmost counts, and only in the name of the domain that the person's address is in, or of a server that the
 * person knows (§5: nobody else can tell). S/MIME is judged by our own
 * engine, and counts where the signature covers the header too: the subject is what matters here (RFC 9788).
 */
import type { Bytes, MessageVerdict } from "../../engine/index.js";
import { readFields } from "../../engine/index.js";
import type { ExpectedChallenge } from "./email-challenge.js";

/** RFC 8823 §3.1 item 6: what a DKIM signature must cover */
const coveredFields = [
  ...["from", "sender", "reply-to", "to", "cc", "subject", "date", "in-reply-to", "references"],
  ...["message-id", "auto-submitted", "content-type", "content-transfer-encoding"],
];

export type DkimWord =
  /** the person's own server found a DKIM signature of the sender's domain, over all that matters */
  | { readonly kind: "proven" }
  /** a server says so of which nothing is known: it may be the provider's, or the forger's invention */
  | { readonly kind: "claimed"; readonly server: string }
  | { readonly kind: "none" };

export function judgeDkim(raw: Bytes, { from, address, servers }: ExpectedChallenge): DkimWord {
  const fields = readFields(raw);
  const [topmost] = fields?.all("authentication-results") ?? [];
  const results = topmost === undefined ? null : readResults(topmost);
  if (fields === null || results === null) return { kind: "none" };
  const domain = from.slice(from.lastIndexOf("@") + 1);
  if (!results.dkim.some((one) => one.passed && one.domain === domain)) return { kind: "none" };
  // Which of several signatures passed, the field need not say: each must cover what matters.
  const signatures = fields
    .all("dkim-signature")
    .map(tags)
    .filter((one) => one.get("d")?.toLowerCase() === domain);
  if (signatures.length === 0 || !signatures.every(coversAll)) return { kind: "none" };
  const { server } = results;
  if (isOwnServer(server, address) || servers.includes(server)) return { kind: "proven" };
  return { kind: "claimed", server };
}

/** @returns did the sender sign it, header and all, with a certificate that an authority of ours vouches for? */
export function isProvenBySmime(verdict: MessageVerdict, { from, address }: ExpectedChallenge): boolean {
  const { summary, protectedHeader } = verdict;
  if (summary.state !== "2" || summary.author.address !== from || protectedHeader === undefined) return false;
  const { subject, date, differing, from: authors, to } = protectedHeader;
  // The date too: else an old one could be sent again as a new one.
  const isWhole = subject !== null && date !== null && differing.length === 0;
  return isWhole && authors.join() === from && to.join() === address;
}

/** The domain of an address is its provider's: a name below it is the provider's too. */
function isOwnServer(server: string, address: string): boolean {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  return server === domain || server.endsWith(`.${domain}`);
}

interface Results {
  readonly server: string;
  readonly dkim: readonly { readonly passed: boolean; readonly domain: string }[];
}

/** RFC 8601 §2.2 @returns null where it is written in a way that we would have to guess at */
function readResults(field: string): Results | null {
  const text = withoutComments(field);
  if (text === null || text.includes('"')) return null;
  const [head, ...results] = text.split(";");
  // "example.org 1": a version may follow
  const server = /^\s*([A-Za-z0-9._-]+)(?:\s+1)?\s*$/.exec(head!)?.[1]?.toLowerCase();
  if (server === undefined) return null;
  const dkim = results.flatMap((result) => {
    const method = /^\s*dkim\s*=\s*([a-z]+)(?=\s|$)/i.exec(result);
    if (method === null) return [];
    const domains = [...result.matchAll(/\sheader\.d\s*=\s*([A-Za-z0-9._-]+)(?=\s|$)/gi)].map(
      (match) => match[1]!,
    );
    const domain = domains.length === 1 ? domains[0]!.toLowerCase() : "";
    return [{ passed: method[1]!.toLowerCase() === "pass", domain }];
  });
  return { server, dkim };
}

/** RFC 5322 §3.2.2: comments nest. @returns null where they do not end */
function withoutComments(text: string): string | null {
  let depth = 0;
  let kept = "";
  for (const character of text.slice(0, 4_000)) {
    if (character === "\\") return null;
    if (character === "(") depth++;
    if (depth === 0) kept += character;
    if (character === ")" && --depth < 0) return null;
  }
  return depth === 0 ? kept : null;
}

/** RFC 6376 §3.2 */
function tags(field: string): ReadonlyMap<string, string> {
  const pairs = field.split(";").map((pair): [string, string] => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals).trim(), pair.slice(equals + 1).replace(/\s+/g, "")];
  });
  return new Map(pairs);
}

function coversAll(signature: ReadonlyMap<string, string>): boolean {
  const covered = new Set((signature.get("h") ?? "").toLowerCase().split(":"));
  // "l=" leaves an end of the body open; nobody reads the body, but whoever signs so is none of the RFC's.
  return coveredFields.every((name) => covered.has(name)) && !signature.has("l");
}
