/**
 * Certificates from a directory that answers over HTTPS (RFC 4387), by the template that the person or the
 * organisation set: `https://certs.example.org/search?email={address}`. What comes proves nothing by itself: a
 * path to an authority that counts here is asked for, as of any certificate.
 */
import type { Bytes, Certificate, EmailAddress } from "../../engine/index.js";
import { MalformedError, domainOf, emailAddresses, readCertificates, toHex } from "../../engine/index.js";
import type { Found } from "./dns-look-up.js";
import { filledUrl } from "./look-up-url.js";

/** Nobody has more for one address. */
const mostCertificates = 10;
const oneDay = 24 * 60 * 60;

/** @returns null where no address that may be asked comes out */
export async function directoryUrl(template: string, address: EmailAddress): Promise<URL | null> {
  const values: Readonly<Record<string, string>> = {
    address,
    local: address.slice(0, address.lastIndexOf("@")),
    domain: domainOf(address),
    sha1: await hexDigest("SHA-1", address),
    sha256: await hexDigest("SHA-256", address),
  };
  return filledUrl(template, values);
}

/** @param octets what the directory answered: DER, PEM or certs-only CMS; null: nothing, or no success */
export async function readDirectoryAnswer(octets: Bytes | null, address: EmailAddress): Promise<Found> {
  const certificates = octets === null ? null : await parsed(octets);
  if (certificates === null) return { outcome: "no-answer", certificates: [], vouched: [], ttl: 0 };
  const own = certificates
    .filter((certificate) => emailAddresses(certificate).some((name) => name === address))
    .slice(0, mostCertificates);
  const outcome = own.length > 0 ? "found" : certificates.length > 0 ? "unusable" : "none";
  return { outcome, certificates: own, vouched: [], ttl: oneDay };
}

async function parsed(octets: Bytes): Promise<readonly Certificate[] | null> {
  if (octets.length === 0) return [];
  try {
    return await readCertificates(octets);
  } catch (error) {
    // A page that says so in words is no certificate either.
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

async function hexDigest(name: "SHA-1" | "SHA-256", text: string): Promise<string> {
  const octets = new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(text)));
  return toHex(octets);
}
