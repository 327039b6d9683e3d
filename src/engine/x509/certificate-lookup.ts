/** Finding the certificate that CMS names (RFC 5652 §5.3, §6.2.1). Several may answer: anybody can write a name. */
import { equal } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import type { CertificateIdentifier } from "../cms-syntax/certificate-identifier.js";
import type { Certificate } from "./certificate.js";
import { sameName } from "./distinguished-name.js";
import { subjectKeyIdentifier } from "./extensions.js";

export function isIdentifiedBy(certificate: Certificate, identifier: CertificateIdentifier): boolean {
  if (identifier.kind === "issuerAndSerialNumber") {
    return (
      equal(certificate.serialNumber, identifier.serialNumber) && namesAgree(certificate, identifier.issuer)
    );
  }
  const keyIdentifier = readable(() => subjectKeyIdentifier(certificate));
  return keyIdentifier !== null && equal(keyIdentifier, identifier.keyIdentifier);
}

function namesAgree(certificate: Certificate, issuer: Certificate["issuer"]): boolean {
  return readable(() => sameName(certificate.issuer, issuer)) ?? false;
}

/** What does not parse is not the one that is looked for. */
function readable<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
