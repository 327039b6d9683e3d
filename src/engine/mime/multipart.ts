/**
 * Cutting a multipart body at its boundary (RFC 2046 §5.1.1), by places in the bytes, in one pass. What
 * is signed must be cut where every reader cuts it, so delimiters that some readers see and others do
 * not are told.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, fromUtf8 } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { findOctet } from "../kernels/find-octet.js";
import type { ContentType } from "./content-type.js";
import { type Entity, parseEntity } from "./entity.js";

export interface Multipart {
  readonly parts: readonly Entity[];
  /** a delimiter stands in it, if only the closing one */
  readonly delimited: boolean;
  /** every line that begins like a delimiter is one, none follows the last, and none stands before the first */
  readonly regular: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
const HYPHEN = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;

/** @throws MalformedError | BudgetExceededError */
export function splitMultipart(entity: Entity, type: ContentType, budget: Budget): Multipart {
  const boundary = type.parameters.get("boundary") ?? "";
  if (!/^[ -~]+$/.test(boundary) || boundary.length > maximumBoundary)
    throw new MalformedError("mime-malformed", "boundary");
  const view = entity.source.subarray(entity.bodyStart, entity.end);
  const { delimiters, regular } = findDelimiters(view, fromUtf8(`--${boundary}`), budget);
  const parts: Entity[] = [];
  delimiters.forEach((delimiter, i) => {
    if (delimiter.closing) return;
    const end = delimiters[i + 1]?.start ?? view.length;
    // Two delimiters may share one line end: the part between them is empty.
    const start = Math.min(delimiter.end, end);
    parts.push(
      parseEntity(entity.source, budget, { start: entity.bodyStart + start, end: entity.bodyStart + end }),
    );
  });
  const delimited = delimiters.length > 0;
  return { parts, delimited, regular: regular && plainBoundary.test(boundary) };
}

/** Far beyond what anybody writes; a line is compared with all of it. */
const maximumBoundary = 10_000;
/** RFC 2046 §5.1.1 allows 70 characters, some programs write more. A blank at the end is lost on the way. */
const plainBoundary = /^[ -~]{0,250}[!-~]$/;

interface Delimiter {
  /** where the content before it ends: the line end belongs to the delimiter */
  readonly start: number;
  /** where the next part begins */
  readonly end: number;
  readonly closing: boolean;
  /** nothing but blanks after the boundary */
  readonly exact: boolean;
}

function findDelimiters(
  view: Bytes,
  mark: Bytes,
  budget: Budget,
): { delimiters: Delimiter[]; regular: boolean } {
  const delimiters: Delimiter[] = [];
  const breaks = new LineBreaks(view);
  let regular = true;
  // From hyphen to hyphen, and after each to the next line: base64 holds none, so an attachment is passed
  // by one search of the platform's.
  for (let at = findOctet(view, HYPHEN); at >= 0; at = findOctet(view, HYPHEN, at)) {
    budget.spend("mimeLines");
    const atStart = breaks.isLineStart(at);
    // Some other reader's delimiter, in a place that we do not show.
    if (atStart && delimiters.length === 0 && view[at + 1] === HYPHEN && !startsWith(view, at, mark)) {
      regular = false;
    }
    if (atStart && startsWith(view, at, mark)) {
      const delimiter = readDelimiter(view, at, mark.length);
      if (delimiter === null || delimiters.at(-1)?.closing === true) regular = false;
      else {
        budget.spend("mimeParts");
        if (!delimiter.exact) regular = false;
        delimiters.push(delimiter);
      }
    }
    at = breaks.after(at);
  }
  return { delimiters, regular };
}

/**
 * @returns null where the boundary goes on to be another one, or the line is not ended by LF: readers differ
 *   on those, and on words after the boundary and a blank, which RFC 2046 §5.1.1 would have ignored
 */
function readDelimiter(view: Bytes, at: number, length: number): Delimiter | null {
  if (at > 0 && view[at - 1] !== LF) return null;
  let end = at + length;
  const closing = view[end] === HYPHEN && view[end + 1] === HYPHEN;
  if (closing) end += 2;
  const word = end;
  while (view[end] === SPACE || view[end] === TAB) end++;
  const exact = end === view.length || view[end] === LF || (view[end] === CR && view[end + 1] === LF);
  if (!exact && end === word) return null;
  const feed = view.indexOf(LF, end);
  end = feed < 0 ? view.length : feed + 1;
  if (at === 0) return { start: 0, end, closing, exact };
  return { start: view[at - 2] === CR ? at - 2 : at - 1, end, closing, exact };
}

function startsWith(view: Bytes, at: number, mark: Bytes): boolean {
  for (let i = 0; i < mark.length; i++) if (view[at + i] !== mark[i]) return false;
  return true;
}

/**
 * The next CR or LF, with what was found remembered: where a message has none of one kind, it is looked
 * for once, not once for each line.
 */
class LineBreaks {
  #feed = -1;
  #return = -1;
  readonly #view: Bytes;

  constructor(view: Bytes) {
    this.#view = view;
  }

  /** A bare CR ends a line for some readers. */
  isLineStart(at: number): boolean {
    return at === 0 || this.#view[at - 1] === LF || this.#view[at - 1] === CR;
  }

  /** The beginning of the line after `at`. */
  after(at: number): number {
    if (this.#feed < at) this.#feed = this.#find(LF, at);
    if (this.#return < at) this.#return = this.#find(CR, at);
    return Math.min(this.#feed, this.#return) + 1;
  }

  #find(octet: number, at: number): number {
    const found = findOctet(this.#view, octet, at);
    return found < 0 ? this.#view.length : found;
  }
}
