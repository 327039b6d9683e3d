/** Addresses as values, and the lists of them (RFC 5321 §4.1.2, RFC 5322 §3.4, RFC 6531). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Group, type Mailbox, normalizeAddress, parseAddressList } from "../../../src/engine/index.js";

const same: readonly [string, string][] = [
  ["alice@example.test", "alice@example.test"],
  ["Alice@EXAMPLE.Test", "Alice@example.test"],
  ['"alice"@example.test', "alice@example.test"],
  ['"al ice"@example.test', '"al ice"@example.test'],
  ['"al\\ice"@example.test', "alice@example.test"],
  ['"a@b"@example.test', '"a@b"@example.test'],
  ["alice@bücher.example", "alice@xn--bcher-kva.example"],
  ["alice@BÜCHER.example", "alice@xn--bcher-kva.example"],
  ["alice@xn--bcher-kva.example", "alice@xn--bcher-kva.example"],
  ["álice@example.test", "álice@example.test"],
  ["alice@[192.0.2.1]", "alice@[192.0.2.1]"],
  ["alice@localhost", "alice@localhost"],
  [" alice@example.test ", "alice@example.test"],
];

for (const [text, value] of same) {
  test(`takes ${text} as ${value}`, () => assert.equal(normalizeAddress(text), value));
}

const none = [
  "",
  "@",
  "alice",
  "alice@",
  "@example.test",
  "alice@example..test",
  "alice@.test",
  "alice@test.",
  "alice@example.test@evil.test",
  "alice bob@example.test",
  "alice@exa mple.test",
  "alice@example.test\0",
  "alice\u200b@example.test",
  "alice\u00a0@example.test",
  "ali\u202ece@example.test",
  ".alice@example.test",
  "alice.@example.test",
  "ali..ce@example.test",
  '"alice@example.test',
  '"ali\nce"@example.test',
  "=?utf-8?q?alice?=@example.test",
  "alice@exämple.test/evil",
  "alice@exämple.test:25",
  "alice@ex%61mple.tést",
  "alice@１２７.0.0.1",
  "alice@exämple.test#",
  "alice@exämple.1",
  `${"a".repeat(400)}@example.test`,
  "<alice@example.test>",
  "alice@-example.test",
  "alice@example.test,bob@example.test",
];

for (const text of none) {
  test(`takes ${JSON.stringify(text.slice(0, 40))} for no address`, () =>
    assert.equal(normalizeAddress(text), null));
}

function read(value: string): unknown {
  const mailbox = ({ displayName, address }: Mailbox): unknown => [displayName, address];
  return parseAddressList(value).map((entry) =>
    entry.kind === "group"
      ? { [entry.displayName ?? ""]: (entry as Group).members.map(mailbox) }
      : mailbox(entry),
  );
}

const lists: readonly [string, unknown][] = [
  ["", []],
  [" , ,", []],
  ["a@b.c", [[null, "a@b.c"]]],
  [
    "A B <a@b.c>, d@e.f",
    [
      ["A B", "a@b.c"],
      [null, "d@e.f"],
    ],
  ],
  ['"B, A" <a@b.c>', [["B, A", "a@b.c"]]],
  ['"A \\"B\\"" <a@b.c>', [['A "B"', "a@b.c"]]],
  ["a@b.c (A (very) B)", [["A (very) B", "a@b.c"]]],
  ["A (x) <a@b.c> (y)", [["A", "a@b.c"]]],
  ["<@r.s,@t.u:a@b.c>", [[null, "a@b.c"]]],
  ["=?utf-8?q?J=C3=B6rg?= <a@b.c>", [["Jörg", "a@b.c"]]],
  ["=?utf-8?b?SsO2?= =?utf-8?b?cmc=?= <a@b.c>", [["Jörg", "a@b.c"]]],
  ["=?x-none?q?a?= <a@b.c>", [["=?x-none?q?a?=", "a@b.c"]]],
  [
    "Team: a@b.c, D <d@e.f>;",
    [
      {
        Team: [
          [null, "a@b.c"],
          ["D", "d@e.f"],
        ],
      },
    ],
  ],
  ["undisclosed-recipients:;", [{ "undisclosed-recipients": [] }]],
  ["G: a@b.c", [{ G: [[null, "a@b.c"]] }]],
  ["A B a@b.c", [[null, null]]],
  ["<a@b.c> d@e.f", [[null, null]]],
  ["<a@b.c", [[null, null]]],
  ['"a <a@b.c>', [[null, null]]],
  ["a@b.c (", [[null, null]]],
  ["a@b@c", [[null, null]]],
  ["<>", [[null, null]]],
  ["G: H: a@b.c;;", [{ G: [[null, null]] }, [null, null]]],
];

for (const [value, expected] of lists) {
  test(`reads the list ${JSON.stringify(value)}`, () => assert.deepEqual(read(value), expected));
}
