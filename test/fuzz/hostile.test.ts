/**
 * Messages made to cost time or memory: each is answered, not good, and long before anybody wonders.
 * The bound is a hundred times what they take, so that only a quadratic one meets it.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Bytes, type InspectContext, inspect, readContent } from "../../src/engine/index.js";
import { testContext } from "../helpers/inspecting.js";

const seconds = 20;

let context: InspectContext;
before(async () => {
  context = await testContext();
});

const head = "From: alice@example.test\r\n";
const signed = 'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=x\r\n\r\n';
const binary = "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n";
const text = (value: string): Buffer => Buffer.from(value, "latin1");
const hex = (value: string): Buffer => Buffer.from(value.replaceAll(" ", ""), "hex");
const join = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? text(part) : part)));

/** SignedData up to its content, in indefinite lengths. */
const openSignedData = "3080 0609 2a864886f70d010702 a080 3080 020101 3100 3080 0609 2a864886f70d010701 a080";

const cases: Readonly<Record<string, () => Buffer>> = {
  "100 MB of zeros": () => Buffer.alloc(100_000_000),
  "100 MB of line feeds": () => Buffer.alloc(100_000_000, 0x0a),
  "50 MB of carriage returns": () => Buffer.alloc(50_000_000, 0x0d),
  "100 MB of base64 that is none": () =>
    join(
      head,
      "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      Buffer.alloc(100_000_000, 0x41),
    ),
  "50 MB of hyphens": () => join(head, signed, Buffer.alloc(50_000_000, 0x2d)),
  "lines of one hyphen": () => join(head, signed, "-\n".repeat(10_000_000)),
  "three million boundaries": () => join(head, signed, "--x\r\n\r\n".repeat(3_000_000)),
  "three million near boundaries": () => join(head, signed, "--xy\r\n\r\n".repeat(3_000_000)),
  "multiparts in multiparts": () => {
    let body = "x";
    for (let i = 0; i < 2_000; i++) {
      body = `Content-Type: multipart/mixed; boundary=b${i}z\r\n\r\n--b${i}z\r\n${body}\r\n--b${i}z--`;
    }
    return join(head, body);
  },
  "lengths that are never closed": () => join(head, binary, hex("3080".repeat(1_000_000))),
  "millions of chunks": () =>
    join(head, binary, hex(openSignedData), hex("2480"), hex("0400".repeat(5_000_000)), hex("00000000")),
  "millions of elements in a set": () =>
    join(
      head,
      binary,
      hex("3080 0609 2a864886f70d010702 a080 3080 020101 3180"),
      hex("3000".repeat(5_000_000)),
    ),
  "a million header fields": () => text("A: b\r\n".repeat(1_000_000)),
  "one field folded a million times": () => text(`${head}A: b\r\n${" x\r\n".repeat(1_000_000)}`),
  "a name of one long word": () => text(`From: ${"x".repeat(2_500_000)} <alice@example.test>\r\n\r\n`),
  "a name of encoded words": () => text(`From: ${"=?utf-8?q?a?= ".repeat(180_000)}<a@b.c>\r\n\r\n`),
  "open brackets": () => text(`From: ${"(".repeat(2_500_000)}\r\n\r\n`),
  "open quotes": () => text(`From: ${'"\\'.repeat(1_200_000)}\r\n\r\n`),
  "at signs": () => text(`From: ${"a@".repeat(1_200_000)}\r\n\r\n`),
  blanks: () => text(`From: a${" ".repeat(2_500_000)}b@c.d\r\n\r\n`),
  "a type of parameters": () =>
    text(
      `${head}Content-Type: a/b;${Array.from({ length: 200_000 }, (_, i) => `b*${i}=x`).join(";")}\r\n\r\n`,
    ),
  "a type of blanks": () => text(`${head}Content-Type: multipart/signed${" ".repeat(2_500_000)}x\r\n\r\n`),
  "an encoding of brackets": () =>
    text(
      `${head}Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: ${"(".repeat(2_500_000)}\r\n\r\n`,
    ),
  "quoted-printable of equals signs": () =>
    join(head, "Content-Transfer-Encoding: quoted-printable\r\n\r\n", Buffer.alloc(3_000_000, 0x3d)),
  "flowed lines": () =>
    join(head, "Content-Type: text/plain; format=flowed\r\n\r\n", "> \n ".repeat(500_000)),
};

for (const [says, make] of Object.entries(cases)) {
  test(`answers ${says}`, { timeout: seconds * 1_000 }, async () => {
    const raw: Bytes = new Uint8Array(make());
    const { verdict, payload } = await inspect(raw, context);
    assert.notEqual(verdict.summary.state, "2");
    assert.ok(readContent(payload));
  });
}
