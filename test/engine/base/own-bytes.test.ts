/** Chunked strings and tags, moved together where they stand: only in buffers that nobody else holds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concat } from "../../../src/engine/base/bytes.js";
import { SequenceReader, readWhole } from "../../../src/engine/base/der-reader.js";
import { readOctetString } from "../../../src/engine/base/der-values.js";
import { octetString } from "../../../src/engine/base/der-writer.js";
import { append, claimBytes, isOwn } from "../../../src/engine/base/own-bytes.js";

const pattern = (length: number): Bytes =>
  new Uint8Array(length).map((_, i) => (i * 2654435761) >>> 24) as Bytes;

/** SEQUENCE { OCTET STRING in chunks of a thousand, one of them nested; OCTET STRING "tail" }, all lengths indefinite. */
function chunked(content: Bytes): Bytes {
  const chunks: Bytes[] = [];
  for (let at = 0; at < content.length; at += 1000) chunks.push(octetString(content.subarray(at, at + 1000)));
  const end = new Uint8Array(2);
  const nested = [Uint8Array.of(0x24, 0x80), chunks.shift()!, end];
  const tail = octetString(Uint8Array.of(1, 2, 3, 4));
  return concat([Uint8Array.of(0x30, 0x80, 0x24, 0x80), ...nested, ...chunks, end, tail, end]);
}

function readBoth(source: Bytes): readonly [Bytes, Bytes] {
  const reader = new SequenceReader(readWhole(source, "ber"));
  const string = reader.any();
  const content = readOctetString(string);
  // Whoever reads it twice gets the same.
  assert.deepEqual(readOctetString(string), content);
  const tail = readOctetString(reader.any());
  reader.finish();
  return [content, tail];
}

for (const length of [10_000, 1_500_000]) {
  test(`${length} octets in chunks come out whole, copied or moved (X.690 §8.7.3)`, () => {
    const content = pattern(length);
    const foreign = chunked(content);
    const untouched = foreign.slice();
    for (const source of [foreign, claimBytes(chunked(content))]) {
      const [joined, tail] = readBoth(source);
      assert.ok(Buffer.from(joined).equals(content));
      assert.deepEqual([...tail], [1, 2, 3, 4]);
    }
    assert.ok(Buffer.from(foreign).equals(untouched), "what somebody else holds is not touched");
  });
}

test("octets that were changed are read anew", () => {
  const source = chunked(pattern(3_000));
  assert.equal(readBoth(source)[0].length, 3_000);
  // The first chunk's length: now everything after it is something else.
  source[8] = 0x00;
  assert.throws(() => readBoth(source));
});

test("a tag goes behind its ciphertext: in place where that is ours, else as a copy", () => {
  const [ciphertext, mac] = [pattern(100), Uint8Array.of(9, 8, 7, 6)];
  const source = concat([ciphertext, octetString(mac)]);
  const places = (bytes: Bytes): [Bytes, Bytes] => [bytes.subarray(0, 100), bytes.subarray(102, 106)];
  const expected = [...ciphertext, ...mac];
  const [head, tail] = places(source);
  assert.deepEqual([...append(head, tail)], expected);
  assert.deepEqual([...source], [...concat([ciphertext, octetString(mac)])], "not ours: not touched");
  const joined = append(claimBytes(head), tail);
  assert.deepEqual([...joined], expected);
  assert.equal(joined.buffer, source.buffer);
  const full = claimBytes(pattern(10));
  assert.deepEqual([...append(full, mac)], [...pattern(10), ...mac], "no room behind it: a copy");
});

test("another view of the same octets is not claimed", () => {
  const bytes = claimBytes(pattern(10));
  assert.equal(isOwn(bytes), true);
  assert.equal(isOwn(bytes.subarray()), false);
});
