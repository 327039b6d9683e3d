/**
 * What is inside a layer: a MIME entity, nearly always (RFC 8551 §3); or another CMS type with no MIME in
 * between (RFC 5652 §4), which Windows programs write. Anything else is nothing that mail is made of.
 */
import type { Budget } from "../base/budget.js";
import type { Bytes } from "../base/bytes.js";
import { type Element, readWhole, tags, readElement } from "../base/der-reader.js";
import { oid } from "../base/oid.js";
import { parseContentInfo } from "../cms-syntax/content-info.js";
import { type Entity, parseEntity } from "../mime/entity.js";

/** One CMS content, unparsed. */
export interface NestedCms {
  readonly contentType: string;
  readonly octets: Bytes;
}

export type Inside = Entity | NestedCms;

const nestable: ReadonlySet<string> = new Set([
  oid.signedData,
  oid.envelopedData,
  oid.authEnvelopedData,
  oid.compressedData,
]);

/** May content of this type be read any further? */
export function isReadableContent(contentType: string): boolean {
  return contentType === oid.data || nestable.has(contentType);
}

export function isNestedCms(inside: Inside): inside is NestedCms {
  return "octets" in inside;
}

/** @throws BudgetExceededError */
export function insideOf(contentType: string, octets: Bytes, budget: Budget): Inside {
  // A view of its own: what may come out as the payload is not ours to move any more (`base/own-bytes.ts`).
  const view = octets.subarray();
  return nestable.has(contentType) ? { contentType, octets: view } : parseEntity(view, budget);
}

/**
 * RFC 5652 §5.2 wants the content itself; Windows writes a ContentInfo around it.
 * @throws MalformedError
 */
export function nestedElement({ contentType, octets }: NestedCms): Element {
  const whole = readWhole(octets, "ber");
  const first = readElement(octets, "ber", whole.contentStart, whole.contentEnd, 1);
  if (first.tag !== tags.objectIdentifier) return whole;
  const shell = parseContentInfo(octets);
  return shell.contentType === contentType && shell.content !== null ? shell.content : whole;
}
