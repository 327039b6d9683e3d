/** DER as text (RFC 7468): what a request or a certificate is when it goes through a form or a mail. */
import { type Bytes, concat, fromUtf8 } from "../base/bytes.js";
import { encodeBase64Lines } from "../kernels/base64.js";

export function writePem(label: "CERTIFICATE" | "CERTIFICATE REQUEST", ders: readonly Bytes[]): Bytes {
  return concat(ders.map((der) => writeBlock(label, der)));
}

function writeBlock(label: string, der: Bytes): Bytes {
  const lines =
    toText(encodeBase64Lines(der))
      .replace(/\s+/g, "")
      .match(/.{1,64}/g) ?? [];
  // RFC 7468 §2: lines of 64
  return fromUtf8([`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n"));
}

function toText(octets: Bytes): string {
  return new TextDecoder().decode(octets);
}
