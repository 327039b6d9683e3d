/** The certificates that travel in a SignedData (RFC 5652 §10.2.3), believed by nobody. */
import type { Bytes } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import type { Certificate } from "../x509/certificate.js";
import { parseCertificate } from "../x509/parse-certificate.js";

/** Real mail carries a handful; each costs a parse and a place in every search. */
const maximumCertificates = 100;

/** The largest that are honest hold hash-based signatures of 50,000 octets. */
const maximumCertificateBytes = 512 * 1024;

/** @returns those that parse. @throws BudgetExceededError */
export async function readCertificateSet(ders: readonly Bytes[]): Promise<readonly Certificate[]> {
  const tooLong = ders.some((der) => der.length > maximumCertificateBytes);
  if (ders.length > maximumCertificates || tooLong) throw new BudgetExceededError("certificates");
  const parsed = await Promise.all(ders.map(parseOrNull));
  return parsed.filter((certificate) => certificate !== null);
}

/** One that does not parse cannot be the signer's: then the signer's is missing. */
async function parseOrNull(der: Bytes): Promise<Certificate | null> {
  try {
    return await parseCertificate(der);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
