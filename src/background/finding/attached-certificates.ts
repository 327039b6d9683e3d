/**
 * Certificates attached to a message (.cer, .crt, .p7c …), kept by a person's click. Whoever wrote the message is
 * no voucher for them: they count no more than those from a file.
 */
import type { Bytes, CertificateSummary } from "../../engine/index.js";
import { MalformedError, describeCertificate, readCertificates } from "../../engine/index.js";
import type { CertificateStore } from "../trust/certificate-store.js";
import { isCertificateAuthority } from "../trust/is-authority.js";

/** Octets of one file, and certificates of one message. */
export const longestCertificateFile = 1024 * 1024;
const mostKept = 50;

/** By its name or its type, is an attachment a certificate? */
export function isCertificateFile(name: string, mediaType: string): boolean {
  if (/\.(?:cer|crt|der|p7b|p7c)$/i.test(name)) return true;
  return [
    "application/pkix-cert",
    "application/x-x509-user-cert",
    "application/x-pkcs7-certificates",
  ].includes(mediaType.toLowerCase());
}

/** @returns of people, those that are there now */
export async function keepCertificates(
  store: CertificateStore,
  files: readonly Bytes[],
): Promise<readonly CertificateSummary[]> {
  const found = (await Promise.all(files.map(certificatesIn))).flat().slice(0, mostKept);
  const keepings = found.map((certificate) => ({
    ...{ certificate, capabilities: null, attached: true as const },
    role: isCertificateAuthority(certificate) ? ("authority" as const) : ("person" as const),
  }));
  await store.keep(keepings, "imported");
  return keepings
    .filter(({ role }) => role === "person")
    .map(({ certificate }) => describeCertificate(certificate));
}

async function certificatesIn(octets: Bytes) {
  try {
    return octets.length > longestCertificateFile ? [] : await readCertificates(octets);
  } catch (error) {
    // A file with such a name that is something else.
    if (error instanceof MalformedError) return [];
    throw error;
  }
}
