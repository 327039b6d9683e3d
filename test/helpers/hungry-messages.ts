/** Messages that want memory, as long as a test likes (`test/fuzz/memory.test.ts`). */
import { deflateSync } from "node:zlib";
import { context as tag } from "../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import type { Bytes } from "../../src/engine/index.js";

const head = "From: alice@example.test\r\n";
const opaque = `${head}Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: `;
const signed = `${head}Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=x\r\n\r\n`;
const hex = (digits: string): Buffer => Buffer.from(digits, "hex");
const whole = (...parts: readonly (string | Uint8Array)[]): Bytes =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))));
const openSignedData = hex("308006092a864886f70d010702a0803080020101310030800609" + "2a864886f70d010701a080");

function signedData(content: Bytes, signers: readonly Bytes[] = []): Bytes {
  const inner = sequence(objectIdentifier(oid.data), encode(tag(0), octetString(content)));
  const body = sequence(smallInteger(1), setOf([]), inner, encode(0x31, ...signers));
  return sequence(objectIdentifier(oid.signedData), encode(tag(0), body));
}

/** @param n octets, about */
export const hungryMessages: Readonly<Record<string, (n: number) => Bytes>> = {
  zeros: (n) => new Uint8Array(n),
  "header fields": (n) => whole("A: b\r\n".repeat(n / 6)),
  "one folded field": (n) => whole(`${head}A: b\r\n`, " x\r\n".repeat(n / 4)),
  "base64 of nothing that is CMS": (n) => whole(`${opaque}base64\r\n\r\n`, Buffer.alloc(n, "QUFB\r\n")),
  "parts without end": (n) => whole(signed, "--x\r\n\r\n".repeat(n / 7)),
  "a large part, signed by nobody": (n) =>
    whole(signed, "--x\r\n\r\n", Buffer.alloc(n, "words\r\n"), "--x--\r\n"),
  "text of lines": (n) => whole(`${head}\r\n`, Buffer.alloc(n, "words and words\n")),
  "an attachment": (n) =>
    whole(
      `${head}Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
      Buffer.alloc(n, "QUJD"),
    ),
  "quoted-printable": (n) =>
    whole(`${head}Content-Transfer-Encoding: quoted-printable\r\n\r\n`, Buffer.alloc(n, "=41")),
  "chunks of one octet": (n) =>
    whole(
      `${opaque}binary\r\n\r\n`,
      openSignedData,
      hex("2480"),
      Buffer.alloc(n, hex("040141")),
      hex("00000000"),
    ),
  "chunks of a thousand octets": (n) => {
    const chunk = Buffer.concat([hex("048203e8"), Buffer.alloc(1_000, "words\r\n")]);
    return whole(
      `${opaque}binary\r\n\r\n`,
      openSignedData,
      hex("2480"),
      Buffer.alloc(n, chunk),
      hex("0000000000000000"),
    );
  },
  "a set of empty elements": (n) =>
    whole(
      `${opaque}binary\r\n\r\n`,
      hex("308006092a864886f70d010702a08030800201013180"),
      Buffer.alloc(n, hex("3000")),
    ),
  "a signature over all of it": (n) =>
    signedData(whole("Content-Type: text/plain\r\n\r\n", Buffer.alloc(n, "words\r\n"))),
  "a recipient for every thirty octets": (n) => {
    const recipient = sequence(
      smallInteger(0),
      encode(tag(0, "primitive"), new Uint8Array(8)),
      sequence(),
      octetString(new Uint8Array(8)),
    );
    const recipients = encode(0x31, new Uint8Array(Buffer.alloc(n - (n % recipient.length), recipient)));
    const content = sequence(objectIdentifier(oid.data), sequence(objectIdentifier(oid.aes256Cbc)));
    return sequence(
      objectIdentifier(oid.envelopedData),
      encode(tag(0), sequence(smallInteger(0), recipients, content)),
    );
  },
  "compressed zeros": (n) => {
    // A thousandth of what it becomes: the bound is a multiple of what came, not of what it wants to be.
    const packed = new Uint8Array(deflateSync(new Uint8Array(Math.min(n * 60, 1_400_000_000)), { level: 9 }));
    const inner = sequence(objectIdentifier(oid.data), encode(tag(0), octetString(packed)));
    const body = sequence(smallInteger(0), sequence(objectIdentifier(oid.zlibCompress)), inner);
    return sequence(objectIdentifier(oid.compressedData), encode(tag(0), body));
  },
};
