/**
 * A whole SignedData (RFC 5652 §5): every signerInfo judged on its own over the same content. What the
 * answers mean together is for `verdict/summarize.ts`.
 */
import type { Bytes } from "../base/bytes.js";
import { BudgetExceededError } from "../base/errors.js";
import { type SignedData } from "../cms-syntax/signed-data.js";
import type { FaultCode } from "../fault/faults.js";
import type { Certificate } from "../x509/certificate.js";
import { readCertificateSet } from "./read-certificate-set.js";
import type { SignatureContext } from "./signature-context.js";
import { type SignatureOutcome, verifySignature } from "./verify-signature.js";
import { SignedContent } from "./signed-content.js";

export interface SignedDataOutcome {
  /** in the order of signerInfos */
  readonly signatures: readonly SignatureOutcome[];
  /** those in the message that parse, believed by nobody */
  readonly certificates: readonly Certificate[];
}

/** of one layer; more than one is rare already */
const maximumSigners = 20;

/**
 * @param detached the content of a multipart/signed; null where it is inside
 * @throws BudgetExceededError
 */
export async function verifySignedData(
  signedData: SignedData,
  detached: Bytes | null,
  context: SignatureContext,
): Promise<SignedDataOutcome> {
  if (signedData.signerInfos.length > maximumSigners) throw new BudgetExceededError("signers");
  // The content is hashed while they are read.
  const reading = readCertificateSet(signedData.certificates);
  const signatures = await verifySignatures(signedData, { detached, reading }, context);
  return { signatures, certificates: await reading };
}

interface Beside {
  readonly detached: Bytes | null;
  /** the certificates of the message */
  readonly reading: Promise<readonly Certificate[]>;
}

async function verifySignatures(
  signedData: SignedData,
  { detached, reading }: Beside,
  context: SignatureContext,
): Promise<readonly SignatureOutcome[]> {
  const candidates = reading.then((certificates) =>
    unique([...certificates, ...context.candidates, ...context.anchors]),
  );
  // Whoever waits for them hears of it; where nobody has to, it is no error of the program.
  candidates.catch(() => undefined);
  // RFC 8551 §3.5.3.2: with detached content there must be none inside, or a reader could show one and
  // check the other.
  if (detached !== null && signedData.eContent !== null) {
    return unjudged(signedData, "detached-content-conflict");
  }
  const content = detached ?? signedData.eContent;
  if (content === null) return unjudged(signedData, "content-missing");
  const { eContentType, digestAlgorithms } = signedData;
  const isDetached = detached !== null;
  const typed = {
    eContentType,
    digestAlgorithms,
    candidates,
    revocationInfo: signedData.revocationInfo,
    detached: isDetached,
    content: new SignedContent(content, { detached: isDetached, budget: context.budget }),
  };
  const signatures: SignatureOutcome[] = [];
  for (const element of signedData.signerInfos) {
    signatures.push(await verifySignature(element, typed, context));
  }
  return signatures;
}

function unique(list: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(list.map((certificate) => [certificate.fingerprint, certificate])).values()];
}

function unjudged(signedData: SignedData, code: FaultCode): readonly SignatureOutcome[] {
  return signedData.signerInfos.map(() => ({
    verdict: {
      status: code === "detached-content-conflict" ? "invalid" : "indeterminate",
      signer: null,
      faults: [{ code }],
      algorithms: null,
      claimedTime: null,
    },
    signerInfo: null,
    signer: null,
    content: null,
  }));
}
