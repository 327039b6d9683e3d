/** The certificates that travel in a SignedData (RFC 5652 §10.2.3), believed by nobody. */
import type { Bytes } from "../base/bytes.js";
import { BudgetExceededError } from "../base/errors.js";
import type { Certificate } from "../x509/certificate.js";
import { parseCertificateOrNull } from "../x509/parse-certificate.js";

/** Real mail carries a handful; each costs a parse and a place in every search. */
const maximumCertificates = 100;

/** The largest that are honest hold hash-based signatures of 50,000 octets. */
const maximumCertificateBytes = 512 * 1024;

/** @returns those that parse. @throws BudgetExceededError */
export async function readCertificateSet(ders: readonly Bytes[]): Promise<readonly Certificate[]> {
  const tooLong = ders.some((der) => der.length > maximumCertificateBytes);
  if (ders.length > maximumCertificates || tooLong) throw new BudgetExceededError("certificates");
  // One that does not parse cannot be the signer's: then the signer's is missing.
  const parsed = await Promise.all(ders.map(parseCertificateOrNull));
  return parsed.filter((certificate) => certificate !== null);
}
