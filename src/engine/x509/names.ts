/**
 * Whom a certificate speaks for: its addresses (RFC 8550 §3), as normalised values. That it names an
 * address proves nothing before its path is validated.
 */
import type { EmailAddress } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { normalizeAddress } from "../mime/address.js";
import type { Certificate } from "./certificate.js";
import { attributeTexts } from "./distinguished-name.js";
import { parseGeneralNames } from "./general-name.js";

/**
 * rfc822Name and SmtpUTF8Mailbox of the subjectAltName; the subject's emailAddress only where there is
 * no subjectAltName at all, because name constraints were not made for it (RFC 5280 §4.1.2.6).
 *
 * @returns none where the extension does not parse: such a certificate speaks for nobody
 */
export function emailAddresses(certificate: Certificate): readonly EmailAddress[] {
  try {
    const found = certificateMailboxes(certificate).map(normalizeAddress);
    return [...new Set(found.filter((address) => address !== null))];
  } catch (error) {
    if (error instanceof MalformedError) return [];
    throw error;
  }
}

/** The same, as written. @throws MalformedError */
export function certificateMailboxes(certificate: Certificate): readonly string[] {
  const alternative = certificate.extensions.get(oid.subjectAltName);
  if (alternative === undefined) return attributeTexts(certificate.subject, oid.emailAddress);
  return parseGeneralNames(alternative.value)
    .filter((name) => name.kind === "rfc822Name" || name.kind === "smtpUtf8Mailbox")
    .map(({ text }) => text);
}
