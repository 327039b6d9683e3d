import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Budget } from "../../../src/engine/base/budget.js";
import { fromUtf8 } from "../../../src/engine/base/bytes.js";
import { MalformedError } from "../../../src/engine/base/errors.js";
import { makeTransportable, requireSevenBit } from "../../../src/engine/mime/make-transportable.js";
import { readContent } from "../../../src/engine/mime/read-content.js";

const make = (content: string) => makeTransportable(fromUtf8(content), new Budget());

test("what needs nothing is not even copied", () => {
  for (const content of [
    "\r\n",
    "Content-Type: text/plain\r\n\r\nHi.\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi.\r\n--b--\r\n",
  ]) {
    const bytes = fromUtf8(content);
    assert.equal(makeTransportable(bytes, new Budget()), bytes);
  }
});

test("a second time changes nothing more, and the text that is read stays the same", () => {
  const words = fc.array(fc.constantFrom("From ", "ä", "\n", " \n", "\r\n", "word", "=", "."), {
    maxLength: 30,
  });
  const encoding = fc.constantFrom("7bit", "8bit");
  fc.assert(
    fc.property(words, encoding, fc.boolean(), (pieces, name, nested) => {
      const leaf = `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${name}\r\n\r\n${pieces.join("")}\r\n`;
      const content = nested
        ? `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${leaf}\r\n--b--\r\n`
        : leaf;
      const once = make(content);
      requireSevenBit(once);
      assert.equal(makeTransportable(once, new Budget()), once);
      const shown = (mime: typeof once) => readContent({ mime }).text?.replaceAll("\r\n", "\n");
      assert.equal(shown(once), shown(fromUtf8(content) as unknown as typeof once));
    }),
    { numRuns: 300 },
  );
});

test("an encoding that is not what it says is refused, not signed", () => {
  assert.throws(() => make("Content-Transfer-Encoding: base64\r\n\r\nnot base64 \u00e4\r\n"), MalformedError);
  assert.throws(() => make("Content-Transfer-Encoding: x-odd\r\n\r\n\u00e4\r\n"), MalformedError);
  make("Content-Transfer-Encoding: x-odd\r\n\r\nplain\r\n");
});

test("eight bits in a header cannot be encoded, so they are not sent in the clear", () => {
  const content = make("Content-Type: text/plain; name=\u00e4\r\n\r\nHi.\r\n");
  assert.throws(() => requireSevenBit(content), MalformedError);
});
