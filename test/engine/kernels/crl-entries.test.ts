/** The kernel that walks a CRL's entries, against its twin: lists as authorities write them, and any octets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { boolean, encode, sequence } from "../../../src/engine/base/der-writer.js";
import { crlEntriesTwin } from "../../../src/engine/kernels/crl-entries-twin.js";
import { findCrlEntries } from "../../../src/engine/kernels/crl-entries.js";
import { extension, name } from "../../helpers/forge-certificate.js";
import { crlEntry, entryOf, invalidSince, reason } from "../../helpers/forge-revocation.js";

const serial = (n: number): Bytes => Uint8Array.of(0x11, n >> 8, n & 0xff);

function list(count: number, special: Readonly<Record<number, readonly Bytes[]>> = {}): Bytes {
  const entries = Array.from({ length: count }, (_, n) =>
    crlEntry({ serial: serial(n), extensions: special[n] ?? (n % 3 === 0 ? [reason(1)] : []) }),
  );
  return new Uint8Array(Buffer.concat(entries));
}

function both(octets: Bytes, wanted: Bytes) {
  const found = findCrlEntries(octets, wanted);
  assert.deepEqual(found, crlEntriesTwin(octets, wanted));
  return found;
}

function foundIn(octets: Bytes, wanted: Bytes) {
  const result = both(octets, wanted);
  assert.ok("found" in result);
  return result.found;
}

test("finds the entry of a serial number in every place, chunk borders included", () => {
  const octets = list(12_000);
  assert.ok(octets.length > 2 * 131_072);
  for (const n of [0, 1, 4_999, 5_461, 5_462, 8_000, 11_999]) {
    const found = both(octets, serial(n));
    assert.ok("found" in found && found.found.length === 1, String(n));
    assert.deepEqual(
      found.found[0]!.entry,
      crlEntry({ serial: serial(n), extensions: n % 3 === 0 ? [reason(1)] : [] }),
    );
  }
  for (let n = 5_400; n < 5_500; n++) assert.ok("found" in findCrlEntries(octets, serial(n)), String(n));
});

test("does not find a serial number that only stands elsewhere in an entry", () => {
  const hidden = extension("1.2.3", crlEntry({ serial: serial(7) }), false);
  const octets = list(3, { 1: [hidden] });
  assert.deepEqual(foundIn(octets, serial(7)), []);
  assert.equal(foundIn(octets, serial(1)).length, 1);
});

test("a number with other octets is another number: no prefixes, no leading zeros", () => {
  const octets = list(3);
  for (const wanted of [Uint8Array.of(0x11, 0), Uint8Array.of(0x11, 0, 1, 0), Uint8Array.of(0, 0x11, 0, 1)]) {
    assert.deepEqual(foundIn(octets, wanted), []);
  }
});

test("tells the entry that names the issuer, this one or the last before it (RFC 5280 §5.3.3)", () => {
  const named = entryOf(name("Other"));
  const octets = list(9_000, { 10: [named], 8_000: [reason(4), named] });
  const at = (n: number): Bytes | null => {
    const found = both(octets, serial(n));
    assert.ok("found" in found);
    return found.found[0]!.issuer;
  };
  assert.equal(at(9), null);
  for (const [n, holder] of [
    [10, 10],
    [11, 10],
    [7_999, 10],
    [8_000, 8_000],
    [8_999, 8_000],
  ] as const) {
    const entry = crlEntry({
      serial: serial(holder),
      extensions: holder === 10 ? [named] : [reason(4), named],
    });
    assert.deepEqual(at(n)!.subarray(0, entry.length), entry, String(n));
  }
});

test("tells critical extensions that are none of RFC 5280 §5.3, wherever they stand", () => {
  const told = (special: Bytes): boolean => {
    const found = both(list(9_000, { 6_000: [special] }), serial(1));
    assert.ok("found" in found);
    return found.unknownCritical;
  };
  assert.equal(told(extension("1.2.3", boolean(true))), true);
  assert.equal(told(extension("2.5.29.30", boolean(true))), true);
  assert.equal(told(extension("1.2.3", boolean(true), false)), false);
  assert.equal(told(invalidSince("2026-01-01")), false);
  assert.equal(told(extension("2.5.29.21", encode(0x0a, Uint8Array.of(1)))), false);
});

test("says where a list is broken, whichever number is looked for", () => {
  const octets = list(9_000);
  const whole = crlEntry({ serial: serial(1) });
  const broken: readonly Bytes[] = [
    octets.subarray(0, -1),
    new Uint8Array(Buffer.concat([octets, Uint8Array.of(0x30)])),
    new Uint8Array(Buffer.concat([whole, encode(0x31, whole.subarray(2))])),
    sequence(whole.subarray(2), Uint8Array.of(5, 0)),
    sequence(encode(0x02), whole.subarray(7)),
    sequence(encode(0x02, Uint8Array.of(0, 1)), whole.subarray(7)),
    encode(0x30, encode(0x02, Uint8Array.of(1))),
    Uint8Array.of(0x30, 0x81, 0x12, ...whole.subarray(2)),
    Uint8Array.of(0x30, 0x80, ...whole.subarray(2), 0, 0),
    Uint8Array.of(0x30, 0x83, 1, 0, 0),
    sequence(encode(0x02, new Uint8Array(70_000).fill(1)), whole.subarray(7)),
  ];
  for (const [n, octetsOf] of broken.entries()) {
    assert.ok("brokenAt" in both(octetsOf, serial(1)), String(n));
    assert.ok("brokenAt" in both(octetsOf, serial(8_999)), String(n));
  }
});

test("more entries of one number than anybody writes are refused", () => {
  const one = crlEntry({ serial: serial(1) });
  const many = (count: number): Bytes => new Uint8Array(Buffer.concat(Array<Bytes>(count).fill(one)));
  assert.ok("found" in both(many(1_000), serial(1)));
  assert.ok("brokenAt" in both(many(1_001), serial(1)));
});

test("kernel and twin agree on any octets, and on lists with octets turned", () => {
  const octets = list(40, { 5: [entryOf(name("Other"))], 20: [extension("1.2.3", boolean(true))] });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      (any, wanted) => {
        both(new Uint8Array(any), new Uint8Array(wanted));
      },
    ),
    { numRuns: 300, seed: 5280 },
  );
  const turn = fc.record({ at: fc.nat(octets.length - 1), to: fc.nat(255), of: fc.nat(39) });
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1, maxLength: 3 }), (turns) => {
      const copy = octets.slice();
      for (const { at, to } of turns) copy[at] = to;
      both(copy, serial(turns[0]!.of));
    }),
    { numRuns: 1_000, seed: 5280 },
  );
});
