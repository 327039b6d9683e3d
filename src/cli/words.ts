/**
 * Words for the terminal. States and faults are told as in the add-on, from `_locales`; what speaks of
 * buttons and settings there has its own sentence here. Text from messages and certificates is stripped
 * of control characters first: a terminal obeys them.
 */
import { readFileSync } from "node:fs";
import { type Blocker, type BlockerCode } from "../engine/index.js";

type Messages = Readonly<Record<string, { readonly message: string } | undefined>>;

const file = new URL("../../_locales/en/messages.json", import.meta.url);
let messages: Messages | undefined;

/** @returns null where the add-on has no words for it */
export function words(key: string, ...inserted: readonly string[]): string | null {
  messages ??= JSON.parse(readFileSync(file, "utf8")) as Messages;
  const found = messages[key.replace(/-/g, "_")]?.message;
  return (
    found?.replace(/\$(\d)/g, (_, digit: string) => printable(inserted[Number(digit) - 1] ?? "")) ?? null
  );
}

/** One line that no terminal takes for a command. */
export function printable(text: string): string {
  return printableText(text).replace(/\n/g, " ");
}

/** The same, with its lines. */
export function printableText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[^\P{C}\n\t]/gu, "\ufffd");
}

const blockerSentences: Readonly<Record<BlockerCode, string>> = {
  "identity-missing": "There is no identity for $1: name its .p12 file with --identity.",
  "identity-address-mismatch": "The identity is for $2, but the message is from $1.",
  "identity-expired": "The certificate for $1 expired on $2.",
  "identity-not-yet-valid": "The certificate for $1 is valid only from $2.",
  "identity-unsuitable": "The certificate for $1 does not allow this use.",
  "identity-locked": "There is no private key for $1.",
  "identity-stolen": "The key for $1 was stolen.",
  "author-ambiguous": "From must name one sender, and no group: a signature speaks for one.",
  "recipients-missing": "There is nobody to encrypt for: the message has no recipient.",
  "recipient-certificate-missing": "There is no certificate for $1: name its file with --encrypt.",
  "recipient-certificate-expired": "The certificate of $1 expired on $2.",
  "recipient-certificate-unsuitable":
    "The certificate of $1 does not allow encryption, or is for another address.",
  "recipient-certificate-revoked": "The authority withdrew the certificate of $1 on $2.",
  "recipient-certificate-unconfirmed": "Nobody vouches for the certificate of $1.",
  "recipient-list-unresolved": "$1 is no address: name the people themselves.",
  "bcc-with-encryption":
    "An encrypted message shows for whom it can be opened, so $1 under Bcc would be seen by all.",
  "draft-malformed": "The draft is no message that can be signed ($2).",
  "message-too-large": "The message is too large.",
  "algorithm-unsupported": "A key is of a kind that Signet cannot use for this ($2).",
  "hook-unavailable": "Thunderbird does not let Signet protect this message.",
  "organisation-signs": "the organisation asks for a signature",
  "organisation-rule-unreadable": "a rule of the organisation cannot be read",
  "organisation-escrow-expired": "the organisation's certificate for reading along has expired",
  "protection-failed": "The protection failed, and nothing was written ($2).",
};

export function blockerWords({ code, address, detail }: Blocker): string {
  return blockerSentences[code]
    .replace("$1", printable(address ?? "the sender"))
    .replace("$2", printable(detail ?? "no further detail"));
}
