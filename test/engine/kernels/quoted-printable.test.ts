import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, fromUtf8 } from "../../../src/engine/base/bytes.js";
import { quotedPrintableWasm } from "../../../src/engine/kernels/generated/quoted-printable.js";
import { loadKernel } from "../../../src/engine/kernels/load-kernel.js";
import { decodeQuotedPrintableTwin } from "../../../src/engine/kernels/quoted-printable-twin.js";
import { decodeQuotedPrintable } from "../../../src/engine/kernels/quoted-printable.js";

const same = (input: Bytes): void => {
  assert.deepEqual(decodeQuotedPrintable(input), decodeQuotedPrintableTwin(input));
};

test("the wasm kernel loads here, so the tests below speak of it", () => {
  assert.notEqual(loadKernel(quotedPrintableWasm), null);
});

test("kernel and twin give the same octets for any input (RFC 2045 §6.7)", () => {
  const piece = fc.constantFrom(
    "=",
    "=3D",
    "=c3=A9",
    "=\r\n",
    "= \t\n",
    "a",
    " ",
    "\r",
    "\n",
    "é",
    "=G1",
    "=1",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => same(fromUtf8(pieces.join("")))),
    { numRuns: 2_000 },
  );
});

test("an escape is read over the border of two chunks, wherever it lies", () => {
  for (const escape of ["=C3", "=\r\n", `=${" ".repeat(80)}\r\n`, `=${" ".repeat(81)}\r\n`, "==", "=G"]) {
    for (let before = 65_536 - 90; before <= 65_536; before += 1) {
      const input = fromUtf8(`${"a".repeat(before)}${escape}${"b".repeat(100)}=20`);
      const decoded = decodeQuotedPrintable(input);
      assert.equal(Buffer.compare(decoded, decodeQuotedPrintableTwin(input)), 0, `${escape} at ${before}`);
    }
  }
});

test("nothing but escapes, more than the twin alone may take, comes out whole", () => {
  const input = new Uint8Array(Buffer.from("=C3".repeat(6 * 1024 * 1024)));
  const decoded = decodeQuotedPrintable(input);
  assert.equal(decoded.length, 6 * 1024 * 1024);
  assert.ok(decoded.every((octet) => octet === 0xc3));
});
