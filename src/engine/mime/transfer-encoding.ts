/** Content-Transfer-Encoding (RFC 2045 §6), from bytes to bytes. */
import type { Bytes } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { decodeAnyBase64, decodeBase64 } from "../kernels/base64.js";
import { decodeQuotedPrintable } from "../kernels/quoted-printable.js";
import { type Entity, body, fieldText } from "./entity.js";

/** @throws MalformedError where the body is not what its encoding says, or the encoding is unknown */
export function decodeBody(entity: Entity): Bytes {
  switch (encodingOf(entity)) {
    case "base64":
      return decodeBase64(body(entity));
    case "quoted-printable":
      return decodeQuotedPrintable(body(entity));
    case "7bit":
    case "8bit":
    case "binary":
    case "":
      return body(entity);
    default:
      throw new MalformedError("mime-malformed", "content-transfer-encoding");
  }
}

/**
 * For what is shown, never for what is judged: base64 that breaks off or has been written into comes out
 * as far as it goes; what is not encoded as it says, as it stands.
 */
export function decodeForDisplay(entity: Entity): Bytes {
  try {
    return decodeBody(entity);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const begins = encodingOf(entity) === "base64" && beginsAsBase64(body(entity));
    return begins ? decodeAnyBase64(body(entity)) : body(entity);
  }
}

/** By its first line; a text that was only called base64 is better shown as it stands. */
function beginsAsBase64(encoded: Bytes): boolean {
  const feed = encoded.indexOf(0x0a);
  try {
    return decodeBase64(encoded.subarray(0, feed < 0 ? encoded.length : feed)).length > 0;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

function encodingOf(entity: Entity): string {
  // Cut short, because the pattern takes quadratic time on a field of open brackets.
  return (fieldText(entity, "content-transfer-encoding") ?? "7bit")
    .slice(0, 200)
    .replace(/\([^)]*\)/g, "")
    .trim()
    .toLowerCase();
}
