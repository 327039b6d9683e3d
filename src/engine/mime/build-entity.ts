/**
 * The MIME shells of S/MIME (RFC 8551 §3.3–§3.5): pieces in order, joined once at the very end, so that a
 * message of 36 MB is allocated once and base64 written where it will stand.
 */
import { type Bytes, type CanonicalMime, fromUtf8, toHex } from "../base/bytes.js";
import { base64LinesLength, encodeBase64LinesInto } from "../kernels/base64.js";

/** Octets as they are, or octets to be written as lines of base64, perhaps in parts. */
export type Piece = { readonly plain: Bytes } | { readonly base64: readonly Bytes[] };

export type SmimeType = "signed-data" | "enveloped-data" | "authEnveloped-data";

function text(lines: string): Piece {
  return { plain: fromUtf8(lines) };
}

/**
 * application/pkcs7-mime around a CMS object (RFC 8551 §3.2).
 * @param cms perhaps in parts, as it was made
 */
export function opaqueEntity(cms: Bytes | readonly Bytes[], smimeType: SmimeType): readonly Piece[] {
  const header =
    `Content-Type: application/pkcs7-mime; smime-type=${smimeType};\r\n name="smime.p7m"\r\n` +
    "Content-Transfer-Encoding: base64\r\n" +
    'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n';
  return [text(header), { base64: cms instanceof Uint8Array ? [cms] : cms }];
}

/**
 * multipart/signed around content and its detached signature (RFC 8551 §3.5.3).
 * @param micalg as RFC 8551 §3.5.3.2 spells it: sha-256
 */
export function clearSignedEntity(
  content: CanonicalMime,
  signature: Bytes,
  micalg: string,
): readonly Piece[] {
  // "=_" stands in no quoted-printable and no base64; 128 random bits in nothing else.
  const boundary = `signet=_${toHex(crypto.getRandomValues(new Uint8Array(16)))}`;
  const head =
    `Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n micalg=${micalg};` +
    ` boundary="${boundary}"\r\n\r\n--${boundary}\r\n`;
  const middle =
    `\r\n--${boundary}\r\n` +
    'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n' +
    "Content-Transfer-Encoding: base64\r\n" +
    'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n';
  return [text(head), { plain: content }, text(middle), { base64: [signature] }, text(`--${boundary}--\r\n`)];
}

function lengthOfAll(parts: readonly Bytes[]): number {
  return parts.reduce((length, part) => length + part.length, 0);
}

/** One allocation. */
export function assemble(pieces: readonly Piece[]): Bytes {
  const lengthOf = (piece: Piece): number =>
    "plain" in piece ? piece.plain.length : base64LinesLength(lengthOfAll(piece.base64));
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + lengthOf(piece), 0));
  let at = 0;
  for (const piece of pieces) {
    const end = at + lengthOf(piece);
    if ("plain" in piece) joined.set(piece.plain, at);
    else encodeBase64LinesInto(piece.base64, joined.subarray(at, end));
    at = end;
  }
  return joined;
}
