/**
 * The CMS of a message for programs that read no MIME, and MIME around the CMS of programs that write none.
 * As simple as it can be: what stands here is not the engine, so that both cannot be wrong together.
 */
import type { Bytes } from "../../../src/engine/index.js";

export interface MailParts {
  readonly cms: Bytes;
  /** what was signed, where it stands beside */
  readonly content: Bytes | null;
}

export function cmsOf(message: Bytes): MailParts {
  const text = Buffer.from(message).toString("latin1");
  if (!/^[\w-]+:/.test(text)) return { cms: message, content: null };
  const boundary = /^Content-Type: *multipart\/signed;[^]*?boundary="?([^"\s;]+)/im.exec(text)?.[1];
  if (boundary === undefined) return { cms: base64Body(text), content: null };
  const [, signed, signature] = text.split(new RegExp(`(?:^|\\r?\\n)--${escaped(boundary)}(?:--)?\\r?\\n`));
  return { cms: base64Body(signature!), content: bytes(signed!) };
}

/** A signature beside its content (RFC 8551 §3.5.3). */
export function clearSigned(content: Bytes, cms: Bytes): Bytes {
  const head =
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="peer"\r\n\r\n';
  const part = `${pkcs7("signature", "smime.p7s")}${wrapped(cms)}\r\n`;
  const body = `--peer\r\n${Buffer.from(content).toString("latin1")}\r\n--peer\r\n${part}--peer--\r\n`;
  return bytes(head + body);
}

export function opaque(cms: Bytes): Bytes {
  return bytes(`${pkcs7("mime", "smime.p7m")}${wrapped(cms)}\r\n`);
}

/** One octet of the signed content turned, wherever it stands. @param mark words of it, in one piece */
export function turned(entity: Bytes, mark: string): Bytes {
  const { cms, content } = cmsOf(entity);
  if (content !== null) return flip(entity, mark);
  return opaque(flip(cms, mark));
}

function flip(original: Bytes, mark: string): Bytes {
  const copy = original.slice();
  const at = Buffer.from(copy).indexOf(mark);
  if (at < 0) throw new Error(`nothing to turn: ${mark}`);
  copy[at]! ^= 1;
  return copy;
}

function pkcs7(type: string, name: string): string {
  return (
    `Content-Type: application/pkcs7-${type}; name="${name}"\r\n` +
    `Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n`
  );
}

function base64Body(text: string): Bytes {
  return new Uint8Array(Buffer.from(text.slice(text.search(/\r?\n\r?\n/)), "base64"));
}

function wrapped(der: Bytes): string {
  return Buffer.from(der)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\r\n");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function bytes(text: string): Bytes {
  return new Uint8Array(Buffer.from(text, "latin1"));
}
