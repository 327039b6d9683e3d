/**
 * Byte views: the one currency of the engine. Nothing here copies unless its name says so.
 */

/** WebCrypto refuses views over a SharedArrayBuffer, so we rule them out by type. */
export type Bytes = Uint8Array<ArrayBuffer>;

declare const brand: unique symbol;

/** A receipt: only the function that made the check may issue it. */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** One complete DER encoding, as it stood; never re-encoded. */
export type Der = Branded<Bytes, "Der">;

/** Text with every line ending in CRLF; the only form of MIME that is ever hashed (RFC 8551 §3.1.1). */
export type CanonicalMime = Branded<Bytes, "CanonicalMime">;

/** A normalised addr-spec: lower-case A-label domain, local part as written (RFC 5321 §2.4). */
export type EmailAddress = Branded<string, "EmailAddress">;

/** Lower-case hexadecimal SHA-256 of a certificate's DER: 64 characters. */
export type Fingerprint = Branded<string, "Fingerprint">;

/** Made when they are first asked for: a host takes its time for one, and whoever only loads the engine waits. */
let encoder: TextEncoder | undefined;
let strictDecoder: TextDecoder | undefined;

export function fromUtf8(text: string): Bytes {
  encoder ??= new TextEncoder();
  return encoder.encode(text) as Bytes;
}

/** Octets 0–127 as text. Only for short, structural pieces (header fields, names), never for a body. */
export function toAscii(bytes: Bytes): string {
  return toLatin1(bytes).replace(/[\x80-\xff]/g, "\ufffd");
}

/** Octets as U+0000–U+00FF, by a built-in: a loop takes ten times as long where JavaScript is interpreted. */
export function toLatin1(bytes: Bytes): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4096) as unknown as number[]);
  }
  return text;
}

/** @throws TypeError where the octets are not UTF-8. */
export function toUtf8Strict(bytes: Bytes): string {
  strictDecoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return strictDecoder.decode(bytes);
}

/** One allocation, each part copied once. */
export function concat(parts: readonly Bytes[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Not constant time: for public values only. */
export function equal(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  if (a.length >= 256) return equalWords(a, b);
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Four octets at a time: certificates are compared for every message, and JavaScript may be interpreted. */
function equalWords(a: Bytes, b: Bytes): boolean {
  const count = a.length >> 2;
  const [left, right] = [words(a, count), words(b, count)];
  for (let i = 0; i < count; i++) if (left[i] !== right[i]) return false;
  return equal(a.subarray(4 * count), b.subarray(4 * count));
}

function words(bytes: Bytes, count: number): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, count);
}

const hexDigits = "0123456789abcdef";

export function toHex(bytes: Bytes): string {
  let hex = "";
  for (const octet of bytes) hex += hexDigits[octet >> 4]! + hexDigits[octet & 15]!;
  return hex;
}

/** Short ones only (RFC 4648 §5, without padding): keys for WebCrypto. */
export function toBase64Url(bytes: Bytes): string {
  return btoa(toLatin1(bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @throws RangeError where the text is not an even run of hexadecimal digits. */
export function fromHex(hex: string): Bytes {
  const bytes = new Uint8Array(hex.length >> 1);
  let wrong = hex.length & 1;
  for (let i = 0; i < bytes.length; i++) {
    const octet = (digit(hex.charCodeAt(2 * i)) << 4) | digit(hex.charCodeAt(2 * i + 1));
    wrong |= octet >> 8;
    bytes[i] = octet;
  }
  if (wrong !== 0) throw new RangeError("not hexadecimal");
  return bytes;
}

/** @returns the value of a hexadecimal digit; a negative number for anything else */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 && code < 0x80 ? letter - 0x57 : -256;
}

/** Two magnitudes without leading zeros, as numbers: negative, zero or positive. */
export function compareUnsigned(a: Bytes, b: Bytes): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
