/**
 * MIME entities as places in the bytes they came in (RFC 5322 §2.1, RFC 2045 §2.4): nothing is copied,
 * decoded or corrected. Header blocks that another reader could read differently are marked, because
 * what a person sees is drawn by that other reader.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, toLatin1, toUtf8Strict } from "../base/bytes.js";
import { BudgetExceededError } from "../base/errors.js";

export interface HeaderField {
  /** lower case */
  readonly name: string;
  /** after the colon, folds included, line end not */
  readonly value: Bytes;
}

export interface Entity {
  /** the whole that `start`, `bodyStart` and `end` count in */
  readonly source: Bytes;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly headers: readonly HeaderField[];
  /** no byte order mark, bare CR, NUL, stray line or blank before a colon in the header block */
  readonly regular: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

/** Some editors write it before UTF-8; no reader of mail expects it. */
const byteOrderMark = [0xef, 0xbb, 0xbf];

/** of one header block: three times what the largest mail servers let pass */
const maximumHeaderBytes = 3 * 1024 * 1024;

/**
 * @param source a message or part; lines may end in CRLF, in LF, or in both
 * @throws BudgetExceededError
 */
export function parseEntity(source: Bytes, budget: Budget, range?: { start: number; end: number }): Entity {
  const { start, end } = range ?? { start: 0, end: source.length };
  const view = source.subarray(start, end);
  const headers: HeaderField[] = [];
  const marked = start === 0 && byteOrderMark.every((octet, i) => view[i] === octet);
  let regular = !marked;
  let line = marked ? byteOrderMark.length : 0;
  let field: { name: string; from: number; to: number } | null = null;
  const begin = line;
  const endField = (): void => {
    if (field !== null) headers.push({ name: field.name, value: view.subarray(field.from, field.to) });
    budget.require("headerFields", headers.length);
    field = null;
  };
  while (line < view.length) {
    if (line > maximumHeaderBytes) throw new BudgetExceededError("headerBytes");
    const feed = view.indexOf(LF, line);
    const next = feed < 0 ? view.length : feed + 1;
    const stop = feed > line && view[feed - 1] === CR ? feed - 1 : feed < 0 ? view.length : feed;
    if (stop === line) {
      endField();
      // Without a single field there is no header, and its lines are text.
      const bodyStart = start + (headers.length === 0 && !regular ? begin : next);
      return { source, start, bodyStart, end, headers, regular };
    }
    const folded = view[line] === SPACE || view[line] === TAB;
    if (!isPlainLine(view.subarray(line, stop), folded)) regular = false;
    if (folded && field !== null) field.to = stop;
    else {
      endField();
      field = folded ? null : startField(view, line, stop);
      if (field === null ? !(line === 0 && isMailboxLine(view)) : view[field.from - 2]! <= SPACE)
        regular = false;
    }
    line = next;
  }
  endField();
  const bodyStart = headers.length === 0 && !regular ? start + begin : end;
  return { source, start, bodyStart, end, headers, regular };
}

/** A bare CR ends a line for some readers, a NUL the whole text; a folded line of blanks the header. */
function isPlainLine(line: Bytes, folded: boolean): boolean {
  return !line.includes(CR) && !line.includes(0) && !(folded && isBlank(line));
}

function isBlank(line: Bytes): boolean {
  return line.every((octet) => octet === SPACE || octet === TAB);
}

function startField(
  view: Bytes,
  line: number,
  stop: number,
): { name: string; from: number; to: number } | null {
  const colon = view.subarray(line, stop).indexOf(COLON);
  if (colon < 1 || colon > 128) return null;
  // RFC 5322 §4.5: blanks before the colon were lawful once; some readers take such a line for none.
  const name = trimBlanks(toLatin1(view.subarray(line, line + colon)));
  if (!/^[!-~]+$/.test(name)) return null;
  return { name: name.toLowerCase(), from: line + colon + 1, to: stop };
}

/** "From alice …": the line that separates messages in an mbox file; Thunderbird keeps it. */
function isMailboxLine(view: Bytes): boolean {
  const isFrom = [0x46, 0x72, 0x6f, 0x6d, SPACE].every((octet, i) => view[i] === octet);
  // "From : …" is an author to some readers.
  return isFrom && ![SPACE, TAB, COLON, undefined].includes(view[5]);
}

export function body(entity: Entity): Bytes {
  return entity.source.subarray(entity.bodyStart, entity.end);
}

/** Header and body. */
export function wholeEntity(entity: Entity): Bytes {
  return entity.source.subarray(entity.start, entity.end);
}

/** Unfolded text of every field of this name, in order. @param name lower case */
export function fieldTexts(entity: Entity, name: string): readonly string[] {
  return entity.headers.filter((field) => field.name === name).map(({ value }) => unfold(value));
}

/** The first of them. */
export function fieldText(entity: Entity, name: string): string | null {
  const field = entity.headers.find((candidate) => candidate.name === name);
  return field === undefined ? null : unfold(field.value);
}

function unfold(value: Bytes): string {
  // RFC 5322 §2.2.3: the line end goes, the white space stays.
  return trimBlanks(headerText(value).replace(/\r?\n(?=[ \t])/g, ""));
}

/** Not by a pattern: one for blanks at the end takes quadratic time on blanks in the middle. */
function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && (text[start] === " " || text[start] === "\t")) start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(start, end);
}

/** RFC 6532 says UTF-8; older programs write what their users type, mostly Latin-1. */
function headerText(value: Bytes): string {
  try {
    return toUtf8Strict(value);
  } catch (error) {
    if (error instanceof TypeError) return new TextDecoder("iso-8859-1").decode(value);
    throw error;
  }
}
