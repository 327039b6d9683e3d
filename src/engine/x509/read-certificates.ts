/**
 * Certificates out of whatever file a person has: DER, PEM (RFC 7468) with any number of them, or the
 * certs-only SignedData of .p7b and .p7c files (RFC 8551 §3.8).
 */
import { type Bytes, fromUtf8 } from "../base/bytes.js";
import { contents, encoded, readElement, readWhole, tags } from "../base/der-reader.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { parseContentInfo } from "../cms-syntax/content-info.js";
import { parseSignedData } from "../cms-syntax/signed-data.js";
import { decodeBase64 } from "../kernels/base64.js";
import type { Certificate } from "./certificate.js";
import { parseCertificate } from "./parse-certificate.js";

/** All trust stores of the world together are smaller. */
const maximumFileBytes = 32 * 1024 * 1024;
const maximumCertificates = 1_000;

/** Counted before one of them is parsed: a file that would take minutes is refused at once. */
export class TooManyCertificatesError extends MalformedError {
  readonly count: number;
  constructor(count: number) {
    super("certificate-malformed", `${count} certificates`);
    this.count = count;
  }
}

/**
 * @returns in the order of the file, each once; empty where the file holds none
 * @throws MalformedError where the file is neither, or a certificate in it does not parse;
 *   TooManyCertificatesError, which is one
 */
export async function readCertificates(bytes: Bytes): Promise<readonly Certificate[]> {
  if (bytes.length > maximumFileBytes) throw new MalformedError("certificate-malformed", "file too large");
  const blocks = bytes[0] === tags.sequence ? [bytes] : readPem(bytes);
  const ders = blocks.flatMap(certificatesIn);
  if (ders.length > maximumCertificates) throw new TooManyCertificatesError(ders.length);
  const found = new Map<string, Certificate>();
  for (const der of ders) {
    const certificate = await parseCertificate(der);
    found.set(certificate.fingerprint, certificate);
  }
  return [...found.values()];
}

const armour = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE|PKCS7|CMS)-----([^-]*)-----END \1-----/g;

function readPem(bytes: Bytes): readonly Bytes[] {
  const text = new TextDecoder("iso-8859-1").decode(bytes);
  const blocks = [...text.matchAll(armour)].map((match) => {
    const der = decodeBase64(fromUtf8(match[2]!));
    if (match[1] !== "TRUSTED CERTIFICATE") return der;
    // OpenSSL's own: a certificate, then trust settings that we do not take over.
    return encoded(readElement(der, "der"));
  });
  if (blocks.length > 0 || text.includes("-----BEGIN ")) return blocks;
  // Some CAs send a .p7b as bare base64.
  return [decodeBase64(bytes)];
}

/** Either a certificate, or a SignedData that carries some. */
function certificatesIn(der: Bytes): readonly Bytes[] {
  const whole = readWhole(der, "ber");
  if (contents(whole)[0] !== tags.objectIdentifier) return [der];
  const { contentType, content } = parseContentInfo(der);
  if (contentType !== oid.signedData || content === null) {
    throw new MalformedError("certificate-malformed", `content type ${contentType}`);
  }
  return parseSignedData(content).certificates;
}
