import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, fromUtf8 } from "../../../src/engine/base/bytes.js";
import { MalformedError } from "../../../src/engine/base/errors.js";
import { decodeAnyBase64, decodeBase64, encodeBase64Lines } from "../../../src/engine/kernels/base64.js";
import {
  decodeAnyBase64Twin,
  decodeBase64Twin,
  encodeBase64LinesTwin,
} from "../../../src/engine/kernels/base64-twin.js";
import { base64Wasm } from "../../../src/engine/kernels/generated/base64.js";
import { loadKernel } from "../../../src/engine/kernels/load-kernel.js";

const bytes = (max: number) =>
  fc.uint8Array({ maxLength: max }).map((octets) => new Uint8Array(octets) as Bytes);
const decode = (text: string): string => Buffer.from(decodeBase64(fromUtf8(text))).toString("latin1");
const refuses = (text: string): void => {
  assert.throws(
    () => decodeBase64(fromUtf8(text)),
    (error) => error instanceof MalformedError && error.code === "mime-malformed",
    JSON.stringify(text),
  );
  assert.equal(decodeBase64Twin(fromUtf8(text)), null);
};

test("the wasm kernel loads here, so the tests below speak of it", () => {
  assert.notEqual(loadKernel(base64Wasm), null);
});

test("lines of 76 characters end in CRLF (RFC 2045 §6.8), as Node writes them", () => {
  fc.assert(
    fc.property(bytes(400), (input) => {
      const lines =
        Buffer.from(input)
          .toString("base64")
          .match(/.{1,76}/g) ?? [];
      const expected = lines.map((line) => `${line}\r\n`).join("");
      assert.equal(Buffer.from(encodeBase64Lines(input)).toString("latin1"), expected);
      assert.equal(Buffer.from(encodeBase64LinesTwin(input)).toString("latin1"), expected);
    }),
  );
});

test("what was encoded decodes, over chunk borders too", () => {
  for (const length of [0, 1, 2, 3, 56, 57, 58, 49_149, 49_152, 65_492, 65_493, 65_494, 200_001]) {
    const input = new Uint8Array(length).map((_, i) => (i * 2654435761) >>> 24) as Bytes;
    const lines = encodeBase64Lines(input);
    assert.deepEqual(lines, encodeBase64LinesTwin(input));
    assert.deepEqual(Buffer.from(decodeBase64(lines)), Buffer.from(input), String(length));
  }
});

test("kernel and twin give the same answer for any octets", () => {
  const alphabet = fc.constantFrom(..."ABab01+/= \r\n\t=*", "\u0000", "é");
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 40 }), (characters) => {
      const input = fromUtf8(characters.join(""));
      const expected = decodeBase64Twin(input);
      if (expected === null) refuses(characters.join(""));
      else assert.deepEqual(decodeBase64(input), expected);
      const shown = decodeAnyBase64(input);
      assert.deepEqual(shown, decodeAnyBase64Twin(input));
      // What is base64 reads alike, however leniently.
      if (expected !== null) assert.deepEqual(shown, expected);
    }),
    { numRuns: 2_000 },
  );
});

test("line ends, spaces, tabs and missing padding are forgiven", () => {
  assert.equal(decode(" aGVs\r\nbG8=\r\n\r\n"), "hello");
  assert.equal(decode("aG\n\tVsbG8"), "hello");
  assert.equal(decode("aGVsbA="), "hell");
  assert.equal(decode(""), "");
  assert.equal(decode("\r\n"), "");
});

test("for showing, what is outside the alphabet is passed over and padding ends it", () => {
  const shown = (text: string): string => Buffer.from(decodeAnyBase64(fromUtf8(text))).toString("latin1");
  assert.equal(shown("aGVs!bG8="), "hello");
  assert.equal(shown("=aGVsbG8=aGVs"), "hello");
  assert.equal(shown("aGVsb"), "hel");
  assert.equal(shown("***"), "");
  const long = "aGVsbG8g".repeat(20_000);
  assert.equal(shown(`${long.slice(0, 65_535)}\u0000${long.slice(65_535)}`), "hello ".repeat(20_000));
});

test("garbage, a lone sextet, padding in the middle and too much of it are refused", () => {
  for (const text of [
    "aGVs!bG8=",
    "a",
    "aGVsb",
    "aGVsbG8=aGVs",
    "aGVs=",
    "aG===",
    "aGVsbG8==",
    "=",
    "aGVs-_8=",
    "aGVs\u0000bG8=",
  ]) {
    refuses(text);
  }
});

test("kernel and twin agree on every octet in every place of sixteen", () => {
  for (let octet = 0; octet < 256; octet++) {
    for (let place = 0; place < 16; place++) {
      const input = fromUtf8("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn");
      input[place] = octet;
      const expected = decodeBase64Twin(input);
      if (expected === null) assert.throws(() => decodeBase64(input), MalformedError, `${octet} at ${place}`);
      else assert.deepEqual(decodeBase64(input), expected, `${octet} at ${place}`);
    }
  }
});
