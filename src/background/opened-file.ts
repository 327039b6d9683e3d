/**
 * A file that somebody opened, as a message: an `.eml` is one already; a `.p7m` or `.p7s` saved from a
 * mail client is the bare CMS of one, in DER, PEM or base64, and gets the two header fields it lost
 * (RFC 8551 §3.5.2). It then has no author, and the verdict says so.
 */
import type { Bytes } from "../engine/index.js";

const der = 0x30;
const mediaType = "Content-Type: application/pkcs7-mime; name=smime.p7m\r\n";

/** Long enough for a header's first line, short enough to look at. */
const looked = 256;

export function asMessage(file: Bytes): Bytes {
  if (isBinaryCms(file)) return withHeader("binary", file);
  const start = new TextDecoder("iso-8859-1").decode(file.subarray(0, looked));
  const armour = /^\s*-----BEGIN (?:PKCS7|CMS)-----\s*/.exec(start);
  if (armour !== null) return withHeader("base64", withoutArmourEnd(file.subarray(armour[0].length)));
  // Every CMS that is longer than 127 octets starts with "MI" in base64; no header field holds a line of it.
  if (/^\s*MI[A-Za-z0-9+/\s]*={0,2}\s*$/.test(start)) return withHeader("base64", file);
  return file;
}

/** A SEQUENCE with a long or indefinite length: its second octet is no character of a header field. */
function isBinaryCms(file: Bytes): boolean {
  return file[0] === der && file[1] !== undefined && file[1] >= 0x80;
}

function withoutArmourEnd(body: Bytes): Bytes {
  const end = body.indexOf("-".charCodeAt(0));
  return end < 0 ? body : body.subarray(0, end);
}

function withHeader(encoding: "binary" | "base64", body: Bytes): Bytes {
  const header = new TextEncoder().encode(`${mediaType}Content-Transfer-Encoding: ${encoding}\r\n\r\n`);
  const message = new Uint8Array(header.length + body.length);
  message.set(header);
  message.set(body, header.length);
  return message;
}
