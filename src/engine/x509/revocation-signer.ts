/**
 * Whose word a CRL or an OCSP answer is. A CRL's signer has the name that the CRL gives, may sign CRLs, and
 * hangs from the same trust anchor as the certificate in question (RFC 5280 §6.3.3 (f), (g)). What hangs
 * from elsewhere, and whatever a stranger signed, proves nothing.
 */
import { equal } from "../base/bytes.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import type { Fault } from "../fault/faults.js";
import { oid } from "../base/oid.js";
import { defaultReadPolicy } from "../policy/policy.js";
import { hashingCost } from "../primitives/digest.js";
import { findPath } from "./build-path.js";
import type { Certificate } from "./certificate.js";
import type { CertificateList } from "./crl.js";
import { isWeakDigest } from "./digest-algorithm.js";
import { sameName } from "./distinguished-name.js";
import { keyUsage, subjectKeyIdentifier } from "./extensions.js";
import { knownListSignature, rememberListSignature } from "./known-lists.js";
import type { Question } from "./judge-question.js";
import { signatureScheme } from "./signature-scheme.js";
import { type SignedBytes, verificationCost, verifySignedBytes } from "./verify-signed-bytes.js";

/** of one name; more are there to cost time */
const maximumSigners = 8;

/** @returns what keeps the CRL from being believed; undefined where it may be. @throws BudgetExceededError */
export async function checkCrlSigner(list: CertificateList, question: Question): Promise<Fault | undefined> {
  const { path, conditions } = question;
  const others = (conditions.candidates ?? []).filter((certificate) => !isAmong(path, certificate));
  const named = [...path, ...others].filter((certificate) => mayHaveSigned(certificate, list));
  // Key identifiers are names, not proofs: they order the search and exclude nobody.
  const [fitting, rest] = [
    named.filter((one) => hasKey(one, list)),
    named.filter((one) => !hasKey(one, list)),
  ];
  let fault: Fault = { code: "crl-untrusted", detail: "no signer" };
  for (const signer of [...fitting, ...rest].slice(0, maximumSigners)) {
    const found = await checkSignature(signer, signedPart(list), question);
    if (found !== undefined) {
      fault = { code: "crl-untrusted", detail: found };
      continue;
    }
    if (isAmong(path, signer)) return undefined;
    const against = await checkSignerPath(signer, question, list.thisUpdate);
    if (against === undefined) return undefined;
    fault = { code: "crl-untrusted", detail: against };
  }
  return fault;
}

/** RFC 5280 §6.3.3 (f): the name, and where there is a key usage, it allows this one. */
function mayHaveSigned(certificate: Certificate, list: CertificateList): boolean {
  return readable(
    () => sameName(certificate.subject, list.issuer) && keyUsage(certificate)?.has("cRLSign") !== false,
  );
}

function hasKey(certificate: Certificate, { authorityKey }: CertificateList): boolean {
  return readable(() => {
    const own = subjectKeyIdentifier(certificate);
    return authorityKey !== null && own !== null && equal(authorityKey, own);
  });
}

/** A certificate that cannot be read has signed nothing. */
function readable(test: () => boolean): boolean {
  try {
    return test();
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

function isAmong(path: readonly Certificate[], { fingerprint }: Certificate): boolean {
  return path.some((certificate) => certificate.fingerprint === fingerprint);
}

export interface SignedPart extends SignedBytes {
  readonly algorithm: AlgorithmIdentifier;
  /** absent: no list */
  readonly list?: CertificateList;
}

function signedPart(list: CertificateList): SignedPart {
  const { signatureAlgorithm: algorithm, tbsCertList: data, signatureValue: signature } = list;
  return { algorithm, data, signature, list };
}

/** @returns a word for what is wrong, or undefined where the signature holds. @throws BudgetExceededError */
export async function checkSignature(
  signer: Certificate,
  { algorithm, data, signature, list }: SignedPart,
  { conditions: { budget, readPolicy: policy = defaultReadPolicy } }: Question,
): Promise<string | undefined> {
  const { subjectPublicKeyInfo: key } = signer;
  try {
    if (policy.dsa === "verify" && key.algorithm.algorithm === oid.dsa) {
      const { dsaDigest, verifyDsaSignature } = await import("./dsa.js");
      if (isWeakDigest(dsaDigest(algorithm), policy)) return "weak digest";
      budget.spend("signatures", 3);
      return (await verifyDsaSignature(key, algorithm, { data, signature })) ? undefined : "signature";
    }
    const scheme = signatureScheme(algorithm, key, null);
    // Collisions would let one list be swapped for another that its authority never saw.
    if (scheme.digest !== null && isWeakDigest(scheme.digest, policy)) return `weak digest ${scheme.digest}`;
    let holds = list && knownListSignature(list, signer);
    if (holds === undefined) {
      budget.spend("signatures", verificationCost(scheme));
      budget.spend("hashedBytes", data.length * (scheme.digest === null ? 1 : hashingCost(scheme.digest)));
      holds = await verifySignedBytes(key, scheme, { data, signature });
      if (list !== undefined) rememberListSignature(list, signer, holds);
    }
    return holds ? undefined : "signature";
  } catch (error) {
    if (error instanceof MalformedError || error instanceof UnsupportedError) return error.detail;
    throw error;
  }
}

/**
 * A signer outside of the path: valid when it signed, under the same anchor, and not revoked itself.
 * @returns a word for what is wrong, or undefined
 */
export async function checkSignerPath(
  signer: Certificate,
  question: Question,
  signedAt: number,
): Promise<string | undefined> {
  const { path, conditions, checking } = question;
  const { budget, candidates = [], readPolicy: policy = defaultReadPolicy } = conditions;
  const sources = { candidates: [...path.slice(1, -1), ...candidates], anchors: path.slice(-1) };
  const time = Math.max(signedAt, conditions.time);
  const result = await findPath(signer, sources, { purpose: "status", time, policy, budget });
  if (result.kind === "failed") return result.faults.map(({ code }) => code).join(" ");
  // A signer that answers for itself (RFC 6960 §4.2.2.2.1 knows the circle): asked once is enough.
  if (checking.has(signer.fingerprint)) return undefined;
  const faults = await question.checkSigner(result.path, new Set([...checking, signer.fingerprint]));
  return faults.length === 0 ? undefined : faults.map(({ code }) => code).join(" ");
}
