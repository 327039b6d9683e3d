/**
 * The issuers that go with a certificate: those above it as far as they are known, nearest first, its root not
 * included, because readers have their own. Each was found by its name and has really signed what is below.
 */
import { Budget } from "../base/budget.js";
import { defaultReadPolicy } from "../policy/policy.js";
import type { Certificate } from "../x509/certificate.js";
import { checkCertificateSignature } from "../x509/certificate-signature.js";
import { sameName } from "../x509/distinguished-name.js";

/** longer paths are not used */
const longest = 8;

/** @param candidates in any order; strangers may be among them. @throws BudgetExceededError */
export async function completeChain(
  certificate: Certificate,
  candidates: readonly Certificate[],
): Promise<readonly Certificate[]> {
  const budget = new Budget();
  const chain: Certificate[] = [];
  for (let last = certificate; chain.length < longest && !isRoot(last);) {
    const issuer = await findIssuer(last, candidates, budget);
    if (issuer === null || isRoot(issuer) || chain.includes(issuer)) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

const isRoot = ({ subject, issuer }: Certificate): boolean => sameName(subject, issuer);

/** The newest of those that signed it. */
async function findIssuer(
  certificate: Certificate,
  candidates: readonly Certificate[],
  budget: Budget,
): Promise<Certificate | null> {
  const named = candidates.filter((one) => sameName(one.subject, certificate.issuer));
  for (const issuer of named.sort((a, b) => b.notBefore - a.notBefore))
    if (await signed(certificate, issuer, budget)) return issuer;
  return null;
}

/** By name and by signature; whether the issuer was allowed to, a path tells. @throws BudgetExceededError */
export async function isIssuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  return sameName(issuer.subject, certificate.issuer) && signed(certificate, issuer, new Budget());
}

async function signed(certificate: Certificate, issuer: Certificate, budget: Budget): Promise<boolean> {
  const ways = { policy: defaultReadPolicy, budget };
  return (await checkCertificateSignature(certificate, issuer, ways)) === undefined;
}
