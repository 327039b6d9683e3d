import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget } from "../../../src/engine/base/budget.js";
import { fromUtf8 } from "../../../src/engine/base/bytes.js";
import { MalformedError } from "../../../src/engine/base/errors.js";
import { hasHeader, rawFields, splitDraft } from "../../../src/engine/mime/split-draft.js";

const split = (message: string) => splitDraft(fromUtf8(message), new Budget());
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test("Content-* goes inside, MIME-Version away, everything else stays outside as it stood (RFC 8551 §3.1)", () => {
  const draft = split(
    "X-A: 1\r\nContent-Type: text/plain;\r\n charset=utf-8\r\nMime-Version: 1.0\r\nsubject:a\r\n\tb\r\nContent-MD5: x\r\n\r\nbody\r\n",
  );
  assert.equal(draft.outerFields.map(({ raw }) => text(raw)).join(""), "X-A: 1\r\nsubject:a\r\n\tb\r\n");
  assert.deepEqual(
    draft.outerFields.map(({ name }) => name),
    ["x-a", "subject"],
  );
  assert.equal(
    text(draft.content),
    "Content-Type: text/plain;\r\n charset=utf-8\r\nContent-MD5: x\r\n\r\nbody\r\n",
  );
});

test("a header without body, with LF alone, or after a mailbox's From line is understood", () => {
  assert.equal(text(split("From: a@b.c").outerFields[0]!.raw), "From: a@b.c\r\n");
  assert.equal(text(split("From: a@b.c").content), "\r\n");
  assert.equal(text(split("From - x\nFrom: a@b.c\n\nhi").outerFields[0]!.raw), "From: a@b.c\r\n");
  assert.equal(text(split("A: 1\n fold\n\nhi").outerFields[0]!.raw), "A: 1\r\n fold\r\n");
});

test("blanks before the colon belong to no name (RFC 5322 §4.5); lines that are no field carry nothing outside", () => {
  assert.deepEqual(
    rawFields(fromUtf8("Bcc : a@b.c\r\nnonsense\r\n folded\r\nTo: d@e.f\r\n")).map(({ name }) => name),
    ["bcc", "to"],
  );
});

test("what has no header is no message (RFC 5322 §3.6)", () => {
  for (const none of ["", "\r\n\r\nbody", "just words", "\0\x01\x02"]) {
    assert.throws(() => split(none), MalformedError);
    assert.equal(hasHeader(fromUtf8(none)), false);
  }
  assert.equal(hasHeader(fromUtf8("A: 1")), true);
});
