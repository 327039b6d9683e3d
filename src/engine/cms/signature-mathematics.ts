/**
 * The mathematics of one signerInfo (RFC 5652 §5.6): the content against its digest, the attributes
 * against the rules, the signature against a key. The same for a message, for a signature over a
 * signature, and for a time stamp; whom the key belongs to is another matter.
 */
import type { Budget } from "../base/budget.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { signedForms, singleValue } from "../cms-syntax/attributes.js";
import type { SignerInfo } from "../cms-syntax/signed-data.js";
import type { Fault } from "../fault/faults.js";
import type { Certificate } from "../x509/certificate.js";
import { hashingCost } from "../primitives/digest.js";
import { isWeakDigest, messageDigestName } from "../x509/digest-algorithm.js";
import { type SignatureScheme, signatureScheme } from "../x509/signature-scheme.js";
import { verificationCost, verifySignedBytes } from "../x509/verify-signed-bytes.js";
import {
  checkAlgorithmProtection,
  checkContentType,
  checkSigningCertificate,
  looksLikeSignedAttributes,
  messageDigest,
} from "./signed-attributes.js";
import type { SignedContent } from "./signed-content.js";

export interface TypedContent {
  /** null where the content has no type: a countersignature's (RFC 5652 §11.4) */
  readonly eContentType: string | null;
  readonly content: SignedContent;
}

/** Everything that can be said without a key. */
export async function checkContent(
  signerInfo: SignerInfo,
  { eContentType, content }: TypedContent,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  try {
    const digestAlgorithm = messageDigestName(signerInfo.digestAlgorithm);
    if (isWeakDigest(digestAlgorithm)) faults.push({ code: "algorithm-weak", detail: digestAlgorithm });
    if (signerInfo.signedAttrs === null) {
      if (content.forms().some(looksLikeSignedAttributes)) {
        faults.push({ code: "signed-attributes-malformed", detail: "content is attributes" });
      }
      // RFC 5652 §5.3: other content needs attributes; without them nothing signed says what the octets are.
      if (eContentType !== null && eContentType !== oid.data) {
        faults.push({ code: "content-type-mismatch", detail: "absent" });
      }
      return faults;
    }
    const stated = checkContentType(signerInfo.signedAttrs, eContentType);
    if (stated !== undefined) faults.push(stated);
    const digest = messageDigest(signerInfo.signedAttrs);
    if (digest === null) faults.push({ code: "message-digest-missing" });
    else if (!(await content.hasDigest(digestAlgorithm, digest))) {
      faults.push({ code: "message-digest-mismatch" });
    }
    // RFC 5652 §11.3: at most once. Whether its time can be read is another matter.
    singleValue(signerInfo.signedAttrs, oid.signingTime);
    const protection = checkAlgorithmProtection(signerInfo);
    if (protection !== undefined) faults.push(protection);
  } catch (error) {
    faults.push(error instanceof MalformedError ? signedAttributesFault(error) : asFault(error));
  }
  return faults;
}

export interface KeyCheck {
  /** null where key and algorithm do not fit, or are not known to us */
  readonly scheme: SignatureScheme | null;
  readonly faults: readonly Fault[];
}

/** What needs the key: the signature, and whether this certificate is the one that was meant. */
export async function checkSignature(
  signerInfo: SignerInfo,
  signer: Certificate,
  { content, budget }: { readonly content: SignedContent; readonly budget: Budget },
): Promise<KeyCheck> {
  const faults: Fault[] = [];
  let scheme: SignatureScheme | null = null;
  try {
    const { signatureAlgorithm, digestAlgorithm, signedAttrs } = signerInfo;
    scheme = signatureScheme(signatureAlgorithm, signer.subjectPublicKeyInfo, digestAlgorithm);
    const forms = signedAttrs === null ? content.forms() : signedForms(signedAttrs);
    let holds = false;
    for (const data of forms) {
      budget.spend("signatures", verificationCost(scheme));
      budget.spend("hashedBytes", data.length * hashingCostOf(scheme));
      const signed = { data, signature: signerInfo.signature };
      if ((holds = await verifySignedBytes(signer.subjectPublicKeyInfo, scheme, signed))) break;
    }
    if (!holds) faults.push({ code: "signature-mismatch" });
    const mismatch = signedAttrs === null ? undefined : await checkSigningCertificate(signedAttrs, signer);
    if (mismatch !== undefined) faults.push(mismatch);
  } catch (error) {
    faults.push(asFault(error));
  }
  return { scheme, faults };
}

/** Without signed attributes the content itself is hashed, once for each key that is tried. */
function hashingCostOf({ name, digest }: SignatureScheme): number {
  if (digest !== null) return hashingCost(digest);
  return name === "Ed25519" ? 1 : 16;
}

export function signedAttributesFault(error: MalformedError): Fault {
  return { code: "signed-attributes-malformed", detail: error.detail };
}

/** @throws whatever is not about the message */
export function asFault(error: unknown): Fault {
  if (error instanceof MalformedError || error instanceof UnsupportedError) {
    return { code: error.code, detail: error.detail };
  }
  throw error;
}
