/**
 * One certificate's signature under its issuer's key (RFC 5280 §6.1.3 (a)(1)). What came of it is kept with
 * the certificate: mathematics, which neither time nor policy nor revocation changes. Everything else is
 * judged anew for each message.
 */
import type { Budget } from "../base/budget.js";
import { oid } from "../base/oid.js";
import type { Fault } from "../fault/faults.js";
import type { ReadPolicy } from "../policy/policy.js";
import type { Certificate } from "./certificate.js";
import { isWeakDigest } from "./digest-algorithm.js";
import { asPathFault } from "./path-checks.js";
import { signatureScheme } from "./signature-scheme.js";
import { verificationCost, verifySignedBytes } from "./verify-signed-bytes.js";

const known = new WeakMap<Certificate, WeakMap<Certificate, boolean>>();

/** Did `issuer` sign `certificate`, as far as that was computed before? */
export function knownSignature(certificate: Certificate, issuer: Certificate): boolean | undefined {
  return known.get(certificate)?.get(issuer);
}

/** @throws BudgetExceededError */
export async function checkCertificateSignature(
  certificate: Certificate,
  issuer: Certificate,
  { policy, budget }: { readonly policy: ReadPolicy; readonly budget: Budget },
): Promise<Fault | undefined> {
  const { signatureAlgorithm } = certificate;
  const key = issuer.subjectPublicKeyInfo;
  if (policy.dsa === "verify" && key.algorithm.algorithm === oid.dsa) {
    return checkDsaSignature(certificate, issuer, { policy, budget });
  }
  try {
    const scheme = signatureScheme(signatureAlgorithm, key, null);
    // Collisions let one certificate be swapped for another that its authority never saw.
    if (scheme.digest !== null && isWeakDigest(scheme.digest, policy)) {
      return { code: "algorithm-weak", detail: signatureAlgorithm.algorithm };
    }
    const before = knownSignature(certificate, issuer);
    if (before === undefined) budget.spend("signatures", verificationCost(scheme));
    const holds = before ?? (await verifyAndRemember(certificate, issuer, scheme));
    return holds ? undefined : { code: "certificate-signature-mismatch" };
  } catch (error) {
    return asPathFault(error);
  }
}

/** Not remembered: the key's parameters may be those of another path. */
async function checkDsaSignature(
  { signatureAlgorithm, tbsCertificate, signatureValue }: Certificate,
  issuer: Certificate,
  { policy, budget }: { readonly policy: ReadPolicy; readonly budget: Budget },
): Promise<Fault | undefined> {
  const { dsaDigest, verifyDsaSignature } = await import("./dsa.js");
  try {
    if (isWeakDigest(dsaDigest(signatureAlgorithm), policy)) {
      return { code: "algorithm-weak", detail: signatureAlgorithm.algorithm };
    }
    budget.spend("signatures", 3);
    const signed = { data: tbsCertificate, signature: signatureValue };
    const holds = await verifyDsaSignature(issuer.subjectPublicKeyInfo, signatureAlgorithm, signed);
    return holds ? undefined : { code: "certificate-signature-mismatch" };
  } catch (error) {
    return asPathFault(error);
  }
}

async function verifyAndRemember(
  certificate: Certificate,
  issuer: Certificate,
  scheme: ReturnType<typeof signatureScheme>,
): Promise<boolean> {
  const { tbsCertificate, signatureValue } = certificate;
  const signed = { data: tbsCertificate, signature: signatureValue };
  const holds = await verifySignedBytes(issuer.subjectPublicKeyInfo, scheme, signed);
  let answers = known.get(certificate);
  if (answers === undefined) known.set(certificate, (answers = new WeakMap()));
  answers.set(issuer, holds);
  return holds;
}
