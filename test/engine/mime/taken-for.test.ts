/** Whom a reader may take for the author: every way to read a header that is not clear, and none that costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Budget } from "../../../src/engine/base/budget.js";
import { parseEntity } from "../../../src/engine/mime/entity.js";
import { takenFor } from "../../../src/engine/mime/taken-for.js";

const named = (header: string): readonly string[] =>
  takenFor(parseEntity(new Uint8Array(Buffer.from(`${header}\r\n\r\nx`)), new Budget()));

test("every address of From and Sender, in their order, and none of another field (RFC 5322 §3.6.2)", () => {
  const header =
    "To: carol@example.test\r\nReply-To: dora@example.test\r\nSubject: Sender: erin@example.test";
  assert.deepEqual(named(header), []);
  const all = named(`${header}\r\nSender: bob@example.test\r\nFrom: alice@example.test, x\r\nFrom: a@b.c`);
  assert.deepEqual(all, ["alice@example.test", "a@b.c", "bob@example.test"]);
});

test("a line that begins with From behind a bare CR or a NUL is one, in a header block that is not regular alone", () => {
  assert.deepEqual(named("Subject: x\rFrom: alice@example.test"), ["alice@example.test"]);
  assert.deepEqual(named("Subject: x\0From: alice@example.test"), ["alice@example.test"]);
  assert.deepEqual(named("Subject: x\rTo: alice@example.test"), []);
  assert.deepEqual(named("Subject: x\r\n From: alice@example.test"), []);
});

test("an address is found under whatever a reader drops, and with whatever stands beside it (property)", () => {
  const dropped = fc.constantFrom("", " ", "\t", "\u200b", "\u00ad", "\x01", '"', "\\", "()", "(x)", "\r\n ");
  const beside = fc.constantFrom(
    "",
    " ",
    "<",
    ">",
    ",",
    ";",
    ":",
    "(",
    ")",
    "'",
    " x <",
    "\\",
    "=?x?=",
    "\u3000<",
  );
  const parts = fc.tuple(beside, dropped, dropped, dropped, dropped, beside);
  fc.assert(
    fc.property(parts, ([before, a, b, c, d, after]) => {
      const from = `From: ${before}alice${a}@${b}example${c}.${d}test${after}`;
      return named(from).includes("alice@example.test");
    }),
    { numRuns: 5_000 },
  );
});

test("whatever stands there, it is read to its end, and a flood of names too (property)", () => {
  const piece = fc.constantFrom(
    "a@b.cc,",
    "@",
    "(",
    ")",
    ". ",
    '"',
    "\\",
    "=?utf-8?q?a=40b?= ",
    "\u00fc",
    "<",
    "\r",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.integer({ min: 1, max: 400 }), (pieces, times) => {
      assert.ok(Array.isArray(named(`From: ${pieces.join("").repeat(times)}`)));
    }),
    { numRuns: 300 },
  );
  const flood = Array.from({ length: 5_000 }, (_, i) => `a${i}@example.net`).join(" ");
  assert.ok(named(`From: ${flood} alice@example.test`).includes("alice@example.test"));
});
