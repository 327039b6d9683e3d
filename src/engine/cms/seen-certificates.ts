/**
 * Certificates worth keeping from a message that was signed by its author: those that an answer can be
 * encrypted to (RFC 8551 §2.5.3, RFC 8550 §2.3). The signer's stated preference first.
 */
import type { Bytes, EmailAddress } from "../base/bytes.js";
import { type Element, children, context, encoded, tags } from "../base/der-reader.js";
import { readOctetString } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Attributes } from "../cms-syntax/attributes.js";
import {
  type CertificateIdentifier,
  parseIssuerAndSerialNumber,
} from "../cms-syntax/certificate-identifier.js";
import type { PathSources } from "../x509/build-path.js";
import type { Certificate } from "../x509/certificate.js";
import { isIdentifiedBy } from "../x509/certificate-lookup.js";
import { checkEncryptionCertificate } from "../x509/check-encryption-certificate.js";
import { emailAddresses } from "../x509/names.js";
import type { SignatureOutcome } from "./verify-signature.js";
import type { SignedDataOutcome } from "./verify-signed-data.js";

export interface SeenCertificate {
  readonly certificate: Certificate;
  /** the links of its path between it and the anchor: without them no path is found when answering */
  readonly chain: readonly Certificate[];
  readonly address: EmailAddress;
  /** complete DER of SMIMECapabilities; null where the signer sent none */
  readonly capabilities: Bytes | null;
  /** the signer named this one as the one to encrypt to */
  readonly preferred: boolean;
}

/** Each costs a path; nobody sends more certificates for one address. */
const maximumSeen = 4;

/**
 * @param signed layers of a message whose verdict is good
 * @param author its visible author, by whom each layer is signed
 */
export async function seenCertificates(
  signed: readonly SignedDataOutcome[],
  author: EmailAddress,
  sources: PathSources & { readonly time: Date },
): Promise<readonly SeenCertificate[]> {
  const seen = new Map<string, SeenCertificate>();
  for (const { signatures, certificates } of signed) {
    const signature = signatures.find((outcome) => isValidBy(outcome, author));
    if (signature?.signer == null) continue;
    const attributes = signature.signerInfo?.signedAttrs ?? null;
    const preference = encryptionKeyPreference(attributes);
    const isPreferred = (certificate: Certificate): boolean =>
      preference !== null && isIdentifiedBy(certificate, preference);
    const mine = [signature.signer, ...certificates]
      .filter((certificate) => emailAddresses(certificate).includes(author))
      .sort((a, b) => Number(isPreferred(b)) - Number(isPreferred(a)));
    for (const certificate of mine.slice(0, maximumSeen)) {
      const candidates = [...certificates, ...sources.candidates];
      const use = { ...sources, candidates, address: author };
      const result = await checkEncryptionCertificate(certificate, use);
      if (result.kind !== "valid") continue;
      const chain = result.path.slice(1, -1);
      seen.set(certificate.fingerprint, {
        ...{ certificate, chain, address: author, capabilities: capabilities(attributes) },
        preferred: isPreferred(certificate),
      });
      // One is enough: the others in the bag are not covered by the signature, so anybody on the way could
      // have added one, such as an old certificate of hers whose key has been stolen.
      break;
    }
  }
  return [...seen.values()];
}

function isValidBy({ verdict }: SignatureOutcome, author: EmailAddress): boolean {
  return verdict.status === "valid" && verdict.signer.addresses.includes(author);
}

function attributeValue(attributes: Attributes | null, type: string): Element | null {
  const found = attributes?.list.filter((attribute) => attribute.type === type) ?? [];
  return found.length === 1 && found[0]!.values.length === 1 ? found[0]!.values[0]! : null;
}

function capabilities(attributes: Attributes | null): Bytes | null {
  const value = attributeValue(attributes, oid.smimeCapabilities);
  return value?.tag === tags.sequence ? encoded(value).slice() : null;
}

/** SMIMEEncryptionKeyPreference: a choice of three names. A preference that does not parse is none. */
function encryptionKeyPreference(attributes: Attributes | null): CertificateIdentifier | null {
  const value = attributeValue(attributes, oid.encryptionKeyPreference);
  try {
    if (value?.tag === context(0)) return parseIssuerAndSerialNumber(value, context(0));
    if (value?.tag === context(1)) {
      // RecipientKeyIdentifier (RFC 5652 §6.2.2): the key's identifier first, then what we do not need.
      const [keyIdentifier] = children(value);
      if (keyIdentifier === undefined) return null;
      return { kind: "subjectKeyIdentifier", keyIdentifier: readOctetString(keyIdentifier) };
    }
    if (value?.tag === context(2, "primitive")) {
      return {
        kind: "subjectKeyIdentifier",
        keyIdentifier: readOctetString(value, context(2, "primitive")),
      };
    }
    return null;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
