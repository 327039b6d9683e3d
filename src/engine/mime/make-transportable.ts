/**
 * Before an entity is signed it gets the form that nothing on the way changes (RFC 8551 §3.1.1–§3.1.3):
 * CRLF, seven bits, lines of at most 998 octets, no line that begins with "From " or ends in a blank.
 * Parts that are so already keep every octet; others are encoded anew as quoted-printable or base64.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, type CanonicalMime, concat, fromUtf8 } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { encodeBase64Lines } from "../kernels/base64.js";
import { scanLines } from "../kernels/scan-lines.js";
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
  const pieces = rewritten({ entity: parseEntity(content, budget), budget, depth: 1 });
  return (pieces === null ? content : concat(pieces)) as Bytes as CanonicalMime;
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

/** null: stays as it is. Files of 36 MB are looked at once, and copied once if anything beside them changes. */
type Rewritten = readonly Bytes[] | null;

function rewritten(task: Task): Rewritten {
  const { entity, budget, depth } = task;
  budget.require("mimeDepth", depth);
  const { value } = contentType(entity);
  const encoding = transferEncoding(entity);
  const composite = encoding === "7bit" || encoding === "8bit" || encoding === "binary";
  // Whatever was done to a signed part would break its signature.
  if (value === "multipart/signed") return canonical(wholeEntity(entity));
  if (value.startsWith("multipart/") && composite) return multipartPieces(task);
  if (value === "message/rfc822" && composite) {
    const inner = parseEntity(entity.source, budget, { start: entity.bodyStart, end: entity.end });
    return joined([
      { was: headerOf(entity), is: canonical(headerOf(entity)) },
      { was: body(entity), is: rewritten({ entity: inner, budget, depth: depth + 1 }) },
    ]);
  }
  return leafPieces(entity, encoding);
}

interface Stretch {
  readonly was: Bytes;
  readonly is: Rewritten;
}

function joined(stretches: readonly Stretch[]): Rewritten {
  if (stretches.every(({ is }) => is === null)) return null;
  return stretches.flatMap(({ was, is }) => is ?? [was]);
}

function canonical(view: Bytes): Rewritten {
  const result: Bytes = canonicalize(view);
  return result === view ? null : [result];
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
  return entity.source.subarray(entity.start, entity.bodyStart);
}

function multipartPieces({ entity, budget, depth }: Task): Rewritten {
  const stretches: Stretch[] = [];
  const between = (start: number, end: number): void => {
    const was = entity.source.subarray(start, end);
    stretches.push({ was, is: canonical(was) });
  };
  let at = entity.start;
  for (const part of splitMultipart(entity, contentType(entity), budget).parts) {
    between(at, part.start);
    stretches.push({ was: wholeEntity(part), is: rewritten({ entity: part, budget, depth: depth + 1 }) });
    at = part.end;
  }
  between(at, entity.end);
  return joined(stretches);
}

function leafPieces(entity: Entity, encoding: string): Rewritten {
  const content = body(entity);
  const { bareLineFeed, ...others } = scanLines(content);
  const isChanged = Object.values(others).includes(true);
  if (!isChanged && (encoding !== "binary" || !bareLineFeed)) {
    return joined([
      { was: headerOf(entity), is: canonical(headerOf(entity)) },
      { was: content, is: bareLineFeed ? canonical(content) : null },
    ]);
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
