/**
 * Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183) with the continuations and charsets
 * of RFC 2231. Tolerant, but it tells where a parameter stands twice: readers take different ones.
 */
import { decodeCharset, decodeEncodedWords } from "./encoded-word.js";
import { type Entity, fieldText } from "./entity.js";
import { fromUtf8 } from "../base/bytes.js";

export interface ContentType {
  /** lower case: "multipart/signed"; of a disposition: "attachment" */
  readonly value: string;
  /** by lower-case name */
  readonly parameters: ReadonlyMap<string, string>;
  /** each parameter once, each in a form that all readers understand alike */
  readonly regular: boolean;
}

/** RFC 2045 §5.2: without a field, or with one that means nothing, it is plain text. */
const plainText: ContentType = { value: "text/plain", parameters: new Map(), regular: true };

const types = new WeakMap<Entity, ContentType>();

/** Remembered with the entity: one question after the other begins with its type. */
export function contentType(entity: Entity): ContentType {
  let type = types.get(entity);
  if (type === undefined) types.set(entity, (type = readContentType(entity)));
  return type;
}

function readContentType(entity: Entity): ContentType {
  const text = fieldText(entity, "content-type");
  if (text === null) return plainText;
  const parsed = parseStructuredField(text);
  return /^[^\s/;]+\/[^\s/;]+$/.test(parsed.value) ? parsed : { ...plainText, regular: false };
}

/** @returns null without a Content-Disposition */
export function contentDisposition(entity: Entity): ContentType | null {
  const text = fieldText(entity, "content-disposition");
  return text === null ? null : parseStructuredField(text);
}

/** What the sender calls the file: filename of the disposition, or name of the type. */
export function fileName(entity: Entity): string | null {
  const name =
    contentDisposition(entity)?.parameters.get("filename") ?? contentType(entity).parameters.get("name");
  return name === undefined || name === "" ? null : decodeEncodedWords(name);
}

const plainForm = (() => {
  const token = "[!#$%&'+.^_`|~0-9A-Za-z{}-]+";
  // Unquoted values as real programs write them: "/" and "=" too.
  const value = `(?:[!#-'*+./0-9:=?A-Z^-~{}-]+|"[ !#-\\[\\]-~]*")`;
  return new RegExp(`^${token}(?:/${token})?(?:[ \\t]*;[ \\t]*${token}=${value})*[ \\t]*(?:;[ \\t]*)?$`);
})();

/**
 * Is the field written so that no two readers can understand it differently: printable ASCII, no comments,
 * no escapes, no blanks inside, no RFC 2231 forms, nothing after a closing quote?
 */
export function isPlainlyWritten(text: string): boolean {
  return text.length <= maximumLength && plainForm.test(text);
}

/** A thousand times what honest fields have; the rest is not read. */
const maximumLength = 50_000;

export function parseStructuredField(text: string): ContentType {
  if (text.length > maximumLength)
    return { ...parseStructuredField(text.slice(0, maximumLength)), regular: false };
  // Without quotes, comments and escapes every semicolon is one.
  const pieces = /["(\\]/.test(text) ? splitAtSemicolons(text) : text.split(";");
  const value = (pieces[0] ?? "").replace(/\s+/g, "").toLowerCase();
  const raw = new Map<string, string>();
  let regular = true;
  for (const piece of pieces.slice(1)) {
    if (piece.trim() === "") continue;
    const equals = piece.indexOf("=");
    const name = piece
      .slice(0, equals < 0 ? piece.length : equals)
      .trim()
      .toLowerCase();
    if (equals < 0 || !/^[!-~]+$/.test(name) || raw.has(name)) regular = false;
    else raw.set(name, unquote(piece.slice(equals + 1).trim()));
  }
  const { parameters, mixed } = joinContinuations(raw);
  return { value, parameters, regular: regular && !mixed };
}

/** Cuts at ";" outside quotes and leaves comments out, in one pass. */
function splitAtSemicolons(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  let quoted = false;
  let comment = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    const escaped = sign === "\\" && (quoted || comment > 0) ? (text[++at] ?? "") : null;
    if (escaped !== null) piece += comment > 0 ? "" : sign + escaped;
    else if (comment > 0) comment += sign === "(" ? 1 : sign === ")" ? -1 : 0;
    else if (!quoted && sign === "(") comment = 1;
    else if (!quoted && sign === ";") {
      pieces.push(piece);
      piece = "";
    } else {
      if (sign === '"') quoted = !quoted;
      piece += sign;
    }
  }
  return [...pieces, piece];
}

function unquote(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(text);
  return quoted === null ? text : quoted[1]!.replace(/\\(.)/gs, "$1");
}

/** RFC 2231 §3, §4: `name*0*=utf-8''a; name*1=b`. */
function joinContinuations(raw: ReadonlyMap<string, string>): {
  parameters: ReadonlyMap<string, string>;
  mixed: boolean;
} {
  const parameters = new Map<string, string>();
  let mixed = false;
  for (const [name, value] of raw) {
    if (!name.includes("*")) {
      mixed ||= parameters.has(name);
      if (!parameters.has(name)) parameters.set(name, value);
      continue;
    }
    const base = name.slice(0, name.indexOf("*"));
    const first = name === `${base}*` || name === `${base}*0` || name === `${base}*0*`;
    if (!first) continue;
    mixed ||= parameters.has(base);
    parameters.set(
      base,
      name === `${base}*` ? decodeExtended([[value, true]]) : decodeExtended(pieces(raw, base)),
    );
  }
  return { parameters, mixed };
}

function pieces(raw: ReadonlyMap<string, string>, base: string): readonly (readonly [string, boolean])[] {
  const found: [string, boolean][] = [];
  for (let i = 0; ; i++) {
    const extended = raw.get(`${base}*${i}*`);
    const piece = extended ?? raw.get(`${base}*${i}`);
    if (piece === undefined) return found;
    found.push([piece, extended !== undefined]);
  }
}

/** The charset stands before the first piece; only pieces marked as extended hold %XX. */
function decodeExtended(list: readonly (readonly [string, boolean])[]): string {
  const [head, extended] = list[0]!;
  const marks = extended ? /^([^']*)'[^']*'/.exec(head) : null;
  const octets: number[] = [];
  list.forEach(([piece, isExtended], i) => {
    const text = i === 0 && marks !== null ? piece.slice(marks[0].length) : piece;
    for (const part of isExtended ? text.split(/(%[0-9a-fA-F]{2})/) : [text]) {
      if (isExtended && /^%[0-9a-fA-F]{2}$/.test(part)) octets.push(parseInt(part.slice(1), 16));
      else octets.push(...fromUtf8(part));
    }
  });
  return (
    decodeCharset(Uint8Array.from(octets), marks?.[1] || "utf-8") ??
    decodeCharset(Uint8Array.from(octets), "utf-8")!
  );
}
