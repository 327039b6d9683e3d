/**
 * Encoded words in header fields (RFC 2047) and the charsets behind them. For display only: what is
 * compared (addresses) is never decoded.
 */
import { type Bytes, concat, fromUtf8 } from "../base/bytes.js";

const encodedWord = /=\?([^?\s]{1,80})\?([bBqQ])\?([^?\s]*)\?=/g;

/** Text with its encoded words replaced; what is not a proper encoded word stays as it is. */
export function decodeEncodedWords(text: string): string {
  if (!text.includes("=?")) return text;
  let decoded = "";
  let end = 0;
  let run: { charset: string; octets: Bytes[] } | null = null;
  const flush = (): void => {
    if (run !== null) decoded += decodeCharset(concat(run.octets), run.charset) ?? "\ufffd";
    run = null;
  };
  for (const match of text.matchAll(encodedWord)) {
    const [whole, label, encoding, payload] = match as unknown as [string, string, string, string];
    // RFC 2231 §5: a language may follow the charset.
    const charset = label.split("*")[0]!.toLowerCase();
    const octets = encoding.toLowerCase() === "b" ? decodeB(payload) : decodeQ(payload);
    if (octets === null || !isKnownCharset(charset)) continue;
    const between = text.slice(end, match.index);
    // RFC 2047 §6.2: white space between two encoded words is not shown. Words of one charset are
    // joined before decoding, because many programs cut inside a character.
    const adjacent = run !== null && /^[ \t\r\n]*$/.test(between);
    if (!adjacent || run!.charset !== charset) flush();
    if (!adjacent) decoded += between;
    run ??= { charset, octets: [] };
    run.octets.push(octets);
    end = match.index + whole.length;
  }
  flush();
  return decoded + text.slice(end);
}

function decodeB(payload: string): Bytes | null {
  try {
    return Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function decodeQ(payload: string): Bytes {
  const parts: Bytes[] = [];
  for (const piece of payload.replaceAll("_", " ").split(/(=[0-9a-fA-F]{2})/)) {
    if (piece === "") continue;
    const escaped = piece.length === 3 && piece.startsWith("=") && /^=[0-9a-fA-F]{2}$/.test(piece);
    parts.push(escaped ? Uint8Array.of(parseInt(piece.slice(1), 16)) : fromUtf8(piece));
  }
  return concat(parts);
}

export function isKnownCharset(label: string): boolean {
  return decoderFor(label) !== null;
}

/** @returns null where the charset is unknown. What is wrong in the octets becomes U+FFFD. */
export function decodeCharset(octets: Bytes, label: string): string | null {
  return decoderFor(label)?.decode(octets) ?? null;
}

function decoderFor(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
