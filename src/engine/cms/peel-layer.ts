/**
 * One cryptographic layer taken off an entity: what it was, and what is inside. Everything that can be
 * wrong with the bytes ends here as a fault of this layer.
 */
import type { Bytes } from "../base/bytes.js";
import { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { parseContentInfo } from "../cms-syntax/content-info.js";
import type { Element } from "../base/der-reader.js";
import { parseCompressedData } from "../cms-syntax/compressed-data.js";
import { parseAuthEnvelopedData, parseEnvelopedData } from "../cms-syntax/enveloped-data.js";
import { parseSignedData } from "../cms-syntax/signed-data.js";
import type { Fault } from "../fault/faults.js";
import type { Entity } from "../mime/entity.js";
import type { CryptographicLayer } from "../verdict/verdict.js";
import { type Inside, insideOf, isNestedCms, isReadableContent, nestedElement } from "./nested-content.js";
import type { Openers } from "./open-envelope.js";
import { type Envelope, type EnvelopeClaim, claimOf, recognizeEnvelope } from "./recognize-envelope.js";
import type { SignatureContext } from "./signature-context.js";
import { type SignedDataOutcome, verifySignedData } from "./verify-signed-data.js";

export interface PeelContext extends SignatureContext, Openers {}

export interface PeeledLayer {
  readonly layer: CryptographicLayer;
  /** what is inside; null where it cannot be had */
  readonly inside: Inside | null;
  /** of a signed layer that could be read */
  readonly signed: SignedDataOutcome | null;
}

/** What is known of a layer by the time it breaks. */
interface Known {
  claim: EnvelopeClaim;
  envelope: Envelope | null;
  kind: CryptographicLayer["kind"];
}

/** @returns null where the entity is no layer: it is what a person reads. */
export async function peelLayer(current: Inside, context: PeelContext): Promise<PeeledLayer | null> {
  const claim = isNestedCms(current) ? "opaque" : claimOf(current);
  if (claim === null) return null;
  const known: Known = { claim, envelope: null, kind: claim === "opaque" ? "encrypted" : "signed" };
  try {
    context.budget.spend("layers");
    if (isNestedCms(current)) {
      known.kind = kindOf(current.contentType, "opaque");
      return await peelContent(known.kind, nestedElement(current), { ...current, detached: null }, context);
    }
    const envelope = recognizeEnvelope(current, claim, context.budget);
    known.envelope = envelope;
    const { contentType, content } = parseContentInfo(envelope.cms);
    known.kind = kindOf(contentType, envelope.form);
    if (content === null) throw new MalformedError("cms-malformed", "ContentInfo without content");
    const detached = envelope.form === "clear-signed" ? envelope.content : null;
    return await peelContent(known.kind, content, { contentType, detached }, context);
  } catch (error) {
    return brokenLayer(known, faultOf(error));
  }
}

function kindOf(contentType: string, form: Envelope["form"]): CryptographicLayer["kind"] {
  if (contentType === oid.signedData) return "signed";
  const encrypted = contentType === oid.envelopedData || contentType === oid.authEnvelopedData;
  if (encrypted && form === "opaque") return "encrypted";
  if (contentType === oid.compressedData && form === "opaque") return "compressed";
  throw new UnsupportedError("content-type-unsupported", contentType);
}

interface Shell {
  readonly contentType: string;
  /** the content of a clear signature */
  readonly detached: Entity | null;
}

// eslint-disable-next-line max-params -- kind and element, where they come from, and with what they are read
function peelContent(
  kind: CryptographicLayer["kind"],
  element: Element,
  { contentType, detached }: Shell,
  context: PeelContext,
): Promise<PeeledLayer | null> {
  switch (kind) {
    case "signed":
      return peelSigned(detached, element, context);
    case "encrypted":
      return peelEncrypted(contentType, element, context);
    case "compressed":
      return peelCompressed(element, context);
  }
}

// ------------------------------------------------------------------ signed

async function peelSigned(
  detached: Entity | null,
  element: Element,
  context: PeelContext,
): Promise<PeeledLayer | null> {
  const signedData = parseSignedData(element);
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
  const { eContentType, eContent } = signedData;
  const encapsulated = eContent === null ? null : insideOf(eContentType, eContent, context.budget);
  return { layer, inside: detached ?? encapsulated, signed };
}

function hasOctets(bytes: Bytes | null): boolean {
  return bytes !== null && bytes.length > 0;
}

// ------------------------------------------------------------------ encrypted, compressed

async function peelEncrypted(
  contentType: string,
  element: Element,
  context: PeelContext,
): Promise<PeeledLayer> {
  const envelope =
    contentType === oid.envelopedData ? parseEnvelopedData(element) : parseAuthEnvelopedData(element);
  // Loaded with the first encrypted message: a badge needs none of it.
  const { openEnvelope } = await import("./open-envelope.js");
  const answer = await openEnvelope(envelope, context, context.budget);
  if (answer.kind === "locked") {
    const { reason, recipients } = answer;
    return { layer: { kind: "encrypted", status: "locked", reason, recipients }, inside: null, signed: null };
  }
  const { kind: _, content, ...opened } = answer;
  return {
    layer: { kind: "encrypted", status: "opened", ...opened },
    inside: insideOf(envelope.contentType, content, context.budget),
    signed: null,
  };
}

async function peelCompressed(element: Element, { budget }: PeelContext): Promise<PeeledLayer> {
  const { compressionAlgorithm, eContentType, eContent } = parseCompressedData(element);
  if (compressionAlgorithm.algorithm !== oid.zlibCompress) {
    throw new UnsupportedError("algorithm-unsupported", compressionAlgorithm.algorithm);
  }
  if (!isReadableContent(eContentType)) throw new UnsupportedError("content-type-unsupported", eContentType);
  if (eContent === null) throw new MalformedError("cms-malformed", "CompressedData without content");
  const { inflateZlib } = await import("../primitives/inflate.js");
  const content = await inflateZlib(eContent, budget.left("inflatedBytes"));
  budget.spend("inflatedBytes", content.length);
  return {
    layer: { kind: "compressed", status: "opened" },
    inside: insideOf(eContentType, content, budget),
    signed: null,
  };
}

// ------------------------------------------------------------------ broken

/** A layer that cannot be read is told as what it seemed to be; of signed content the text may still be shown. */
function brokenLayer({ claim, envelope, kind }: Known, fault: Fault): PeeledLayer {
  if (kind !== "signed") {
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
