/**
 * People with one certificate to sign with and another to be written to: the signing one comes first, and
 * carries along which one is meant for answers (RFC 8551 §2.5.3).
 */
import type { Certificate, Identity } from "../engine/index.js";
import { checkEncryptionCertificate } from "../engine/index.js";
import { viewIdentity } from "./identity-view.js";

/**
 * @param fitting of one address, the best first
 * @returns the same, those that may sign before those that may not; each that nobody can encrypt to names the first that is for it
 */
export async function withSeparateKeys(
  fitting: readonly Identity[],
  time: Date,
): Promise<readonly Identity[]> {
  if (fitting.length < 2) return fitting;
  const judged = await Promise.all(
    fitting.map(async (identity) => ({
      identity,
      ...(await abilities(identity, time)),
    })),
  );
  const receiving = judged.find(({ receives }) => receives)?.identity.certificate ?? null;
  return [...judged]
    .sort((a, b) => Number(b.signs) - Number(a.signs))
    .map(({ identity, receives }) =>
      receives || receiving === null ? identity : { ...identity, encryptionCertificate: receiving },
    );
}

async function abilities(
  identity: Identity,
  time: Date,
): Promise<{ readonly signs: boolean; readonly receives: boolean }> {
  const { certificate } = identity;
  const [view, encrypting] = await Promise.all([
    viewIdentity(identity, time),
    checkEncryptionCertificate(certificate, anchoredIn(certificate, time)),
  ]);
  return { signs: view.canSign, receives: encrypting.kind === "valid" };
}

/** Our own needs no authority: we hold its key. */
function anchoredIn(certificate: Certificate, time: Date) {
  return { anchors: [certificate], candidates: [], address: null, time };
}
