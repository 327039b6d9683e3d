/**
 * One cryptographic layer taken off an entity: what it was, and what is inside. Everything that can be
 * wrong with the bytes ends here as a fault of this layer.
 */
import type { Bytes } from "../base/bytes.js";
import { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { parseContentInfo } from "../cms-syntax/content-info.js";
import type { Element } from "../base/der-reader.js";
import { parseAuthEnvelopedData, parseEnvelopedData } from "../cms-syntax/enveloped-data.js";
import { parseSignedData } from "../cms-syntax/signed-data.js";
import type { Fault } from "../fault/faults.js";
import type { Identity } from "../keys/private-key.js";
import { type Entity, parseEntity } from "../mime/entity.js";
import type { CryptographicLayer } from "../verdict/verdict.js";
import { openEnvelope } from "./open-envelope.js";
import { type Envelope, type EnvelopeClaim, claimOf, recognizeEnvelope } from "./recognize-envelope.js";
import type { SignatureContext } from "./verify-signature.js";
import { type SignedDataOutcome, verifySignedData } from "./verify-signed-data.js";

export interface PeelContext extends SignatureContext {
  readonly identities: readonly Identity[];
}

export interface PeeledLayer {
  readonly layer: CryptographicLayer;
  /** what is inside; null where it cannot be had */
  readonly inside: Entity | null;
  /** of a signed layer that could be read */
  readonly signed: SignedDataOutcome | null;
}

/** @returns null where the entity is no layer: it is what a person reads. */
export async function peelLayer(entity: Entity, context: PeelContext): Promise<PeeledLayer | null> {
  const claim = claimOf(entity);
  if (claim === null) return null;
  const known: { envelope: Envelope | null; kind: Kind } = {
    envelope: null,
    kind: claim === "opaque" ? "encrypted" : "signed",
  };
  try {
    context.budget.spend("layers");
    known.envelope = recognizeEnvelope(entity, claim, context.budget);
    const { contentType, content } = parseContentInfo(known.envelope.cms);
    known.kind = kindOf(contentType, known.envelope);
    if (content === null) throw new MalformedError("cms-malformed", "ContentInfo without content");
    if (known.kind === "signed") return await peelSigned(known.envelope, content, context);
    return await peelEncrypted(contentType, content, context);
  } catch (error) {
    return brokenLayer(claim, known, faultOf(error));
  }
}

type Kind = "signed" | "encrypted";

function kindOf(contentType: string, { form }: Envelope): Kind {
  if (contentType === oid.signedData) return "signed";
  const encrypted = contentType === oid.envelopedData || contentType === oid.authEnvelopedData;
  if (encrypted && form === "opaque") return "encrypted";
  throw new UnsupportedError("content-type-unsupported", contentType);
}

// ------------------------------------------------------------------ signed

async function peelSigned(
  envelope: Envelope,
  element: Element,
  context: PeelContext,
): Promise<PeeledLayer | null> {
  const signedData = parseSignedData(element);
  const detached = envelope.form === "clear-signed" ? envelope.content : null;
  // RFC 8551 §3.8: certs-only carries certificates and signs nothing.
  if (detached === null && signedData.signerInfos.length === 0 && !hasOctets(signedData.eContent))
    return null;
  const content = detached === null ? null : detached.source.subarray(detached.start, detached.end);
  const signed = await verifySignedData(signedData, content, context);
  const layer: CryptographicLayer = {
    kind: "signed",
    form: detached === null ? "opaque-signed" : "clear-signed",
    signatures: signed.signatures.map(({ verdict }) => verdict),
  };
  return { layer, inside: detached ?? insideOf(signedData.eContent, context), signed };
}

function hasOctets(bytes: Bytes | null): boolean {
  return bytes !== null && bytes.length > 0;
}

function insideOf(eContent: Bytes | null, { budget }: PeelContext): Entity | null {
  return eContent === null ? null : parseEntity(eContent, budget);
}

// ------------------------------------------------------------------ encrypted

async function peelEncrypted(
  contentType: string,
  element: Element,
  context: PeelContext,
): Promise<PeeledLayer> {
  const envelope =
    contentType === oid.envelopedData ? parseEnvelopedData(element) : parseAuthEnvelopedData(element);
  const answer = await openEnvelope(envelope, context.identities, context.budget);
  if (answer.kind === "locked") {
    const { reason, recipients } = answer;
    return { layer: { kind: "encrypted", status: "locked", reason, recipients }, inside: null, signed: null };
  }
  const { kind: _, content, ...opened } = answer;
  return {
    layer: { kind: "encrypted", status: "opened", ...opened },
    inside: parseEntity(content, context.budget),
    signed: null,
  };
}

// ------------------------------------------------------------------ broken

/** A layer that cannot be read is told as what it seemed to be; of signed content the text may still be shown. */
function brokenLayer(
  claim: EnvelopeClaim,
  { envelope, kind }: { envelope: Envelope | null; kind: Kind },
  fault: Fault,
): PeeledLayer {
  if (kind === "encrypted") {
    return { layer: { kind, status: "damaged", faults: [fault] }, inside: null, signed: null };
  }
  const form = claim === "clear-signed" ? claim : "opaque-signed";
  const verdict = {
    status: "indeterminate" as const,
    signer: null,
    faults: [fault],
    algorithms: null,
    claimedTime: null,
  };
  const inside = envelope?.form === "clear-signed" ? envelope.content : null;
  return { layer: { kind, form, signatures: [verdict] }, inside, signed: null };
}

/** @throws whatever is our own bug */
function faultOf(error: unknown): Fault {
  if (
    error instanceof MalformedError ||
    error instanceof UnsupportedError ||
    error instanceof BudgetExceededError
  ) {
    return { code: error.code, detail: error.detail };
  }
  if (error instanceof DecryptionError) return { code: error.code };
  throw error;
}
