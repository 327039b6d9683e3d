/** Where a multipart is cut, to the octet (RFC 2046 §5.1.1), and header blocks (RFC 5322 §2.2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget } from "../../../src/engine/base/budget.js";
import { BudgetExceededError, MalformedError } from "../../../src/engine/base/errors.js";
import { contentType, fileName, parseStructuredField } from "../../../src/engine/mime/content-type.js";
import { fieldTexts, parseEntity, wholeEntity } from "../../../src/engine/mime/entity.js";
import { type Multipart, splitMultipart } from "../../../src/engine/mime/multipart.js";
import { decodeQuotedPrintable } from "../../../src/engine/kernels/quoted-printable.js";
import { canonicalize, endLines } from "../../../src/engine/mime/canonical.js";
import type { Bytes } from "../../../src/engine/index.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, "latin1"));
const text = (raw: Bytes): string => Buffer.from(raw).toString("latin1");

function split(body: string, boundary = "x"): Multipart {
  const entity = parseEntity(
    bytes(`Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${body}`),
    new Budget(),
  );
  return splitMultipart(entity, contentType(entity), new Budget());
}

const cuts: readonly [string, readonly string[], boolean][] = [
  ["--x\r\nA\r\n--x\r\nB\r\n--x--\r\n", ["A", "B"], true],
  ["--x\nA\n--x\nB\n--x--\n", ["A", "B"], true],
  ["pre\r\n--x\r\nA\r\n\r\n--x--\r\npost", ["A\r\n"], true],
  ["--x \t\r\nA\r\n--x-- \r\n", ["A"], true],
  ["--x\r\nA", ["A"], true],
  ["--x\r\n--x\r\n--x--", ["", ""], true],
  ["--x\r\nA --x\r\n\r\n--x--", ["A --x\r\n"], true],
  ["--x\r\nA\r\n--xy\r\nB\r\n--x--", ["A\r\n--xy\r\nB"], false],
  ["--x\r\nA\r--x\r\nB\r\n--x--", ["A\r--x\r\nB"], false],
  ["--x\r\nA\r\n--x--\r\n--x\r\nB\r\n--x--", ["A"], false],
  ["--x\r\nA\r\n--x\rB\r\n--x--", ["A\r\n--x\rB"], false],
  ["--x\r\nA\r\n--x--y\r\n--x--", ["A\r\n--x--y"], false],
];

for (const [body, parts, regular] of cuts) {
  test(`cuts ${JSON.stringify(body)}`, () => {
    const found = split(body);
    assert.deepEqual(
      found.parts.map((part) => text(wholeEntity(part))),
      parts,
    );
    assert.equal(found.regular, regular);
  });
}

test("a boundary that no program writes is refused (RFC 2046 §5.1.1)", () => {
  for (const boundary of ["", "é", "a\tb", "a".repeat(10_001)]) {
    assert.throws(() => split("--x", boundary), MalformedError);
  }
});

test("cuts at odd boundaries for showing, and tells that readers may differ (RFC 2046 §5.1.1)", () => {
  for (const boundary of ["a ", "'()+_,-./:=? b", "a".repeat(300)]) {
    const body = `--${boundary}\r\n\r\none\r\n--${boundary}\r\n\r\ntwo\r\n--${boundary}--`;
    const { parts, regular } = split(body, boundary);
    assert.equal(parts.length, 2);
    assert.equal(regular, boundary.length < 250 && !boundary.endsWith(" "));
  }
  const { parts, regular } = split("--x and more\r\n\r\none\r\n--xy\r\n--x-- the end\r\n--x--");
  assert.equal(parts.length, 1);
  assert.equal(regular, false);
});

test("a blank before the colon is read, and told (RFC 5322 §4.5)", () => {
  const entity = parseEntity(bytes("Subject : a\r\nFrom \t: x@y.z\r\n\r\n"), new Budget());
  assert.deepEqual(fieldTexts(entity, "from"), ["x@y.z"]);
  assert.equal(entity.regular, false);
});

test("stops at the budget of parts", () => {
  assert.throws(() => split("--x\r\n".repeat(2_000)), BudgetExceededError);
});

test("reads header fields folded, in any line ends, with what Thunderbird puts before them", () => {
  const raw = "From - Mon Jun\nX-Mozilla-Status: 0001\nSubject: a\r\n\tb\r\nFrom: x@y.z\r\n\r\nFrom: body";
  const entity = parseEntity(bytes(raw), new Budget());
  assert.deepEqual(fieldTexts(entity, "subject"), ["a\tb"]);
  assert.deepEqual(fieldTexts(entity, "from"), ["x@y.z"]);
  assert.equal(entity.regular, true);
  assert.equal(raw.slice(entity.bodyStart), "From: body");
});

test("tells a header block that readers could read differently", () => {
  for (const raw of [
    "A: b\rC: d\r\n\r\n",
    "A: b\0\r\n\r\n",
    "stray\r\nA: b\r\n\r\n",
    "A : b\r\n\r\n",
    " A: b\r\n\r\n",
  ]) {
    assert.equal(parseEntity(bytes(raw), new Budget()).regular, false, JSON.stringify(raw));
  }
});

test("stops at the budget of header fields", () => {
  assert.throws(() => parseEntity(bytes("A: b\r\n".repeat(2_000)), new Budget()), BudgetExceededError);
});

test("reads parameters quoted, commented, continued and in other charsets (RFC 2045 §5.1, RFC 2231)", () => {
  const parsed = parseStructuredField(
    `Multipart/Signed (a;b); micalg="sha-256"; title*0*=utf-8'en'J%C3%B6; title*1="rg;x"; plain=a\\b; x*=iso-8859-1''%E9`,
  );
  assert.equal(parsed.value, "multipart/signed");
  assert.deepEqual(
    [...parsed.parameters],
    [
      ["micalg", "sha-256"],
      ["title", "Jörg;x"],
      ["plain", "a\\b"],
      ["x", "é"],
    ],
  );
  assert.equal(parsed.regular, true);
});

test("tells parameters that stand twice, or in two forms", () => {
  for (const field of [
    "a/b; c=1; c=2",
    "a/b; c=1; C=2",
    "a/b; c=1; c*=utf-8''2",
    "a/b; c*0=1; c=2",
    "a/b; c",
  ]) {
    assert.equal(parseStructuredField(field).regular, false, field);
  }
});

test("finds the file's name, encoded in any of the ways that programs use", () => {
  for (const field of [
    'Content-Disposition: attachment; filename="Jörg.txt"',
    "Content-Disposition: attachment; filename*=utf-8''J%C3%B6rg.txt",
    'Content-Disposition: attachment; filename="=?utf-8?q?J=C3=B6rg.txt?="',
    'Content-Type: text/plain; name="=?utf-8?b?SsO2cmcudHh0?="',
  ]) {
    const raw = new Uint8Array(Buffer.from(`${field}\r\n\r\n`));
    assert.equal(fileName(parseEntity(raw, new Budget())), "Jörg.txt", field);
  }
});

const printables: readonly [string, string][] = [
  ["a=3Db", "a=b"],
  ["a=\r\nb", "ab"],
  ["a= \t\nb", "ab"],
  ["a=", "a"],
  ["a=ZZ=4", "a=ZZ=4"],
  ["=c3=A9", "\xc3\xa9"],
];

for (const [encoded, decoded] of printables) {
  test(`decodes quoted-printable ${JSON.stringify(encoded)} (RFC 2045 §6.7)`, () => {
    assert.equal(text(decodeQuotedPrintable(bytes(encoded))), decoded);
  });
}

test("gives lines that end in CR alone their LF, in messages that have no LF at all", () => {
  const ended = (raw: string): string => text(endLines(bytes(raw)));
  assert.equal(ended("Subject: a\r\rb\r"), "Subject: a\r\n\r\nb\r\n");
  assert.equal(ended("From alice\rSubject: a\r\rb"), "From alice\r\nSubject: a\r\n\r\nb");
  for (const other of ["Subject: a\r\rb\n", "Subject: a\r\nb", "\x30\x82\x01\x0d\r", "", "\r"])
    assert.equal(ended(other), other);
});

test("gives every bare LF its CR, and nothing else (RFC 8551 §3.1.1)", () => {
  assert.equal(text(canonicalize(bytes("\na\nb\r\nc\rd\n"))), "\r\na\r\nb\r\nc\rd\r\n");
  const canonical = bytes("a\r\nb\r\n");
  assert.equal(canonicalize(canonical), canonical);
});
