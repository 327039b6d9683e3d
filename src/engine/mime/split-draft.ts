/**
 * A draft falls into the fields that stay outside, where mail servers and lists need them, and the entity
 * that is protected: the Content-* fields and the body (RFC 8551 §3.1).
 */
import { Budget } from "../base/budget.js";
import { type Bytes, concat, fromUtf8, toAscii } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { canonicalize } from "./canonical.js";
import { type Entity, body, parseEntity } from "./entity.js";

export interface RawField {
  /** lower case */
  readonly name: string;
  /** as it stood, folds and the CRLF at the end included */
  readonly raw: Bytes;
}

export interface Draft {
  readonly entity: Entity;
  readonly outerFields: readonly RawField[];
  /** not yet in canonical form */
  readonly content: Bytes;
}

/** @throws MalformedError where there is no header; BudgetExceededError */
export function splitDraft(message: Bytes, budget: Budget): Draft {
  const entity = parseEntity(message, budget);
  if (entity.headers.length === 0) throw new MalformedError("mime-malformed", "no header");
  const fields = rawFields(message.subarray(0, entity.bodyStart));
  const inner = fields.filter(({ name }) => name.startsWith("content-"));
  const outerFields = fields.filter(({ name }) => !name.startsWith("content-") && name !== "mime-version");
  const pieces = [...inner.map(({ raw }) => raw), fromUtf8("\r\n"), body(entity)];
  return { entity, outerFields, content: asItStands(message, inner, entity) ?? concat(pieces) };
}

/** Where the inner fields stand together at the end of the header, nothing has to be put together: no copy of 36 MB. */
function asItStands(message: Bytes, inner: readonly RawField[], { bodyStart }: Entity): Bytes | null {
  const [first] = inner;
  if (first?.raw.buffer !== message.buffer) return null;
  let at = first.raw.byteOffset;
  for (const { raw } of inner) {
    if (raw.buffer !== message.buffer || raw.byteOffset !== at) return null;
    at += raw.length;
  }
  const blank = at - message.byteOffset;
  const isTogether = blank + 2 === bodyStart && message[blank] === 0x0d && message[blank + 1] === 0x0a;
  return isTogether ? message.subarray(first.raw.byteOffset - message.byteOffset) : null;
}

/** The fields of a header block, in order. Lines that are none (a mailbox's "From " among them) are left out. */
export function rawFields(block: Bytes): readonly RawField[] {
  const canonical = canonicalize(block);
  const fields: { name: string; start: number; end: number }[] = [];
  for (let line = 0; line < canonical.length;) {
    const feed = canonical.indexOf(0x0a, line);
    const next = feed < 0 ? canonical.length : feed + 1;
    const folded = canonical[line] === 0x20 || canonical[line] === 0x09;
    const last = fields.at(-1);
    if (folded && last?.end === line) last.end = next;
    else if (!folded) {
      const name = fieldName(canonical.subarray(line, next));
      if (name !== null) fields.push({ name, start: line, end: next });
    }
    line = next;
  }
  return fields.map(({ name, start, end }) => ({ name, raw: withLineEnd(canonical.subarray(start, end)) }));
}

function fieldName(line: Bytes): string | null {
  const colon = line.indexOf(0x3a);
  if (colon < 1) return null;
  // RFC 5322 §4.5: blanks before the colon were lawful once.
  const name = toAscii(line.subarray(0, colon)).replace(/[ \t]+$/, "");
  return /^[!-~]+$/.test(name) ? name.toLowerCase() : null;
}

/** The last field of a header without a body may lack it. */
function withLineEnd(raw: Bytes): Bytes {
  return raw.at(-1) === 0x0a ? raw : concat([raw, fromUtf8("\r\n")]);
}

/** Does it begin with at least one header field? Without one it is no message at all (RFC 5322 §3.6). */
export function hasHeader(message: Bytes): boolean {
  try {
    return parseEntity(message, new Budget()).headers.length > 0;
  } catch (error) {
    // More header than a Budget allows is a header, whatever else it is.
    if (error instanceof BudgetExceededError) return true;
    throw error;
  }
}
