/**
 * Fuzz target: the MIME splitter and everything that reads or writes an entity without its cryptography
 * (RFC 5322, 2045, 2046, 8551 §3.1). Parts lie in order inside their whole; what was made canonical or
 * transportable is so; kernels say what their twins say.
 */
import { Budget, defaultLimits } from "../../../src/engine/base/budget.js";
import { type Bytes, equal } from "../../../src/engine/base/bytes.js";
import { findErrantParts } from "../../../src/engine/cms/errant-parts.js";
import { scanLines } from "../../../src/engine/kernels/scan-lines.js";
import { claimOf, recognizeEnvelope } from "../../../src/engine/cms/recognize-envelope.js";
import { readAuthors } from "../../../src/engine/mime/read-authors.js";
import { normalizeAddress, parseAddressList } from "../../../src/engine/mime/address.js";
import { canonicalize } from "../../../src/engine/mime/canonical.js";
import { contentDisposition, contentType, fileName } from "../../../src/engine/mime/content-type.js";
import { type Entity, parseEntity, wholeEntity } from "../../../src/engine/mime/entity.js";
import { makeTransportable } from "../../../src/engine/mime/make-transportable.js";
import { splitMultipart } from "../../../src/engine/mime/multipart.js";
import { readContent, readMessageHeaders } from "../../../src/engine/mime/read-content.js";
import { readRecipients } from "../../../src/engine/mime/read-recipients.js";
import { rewriteEntity } from "../../../src/engine/mime/rewrite-entity.js";
import { readSender } from "../../../src/engine/mime/sender.js";
import { takenFor } from "../../../src/engine/mime/taken-for.js";
import { hasHeader, splitDraft } from "../../../src/engine/mime/split-draft.js";
import { decodeBody } from "../../../src/engine/mime/transfer-encoding.js";
import { insist, parsed } from "./oracle.js";

/** Small bounds are reached by small inputs. */
const limits = { ...defaultLimits, mimeDepth: 8, mimeParts: 60, headerFields: 60, mimeLines: 4_000 };

export function fuzz(data: Uint8Array): void {
  const raw: Bytes = new Uint8Array(data);
  parsed(() => {
    walk(parseEntity(raw, new Budget(limits)), new Budget(limits));
  });
  readable(raw);
  addresses(raw);
  writing(raw);
}

function walk(entity: Entity, budget: Budget, depth = 0): void {
  budget.require("mimeDepth", depth);
  const { source, start, bodyStart, end } = entity;
  insist(
    0 <= start && start <= bodyStart && bodyStart <= end && end <= source.length,
    "an entity lies in its source",
  );
  readSender(entity);
  for (const address of takenFor(entity))
    insist(normalizeAddress(address) === address, "an address is normalised");
  contentDisposition(entity);
  fileName(entity);
  const claim = claimOf(entity);
  if (claim !== null) parsed(() => recognizeEnvelope(entity, claim, budget));
  parsed(() => insist(decodeBody(entity).length <= end - bodyStart, "decoding does not grow"));
  const { parts } = splitMultipart(entity, contentType(entity), budget);
  let last = bodyStart;
  for (const part of parts) {
    insist(last <= part.start && part.end <= end, "parts follow each other inside the whole");
    last = part.end;
    walk(part, budget, depth + 1);
  }
}

function readable(raw: Bytes): void {
  const { attachments } = readContent({ mime: raw }, limits);
  insist(attachments.length <= limits.mimeParts, "no more attachments than parts");
  readMessageHeaders(raw, limits);
  hasHeader(raw);
  parsed(() => findErrantParts(parseEntity(raw, new Budget(limits)), limits));
  const rewritten = parsed(() => rewriteEntity(raw, (html) => html, new Budget(limits)));
  if (rewritten !== undefined)
    insist(hasPlainLines(rewritten), "what is rewritten has one meaning to all readers");
}

function hasPlainLines(bytes: Bytes): boolean {
  const { nul, bareCarriageReturn, bareLineFeed } = scanLines(bytes);
  return !nul && !bareCarriageReturn && !bareLineFeed;
}

function addresses(raw: Bytes): void {
  for (const address of readAuthors(raw))
    insist(normalizeAddress(address) === address, "an address is normalised");
  for (const { address } of readRecipients(raw)) insist(address.includes("@"), "a recipient has an address");
  parseAddressList(Buffer.from(raw.subarray(0, 2_000)).toString("latin1"));
}

function writing(raw: Bytes): void {
  const canonical: Bytes = canonicalize(raw);
  insist(canonicalize(canonical) === canonical, "what is canonical stays as it is");
  parsed(() => splitDraft(raw, new Budget(limits)));
  const transportable = parsed(() => makeTransportable(raw, new Budget(limits)));
  if (transportable === undefined) return;
  const once: Bytes = transportable;
  const twice = parsed(() => makeTransportable(once, new Budget(limits)));
  if (twice !== undefined) insist(equal(twice, once), "what is transportable stays as it is");
  insist(wholeEntity(parseEntity(once, new Budget())).length === once.length, "an entity is whole");
}
