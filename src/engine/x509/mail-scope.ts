/**
 * Which mail addresses an authority may vouch for, as its own name constraints say it (RFC 5280 §4.2.1.10): for the
 * person who is about to accept it. Nothing is judged by this; the path of each certificate is (`name-constraints.ts`).
 */
import { MalformedError } from "../base/errors.js";
import type { Certificate } from "./certificate.js";
import type { GeneralName } from "./general-name.js";
import { nameConstraints } from "./name-constraints.js";

/** Each as it is written: a mailbox, a host, or with a leading dot all hosts below it. */
export interface MailScope {
  /** null: every address in the world; empty: none */
  readonly permitted: readonly string[] | null;
  readonly excluded: readonly string[];
}

const nobody: MailScope = { permitted: [], excluded: [] };

export function mailScope(certificate: Certificate): MailScope {
  try {
    const constraints = nameConstraints(certificate);
    const permitted = mailboxesIn(constraints?.permitted ?? []);
    const excluded = mailboxesIn(constraints?.excluded ?? []);
    // An empty one stands for all mailboxes.
    if (excluded.includes("")) return nobody;
    // Constraints on names of another form do not bind addresses.
    const bindsNobody = permitted.length === 0 || permitted.includes("");
    return { permitted: bindsNobody ? null : permitted, excluded };
  } catch (error) {
    // Constraints that cannot be read fail each path below them.
    if (error instanceof MalformedError) return nobody;
    throw error;
  }
}

/** RFC 9598 §6: both forms bind both. */
function mailboxesIn(names: readonly GeneralName[]): readonly string[] {
  return names.flatMap((name) =>
    name.kind === "rfc822Name" || name.kind === "smtpUtf8Mailbox" ? [name.text] : [],
  );
}
