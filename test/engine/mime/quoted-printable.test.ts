import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, fromUtf8 } from "../../../src/engine/base/bytes.js";
import { encodeQuotedPrintable } from "../../../src/engine/mime/quoted-printable.js";
import { decodeQuotedPrintable } from "../../../src/engine/kernels/quoted-printable.js";

const encode = (text: string): string =>
  Buffer.from(encodeQuotedPrintable(fromUtf8(text))).toString("latin1");

test("any octets come back, in lines that nothing on the way changes (RFC 2045 §6.7, RFC 8551 §3.1.3)", () => {
  const piece = fc.constantFrom(
    "From ",
    ".",
    "=",
    "\r\n",
    "\r",
    "\n",
    " ",
    "\t",
    "ä",
    "x".repeat(70),
    "a",
    "\0",
  );
  const any = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((pieces) => fromUtf8(pieces.join(""))),
    fc.uint8Array({ maxLength: 400 }).map((octets) => new Uint8Array(octets) as Bytes),
  );
  fc.assert(
    fc.property(any, (octets) => {
      const encoded = encodeQuotedPrintable(octets);
      assert.deepEqual(Buffer.from(decodeQuotedPrintable(encoded)), Buffer.from(octets));
      const lines = Buffer.from(encoded).toString("latin1").split("\r\n");
      for (const line of lines) assert.match(line, /^(?!From |\.)[\t -~]{0,76}(?<![\t ])$/);
    }),
    { numRuns: 1_000 },
  );
});

test("what is readable stays readable", () => {
  assert.equal(encode("Käse = gut\r\n-- \r\nFrom here\r\n"), "K=C3=A4se =3D gut\r\n--=20\r\n=46rom here\r\n");
  assert.equal(encode("x".repeat(100)), `${"x".repeat(75)}=\r\n${"x".repeat(25)}`);
  assert.equal(encode("x".repeat(75)), "x".repeat(75));
  assert.equal(encode(""), "");
});
