/** A certificate as the details pane shows it: JSON, no judgement. */
import { toHex } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { withoutInvisible } from "../base/visible-text.js";
import type { Certificate } from "../x509/certificate.js";
import { attributeText, nameToText } from "../x509/distinguished-name.js";
import { emailAddresses } from "../x509/names.js";
import { describeKey } from "../x509/public-key.js";
import type { CertificateSummary } from "./verdict.js";

const described = new WeakMap<Certificate, CertificateSummary>();

/** Remembered with the certificate: it tells the same each time. */
export function describeCertificate(certificate: Certificate): CertificateSummary {
  let summary = described.get(certificate);
  if (summary === undefined) described.set(certificate, (summary = describe(certificate)));
  return summary;
}

function describe(certificate: Certificate): CertificateSummary {
  const { subject, issuer } = certificate;
  const addresses = emailAddresses(certificate);
  const issuerText = readable(() => nameToText(issuer)) ?? "";
  return {
    fingerprint: certificate.fingerprint,
    subject: readable(() => nameToText(subject)) ?? "",
    commonName: readable(() => attributeText(subject, oid.commonName)),
    organization: readable(() => attributeText(subject, oid.organization)),
    addresses,
    ...(addresses.length > 0 && !certificate.extensions.has(oid.subjectAltName)
      ? { addressSource: "subject" as const }
      : {}),
    issuer: issuerText,
    issuerName:
      readable(() => attributeText(issuer, oid.commonName)) ??
      readable(() => attributeText(issuer, oid.organization)) ??
      issuerText,
    serialNumber: toHex(certificate.serialNumber),
    notBefore: isoTime(certificate.notBefore),
    notAfter: isoTime(certificate.notAfter),
    key: readable(() => describeKey(certificate.subjectPublicKeyInfo)) ?? "",
  };
}

/** Names and keys are parsed only when asked for; what does not parse has nothing to show. */
function readable(read: () => string | null): string | null {
  try {
    // Direction marks and other invisible characters could turn one name into another on the screen.
    const text = read();
    return text === null ? null : withoutInvisible(text);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
