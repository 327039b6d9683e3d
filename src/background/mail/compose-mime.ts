/**
 * A message from its parts (RFC 5322, 2045–2047, 2231), for the store build, which never sees Thunderbird's
 * own. Text goes in as 8bit and files as binary: the engine's `protect` gives every part the form that
 * nothing on the way changes.
 */
import type { Bytes } from "../../engine/index.js";

export interface MimeFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Blob;
}

export interface MimeBody {
  /** null: HTML only */
  readonly text: string | null;
  /** null: plain text only */
  readonly html: string | null;
  readonly files: readonly MimeFile[];
}

export interface MimeAddress {
  readonly displayName: string | null;
  readonly address: string;
}

type Entity = readonly (string | Blob)[];

/** @param headers names and values as they shall stand, encoded already */
export async function buildMessage(
  headers: readonly (readonly [name: string, value: string])[],
  body: MimeBody,
): Promise<Bytes> {
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  const blob = new Blob([...fields, "MIME-Version: 1.0\r\n", ...bodyEntity(body)]);
  return new Uint8Array(await blob.arrayBuffer());
}

function bodyEntity({ text, html, files }: MimeBody): Entity {
  const written = [text === null ? null : textEntity("plain", text), html === null ? null : htmlEntity(html)];
  const alternatives = written.filter((entity) => entity !== null);
  const main = alternatives.length === 1 ? alternatives[0]! : multipart("alternative", alternatives);
  return files.length === 0 ? main : multipart("mixed", [main, ...files.map(fileEntity)]);
}

function textEntity(subtype: "plain" | "html", text: string): Entity {
  const lines = text.replace(/\r?\n|\r/g, "\r\n");
  return [`Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n`, lines];
}

/** Pictures that stand in the text as data: become parts of their own; many readers show nothing else. */
function htmlEntity(html: string): Entity {
  const pictures = new Map<string, { readonly id: string; readonly entity: Entity }>();
  const referring = html.replace(
    /(\b(?:src|background)=")data:(image\/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)"/g,
    (...found: readonly string[]) => {
      const [, before = "", mediaType = "", base64 = ""] = found;
      const known = pictures.get(base64) ?? pictureEntity(mediaType, base64);
      pictures.set(base64, known);
      return `${before}cid:${known.id}"`;
    },
  );
  const main = textEntity("html", referring);
  const parts = [...pictures.values()].map(({ entity }) => entity);
  return parts.length === 0 ? main : multipart("related", [main, ...parts]);
}

function pictureEntity(mediaType: string, base64: string): { readonly id: string; readonly entity: Entity } {
  const id = `${crypto.randomUUID()}@signet`;
  const head = `Content-Type: ${mediaType}\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <${id}>\r\n`;
  const lines = base64.replace(/\s/g, "").replace(/.{76}/g, "$&\r\n");
  return { id, entity: [`${head}Content-Disposition: inline\r\n\r\n`, lines] };
}

function fileEntity({ name, mediaType, content }: MimeFile): Entity {
  // RFC 2046 §5.2.1: a message part may not be encoded, and this one may have to be.
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(mediaType) && !/^(message|multipart)\//i.test(mediaType);
  const head = `Content-Type: ${type ? mediaType : "application/octet-stream"}${parameter("name", name)}\r\n`;
  const disposition = `Content-Disposition: attachment${parameter("filename", name)}\r\n`;
  return [`${head}Content-Transfer-Encoding: binary\r\n${disposition}\r\n`, content];
}

function multipart(subtype: "alternative" | "mixed" | "related", parts: readonly Entity[]): Entity {
  const boundary = `=_${crypto.randomUUID()}`;
  return [
    `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n`,
    ...parts.flatMap((part) => [`--${boundary}\r\n`, ...part, "\r\n"]),
    `--${boundary}--\r\n`,
  ];
}

/** RFC 2231 §3, §4: in UTF-8 and percent signs, cut into lines of bearable length. */
function parameter(name: string, value: string): string {
  const octets = [...new TextEncoder().encode(value)];
  const plain = (octet: number): boolean => /[A-Za-z0-9._-]/.test(String.fromCharCode(octet));
  const encoded = octets.map((octet) =>
    plain(octet) ? String.fromCharCode(octet) : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`,
  );
  const pieces: string[] = [];
  for (let at = 0; at < encoded.length; at += 20) pieces.push(encoded.slice(at, at + 20).join(""));
  if (pieces.length <= 1) return `;\r\n ${name}*=utf-8''${pieces[0] ?? ""}`;
  return pieces
    .map((piece, index) => `;\r\n ${name}*${index}*=${index === 0 ? "utf-8''" : ""}${piece}`)
    .join("");
}

/** RFC 2047 §2: words of at most 75 characters, never cut inside a character. */
export function encodeHeaderText(value: string): string {
  const line = value.replace(/\s+/g, " ").trim();
  if (/^[ -~]*$/.test(line) && !line.includes("=?")) return fold(line);
  const words: string[] = [];
  let word = "";
  for (const character of line) {
    if (new TextEncoder().encode(word + character).length > 42) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word].map(encodedWord).join("\r\n ");
}

function encodedWord(text: string): string {
  return `=?utf-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}?=`;
}

/** RFC 5322 §2.2.3: at blanks, before 78 characters where that is possible. */
function fold(line: string): string {
  return line.replace(/(.{1,70})( |$)/g, (_whole, part: string, blank: string) => part + (blank && "\r\n "));
}

/** RFC 5322 §3.4, one mailbox a line. */
export function addressHeader(addresses: readonly MimeAddress[]): string {
  return addresses.map(mailboxText).join(",\r\n ");
}

function mailboxText({ displayName, address }: MimeAddress): string {
  if (displayName === null || displayName === "") return address;
  const quotable = /^[ -~]*$/.test(displayName) && !displayName.includes("=?");
  const phrase = quotable ? `"${displayName.replace(/["\\]/g, "\\$&")}"` : encodeHeaderText(displayName);
  return `${phrase} <${address}>`;
}
