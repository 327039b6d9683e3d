/**
 * Certificates worth keeping from a message that was signed by its author: those that an answer can be
 * encrypted to (RFC 8551 §2.5.3, RFC 8550 §2.3). Which of several: docs/decisions/which-certificate-to-keep.md.
 */
import { type Bytes, type EmailAddress, equal } from "../base/bytes.js";
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
import { type CertificateUse, checkEncryptionCertificate } from "../x509/check-encryption-certificate.js";
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
  /** ISO 8601: when she says that she said so, in the very signature that says it (RFC 5652 §11.3); null: she does not */
  readonly claimedTime: string | null;
}

/** Each costs a path; nobody sends more certificates for one address. More are there to choose for us. */
const maximumSeen = 4;

/**
 * @param signed layers of a message whose verdict is good, with the signatures of her whom the headline names
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
    const { signer, signerInfo, verdict } = signature;
    const attributes = signerInfo?.signedAttrs ?? null;
    const candidates = [...certificates, ...sources.candidates];
    const found = await chosen(
      { signer, bag: certificates, preference: encryptionKeyPreference(attributes) },
      { ...sources, candidates, address: author },
    );
    if (found === null) continue;
    const { certificate, chain, preferred } = found;
    // Of another signature, which anybody can have put beside hers, not even the time is taken.
    const told = { capabilities: capabilities(attributes), preferred, claimedTime: verdict.claimedTime };
    seen.set(certificate.fingerprint, { certificate, chain, address: author, ...told });
  }
  return [...seen.values()];
}

interface Choice {
  readonly signer: Certificate;
  /** every certificate of the message: no signature covers them, anybody on the way could have added some */
  readonly bag: readonly Certificate[];
  readonly preference: CertificateIdentifier | null;
}

type Chosen = Pick<SeenCertificate, "certificate" | "chain" | "preferred">;

/**
 * RFC 8551 §2.5.3.1: the one that she named in what she signed; else her signing certificate; else, where that
 * cannot be encrypted to, the only one that can and bears the same name by the same authority. Two that fit
 * are none: one may be somebody else's choice, such as an old certificate of hers whose key was stolen.
 */
async function chosen({ signer, bag, preference }: Choice, use: CertificateUse): Promise<Chosen | null> {
  const others = bag.filter(({ fingerprint }) => fingerprint !== signer.fingerprint);
  if (preference !== null) {
    const named = [signer, ...others].filter((one) => isIdentifiedBy(one, preference));
    const preferred = await onlyFit(named, use);
    if (preferred !== null) return { ...preferred, preferred: true };
  }
  const own = await onlyFit([signer], use);
  if (own !== null) return { ...own, preferred: false };
  // She named one, and it is not there: nothing in the bag takes its place.
  if (preference !== null) return null;
  const twin = await onlyFit(
    others.filter((one) => equal(one.subject, signer.subject) && equal(one.issuer, signer.issuer)),
    use,
  );
  return twin === null ? null : { ...twin, preferred: false };
}

async function onlyFit(
  certificates: readonly Certificate[],
  use: CertificateUse,
): Promise<Omit<Chosen, "preferred"> | null> {
  const distinct = new Map(certificates.map((certificate) => [certificate.fingerprint, certificate]));
  if (distinct.size > maximumSeen) return null;
  const fit: Omit<Chosen, "preferred">[] = [];
  for (const certificate of distinct.values()) {
    const result = await checkEncryptionCertificate(certificate, use);
    if (result.kind === "valid") fit.push({ certificate, chain: result.path.slice(1, -1) });
  }
  return fit.length === 1 ? fit[0]! : null;
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
