/** May this certificate be encrypted to at all? Judged alone and at its own beginning: its age is looked at when something is sent. */
import type { Certificate } from "../../engine/index.js";
import { checkEncryptionCertificate } from "../../engine/index.js";

export async function isForEncryption(certificate: Certificate): Promise<boolean> {
  const time = new Date(certificate.notBefore);
  const alone = { anchors: [certificate], candidates: [], address: null, time };
  return (await checkEncryptionCertificate(certificate, alone)).kind === "valid";
}
