/**
 * Certificates in a policy: PEM, as an administrator has them. One that cannot be used is refused with its
 * reason and all that stand beside it, because half a list would look like the whole.
 */
import type { Bytes, Certificate } from "../../engine/index.js";
import {
  MalformedError,
  TooManyCertificatesError,
  UnsupportedError,
  emailAddresses,
  readCertificates,
} from "../../engine/index.js";
import type { PolicyProblem } from "../../protocol/messages.js";
import { isCertificateAuthority } from "../trust/is-authority.js";
import { isForEncryption } from "./is-for-encryption.js";

type Problem = PolicyProblem["code"];

/** letters of one PEM text, and texts in a list */
const longest = 200_000;
const most = 200;

/** @param value a list of PEM texts, or one */
export async function readAnchors(value: unknown): Promise<readonly Certificate[] | Problem> {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length > most) return "value-unreadable";
  const found: Certificate[] = [];
  for (const text of texts) {
    const certificates = await certificatesIn(text);
    if (certificates === null) return "certificate-unreadable";
    found.push(...certificates);
  }
  return found.every(isCertificateAuthority) ? found : "not-an-authority";
}

/** One certificate, that can be encrypted to and says by an address whose it is: the composer shows it. */
export async function readEscrow(value: unknown): Promise<Certificate | Problem> {
  const certificates = await certificatesIn(value);
  const [certificate, other] = certificates ?? [];
  if (certificate === undefined || other !== undefined) return "certificate-unreadable";
  if (emailAddresses(certificate).length === 0) return "certificate-without-address";
  return (await isForEncryption(certificate)) ? certificate : "certificate-unsuitable";
}

/** @returns null where the text holds none, or something else besides */
async function certificatesIn(text: unknown): Promise<readonly Certificate[] | null> {
  if (typeof text !== "string" || text.length > longest) return null;
  const bytes: Bytes = new TextEncoder().encode(text);
  try {
    const certificates = await readCertificates(bytes);
    return certificates.length === 0 ? null : certificates;
  } catch (error) {
    const isBad =
      error instanceof MalformedError ||
      error instanceof UnsupportedError ||
      error instanceof TooManyCertificatesError;
    if (isBad) return null;
    throw error;
  }
}
