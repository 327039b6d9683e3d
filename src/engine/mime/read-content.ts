/**
 * What a person reads out of a MIME entity: text, HTML, attachments (RFC 2046 §5, RFC 2183). For display
 * only: nothing here is hashed, and HTML comes out as it went in, so whoever shows it must sanitise it.
 */
import { Budget, type Limits, defaultLimits } from "../base/budget.js";
import type { Bytes } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { type ContentType, contentDisposition, contentType, fileName } from "./content-type.js";
import { decodeCharset, decodeEncodedWords } from "./encoded-word.js";
import { type Entity, body, fieldText, parseEntity, wholeEntity } from "./entity.js";
import { unflow } from "./format-flowed.js";
import { splitMultipart } from "./multipart.js";
import { decodeForDisplay } from "./transfer-encoding.js";

export interface Attachment {
  /** as the sender calls it: may hold anything, a path too */
  readonly name: string | null;
  readonly mediaType: string;
  /** without its angle brackets */
  readonly contentId: string | null;
  /** decoded; broken base64 as far as it goes, other encodings as they stood where they do not decode */
  readonly content: Bytes;
  /** the part itself, header and body */
  readonly mime: Bytes;
}

export interface MessageHeaders {
  readonly subject: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly cc: string | null;
  readonly date: string | null;
}

export interface ReadableContent {
  readonly headers: MessageHeaders;
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly Attachment[];
}

interface Reading {
  readonly budget: Budget;
  readonly attachments: Attachment[];
}

interface Body {
  readonly text: string | null;
  readonly html: string | null;
}

const empty: Body = { text: null, html: null };
/** A longer text is a file; strings that long only cost. */
const maximumTextBytes = 4 * 1024 * 1024;

/** @returns never throws for the content's sake: what cannot be read is an attachment as a whole */
export function readContent(
  payload: { readonly mime: Bytes },
  limits: Limits = defaultLimits,
): ReadableContent {
  const reading: Reading = { budget: new Budget(limits), attachments: [] };
  try {
    const entity = parseEntity(payload.mime, reading.budget);
    const headers = readHeaders(entity);
    const { text, html } = readBody(entity, reading, 0);
    return { headers, text, html, attachments: reading.attachments };
  } catch (error) {
    if (!(error instanceof BudgetExceededError)) throw error;
    const { mime } = payload;
    const whole = { name: null, mediaType: "application/octet-stream", contentId: null, content: mime, mime };
    return { headers: noHeaders, ...empty, attachments: [whole] };
  }
}

/** The header alone, of a message of any size. */
export function readMessageHeaders(raw: Bytes, limits: Limits = defaultLimits): MessageHeaders {
  try {
    return readHeaders(parseEntity(raw, new Budget(limits)));
  } catch (error) {
    if (error instanceof BudgetExceededError) return noHeaders;
    throw error;
  }
}

/** Nobody reads more. */
const maximumHeaderLength = 20_000;

const noHeaders: MessageHeaders = { subject: null, from: null, to: null, cc: null, date: null };

function readHeaders(entity: Entity): MessageHeaders {
  const decoded = (name: string): string | null => {
    const text = fieldText(entity, name);
    return text === null ? null : decodeEncodedWords(text.slice(0, maximumHeaderLength));
  };
  return {
    subject: decoded("subject"),
    from: decoded("from"),
    to: decoded("to"),
    cc: decoded("cc"),
    date: decoded("date"),
  };
}

function readBody(entity: Entity, reading: Reading, depth: number): Body {
  reading.budget.require("mimeDepth", depth);
  const type = contentType(entity);
  const parts = type.value.startsWith("multipart/") ? partsOf(entity, type, reading.budget) : null;
  if (parts === null) return readLeaf(entity, type, reading);
  const read = (part: Entity): Body => readBody(part, reading, depth + 1);
  if (type.value === "multipart/alternative") return chooseBody(parts.map(read));
  return joinBodies(parts.map(read));
}

/** null where it cannot be cut, or nowhere is: then its text is not lost, but a file. */
function partsOf(entity: Entity, type: ContentType, budget: Budget): readonly Entity[] | null {
  try {
    const { parts, delimited } = splitMultipart(entity, type, budget);
    return delimited || isBlank(body(entity)) ? parts : null;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** Looks no further than the first octet that is more than white space. */
function isBlank(octets: Bytes): boolean {
  return octets.every((octet) => octet <= 0x20);
}

/** RFC 2046 §5.1.4: the same in several forms, the richest last. */
function chooseBody(bodies: readonly Body[]): Body {
  const last = (form: "text" | "html"): string | null =>
    bodies
      .map((candidate) => candidate[form])
      .filter((content) => content !== null)
      .at(-1) ?? null;
  return { text: last("text"), html: last("html") };
}

/** One after the other; in the HTML form plain parts are shown too, or they would be lost. */
function joinBodies(bodies: readonly Body[]): Body {
  const filled = bodies.filter(({ text, html }) => text !== null || html !== null);
  if (filled.length < 2) return filled[0] ?? empty;
  const texts = filled.map(({ text }) => text).filter((text) => text !== null);
  const hasHtml = filled.some(({ html }) => html !== null);
  return {
    text: texts.length === 0 ? null : texts.join("\n"),
    html: hasHtml ? filled.map(({ text, html }) => html ?? escapeHtml(text!)).join("\n") : null,
  };
}

function escapeHtml(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<pre style="white-space: pre-wrap">${escaped}</pre>`;
}

function readLeaf(entity: Entity, type: ContentType, reading: Reading): Body {
  const content = decodeForDisplay(entity);
  const isText = type.value === "text/plain" || type.value === "text/html";
  const disposition = contentDisposition(entity);
  const isFile = disposition?.value === "attachment" || fileName(entity) !== null;
  if (!isText || isFile || content.length > maximumTextBytes) {
    reading.attachments.push(attachment(entity, type, content));
    return empty;
  }
  const text = decodeText(content, type.parameters.get("charset") ?? null);
  if (type.value === "text/html") return { text: null, html: text };
  const lines = text.replaceAll("\r\n", "\n");
  if (type.parameters.get("format")?.toLowerCase() !== "flowed") return { text: lines, html: null };
  return { text: unflow(lines, type.parameters.get("delsp")?.toLowerCase() === "yes"), html: null };
}

function attachment(entity: Entity, type: ContentType, content: Bytes): Attachment {
  const contentId = fieldText(entity, "content-id");
  return {
    name: fileName(entity),
    mediaType: type.value,
    contentId: contentId === null ? null : contentId.trim().replace(/^<|>$/g, ""),
    content,
    mime: wholeEntity(entity),
  };
}

/** Without a charset that we know, UTF-8 where it is that, else what old mail mostly is. */
function decodeText(octets: Bytes, charset: string | null): string {
  const text = charset === null ? null : decodeCharset(octets, charset);
  if (text !== null) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch (error) {
    if (error instanceof TypeError) return decodeCharset(octets, "windows-1252")!;
    throw error;
  }
}
