import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromUtf8 } from "../../../src/engine/base/bytes.js";
import { type LineFacts, scanLines } from "../../../src/engine/kernels/scan-lines.js";
import { scanLinesTwin } from "../../../src/engine/kernels/scan-lines-twin.js";

const names = [
  "nonAscii",
  "nul",
  "bareCarriageReturn",
  "bareLineFeed",
  "longLine",
  "fromLine",
  "trailingBlank",
] as const;
const listed = (facts: LineFacts): readonly string[] => names.filter((name) => facts[name]);
const found = (text: string): readonly string[] => listed(scanLines(fromUtf8(text)));

test("each thing that mail changes on its way is seen, and its lawful neighbour is not (RFC 5322 §2.1.1)", () => {
  assert.deepEqual(found("plain\r\ntext\r\n\r\nFromage\r\n From here\r\n" + "x".repeat(998)), []);
  assert.deepEqual(found("ä"), ["nonAscii"]);
  assert.deepEqual(found("a\0b"), ["nul"]);
  assert.deepEqual(found("a\rb"), ["bareCarriageReturn"]);
  assert.deepEqual(found("a\r"), ["bareCarriageReturn"]);
  assert.deepEqual(found("a\nb"), ["bareLineFeed"]);
  assert.deepEqual(found("x".repeat(999) + "\r\n"), ["longLine"]);
  assert.deepEqual(found("a\r\nFrom b\r\n"), ["fromLine"]);
  assert.deepEqual(found("From b"), ["fromLine"]);
  assert.deepEqual(found("a \r\nb"), ["trailingBlank"]);
  assert.deepEqual(found("a\t"), ["trailingBlank"]);
});

test("kernel and twin see the same, over chunk borders too", () => {
  const piece = fc.constantFrom(
    "F",
    "r",
    "o",
    "m",
    " ",
    "From ",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "x".repeat(500),
    "ä",
    "\0",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.constantFrom(0, 131_070, 131_072),
      (pieces, before) => {
        const input = fromUtf8("\r\n".repeat(before / 2) + pieces.join(""));
        const bits = scanLinesTwin(input);
        assert.deepEqual(
          listed(scanLines(input)),
          names.filter((_, i) => (bits & (1 << i)) !== 0),
        );
      },
    ),
    { numRuns: 1_000 },
  );
});

test("kernel and twin agree on every octet in every place of a long line", () => {
  const line = `${"x".repeat(70)}\r\n`;
  for (let octet = 0; octet < 256; octet++) {
    for (let place = 0; place < 20; place++) {
      const input = fromUtf8(line + line);
      input[line.length + place] = octet;
      const bits = scanLinesTwin(input);
      const { nonAscii, nul, bareCarriageReturn, bareLineFeed, longLine, fromLine, trailingBlank } =
        scanLines(input);
      const facts = [nonAscii, nul, bareCarriageReturn, bareLineFeed, longLine, fromLine, trailingBlank];
      const expected = facts.map((_, bit) => (bits & (1 << bit)) !== 0);
      assert.deepEqual(facts, expected, `${octet} at ${place}`);
    }
  }
});
