/**
 * The issuers that go with a certificate: those above it as far as they are known, nearest first, its root not
 * included, because readers have their own. Each was found by its name and has really signed what is below.
 * Candidates come from mail, files and authorities: a name that does not parse is nobody's, and who sends namesakes
 * without end gets a chain that ends where the budget does.
 */
import { Budget, defaultLimits } from "../base/budget.js";
import type { Der } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { defaultReadPolicy } from "../policy/policy.js";
import type { Certificate } from "../x509/certificate.js";
import { checkCertificateSignature } from "../x509/certificate-signature.js";
import { sameName } from "../x509/distinguished-name.js";

/** longer paths are not used */
const longest = 8;

export interface Search {
  /** one for all that is searched for in one file */
  readonly budget: Budget;
  /** awaited after each signature: a library takes a hundredth of a second for some */
  readonly pause: () => Promise<void>;
}

const alone = (): Search => ({ budget: new Budget(), pause: async () => undefined });

/** For the certificates of one file: twice what the longest that is taken has to prove, 200 with a few links each. */
export function searchInFile(pause: Search["pause"]): Search {
  return { budget: new Budget({ ...defaultLimits, signatures: 1_000 }), pause };
}

/** @param candidates in any order; strangers may be among them */
export async function completeChain(
  certificate: Certificate,
  candidates: readonly Certificate[],
  search: Search = alone(),
): Promise<readonly Certificate[]> {
  const chain: Certificate[] = [];
  for (let last = certificate; chain.length < longest && !isRoot(last);) {
    const issuer = await findIssuer(last, candidates, search);
    if (issuer === null || isRoot(issuer) || chain.includes(issuer)) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

const isRoot = ({ subject, issuer }: Certificate): boolean => isSame(subject, issuer);

/** RFC 5280 §4.1.2.4: what is no RDNSequence names nobody. */
function isSame(a: Der, b: Der): boolean {
  try {
    return sameName(a, b);
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

/** The newest of those that signed it. */
async function findIssuer(
  certificate: Certificate,
  candidates: readonly Certificate[],
  { budget, pause }: Search,
): Promise<Certificate | null> {
  const named = candidates.filter((one) => isSame(one.subject, certificate.issuer));
  for (const issuer of named.sort((a, b) => b.notBefore - a.notBefore)) {
    if (budget.left("signatures") === 0) return null;
    if (await signed(certificate, issuer, budget)) return issuer;
    await pause();
  }
  return null;
}

/** By name and by signature; whether the issuer was allowed to, a path tells. */
export async function isIssuedByOneOf(
  certificate: Certificate,
  issuers: readonly Certificate[],
): Promise<boolean> {
  return (await findIssuer(certificate, issuers, alone())) !== null;
}

/** Where the budget is spent, nothing more is proven. */
async function signed(certificate: Certificate, issuer: Certificate, budget: Budget): Promise<boolean> {
  const ways = { policy: defaultReadPolicy, budget };
  try {
    return (await checkCertificateSignature(certificate, issuer, ways)) === undefined;
  } catch (error) {
    if (error instanceof BudgetExceededError) return false;
    throw error;
  }
}
