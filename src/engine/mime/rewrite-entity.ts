/**
 * Write a MIME tree anew, so that every reader sees the same tree that we saw, with its HTML passed
 * through a filter. For plain text that nobody vouches for: whoever changed the ciphertext (EFAIL,
 * RFC 8551 §6) could also have set headers or boundaries that another reader takes differently.
 * Leaves are encoded as base64, boundaries are ours, and only headers that we understand are kept.
 */
import { Budget } from "../base/budget.js";
import { type Bytes, concat, fromUtf8, toHex } from "../base/bytes.js";
import { encodeBase64Lines } from "../kernels/base64.js";
import { type ContentType, contentDisposition, contentType, fileName } from "./content-type.js";
import { decodeCharset, decodeEncodedWords } from "./encoded-word.js";
import { type Entity, fieldText, parseEntity } from "./entity.js";
import { splitMultipart } from "./multipart.js";
import { decodeForDisplay } from "./transfer-encoding.js";

/** @param html decoded text of a text/html part; @returns what may be shown of it */
export type HtmlFilter = (html: string) => string;

/** The rest becomes multipart/mixed: a broken signature proves nothing, and nothing is fetched. */
const keptMultiparts = ["multipart/alternative", "multipart/related", "multipart/mixed"];
const shownAsHtml = ["text/html", "application/xhtml+xml"];
const keptParameters = ["charset", "format", "delsp", "method", "name"];
/** Pictures that can name no address and hold no script. What is neither these nor text is saved, never drawn. */
const plainPictures = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];
/**
 * Where a type says nothing, readers go by the name (RFC 2046 §4.5.1 lets them): application/octet-stream named
 * "x.html" is drawn as HTML. Such files are attachments, and as a second wall their names say ".bin" at the end.
 */
const drawnByName =
  /\.([sx]?html?|xht|mht(ml)?|xml|xslt?|svgz?|rdf|xul|eml|msg|nws|mbox|p7[a-z]|asc|gpg|pgp|vcf|vcard|ics|ical|ifb|rtx|url)[.\s]*$/i;
const longestName = 240;
const letterHeaders = ["from", "to", "cc", "subject", "date", "message-id", "reply-to"];

/**
 * @param mime one MIME entity, header and body
 * @returns an entity with CRLF, in ASCII but for the head of an attached letter (RFC 6532)
 * @throws MalformedError, BudgetExceededError
 */
export function rewriteEntity(mime: Bytes, filter: HtmlFilter, budget: Budget = new Budget()): Bytes {
  return rewrite({ entity: parseEntity(mime, budget), filter, budget, depth: 1 });
}

interface Task {
  readonly entity: Entity;
  readonly filter: HtmlFilter;
  readonly budget: Budget;
  readonly depth: number;
}

function rewrite(task: Task): Bytes {
  const { entity, budget, depth } = task;
  budget.require("mimeDepth", depth);
  const type = contentType(entity);
  if (type.value.startsWith("multipart/")) return rewriteMultipart(task, type);
  if (type.value === "message/rfc822" || type.value === "message/global") return rewriteLetter(task);
  const content = decodeForDisplay(entity);
  const isFile = contentDisposition(entity)?.value === "attachment";
  if (shownAsHtml.includes(type.value) && !isFile)
    return leaf(entity, htmlType(type), filtered(content, type, task.filter));
  if (type.value === "text/plain" || plainPictures.includes(type.value))
    return leaf(entity, harmlesslyNamed(type), content);
  return leaf(entity, { ...harmlesslyNamed(type), value: "application/octet-stream" }, content);
}

function harmlesslyNamed(type: ContentType): ContentType {
  const name = type.parameters.get("name");
  if (name === undefined) return type;
  return { ...type, parameters: new Map([...type.parameters, ["name", harmlessName(name)]]) };
}

/** Judged as it will be written: cut to length, and without what cannot stand in a line. */
function harmlessName(name: string): string {
  const short = oneLine(decodeEncodedWords(name)).slice(0, longestName);
  return drawnByName.test(short) ? `${short}.bin` : short;
}

function rewriteMultipart(task: Task, type: ContentType): Bytes {
  const { entity, budget, depth } = task;
  const boundary = `=_${toHex(crypto.getRandomValues(new Uint8Array(18)))}`;
  const value = keptMultiparts.includes(type.value) ? type.value : "multipart/mixed";
  const pieces = [fromUtf8(`Content-Type: ${value};\r\n boundary="${boundary}"\r\n\r\n`)];
  for (const part of splitMultipart(entity, type, budget).parts) {
    pieces.push(fromUtf8(`--${boundary}\r\n`), rewrite({ ...task, entity: part, depth: depth + 1 }));
    pieces.push(fromUtf8("\r\n"));
  }
  return concat([...pieces, fromUtf8(`--${boundary}--\r\n`)]);
}

/** An attached letter keeps what is shown of its head; its content is rewritten like ours. */
function rewriteLetter(task: Task): Bytes {
  const letter = parseEntity(decodeForDisplay(task.entity), task.budget);
  const heads = letterHeaders.flatMap((name) => {
    const value = fieldText(letter, name);
    return value === null ? [] : [`${name}: ${oneLine(value)}\r\n`];
  });
  const inner = rewrite({ ...task, entity: letter, depth: task.depth + 1 });
  return concat([headOf(task.entity, "message/rfc822"), fromUtf8(`\r\n${heads.join("")}`), inner]);
}

function filtered(content: Bytes, type: ContentType, filter: HtmlFilter): Bytes {
  const text = decodeCharset(content, type.parameters.get("charset") ?? "utf-8");
  return fromUtf8(filter(text ?? decodeCharset(content, "windows-1252") ?? ""));
}

function htmlType(type: ContentType): ContentType {
  const name = type.parameters.get("name");
  const parameters = new Map([
    ["charset", "utf-8"],
    ...(name === undefined ? [] : [["name", name] as const]),
  ]);
  return { value: "text/html", parameters, regular: true };
}

function leaf(entity: Entity, type: ContentType, content: Bytes): Bytes {
  const parameters = keptParameters.flatMap((name) => {
    const text = type.parameters.get(name);
    return text === undefined ? [] : [parameter(name, text)];
  });
  const head = headOf(entity, type.value, parameters);
  return concat([head, fromUtf8("Content-Transfer-Encoding: base64\r\n\r\n"), encodeBase64Lines(content)]);
}

/** @param type one of ours, never the sender's words */
function headOf(entity: Entity, type: string, parameters: readonly string[] = []): Bytes {
  const lines = [`Content-Type: ${[type, ...parameters].join(";\r\n ")}`];
  const disposition = contentDisposition(entity)?.value;
  const sent = fileName(entity);
  const mayBeDrawn = type !== "application/octet-stream";
  // What was filtered may keep the name of what it is.
  const isFiltered = type === "text/html" || type === "message/rfc822";
  const name = sent === null || isFiltered ? sent : harmlessName(sent);
  if (disposition !== undefined || name !== null || !mayBeDrawn) {
    const value = disposition === "inline" && mayBeDrawn ? "inline" : "attachment";
    lines.push(
      `Content-Disposition: ${[value, ...(name === null ? [] : [parameter("filename", name)])].join(";\r\n ")}`,
    );
  }
  const id = fieldText(entity, "content-id");
  if (id !== null && /^<[!-;=?-~]{1,250}>$/.test(id)) lines.push(`Content-ID: ${id}`);
  return fromUtf8(`${lines.join("\r\n")}\r\n`);
}

/** RFC 2045 §5.1 where it is plain, RFC 2231 §4 where it is not. */
function parameter(name: string, value: string): string {
  const short = oneLine(value).slice(0, 250);
  if (/^[ !#-[\]-~]*$/.test(short)) return `${name}="${short}"`;
  const octets = [...fromUtf8(short)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, "0")}`);
  return `${name}*=utf-8''${octets.join("")}`;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
