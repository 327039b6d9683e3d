/**
 * Before an entity is signed it gets the form that nothing on the way changes (RFC 8551 §3.1.1–§3.1.3):
 * CRLF, seven bits, lines of at most 998 octets, no line that begins with "From " or ends in a blank.
 * Parts that are so already keep every octet; others are encoded anew as quoted-printable or base64.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, type CanonicalMime, concat, fromUtf8 } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { encodeBase64Lines } from "../kernels/base64.js";
import { type LineFacts, scanLines } from "../kernels/scan-lines.js";
import { canonicalize } from "./canonical.js";
import { contentType } from "./content-type.js";
import { type Entity, body, fieldText, parseEntity, wholeEntity } from "./entity.js";
import { splitMultipart } from "./multipart.js";
import { encodeQuotedPrintable } from "./quoted-printable.js";
import { rawFields } from "./split-draft.js";
import { decodeBody } from "./transfer-encoding.js";

/** Text above this is a file that happens to be text: base64 by the kernel instead of an interpreted loop. */
const largestTypedText = 512 * 1024;

/**
 * @param content one MIME entity, header and body
 * @returns the same entity; its decoded parts are what they were
 * @throws MalformedError, BudgetExceededError
 */
export function makeTransportable(content: Bytes, budget: Budget): CanonicalMime {
  if (!isChangedOnTheWay(scanLines(content))) return content as CanonicalMime;
  const pieces = safePieces({ entity: parseEntity(content, budget), budget, depth: 1 });
  return concat(pieces) as Bytes as CanonicalMime;
}

function isChangedOnTheWay(facts: LineFacts): boolean {
  return Object.values(facts as unknown as Readonly<Record<string, boolean>>).includes(true);
}

/** What cannot be sent in the clear at all: it would not arrive as it was signed. */
export function requireSevenBit(content: CanonicalMime): void {
  const { nonAscii, nul, bareCarriageReturn, longLine } = scanLines(content);
  if (nonAscii || nul || bareCarriageReturn || longLine) {
    throw new MalformedError("mime-malformed", "content that mail servers change");
  }
}

interface Task {
  readonly entity: Entity;
  readonly budget: Budget;
  readonly depth: number;
}

function safePieces(task: Task): readonly Bytes[] {
  const { entity, budget, depth } = task;
  budget.require("mimeDepth", depth);
  const whole = wholeEntity(entity);
  if (!isChangedOnTheWay(scanLines(whole))) return [whole];
  const { value } = contentType(entity);
  const encoding = transferEncoding(entity);
  const composite = encoding === "7bit" || encoding === "8bit" || encoding === "binary";
  // Whatever was done to a signed part would break its signature.
  if (value === "multipart/signed") return [canonicalize(whole)];
  if (value.startsWith("multipart/") && composite) return multipartPieces(task);
  if (value === "message/rfc822" && composite) {
    const inner = parseEntity(entity.source, budget, { start: entity.bodyStart, end: entity.end });
    return [headerOf(entity), ...safePieces({ entity: inner, budget, depth: depth + 1 })];
  }
  return leafPieces(entity, encoding);
}

function transferEncoding(entity: Entity): string {
  const text = fieldText(entity, "content-transfer-encoding") ?? "";
  return (
    text
      .replace(/\([^)]*\)/g, "")
      .trim()
      .toLowerCase() || "7bit"
  );
}

function headerOf(entity: Entity): Bytes {
  return canonicalize(entity.source.subarray(entity.start, entity.bodyStart));
}

function multipartPieces({ entity, budget, depth }: Task): readonly Bytes[] {
  const pieces: Bytes[] = [];
  let at = entity.start;
  for (const part of splitMultipart(entity, contentType(entity), budget).parts) {
    pieces.push(canonicalize(entity.source.subarray(at, part.start)));
    pieces.push(...safePieces({ entity: part, budget, depth: depth + 1 }));
    at = part.end;
  }
  return [...pieces, canonicalize(entity.source.subarray(at, entity.end))];
}

function leafPieces(entity: Entity, encoding: string): readonly Bytes[] {
  const content = body(entity);
  const facts = scanLines(content);
  const { bareLineFeed, ...others } = facts;
  if (!Object.values(others).includes(true) && encoding !== "binary") {
    return [headerOf(entity), bareLineFeed ? canonicalize(content) : content];
  }
  const isText = contentType(entity).value.startsWith("text/") && content.length <= largestTypedText;
  switch (encoding) {
    case "binary":
      return encodedLeaf(entity, "base64", encodeBase64Lines(content));
    case "7bit":
    case "8bit": {
      const text = canonicalize(content);
      return isText
        ? encodedLeaf(entity, "quoted-printable", encodeQuotedPrintable(text))
        : encodedLeaf(entity, "base64", encodeBase64Lines(text));
    }
    case "quoted-printable":
      return isText
        ? encodedLeaf(entity, "quoted-printable", encodeQuotedPrintable(decodeBody(entity)))
        : encodedLeaf(entity, "base64", encodeBase64Lines(decodeBody(entity)));
    case "base64":
      return encodedLeaf(entity, "base64", encodeBase64Lines(decodeBody(entity)));
    default:
      throw new MalformedError("mime-malformed", "content-transfer-encoding");
  }
}

function encodedLeaf(
  entity: Entity,
  encoding: "base64" | "quoted-printable",
  encoded: Bytes,
): readonly Bytes[] {
  const fields = rawFields(entity.source.subarray(entity.start, entity.bodyStart));
  const kept = fields.filter(({ name }) => name !== "content-transfer-encoding").map(({ raw }) => raw);
  return [...kept, fromUtf8(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`), encoded];
}
