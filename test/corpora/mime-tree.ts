/** The whole tree of a message as the engine's reader sees it, for comparing with what others see. */
import { createHash } from "node:crypto";
import { Budget } from "../../src/engine/base/budget.js";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { MalformedError } from "../../src/engine/base/errors.js";
import { contentType } from "../../src/engine/mime/content-type.js";
import { type Entity, body, parseEntity } from "../../src/engine/mime/entity.js";
import { splitMultipart } from "../../src/engine/mime/multipart.js";
import { decodeForDisplay } from "../../src/engine/mime/transfer-encoding.js";

export interface Tree {
  readonly entity: Entity;
  readonly type: string;
  /** of a multipart, or the one message of a message/rfc822; null of a leaf */
  readonly children: readonly Tree[] | null;
  /** of a leaf, decoded */
  readonly content: Bytes | null;
}

export function readTree(source: Bytes, budget = new Budget()): Tree {
  return treeOf(parseEntity(source, budget), budget, null);
}

function treeOf(entity: Entity, budget: Budget, parent: string | null): Tree {
  const type = typeOf(entity, parent);
  if (type.startsWith("multipart/")) {
    const parts = partsOf(entity, budget);
    if (parts !== null) {
      return { entity, type, children: parts.map((part) => treeOf(part, budget, type)), content: null };
    }
  }
  const content = decodeForDisplay(entity);
  if (type === "message/rfc822" || type === "message/global") {
    const letter = treeOf(parseEntity(content, budget), budget, null);
    return { entity, type, children: [letter], content: null };
  }
  return { entity, type, children: null, content };
}

/** RFC 2046 §5.1.5: what says nothing inside a digest is a letter. */
function typeOf(entity: Entity, parent: string | null): string {
  const says = entity.headers.some(({ name }) => name === "content-type");
  return parent === "multipart/digest" && !says ? "message/rfc822" : contentType(entity).value;
}

function partsOf(entity: Entity, budget: Budget): readonly Entity[] | null {
  try {
    // One that its boundary does not cut is a text: a file to the reader.
    const { parts, delimited } = splitMultipart(entity, contentType(entity), budget);
    return delimited || Buffer.from(body(entity)).toString("latin1").trim() === "" ? parts : null;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** One line a node: "multipart/mixed[text/plain 74 1f2e…, …]". Line ends of text count as one kind. */
export function describeTree({ type, children, content }: Tree): string {
  if (children !== null) return `${type}[${children.map(describeTree).join(", ")}]`;
  // What else there is under message/ is opened by some readers, and counts as a leaf here.
  if (type.startsWith("message/")) return `${type} *`;
  const octets = type.startsWith("text/") ? withoutReturns(content!) : content!;
  return `${type} ${octets.length} ${createHash("sha256").update(octets).digest("hex").slice(0, 12)}`;
}

export function withoutReturns(octets: Bytes): Bytes {
  return new Uint8Array(Buffer.from(Buffer.from(octets).toString("latin1").replaceAll("\r", ""), "latin1"));
}

/**
 * Nothing of a message may lie in two places, or outside its parent: header, then body; parts in order,
 * each inside. @returns what is wrong, or null
 */
export function misplaced({ entity, children }: Tree): string | null {
  const { start, bodyStart, end } = entity;
  if (!(start <= bodyStart && bodyStart <= end)) return `header ${start}, body ${bodyStart}, end ${end}`;
  let last = bodyStart;
  for (const child of children ?? []) {
    if (child.entity.source === entity.source) {
      if (child.entity.start < last || child.entity.end > end) return `part at ${child.entity.start}`;
      last = child.entity.end;
    }
    const inner = misplaced(child);
    if (inner !== null) return inner;
  }
  return null;
}
