/**
 * An identity as pages show it. What counts is the certificate alone: that an authority we know vouches
 * for it matters to those who receive, not to the one whose key it is.
 */
import type { Fault, Identity } from "../engine/index.js";
import { checkEncryptionCertificate, checkSigningCertificate, describeCertificate } from "../engine/index.js";
import type { IdentityView } from "../protocol/messages.js";
import type { StolenView } from "../protocol/orders.js";

/** Whatever else is wrong with a certificate, mail that was once encrypted to it is opened with its key. */
const cannotDecrypt: ReadonlySet<string> = new Set(["key-usage-unsuitable", "key-unsupported"]);

/** @param stolen what its owner said; null or absent: nothing of the kind */
export async function viewIdentity(
  { certificate, chain }: Identity,
  time: Date,
  stolen: StolenView | null = null,
): Promise<IdentityView> {
  const alone = { anchors: [certificate], candidates: [], address: null, time };
  const [signing, encrypting] = await Promise.all([
    checkSigningCertificate(certificate, alone),
    checkEncryptionCertificate(certificate, alone),
  ]);
  const signingFaults = signing.kind === "failed" ? signing.faults : [];
  const encryptionFaults = encrypting.kind === "failed" ? encrypting.faults : [];
  return {
    certificate: describeCertificate(certificate),
    chain: chain.map(describeCertificate),
    canSign: signingFaults.length === 0 && stolen === null,
    canDecrypt: !encryptionFaults.some(({ code }) => cannotDecrypt.has(code)),
    problem: problemOf(signingFaults, encryptionFaults),
    ...(stolen && { stolen }),
  };
}

/** A certificate for one of the two uses only is no problem; one for neither is, and the faults come by rank. */
function problemOf(signing: readonly Fault[], encrypting: readonly Fault[]): Fault | null {
  return signing.length > 0 && encrypting.length > 0 ? signing[0]! : null;
}
