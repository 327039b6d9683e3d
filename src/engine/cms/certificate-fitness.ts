/**
 * What a certificate itself says it may be used for (RFC 8550 §4.4). Not whether it is believed: its path
 * was validated, or chosen by a person, before anybody writes with it.
 */
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Certificate } from "../x509/certificate.js";
import { extendedKeyUsage, keyUsage } from "../x509/extensions.js";
import { canReceive, publicKeyKind } from "../x509/public-key.js";

/** Can a content-encryption key be sent to it? */
export function canEncrypt(certificate: Certificate): boolean {
  return fits(() => {
    const key = publicKeyKind(certificate.subjectPublicKeyInfo);
    const usage = keyUsage(certificate);
    if (!isForMail(certificate) || !canReceive(key)) return false;
    // 1024 bits: what old correspondents have is still better than a postcard; less is not.
    if (key.kind === "rsa" && key.modulusBits < 1024) return false;
    // RFC 8550 §4.4.2, RFC 8410 §5, RFC 9935 §5
    const needed = key.kind === "rsa" || key.kind === "ml-kem" ? "keyEncipherment" : "keyAgreement";
    return usage?.has(needed) ?? true;
  });
}

/** May it vouch for a message? */
export function canSign(certificate: Certificate): boolean {
  return fits(() => {
    const { kind, ...key } = publicKeyKind(certificate.subjectPublicKeyInfo);
    if (kind === "other" || kind === "x25519" || kind === "x448" || kind === "ml-kem") return false;
    if (!isForMail(certificate)) return false;
    // RFC 8551 §4.2: shorter keys must not sign.
    if ("modulusBits" in key && key.modulusBits < 2048) return false;
    const usage = keyUsage(certificate);
    return usage === null || usage.has("digitalSignature") || usage.has("nonRepudiation");
  });
}

function isForMail(certificate: Certificate): boolean {
  const purposes = extendedKeyUsage(certificate);
  return (
    purposes === null || purposes.includes(oid.emailProtection) || purposes.includes(oid.anyExtendedKeyUsage)
  );
}

/** Extensions that do not parse permit nothing. */
function fits(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
