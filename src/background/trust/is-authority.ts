/** Is this the certificate of an authority? */
import type { Certificate } from "../../engine/index.js";
import { MalformedError, basicConstraints, sameName } from "../../engine/index.js";

/**
 * RFC 5280 §4.2.1.9: basicConstraints with cA. Roots of version 1, which have no extensions, say it only
 * by issuing themselves.
 */
export function isCertificateAuthority(certificate: Certificate): boolean {
  try {
    const constraints = basicConstraints(certificate);
    if (constraints !== null) return constraints.certificateAuthority;
    return certificate.extensions.size === 0 && isSelfIssued(certificate);
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

/** A name that does not parse is nobody's (RFC 5280 §4.1.2.4): a click on an attachment may have kept such a one. */
export function isSelfIssued(certificate: Certificate): boolean {
  try {
    return sameName(certificate.subject, certificate.issuer);
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
