/**
 * S/MIME that is not the message's own envelope (RFC 9787 §4.5): under a mailing list's footer, below a second
 * body, in a letter that was forwarded, or wherever an attacker put it. It is listed, never checked and never
 * opened: a verdict on it would be read as one on the message, and plain text out of it would stand beside
 * words of whoever put it there (EFAIL). Running out of budget here spoils no verdict: it ends the list, and
 * what ended it is told.
 */
import { Budget, type Limits } from "../base/budget.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { contentType } from "../mime/content-type.js";
import { type Entity, parseEntity } from "../mime/entity.js";
import { splitMultipart } from "../mime/multipart.js";
import type { ErrantPart } from "../verdict/verdict.js";
import { claimOf } from "./recognize-envelope.js";

/** Nobody reads more of them. */
const mostListed = 20;

export interface ErrantParts {
  readonly found: readonly ErrantPart[];
  /** the bound behind which nobody looked; null where all was looked through */
  readonly ended: string | null;
}

interface Search {
  readonly budget: Budget;
  readonly found: ErrantPart[];
  ended: string | null;
}

interface Place {
  readonly part: string;
  readonly forwarded: boolean;
  readonly depth: number;
}

/**
 * Octets of a payload that is signed: there the list is for completeness, and attachments of many
 * megabytes are not gone through a second time for it.
 */
const protectedOctets = 4 * 1024 * 1024;

/**
 * @param payload what is inside of the envelope; it is no layer itself
 * @param all where nobody signed, everything is looked through: a state hangs on it
 */
export function findErrantParts(payload: Entity, limits: Limits, all = true): ErrantParts {
  const search: Search = { budget: new Budget(limits), found: [], ended: null };
  const end = all ? payload.end : Math.min(payload.end, payload.start + protectedOctets);
  if (end < payload.end && isContainer(contentType(payload).value)) search.ended = "octets";
  try {
    look({ ...payload, end }, { part: "", forwarded: false, depth: 0 }, search);
  } catch (error) {
    if (!(error instanceof BudgetExceededError)) throw error;
    search.ended = error.detail;
  }
  return search;
}

function isContainer(type: string): boolean {
  return type.startsWith("multipart/") || isLetter(type);
}

function isLetter(type: string): boolean {
  return type === "message/rfc822" || type === "message/global";
}

/** Is a part of the message itself signed, which the whole is not? What a forwarded letter carries is that letter's. */
export function isPartlySigned(parts: readonly ErrantPart[]): boolean {
  return parts.some(({ form, forwarded }) => form !== "opaque" && !forwarded);
}

function look(entity: Entity, place: Place, search: Search): void {
  const type = contentType(entity).value;
  if (search.ended === "listed" || !isContainer(type)) return;
  // What lies beside it is looked at all the same: depth alone hides nothing but itself.
  if (place.depth > search.budget.limits.mimeDepth) search.ended = "mimeDepth";
  else if (isLetter(type)) lookIntoLetter(entity, place, search);
  else {
    partsOf(entity, search).forEach((part, i) => {
      lookAt(part, { ...place, part: numbered(place.part, i + 1), depth: place.depth + 1 }, search);
    });
  }
}

/** A forwarded letter's own envelope is none of this message's; its parts count on from its number. */
function lookIntoLetter(entity: Entity, place: Place, search: Search): void {
  const { source, bodyStart: start, end } = entity;
  const letter = parseEntity(source, search.budget, { start, end });
  const part = place.part === "" ? "1" : place.part;
  lookAt(letter, { part, forwarded: true, depth: place.depth + 1 }, search);
}

function lookAt(entity: Entity, place: Place, search: Search): void {
  const form = claimOf(entity);
  if (form === null) look(entity, place, search);
  else if (search.found.length >= mostListed) search.ended = "listed";
  else {
    search.found.push({ part: place.part, form, forwarded: place.forwarded });
  }
}

function numbered(above: string, number: number): string {
  return above === "" ? String(number) : `${above}.${number}`;
}

/** A multipart that cannot be cut has no parts to speak of; another reader may find some. */
function partsOf(entity: Entity, search: Search): readonly Entity[] {
  try {
    return splitMultipart(entity, contentType(entity), search.budget).parts;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    search.ended = "uncut";
    return [];
  }
}
